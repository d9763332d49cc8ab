//! stub
use super::model::*;
use crate::{Error, Shop};
use crate::{
    id::{CouponId, UserId},
    page::*,
};
pub async fn list_offers(_s: &Shop, _u: Option<UserId>, _p: &Page) -> Result<Slice<CouponOffer>, Error> {
    todo!()
}
pub async fn list_claimed(_s: &Shop, _u: UserId, _p: &Page) -> Result<Slice<ClaimedCoupon>, Error> {
    todo!()
}
pub async fn claim_coupon(_s: &Shop, _u: UserId, _c: &CouponCode) -> Result<ClaimedCoupon, Error> {
    todo!()
}
pub async fn create_coupon(_s: &Shop, _n: NewCoupon) -> Result<CouponId, Error> {
    todo!()
}
