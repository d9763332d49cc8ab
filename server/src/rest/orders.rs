//! `/orders`: placing an order and looking at one's own. Checks come in the order of SPEC reading 7: the
//! caller, the shape of the body, the request id, the values; then the shop's desk looks for a replay, a
//! block, the limit and its rules.

use super::ListBody;
use super::extract::{Caller, JsonBody, NoParameters, Object, Parameters, PathId, request_key};
use super::openapi::{BODY, CALLER, PARAMETERS, REQUEST_ID, problems};
use super::rate::limited;
use super::schema::{
    CouponCodeText, CouponReasonWord, Moment, Money, NumberedId, OpaqueId, OrderParameters, OrderStatusWord,
    PagesByMoment, RequestId, RequestIdText,
};
use crate::problem::Problem;
use crate::state::Web;
use crate::text::lang_of_program;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use serde::{Deserialize, Serialize};
use shop::coupon::CouponCode;
use shop::error::{CouponReason, FieldProblem, Refusal};
use shop::id::{OrderId, ProductId};
use shop::notice::NoticeDigest;
use shop::order::{Lines, Order, OrderItem, OrderRequest, OrderStatus, OrderSummary, service as orders};
use shop::refund::{OrderRefunds, RefundedPieces};
use shop::{Timestamp, Won};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::default().routes(routes!(list_orders, place_order)).routes(routes!(show_order))
}

/// What to buy.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceBody {
    /// At most 30 pieces in all, and 10 of one product; the same product twice counts together.
    #[schema(value_type = Vec<PlaceItemBody>, min_items = 1, max_items = 30)]
    pub items: Vec<Object<PlaceItemBody>>,
    /// A coupon you have claimed, in either case.
    #[schema(min_length = 3, max_length = 40, pattern = "^[A-Za-z0-9_-]+$")]
    pub coupon_code: Option<String>,
    /// The final amount you saw, in won: when it is another now, the order is refused (`price_changed`).
    #[schema(minimum = 1)]
    pub expected_amount: Option<i64>,
    #[schema(value_type = Option<RequestIdText>)]
    pub request_id: Option<String>,
    /// That the shopper agreed to the withdrawal notice as it is shown now, in the language of
    /// `Accept-Language`.
    pub withdrawal_consent: Option<bool>,
}

/// So many of one product.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PlaceItemBody {
    #[schema(minimum = 1)]
    pub product_id: i64,
    #[schema(minimum = 1, maximum = 10)]
    pub quantity: i64,
}

impl PlaceBody {
    /// The values of it; `notice` is what a consent is to.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn into_request(self, notice: &NoticeDigest) -> Result<OrderRequest, shop::Error> {
        if self.expected_amount.is_some_and(|amount| amount < 1) {
            return Err(shop::Error::invalid("expected_amount", FieldProblem::TooSmall { least: 1 }));
        }
        Ok(OrderRequest {
            lines: Lines::new(self.items.iter().map(|Object(item)| (ProductId::new(item.product_id), item.quantity)))?,
            coupon_code: self.coupon_code.as_deref().map(CouponCode::parse).transpose()?,
            expected_amount: self.expected_amount.map(Won::new),
            consent_notice: self.withdrawal_consent.unwrap_or(false).then(|| notice.clone()),
        })
    }
}

/// An order with everything there is to know of it.
#[derive(Serialize, ToSchema)]
struct OrderBody {
    #[schema(value_type = OpaqueId)]
    id: OrderId,
    #[schema(value_type = OrderStatusWord)]
    status: OrderStatus,
    /// What its lines cost.
    #[schema(value_type = Money)]
    total_amount: Won,
    #[schema(value_type = Money)]
    discount_amount: Won,
    /// What is paid: total less discount.
    #[schema(value_type = Money)]
    final_amount: Won,
    #[schema(value_type = Option<CouponCodeText>, required = true)]
    coupon_code: Option<CouponCode>,
    items: Vec<OrderItemBody>,
    /// Why it was REJECTED.
    #[schema(required = true)]
    refusal: Option<RefusalBody>,
    /// The digest of the withdrawal notice its shopper agreed to.
    #[schema(value_type = Option<String>, required = true)]
    consent_notice: Option<NoticeDigest>,
    #[schema(value_type = Moment)]
    created_at: Timestamp,
    #[schema(value_type = Option<Moment>, required = true)]
    paid_at: Option<Timestamp>,
    /// Since when it is, or was, PENDING.
    #[schema(value_type = Option<Moment>, required = true)]
    pending_at: Option<Timestamp>,
    #[schema(value_type = Option<Moment>, required = true)]
    finished_at: Option<Timestamp>,
    /// What was given back of it, when something was.
    #[schema(required = true)]
    refunded: Option<RefundedBody>,
}

/// What was given back of an order after it was completed.
#[derive(Serialize, ToSchema)]
struct RefundedBody {
    /// All of it, in won. At most what was paid.
    #[schema(value_type = Money)]
    amount: Won,
    /// As much of it waits for room in the wallet, and comes by itself.
    #[schema(value_type = Money)]
    owed: Won,
    /// Whether the coupon may be used again.
    coupon_returned: bool,
    /// When the last of it was given back.
    #[schema(value_type = Moment)]
    last_at: Timestamp,
    items: Vec<RefundedItemBody>,
}

/// What was given back of one line.
#[derive(Serialize, ToSchema)]
struct RefundedItemBody {
    #[schema(value_type = NumberedId)]
    product_id: ProductId,
    #[schema(minimum = 1, maximum = 10)]
    quantity: i64,
    /// What these pieces had been paid with, after the discount.
    #[schema(value_type = Money)]
    amount: Won,
}

impl From<OrderRefunds> for RefundedBody {
    fn from(refunds: OrderRefunds) -> Self {
        let OrderRefunds { amount, owed, coupon_returned, last_at, lines } = refunds;
        let item = |(product_id, pieces): (ProductId, RefundedPieces)| {
            let RefundedPieces { quantity, amount } = pieces;
            RefundedItemBody { product_id, quantity, amount }
        };
        Self { amount, owed, coupon_returned, last_at, items: lines.into_iter().map(item).collect() }
    }
}

/// An order in a list.
#[derive(Serialize, ToSchema)]
struct OrderSummaryBody {
    #[schema(value_type = OpaqueId)]
    id: OrderId,
    #[schema(value_type = OrderStatusWord)]
    status: OrderStatus,
    #[schema(value_type = Money)]
    total_amount: Won,
    #[schema(value_type = Money)]
    discount_amount: Won,
    #[schema(value_type = Money)]
    final_amount: Won,
    #[schema(value_type = Option<CouponCodeText>, required = true)]
    coupon_code: Option<CouponCode>,
    #[schema(value_type = Moment)]
    created_at: Timestamp,
    items: Vec<OrderItemBody>,
}

/// One line of an order, with the price it had when it was ordered.
#[derive(Serialize, ToSchema)]
struct OrderItemBody {
    #[schema(value_type = NumberedId)]
    product_id: ProductId,
    name: String,
    name_en: String,
    #[schema(value_type = Money)]
    unit_price: Won,
    #[schema(minimum = 1, maximum = 10)]
    quantity: i64,
    #[schema(value_type = Money)]
    amount: Won,
}

/// Why an order was refused: the code of the problem it was answered with, and that problem's facts.
#[derive(Serialize, ToSchema)]
#[serde(tag = "code", rename_all = "snake_case")]
enum RefusalBody {
    InsufficientStock {
        #[schema(value_type = NumberedId)]
        product_id: ProductId,
        requested: i64,
        available: i64,
    },
    InsufficientBalance {
        #[schema(value_type = Money)]
        balance: Won,
        #[schema(value_type = Money)]
        needed: Won,
    },
    CouponNotApplicable {
        #[schema(value_type = CouponReasonWord)]
        reason: CouponReason,
    },
    PriceChanged {
        #[schema(value_type = Money)]
        expected: Won,
        #[schema(value_type = Money)]
        actual: Won,
    },
}

impl RefusalBody {
    /// `None` for what refuses charges and claims: no order is refused so.
    fn of(refusal: Refusal) -> Option<Self> {
        match refusal {
            Refusal::InsufficientStock { product_id, requested, available } => {
                Some(Self::InsufficientStock { product_id, requested, available })
            }
            Refusal::InsufficientBalance { balance, needed } => Some(Self::InsufficientBalance { balance, needed }),
            Refusal::CouponNotApplicable { reason } => Some(Self::CouponNotApplicable { reason }),
            Refusal::PriceChanged { expected, actual } => Some(Self::PriceChanged { expected, actual }),
            Refusal::BalanceLimitExceeded { .. } | Refusal::CouponSoldOut | Refusal::CouponAlreadyClaimed => None,
        }
    }
}

impl From<OrderItem> for OrderItemBody {
    fn from(item: OrderItem) -> Self {
        let OrderItem { product_id, name, name_en, unit_price, quantity, amount } = item;
        Self { product_id, name, name_en, unit_price, quantity, amount }
    }
}

fn items(items: Vec<OrderItem>) -> Vec<OrderItemBody> {
    items.into_iter().map(OrderItemBody::from).collect()
}

impl From<OrderSummary> for OrderSummaryBody {
    fn from(order: OrderSummary) -> Self {
        Self {
            id: order.id,
            status: order.status,
            total_amount: order.total_amount,
            discount_amount: order.discount_amount,
            final_amount: order.final_amount,
            coupon_code: order.coupon_code,
            created_at: order.created_at,
            items: items(order.items),
        }
    }
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
            items: items(order.items),
            refusal: order.refusal.and_then(RefusalBody::of),
            consent_notice: order.consent_notice,
            created_at: order.created_at,
            paid_at: order.paid_at,
            pending_at: order.pending_at,
            finished_at: order.finished_at,
            refunded: order.refunds.map(RefundedBody::from),
        }
    }
}

problems!(PlaceProblems: CALLER, BODY, REQUEST_ID, &[
    "insufficient_stock", "insufficient_balance", "coupon_not_applicable", "price_changed", "order_failed", "order_expired",
    "rate_limited", "temporarily_blocked",
]);

/// Order
///
/// Buys at once: the stock is held, your wallet pays, the goods are yours. One order a second for each
/// shopper. Done once for each request id; the same request again is answered with the order as it is now,
/// or with its refusal. A product that is unknown or no longer sold is a `validation_failed`.
#[utoipa::path(
    post, path = "/orders", tag = "orders",
    params(RequestId),
    request_body(content = PlaceBody, examples(
        ("one" = (summary = "Two pieces", value = json!({"items": [{"product_id": 1, "quantity": 2}]}))),
        ("guarded" = (summary = "At the price that was seen", value = json!({
            "items": [{"product_id": 1, "quantity": 1}], "expected_amount": 9_800
        }))),
        ("coupon" = (summary = "With a coupon that was claimed before", value = json!({
            "items": [{"product_id": 1, "quantity": 1}], "coupon_code": "WELCOME10"
        }))),
    )),
    responses(
        (status = 201, description = "Bought.", body = OrderBody,
            headers(("Location" = String, description = "Where the order is.")),
            links(("theOrder" = (operation_id = "show_order", parameters(("id" = "$response.body#/id"))))),
            example = json!({
                "id": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071", "status": "COMPLETED", "total_amount": 19_600, "discount_amount": 1_960,
                "final_amount": 17_640, "coupon_code": "WELCOME10",
                "items": [{"product_id": 1, "name": "느린 아침의 기록", "name_en": "Notes from Slow Mornings", "unit_price": 9_800, "quantity": 2, "amount": 19_600}],
                "refusal": null, "consent_notice": null, "created_at": "2026-11-23T05:35:17.100Z", "paid_at": "2026-11-23T05:35:17.110Z",
                "pending_at": null, "finished_at": "2026-11-23T05:35:17.123Z", "refunded": null
            })),
        (status = 202, description = "A fault struck after the stock was held. The order is PENDING; a minute later everything is given back and it is FAILED. It is never half done.", body = OrderBody,
            headers(("Location" = String, description = "Where the order is.")),
            links(("theOrder" = (operation_id = "show_order", parameters(("id" = "$response.body#/id"))))),
            example = json!({
                "id": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071", "status": "PENDING", "total_amount": 19_600, "discount_amount": 0,
                "final_amount": 19_600, "coupon_code": null,
                "items": [{"product_id": 1, "name": "느린 아침의 기록", "name_en": "Notes from Slow Mornings", "unit_price": 9_800, "quantity": 2, "amount": 19_600}],
                "refusal": null, "consent_notice": null, "created_at": "2026-11-23T05:35:17.100Z", "paid_at": "2026-11-23T05:35:17.110Z",
                "pending_at": "2026-11-23T05:35:17.123Z", "finished_at": null, "refunded": null
            })),
        PlaceProblems,
    ),
    security(("bearer" = [])),
)]
async fn place_order(
    Caller(user): Caller,
    State(web): State<Web>,
    _: NoParameters,
    headers: HeaderMap,
    JsonBody(body): JsonBody<PlaceBody>,
) -> Response {
    limited(web.shop.settings().order_limit, async {
        let key = request_key(&headers, body.request_id.as_deref())?;
        let lang = lang_of_program(&headers);
        let request = body.into_request(&web.legal.withdrawal(lang).digest)?;
        let order = orders::place_order(&web.shop, user.id, request, key).await?;
        // A fault struck after the reservation: the order is kept and will be recovered.
        let status = if order.status.is_unfinished() { StatusCode::ACCEPTED } else { StatusCode::CREATED };
        let location = format!("/api/v1/orders/{}", order.id);
        Ok((status, [(header::LOCATION, location)], Json(OrderBody::from(order))).into_response())
    })
    .await
}

problems!(OrderProblems: CALLER, PARAMETERS, &["not_found"]);

/// One of your orders
///
/// Somebody else's is not found.
#[utoipa::path(
    get, path = "/orders/{id}", tag = "orders",
    params(("id" = String, Path, description = "`id` of an order of yours.", max_length = 64)),
    responses(
        (status = 200, description = "The order as it is now.", body = OrderBody, example = json!({
            "id": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071", "status": "REJECTED", "total_amount": 19_600, "discount_amount": 0,
            "final_amount": 19_600, "coupon_code": null,
            "items": [{"product_id": 1, "name": "느린 아침의 기록", "name_en": "Notes from Slow Mornings", "unit_price": 9_800, "quantity": 2, "amount": 19_600}],
            "refusal": {"code": "insufficient_balance", "balance": 5_000, "needed": 19_600}, "consent_notice": null,
            "created_at": "2026-11-23T05:35:17.100Z", "paid_at": null, "pending_at": null, "finished_at": "2026-11-23T05:35:17.123Z",
            "refunded": null
        })),
        OrderProblems,
    ),
    security(("bearer" = [])),
)]
async fn show_order(
    Caller(user): Caller,
    State(web): State<Web>,
    _: NoParameters,
    PathId(id): PathId<OrderId>,
) -> Result<Json<OrderBody>, Problem> {
    let order = orders::find_order(&web.shop, user.id, id).await?.ok_or_else(Problem::not_found)?;
    Ok(Json(order.into()))
}

problems!(OrdersProblems: CALLER, PARAMETERS);

/// Your orders
///
/// Newest first, refused ones too.
#[utoipa::path(
    get, path = "/orders", tag = "orders",
    params(OrderParameters, PagesByMoment),
    responses(
        (status = 200, description = "One page.", body = ListBody<OrderSummaryBody>, example = json!({
            "items": [{
                "id": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071", "status": "COMPLETED", "total_amount": 9_800, "discount_amount": 0,
                "final_amount": 9_800, "coupon_code": null, "created_at": "2026-11-23T05:35:17.100Z",
                "items": [{"product_id": 1, "name": "느린 아침의 기록", "name_en": "Notes from Slow Mornings", "unit_price": 9_800, "quantity": 1, "amount": 9_800}]
            }],
            "next_cursor": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071"
        })),
        OrdersProblems,
    ),
    security(("bearer" = [])),
)]
async fn list_orders(
    Caller(user): Caller,
    State(web): State<Web>,
    mut asked: Parameters,
) -> Result<Json<ListBody<OrderSummaryBody>>, Problem> {
    let status = asked.word("status", |text| text.parse::<OrderStatus>().ok());
    let page = asked.page();
    asked.finish()?;
    let found = orders::list_orders(&web.shop, user.id, status, &page).await?;
    Ok(Json(ListBody::of(found, OrderSummaryBody::from)))
}
