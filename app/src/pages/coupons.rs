//! Coupons: to claim, held, to come, and over.

use crate::auth::current_user;
use crate::components::{CLAIM_PAUSE, ClaimedTicket, Empty, Frame, Here, IconName, OfferTicket, Section, TimeLeft};
use crate::pause::{Pause, blocked_until};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::Timestamp;
use shop::coupon::{CampaignState, ClaimedCoupon, CouponOffer};
use shop::page::{Page, PageLimit};

#[component]
pub fn CouponsPage() -> impl IntoView {
    page(coupons())
}

async fn coupons() -> Result<AnyView, Stop> {
    let viewer = current_user().map(|user| user.id);
    let most = Page::first(PageLimit::new(i64::from(PageLimit::MOST)).unwrap_or(PageLimit::DEFAULT));
    let offers = shop::coupon::service::list_offers(&shop(), viewer, &most).await?.items;
    let mine = match viewer {
        Some(viewer) => shop::coupon::service::list_claimed(&shop(), viewer, &most).await?.items,
        None => Vec::new(),
    };
    let blocked_until = match viewer {
        Some(viewer) => blocked_until(viewer).await?,
        None => None,
    };
    let visit = Visit::begin().await;
    let lang = visit.lang;
    let pause = Pause::find(blocked_until, &visit.flash, "claim");
    let shelves = Shelves::sort(offers, mine);
    let paused_until = pause.map(Pause::until);
    let content = if shelves.is_empty() { empty(lang) } else { shelves.view(lang, paused_until) };
    Ok(view! {
        <Frame
            title=t!(lang, "coupons-title")
            here=Here::Coupons
            heading=t!(lang, "coupons-title")
            lead=t!(lang, "coupons-lead")
        >
            {pause.map(|pause| pause_view(lang, pause))}
            {content}
        </Frame>
    }
    .into_any())
}

/// Why nothing can be claimed now, and until when; the buttons are described by it.
fn pause_view(lang: Lang, pause: Pause) -> AnyView {
    let until = pause.until_text(lang);
    let text = match pause {
        Pause::Blocked { .. } => t!(lang, "claim-blocked", until = until),
        Pause::Limited { .. } => t!(lang, "claim-limited", until = until),
    };
    view! {
        <div class="pause page-head">
            <p id=CLAIM_PAUSE>{text}</p>
            <p class="faint"><TimeLeft until=pause.until() text=t!(lang, "left-text", left = "#")/></p>
        </div>
    }
    .into_any()
}

/// Every coupon stands on one shelf: what is held is not offered again.
struct Shelves {
    running: Vec<CouponOffer>,
    mine: Vec<ClaimedCoupon>,
    upcoming: Vec<CouponOffer>,
    finished: Vec<CouponOffer>,
}

impl Shelves {
    fn sort(offers: Vec<CouponOffer>, mine: Vec<ClaimedCoupon>) -> Self {
        let mut shelves = Self { running: Vec::new(), mine, upcoming: Vec::new(), finished: Vec::new() };
        for offer in offers.into_iter().filter(|offer| offer.mine.is_none()) {
            match offer.state {
                CampaignState::Running => shelves.running.push(offer),
                CampaignState::Upcoming => shelves.upcoming.push(offer),
                CampaignState::SoldOut | CampaignState::Finished => shelves.finished.push(offer),
            }
        }
        shelves
    }

    fn is_empty(&self) -> bool {
        self.running.is_empty() && self.mine.is_empty() && self.upcoming.is_empty() && self.finished.is_empty()
    }

    fn view(self, lang: Lang, paused_until: Option<Timestamp>) -> AnyView {
        let chips = [
            ("#running", t!(lang, "coupons-running"), self.running.len()),
            ("#mine", t!(lang, "coupons-mine"), self.mine.len()),
            ("#upcoming", t!(lang, "coupons-upcoming"), self.upcoming.len()),
            ("#finished", t!(lang, "coupons-finished"), self.finished.len()),
        ];
        let chips = chips
            .into_iter()
            .filter(|(_, _, count)| *count > 0)
            .map(|(path, text, count)| view! { <a class="chip" href=path>{text}" "{count}</a>" " })
            .collect_view();
        let mine = self.mine.into_iter().map(|claimed| view! { <ClaimedTicket claimed/> }.into_any()).collect();
        view! {
            <nav class="chips" aria-label=t!(lang, "coupons-shelves")>{chips}</nav>
            {shelf("running", t!(lang, "coupons-running"), tickets(self.running, paused_until))}
            {shelf("mine", t!(lang, "coupons-mine"), mine)}
            {shelf("upcoming", t!(lang, "coupons-upcoming"), tickets(self.upcoming, None))}
            {shelf("finished", t!(lang, "coupons-finished"), tickets(self.finished, None))}
        }
        .into_any()
    }
}

fn tickets(offers: Vec<CouponOffer>, paused_until: Option<Timestamp>) -> Vec<AnyView> {
    offers.into_iter().map(|offer| view! { <OfferTicket offer paused_until/> }.into_any()).collect()
}

fn shelf(id: &'static str, title: String, tickets: Vec<AnyView>) -> Option<AnyView> {
    (!tickets.is_empty())
        .then(|| view! { <Section title id><ul class="coupon-grid">{tickets}</ul></Section> }.into_any())
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::TicketPercent title=t!(lang, "coupons-empty-title") text=t!(lang, "coupons-empty-text")>
            <div class="empty-action">
                <a class="button button-secondary" href="/products">{t!(lang, "go-products")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
