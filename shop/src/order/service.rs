//! stub
use super::*;
use crate::{Error, Shop};
use crate::{coupon::CouponCode, id::*, page::*, request::RequestKey};
pub async fn quote_order(
    _s: &Shop,
    _u: Option<UserId>,
    _l: &[(ProductId, i64)],
    _c: Option<&CouponCode>,
) -> Result<Quote, Error> {
    todo!()
}
pub async fn place_order(_s: &Shop, _u: UserId, _r: OrderRequest, _k: RequestKey) -> Result<Order, Error> {
    todo!()
}
pub async fn find_order(_s: &Shop, _u: UserId, _o: OrderId) -> Result<Option<Order>, Error> {
    todo!()
}
pub async fn list_orders(
    _s: &Shop,
    _u: UserId,
    _st: Option<OrderStatus>,
    _p: &Page,
) -> Result<Slice<OrderSummary>, Error> {
    todo!()
}
