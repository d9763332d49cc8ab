//! `/coupons`: what can be claimed, and claiming it.

use super::extract::{Caller, MaybeCaller, Parameters, PathText};
use crate::problem::Problem;
use crate::state::Web;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::StatusCode;
use serde::Serialize;
use shop::coupon::{
    CampaignState, ClaimedCoupon, Coupon, CouponCode, CouponOffer, UserCouponState, service as coupons,
};
use shop::id::OrderId;
use shop::page::Slice;
use shop::{Timestamp, Won};

pub fn routes() -> Router<Web> {
    Router::new().route("/coupons", get(list_coupons)).route("/coupons/{code}/claims", post(claim_coupon))
}

/// A campaign's terms, the same wherever it is shown.
#[derive(Serialize)]
struct TermsBody {
    name: String,
    name_en: String,
    #[serde(rename = "type")]
    kind: &'static str,
    /// Percent or won.
    discount_value: i64,
    minimum_amount: Won,
    starts_at: Timestamp,
    ends_at: Timestamp,
}

#[derive(Serialize)]
struct OfferBody {
    code: CouponCode,
    #[serde(flatten)]
    terms: TermsBody,
    total_quantity: i64,
    remaining: i64,
    state: CampaignState,
    /// The caller's own piece, when they have one.
    my_status: Option<UserCouponState>,
}

/// A shopper's piece of a coupon.
#[derive(Serialize)]
pub struct ClaimedBody {
    coupon_code: CouponCode,
    status: UserCouponState,
    #[serde(flatten)]
    terms: TermsBody,
    claimed_at: Timestamp,
    used_at: Option<Timestamp>,
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

/// What is running, the sold-out ones with `remaining: 0`. What has not begun or is over is not for the
/// taking, so a page of the list may hold fewer than its limit.
async fn list_coupons(
    MaybeCaller(user): MaybeCaller,
    State(web): State<Web>,
    mut asked: Parameters,
) -> Result<Json<Slice<OfferBody>>, Problem> {
    let page = asked.page();
    asked.finish()?;
    let Slice { items, next_cursor } = coupons::list_offers(&web.shop, user.map(|user| user.id), &page).await?;
    let running = |offer: &CouponOffer| matches!(offer.state, CampaignState::Running | CampaignState::SoldOut);
    let items = items.into_iter().filter(running).map(OfferBody::from).collect();
    Ok(Json(Slice { items, next_cursor }))
}

async fn claim_coupon(
    Caller(user): Caller,
    State(web): State<Web>,
    PathText(code): PathText,
) -> Result<(StatusCode, Json<ClaimedBody>), Problem> {
    let code = CouponCode::parse(&code).map_err(|_| Problem::not_found())?;
    let claimed = coupons::claim_coupon(&web.shop, user.id, &code).await?;
    Ok((StatusCode::CREATED, Json(claimed.into())))
}
