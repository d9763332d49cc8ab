//! Claiming a coupon.

use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{form_owner, lead_to_saying, lead_to_with, or_answer};
use crate::visit::shop;
use leptos::prelude::*;
use shop::coupon::{ClaimedCoupon, CouponCode, service};
use shop::id::UserId;

#[server(prefix = "/fn", endpoint = "claim_coupon", input = FormPost, custom = Form)]
pub async fn claim_coupon(
    #[server(default)] code: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let user = or_answer!(form_owner(&owner, "/coupons"));
    match claim(user.id, &code).await {
        Ok(ClaimedCoupon { coupon, .. }) => {
            lead_to_saying("/coupons", Note::Claimed { name: coupon.name, name_en: coupon.name_en })
        }
        Err(error) => lead_to_with("/coupons", Flash::of_error("claim", &error)),
    }
}

async fn claim(user: UserId, code: &str) -> Result<ClaimedCoupon, shop::Error> {
    service::claim_coupon(&shop(), user, &CouponCode::parse(code)?).await
}
