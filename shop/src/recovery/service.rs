//! stub
use crate::{Error, Shop};
pub async fn expire_reservations(_s: &Shop) -> Result<u64, Error> {
    todo!()
}
pub async fn stall_paid_orders(_s: &Shop) -> Result<u64, Error> {
    todo!()
}
pub async fn recover_pending(_s: &Shop) -> Result<u64, Error> {
    todo!()
}
