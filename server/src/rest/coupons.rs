//! `/coupons`: what can be claimed, and claiming it.

use super::extract::{Caller, MaybeCaller, NoParameters, Parameters, PathText};
use super::openapi::{CALLER, PARAMETERS, problems};
use super::rate::limited;
use super::schema::{
    CampaignStateWord, Count, CouponCodeText, CouponStatusWord, DiscountTypeWord, Moment, Money, OpaqueId, PagesByKey,
};
use super::{ListBody, etag};
use crate::problem::Problem;
use crate::state::Web;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use shop::coupon::{
    CampaignState, ClaimedCoupon, Coupon, CouponCode, CouponOffer, UserCouponState, service as coupons,
};
use shop::id::OrderId;
use shop::page::Slice;
use shop::{Timestamp, Won};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::default().routes(routes!(list_coupons)).routes(routes!(claim_coupon))
}

/// A campaign's terms, the same wherever it is shown.
#[derive(Serialize, ToSchema)]
struct TermsBody {
    name: String,
    /// May be empty: then there is only the Korean one.
    name_en: String,
    #[serde(rename = "type")]
    #[schema(value_type = DiscountTypeWord)]
    kind: &'static str,
    /// Percent (1…99) or won.
    #[schema(minimum = 1)]
    discount_value: i64,
    /// The least total an order must have.
    #[schema(value_type = Money)]
    minimum_amount: Won,
    /// Claiming and using begin here …
    #[schema(value_type = Moment)]
    starts_at: Timestamp,
    /// … and end here.
    #[schema(value_type = Moment)]
    ends_at: Timestamp,
}

/// A coupon that can be claimed, or could be until its last piece went.
#[derive(Serialize, ToSchema)]
struct OfferBody {
    #[schema(value_type = CouponCodeText)]
    code: CouponCode,
    #[serde(flatten)]
    terms: TermsBody,
    #[schema(value_type = Count)]
    total_quantity: i64,
    /// Pieces nobody has claimed yet.
    #[schema(value_type = Count)]
    remaining: i64,
    #[schema(value_type = CampaignStateWord)]
    state: CampaignState,
    /// The caller's own piece, when they have one.
    #[schema(value_type = Option<CouponStatusWord>, required = true)]
    my_status: Option<UserCouponState>,
}

/// A shopper's piece of a coupon.
#[derive(Serialize, ToSchema)]
pub struct ClaimedBody {
    #[schema(value_type = CouponCodeText)]
    coupon_code: CouponCode,
    #[schema(value_type = CouponStatusWord)]
    status: UserCouponState,
    #[serde(flatten)]
    terms: TermsBody,
    #[schema(value_type = Moment)]
    claimed_at: Timestamp,
    #[schema(value_type = Option<Moment>, required = true)]
    used_at: Option<Timestamp>,
    /// The order that holds it or used it.
    #[schema(value_type = Option<OpaqueId>, required = true)]
    order_id: Option<OrderId>,
}

impl From<&Coupon> for TermsBody {
    fn from(coupon: &Coupon) -> Self {
        Self {
            name: coupon.name.clone(),
            name_en: coupon.name_en.clone(),
            kind: coupon.discount.kind(),
            discount_value: coupon.discount.value(),
            minimum_amount: coupon.minimum_amount,
            starts_at: coupon.starts_at,
            ends_at: coupon.ends_at,
        }
    }
}

impl From<CouponOffer> for OfferBody {
    fn from(offer: CouponOffer) -> Self {
        Self {
            terms: TermsBody::from(&offer.coupon),
            total_quantity: offer.coupon.total_quantity,
            remaining: offer.coupon.remaining(),
            code: offer.coupon.code,
            state: offer.state,
            my_status: offer.mine,
        }
    }
}

impl From<ClaimedCoupon> for ClaimedBody {
    fn from(claimed: ClaimedCoupon) -> Self {
        Self {
            terms: TermsBody::from(&claimed.coupon),
            coupon_code: claimed.coupon.code,
            status: claimed.state,
            claimed_at: claimed.claimed_at,
            used_at: claimed.used_at,
            order_id: claimed.order_id,
        }
    }
}

problems!(CouponsProblems: CALLER, PARAMETERS);

/// Coupons that can be claimed
///
/// What is running; sold-out ones have `remaining: 0`. What has not begun or is over is not for the taking,
/// so a page of the list may hold fewer than its limit. With a token, `my_status` says what you hold; without
/// one the answer is the same for everybody and has an `ETag`.
#[utoipa::path(
    get, path = "/coupons", tag = "coupons",
    params(PagesByKey),
    responses(
        (status = 200, description = "One page.", body = ListBody<OfferBody>, example = json!({
            "items": [{
                "code": "WELCOME10", "name": "첫 구매 10% 할인", "name_en": "10% off your first order", "type": "rate",
                "discount_value": 10, "minimum_amount": 0, "starts_at": "2026-11-01T00:00:00.000Z",
                "ends_at": "2026-12-01T00:00:00.000Z", "total_quantity": 5_000, "remaining": 4_213, "state": "running", "my_status": null
            }],
            "next_cursor": null
        })),
        (status = 304, description = "Nothing changed since the `ETag` you named (without a token only)."),
        CouponsProblems,
    ),
    security((), ("bearer" = [])),
)]
async fn list_coupons(
    MaybeCaller(user): MaybeCaller,
    State(web): State<Web>,
    mut asked: Parameters,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let page = asked.page();
    asked.finish()?;
    let is_anonymous = user.is_none();
    let Slice { items, next_cursor } = coupons::list_offers(&web.shop, user.map(|user| user.id), &page).await?;
    let running = |offer: &CouponOffer| matches!(offer.state, CampaignState::Running | CampaignState::SoldOut);
    let items: Vec<OfferBody> = items.into_iter().filter(running).map(OfferBody::from).collect();
    let body = ListBody { items, next_cursor };
    if is_anonymous {
        return etag::answer(&headers, &body, "authorization, accept-encoding");
    }
    let vary = HeaderValue::from_static("authorization, accept-encoding");
    Ok(([(header::VARY, vary)], Json(body)).into_response())
}

problems!(ClaimProblems: CALLER, PARAMETERS, &[
    "not_found", "coupon_sold_out", "coupon_already_claimed", "coupon_not_applicable", "rate_limited", "temporarily_blocked",
]);

/// Claim a coupon
///
/// First come, first served, one piece for each shopper. Three claims a minute, whatever their answer.
#[utoipa::path(
    post, path = "/coupons/{code}/claims", tag = "coupons",
    params(("code" = String, Path, description = "The coupon's code, in either case.", min_length = 3, max_length = 40, pattern = "^[A-Za-z0-9_-]+$", example = "WELCOME10")),
    responses(
        (status = 201, description = "Your piece.", body = ClaimedBody, example = json!({
            "coupon_code": "WELCOME10", "status": "ISSUED", "name": "첫 구매 10% 할인", "name_en": "10% off your first order",
            "type": "rate", "discount_value": 10, "minimum_amount": 0,
            "starts_at": "2026-11-01T00:00:00.000Z", "ends_at": "2026-12-01T00:00:00.000Z",
            "claimed_at": "2026-11-23T05:35:17.123Z", "used_at": null, "order_id": null
        })),
        ClaimProblems,
    ),
    security(("bearer" = [])),
)]
async fn claim_coupon(
    Caller(user): Caller,
    State(web): State<Web>,
    _: NoParameters,
    PathText(code): PathText,
) -> Response {
    let work = async {
        let code = CouponCode::parse(&code).map_err(|_| Problem::not_found())?;
        let claimed = coupons::claim_coupon(&web.shop, user.id, &code).await?;
        Ok((StatusCode::CREATED, Json(ClaimedBody::from(claimed))))
    };
    limited(web.shop.settings().claim_limit, Box::pin(work)).await
}
