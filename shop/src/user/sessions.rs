//! stub
use crate::{Timestamp, database::Db, error::Fault, id::UserId};
pub async fn save_session(_db: &Db, _id: &str, _u: Option<UserId>, _d: &[u8], _e: Timestamp) -> Result<(), Fault> {
    todo!()
}
pub async fn find_session(_db: &Db, _id: &str, _now: Timestamp) -> Result<Option<Vec<u8>>, Fault> {
    todo!()
}
pub async fn delete_session(_db: &Db, _id: &str) -> Result<(), Fault> {
    todo!()
}
pub async fn delete_expired_sessions(_db: &Db, _now: Timestamp) -> Result<u64, Fault> {
    todo!()
}
