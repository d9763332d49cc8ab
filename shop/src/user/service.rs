//! stub
use super::model::*;
use crate::id::UserId;
use crate::{Error, Shop};
pub async fn register_user(_s: &Shop, _n: NewUser) -> Result<User, Error> {
    todo!()
}
pub async fn check_login(_s: &Shop, _e: &str, _p: &str) -> Result<User, Error> {
    todo!()
}
pub async fn find_user(_s: &Shop, _i: UserId) -> Result<Option<User>, Error> {
    todo!()
}
pub async fn authenticate(_s: &Shop, _i: UserId, _v: i64) -> Result<Option<User>, Error> {
    todo!()
}
pub async fn change_password(_s: &Shop, _i: UserId, _c: &str, _n: &str) -> Result<User, Error> {
    todo!()
}
pub async fn reset_password(_s: &Shop, _e: &str, _n: &str) -> Result<User, Error> {
    todo!()
}
pub async fn create_operator(_s: &Shop, _e: &str, _n: &str, _p: &str) -> Result<User, Error> {
    todo!()
}
pub async fn count_users(_s: &Shop) -> Result<i64, Error> {
    todo!()
}
