//! A coupon as a ticket: to claim, or held.

use crate::text::{grouped, moment, t, words};
use crate::visit::Visit;
use leptos::prelude::*;
use shop::coupon::{CampaignState, ClaimedCoupon, Coupon, CouponOffer, Discount, UserCouponState};

/// A campaign and what this visitor can do about it.
#[component]
pub fn OfferTicket(offer: CouponOffer) -> impl IntoView {
    let visit = Visit::current();
    let lang = visit.lang;
    let CouponOffer { coupon, state, mine } = offer;
    let badge = match (state, mine) {
        (_, Some(mine)) => Some(words::coupon_state(lang, mine)),
        (CampaignState::Upcoming, None) => Some(t!(lang, "coupon-badge-upcoming")),
        (CampaignState::SoldOut, None) => Some(t!(lang, "coupon-badge-sold-out")),
        (CampaignState::Finished, None) => Some(t!(lang, "coupon-badge-finished")),
        (CampaignState::Running, None) => None,
    };
    let terms = match state {
        CampaignState::Finished => t!(lang, "coupon-terms-finished", until = moment::short(lang, coupon.ends_at)),
        _ => words::coupon_terms(lang, &coupon),
    };
    let action = match (state, mine) {
        (CampaignState::Running, Some(UserCouponState::Issued)) => Some(use_it()),
        (CampaignState::Running, None) if visit.user.is_none() => Some(log_in_to_claim()),
        (CampaignState::Running, None) => Some(claim(&coupon)),
        (CampaignState::Upcoming, None) => {
            let opens = t!(lang, "coupon-opens", moment = moment::short(lang, coupon.starts_at));
            Some(view! { <button class="button" disabled>{opens}</button> }.into_any())
        }
        _ => None,
    };
    let remaining = matches!(state, CampaignState::Running | CampaignState::SoldOut).then(|| remaining(&coupon));
    let state = campaign_word(state);
    view! { <Ticket coupon state badge terms remaining action/> }.into_any()
}

/// A piece this shopper holds.
#[component]
pub fn ClaimedTicket(claimed: ClaimedCoupon) -> impl IntoView {
    let lang = Visit::current().lang;
    let ClaimedCoupon { coupon, state, order_id, used_at, .. } = claimed;
    let terms = match (state, used_at) {
        (UserCouponState::Held, _) => t!(lang, "coupon-terms-held"),
        (UserCouponState::Used, Some(used_at)) => {
            t!(lang, "coupon-terms-used", moment = moment::short(lang, used_at))
        }
        (UserCouponState::Expired, _) => {
            t!(lang, "coupon-terms-finished", until = moment::short(lang, coupon.ends_at))
        }
        _ => words::coupon_terms(lang, &coupon),
    };
    let action = match (state, order_id) {
        (UserCouponState::Issued, _) => Some(use_it()),
        (UserCouponState::Held | UserCouponState::Used, Some(order)) => {
            let path = format!("/orders/{order}");
            let text = t!(lang, "coupon-show-order");
            Some(view! { <a class="button button-secondary" href=path>{text}</a> }.into_any())
        }
        _ => None,
    };
    let word = match state {
        UserCouponState::Issued => "ISSUED",
        UserCouponState::Held => "HELD",
        UserCouponState::Used => "USED",
        UserCouponState::Expired => "FINISHED",
    };
    let badge = Some(words::coupon_state(lang, state));
    view! { <Ticket coupon state=word badge terms remaining=None action/> }.into_any()
}

#[component]
fn Ticket(
    coupon: Coupon,
    state: &'static str,
    badge: Option<String>,
    terms: String,
    remaining: Option<AnyView>,
    action: Option<AnyView>,
) -> impl IntoView {
    let lang = Visit::current().lang;
    let value_class = match coupon.discount {
        Discount::Rate(_) => "coupon-value",
        Discount::Fixed(_) => "coupon-value coupon-value-fixed",
    };
    view! {
        <li class="coupon" data-state=state>
            <div class=value_class>
                {words::discount(coupon.discount)}
                " "
                <span class="coupon-value-kind">{t!(lang, "coupon-off")}</span>
            </div>
            <div class="coupon-body">
                {badge.map(|text| view! { <div><span class="badge" data-state=state>{text}</span></div> })}
                <h3 class="coupon-name">{words::coupon_name(lang, &coupon)}</h3>
                <p class="coupon-terms">{terms}</p>
                {remaining}
                {action.map(|action| view! { <div class="coupon-action">{action}</div> })}
            </div>
        </li>
    }
    .into_any()
}

fn campaign_word(state: CampaignState) -> &'static str {
    match state {
        CampaignState::Upcoming => "UPCOMING",
        CampaignState::Running => "RUNNING",
        CampaignState::SoldOut => "SOLD_OUT",
        CampaignState::Finished => "FINISHED",
    }
}

fn remaining(coupon: &Coupon) -> AnyView {
    let lang = Visit::current().lang;
    let left = coupon.remaining().max(0);
    let text = t!(lang, "coupon-remaining", total = grouped(coupon.total_quantity), left = grouped(left));
    view! {
        <div class="remaining">
            <progress
                class="remaining-bar"
                value=left.to_string()
                max=coupon.total_quantity.to_string()
                aria-label=t!(lang, "coupon-remaining-label")
            ></progress>
            <span>{text}</span>
        </div>
    }
    .into_any()
}

fn claim(coupon: &Coupon) -> AnyView {
    let lang = Visit::current().lang;
    let name = words::coupon_name(lang, coupon);
    view! {
        <form method="post" action="/fn/claim_coupon">
            <input type="hidden" name="code" value=coupon.code.to_string()/>
            <button class="button button-primary" aria-label=t!(lang, "coupon-claim-name", name = name)>
                {t!(lang, "coupon-claim")}
            </button>
        </form>
    }
    .into_any()
}

fn log_in_to_claim() -> AnyView {
    let lang = Visit::current().lang;
    let path = crate::onward::login_path("/coupons");
    view! { <a class="button button-secondary" href=path>{t!(lang, "coupon-log-in")}</a> }.into_any()
}

fn use_it() -> AnyView {
    let lang = Visit::current().lang;
    view! { <a class="button button-secondary" href="/products">{t!(lang, "coupon-use")}</a> }.into_any()
}
