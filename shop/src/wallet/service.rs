//! stub
use super::model::*;
use crate::{Error, Shop};
use crate::{Won, id::UserId, page::*, request::RequestKey};
pub async fn find_wallet(_s: &Shop, _u: UserId) -> Result<Wallet, Error> {
    todo!()
}
pub async fn list_postings(_s: &Shop, _u: UserId, _p: &Page) -> Result<Slice<Posting>, Error> {
    todo!()
}
pub async fn charge_wallet(_s: &Shop, _u: UserId, _a: Won, _k: RequestKey) -> Result<Charge, Error> {
    todo!()
}
