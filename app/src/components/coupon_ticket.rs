//! A coupon as a ticket: to claim, or held.

use super::when::sentence_with;
use super::{Owner, TimeLeft};
use crate::islands::CouponLeft;
use crate::text::{Lang, grouped, t, words};
use crate::visit::Visit;
use leptos::prelude::*;
use shop::coupon::{CampaignState, ClaimedCoupon, Coupon, CouponOffer, Discount, UserCouponState};
use shop::{Timestamp, Won};

/// A campaign and what this visitor can do about it.
#[component]
pub fn OfferTicket(
    offer: CouponOffer,
    /// Until when this shopper may claim nothing; the page says why, in the element [`CLAIM_PAUSE`].
    #[prop(default = None)]
    paused_until: Option<Timestamp>,
) -> impl IntoView {
    let visit = Visit::current();
    let lang = visit.lang;
    let CouponOffer { coupon, state, mine } = offer;
    let badge = match (state, mine) {
        _ if is_stopped_for(&coupon, mine) => Some(t!(lang, "coupon-badge-stopped")),
        (_, Some(mine)) => Some(words::coupon_state(lang, mine)),
        (CampaignState::Upcoming, None) => Some(t!(lang, "coupon-badge-upcoming")),
        (CampaignState::SoldOut, None) => Some(t!(lang, "coupon-badge-sold-out")),
        (CampaignState::Finished, None) => Some(t!(lang, "coupon-badge-finished")),
        (CampaignState::Running, None) => None,
    };
    let terms = match state {
        _ if is_stopped_for(&coupon, mine) => stopped_terms(lang, mine),
        CampaignState::Finished => finished_terms(lang, &coupon),
        _ => running_terms(lang, &coupon),
    };
    let below = match (state, mine) {
        (CampaignState::Running, Some(UserCouponState::Issued)) => action(use_it(lang)),
        (CampaignState::Running, None) => {
            let claim = match visit.user {
                Some(_) => claim(lang, &coupon, paused_until.is_some()),
                None => log_in_to_claim(lang),
            };
            remaining_and(lang, &coupon, claim)
        }
        (CampaignState::Upcoming, None) => opening(lang, &coupon),
        (CampaignState::SoldOut, _) => remaining(lang, &coupon),
        _ => ().into_any(),
    };
    let state = campaign_word(state);
    view! { <Ticket coupon state badge terms below/> }.into_any()
}

/// The id of what says why nothing can be claimed for a while.
pub const CLAIM_PAUSE: &str = "claim-pause";

/// A piece this shopper holds.
#[component]
pub fn ClaimedTicket(claimed: ClaimedCoupon) -> impl IntoView {
    let lang = Visit::current().lang;
    let ClaimedCoupon { coupon, state, order_id, used_at, .. } = claimed;
    let terms = match (state, used_at) {
        (UserCouponState::Held, _) => t!(lang, "coupon-terms-held").into_any(),
        (UserCouponState::Used, Some(used_at)) => {
            sentence_with(used_at, |moment| t!(lang, "coupon-terms-used", moment = moment))
        }
        (UserCouponState::Expired, _) => finished_terms(lang, &coupon),
        (UserCouponState::Issued, _) if !coupon.is_active => stopped_terms(lang, Some(state)),
        _ => running_terms(lang, &coupon),
    };
    let is_stopped = is_stopped_for(&coupon, Some(state));
    let below = match (state, order_id) {
        _ if is_stopped => ().into_any(),
        (UserCouponState::Issued, _) => action(use_it(lang)),
        (UserCouponState::Held | UserCouponState::Used, Some(order)) => {
            let path = format!("/orders/{order}");
            let text = t!(lang, "coupon-show-order");
            action(view! { <a class="button button-secondary" href=path>{text}</a> }.into_any())
        }
        _ => ().into_any(),
    };
    let word = match state {
        _ if is_stopped => "FINISHED",
        UserCouponState::Issued => "ISSUED",
        UserCouponState::Held => "HELD",
        UserCouponState::Used => "USED",
        UserCouponState::Expired => "FINISHED",
    };
    let badge = if is_stopped { t!(lang, "coupon-badge-stopped") } else { words::coupon_state(lang, state) };
    let badge = Some(badge);
    view! { <Ticket coupon state=word badge terms below/> }.into_any()
}

#[component]
fn Ticket(
    coupon: Coupon,
    state: &'static str,
    badge: Option<String>,
    terms: AnyView,
    /// What is left, and what can be done.
    below: AnyView,
) -> impl IntoView {
    /// Longer amounts are written smaller, so that they keep off the edge of the stub.
    const LONG_CHARS: usize = 7;
    let lang = Visit::current().lang;
    let value = words::discount(coupon.discount);
    let value_class = match coupon.discount {
        Discount::Fixed(_) if value.chars().count() > LONG_CHARS => "coupon-value coupon-value-long",
        Discount::Fixed(_) => "coupon-value coupon-value-fixed",
        Discount::Rate(_) => "coupon-value",
    };
    view! {
        <li class="coupon" data-state=state>
            <div class=value_class>
                {value}
                " "
                <span class="coupon-value-kind">{t!(lang, "coupon-off")}</span>
            </div>
            <div class="coupon-body">
                {badge.map(|text| view! { <div><span class="badge" data-state=state>{text}</span></div> })}
                <h3 class="coupon-name"><bdi>{words::coupon_name(lang, &coupon)}</bdi></h3>
                <p class="coupon-terms">{terms}</p>
                {below}
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

/// For which orders and until when.
fn running_terms(lang: Lang, coupon: &Coupon) -> AnyView {
    let minimum = coupon.minimum_amount;
    sentence_with(coupon.ends_at, |until| {
        if minimum > Won::ZERO {
            t!(lang, "coupon-terms-minimum", minimum = minimum.to_string(), until = until)
        } else {
            t!(lang, "coupon-terms-any", until = until)
        }
    })
}

/// An operator stopped it, and that is what matters to whoever has no piece, or one that is not used yet.
fn is_stopped_for(coupon: &Coupon, mine: Option<UserCouponState>) -> bool {
    !coupon.is_active && matches!(mine, None | Some(UserCouponState::Issued))
}

fn stopped_terms(lang: Lang, mine: Option<UserCouponState>) -> AnyView {
    match mine {
        Some(_) => t!(lang, "coupon-terms-stopped-mine").into_any(),
        None => t!(lang, "coupon-reason-stopped").into_any(),
    }
}

fn finished_terms(lang: Lang, coupon: &Coupon) -> AnyView {
    sentence_with(coupon.ends_at, |until| t!(lang, "coupon-terms-finished", until = until))
}

fn action(button: AnyView) -> AnyView {
    view! { <div class="coupon-action">{button}</div> }.into_any()
}

/// What is left of a running coupon, kept true, with what claims a piece of it.
fn remaining_and(lang: Lang, coupon: &Coupon, claim: AnyView) -> AnyView {
    let words = vec![
        coupon.code.to_string(),
        t!(lang, "coupon-remaining", total = grouped(coupon.total_quantity), left = "#"),
        t!(lang, "coupon-gone"),
    ];
    let remaining = remaining(lang, coupon);
    view! { <CouponLeft words>{remaining}{action(claim)}</CouponLeft> }.into_any()
}

fn remaining(lang: Lang, coupon: &Coupon) -> AnyView {
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
            <span class="left">{text}</span>
        </div>
    }
    .into_any()
}

/// When it opens, and how long that is.
fn opening(lang: Lang, coupon: &Coupon) -> AnyView {
    let opens = sentence_with(coupon.starts_at, |moment| t!(lang, "coupon-opens", moment = moment));
    view! {
        <div class="coupon-action">
            <button class="button" disabled><span>{opens}</span></button>
            <p class="coupon-countdown"><TimeLeft until=coupon.starts_at text=t!(lang, "coupon-opens-in", left = "#")/></p>
        </div>
    }
    .into_any()
}

fn claim(lang: Lang, coupon: &Coupon, is_paused: bool) -> AnyView {
    let label = t!(lang, "coupon-claim-name", name = words::coupon_name(lang, coupon));
    if is_paused {
        return view! {
            <button class="button" disabled aria-label=label aria-describedby=CLAIM_PAUSE>{t!(lang, "coupon-claim")}</button>
        }
        .into_any();
    }
    view! {
        <form method="post" action="/fn/claim_coupon">
            <Owner/>
            <input type="hidden" name="code" value=coupon.code.to_string()/>
            <button class="button button-primary" aria-label=label>{t!(lang, "coupon-claim")}</button>
        </form>
    }
    .into_any()
}

fn log_in_to_claim(lang: Lang) -> AnyView {
    let path = crate::onward::login_path("/coupons");
    view! { <a class="button button-secondary" href=path>{t!(lang, "coupon-log-in")}</a> }.into_any()
}

fn use_it(lang: Lang) -> AnyView {
    view! { <a class="button button-secondary" href="/products">{t!(lang, "coupon-use")}</a> }.into_any()
}
