//! `/orders`: placing an order and looking at one's own. Checks come in the order of SPEC reading 7: the
//! caller, the shape of the body, the request id, the values; then the shop's desk looks for a replay, a
//! block, the limit and its rules.

use super::extract::{Caller, JsonBody, Parameters, PathId, request_key};
use crate::problem::Problem;
use crate::state::Web;
use crate::text::lang_of_program;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use shop::coupon::CouponCode;
use shop::error::Refusal;
use shop::id::{OrderId, ProductId};
use shop::notice::NoticeDigest;
use shop::order::{Lines, Order, OrderItem, OrderRequest, OrderStatus, OrderSummary, service as orders};
use shop::page::Slice;
use shop::{Timestamp, Won};

pub fn routes() -> Router<Web> {
    Router::new().route("/orders", get(list_orders).post(place_order)).route("/orders/{id}", get(show_order))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceBody {
    items: Vec<PlaceItemBody>,
    coupon_code: Option<String>,
    expected_amount: Option<i64>,
    request_id: Option<String>,
    /// That the shopper agreed to the withdrawal notice as it is shown now.
    withdrawal_consent: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlaceItemBody {
    product_id: i64,
    quantity: i64,
}

impl PlaceBody {
    /// `notice` is what a consent is to.
    fn into_request(self, notice: &NoticeDigest) -> Result<OrderRequest, shop::Error> {
        Ok(OrderRequest {
            lines: Lines::new(self.items.iter().map(|item| (ProductId::new(item.product_id), item.quantity)))?,
            coupon_code: self.coupon_code.as_deref().map(CouponCode::parse).transpose()?,
            expected_amount: self.expected_amount.map(Won::new),
            consent_notice: self.withdrawal_consent.unwrap_or(false).then(|| notice.clone()),
        })
    }
}

#[derive(Serialize)]
struct OrderBody {
    id: OrderId,
    status: OrderStatus,
    total_amount: Won,
    discount_amount: Won,
    final_amount: Won,
    coupon_code: Option<CouponCode>,
    items: Vec<OrderItem>,
    /// Why it was REJECTED.
    refusal: Option<Refusal>,
    /// The digest of the withdrawal notice its shopper agreed to.
    consent_notice: Option<NoticeDigest>,
    created_at: Timestamp,
    paid_at: Option<Timestamp>,
    pending_at: Option<Timestamp>,
    finished_at: Option<Timestamp>,
}

impl From<Order> for OrderBody {
    fn from(order: Order) -> Self {
        Self {
            id: order.id,
            status: order.status,
            total_amount: order.total_amount,
            discount_amount: order.discount_amount,
            final_amount: order.final_amount,
            coupon_code: order.coupon_code,
            items: order.items,
            refusal: order.refusal,
            consent_notice: order.consent_notice,
            created_at: order.created_at,
            paid_at: order.paid_at,
            pending_at: order.pending_at,
            finished_at: order.finished_at,
        }
    }
}

async fn place_order(
    Caller(user): Caller,
    State(web): State<Web>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<PlaceBody>,
) -> Result<Response, Problem> {
    let key = request_key(&headers, body.request_id.as_deref())?;
    let lang = lang_of_program(&headers);
    let request = body.into_request(&web.legal.withdrawal(lang).digest)?;
    let order = orders::place_order(&web.shop, user.id, request, key).await?;
    // A fault struck after the reservation: the order is kept and will be recovered.
    let status = if order.status.is_unfinished() { StatusCode::ACCEPTED } else { StatusCode::CREATED };
    let location = format!("/api/v1/orders/{}", order.id);
    Ok((status, [(header::LOCATION, location)], Json(OrderBody::from(order))).into_response())
}

async fn show_order(
    Caller(user): Caller,
    State(web): State<Web>,
    PathId(id): PathId<OrderId>,
) -> Result<Json<OrderBody>, Problem> {
    let order = orders::find_order(&web.shop, user.id, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(order.into()))
}

async fn list_orders(
    Caller(user): Caller,
    State(web): State<Web>,
    mut asked: Parameters,
) -> Result<Json<Slice<OrderSummary>>, Problem> {
    let status = asked.word("status", |text| text.parse::<OrderStatus>().ok());
    let page = asked.page();
    asked.finish()?;
    Ok(Json(orders::list_orders(&web.shop, user.id, status, &page).await?))
}
