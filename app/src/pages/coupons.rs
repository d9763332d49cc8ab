//! Coupons: to claim, held, to come, and over.

use crate::auth::current_user;
use crate::components::{ClaimedTicket, Empty, Frame, Here, IconName, OfferTicket, Section};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
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
    let lang = Visit::begin().await.lang;
    let shelves = Shelves::sort(offers, mine);
    let content = if shelves.is_empty() { empty(lang) } else { shelves.view(lang) };
    Ok(view! {
        <Frame
            title=t!(lang, "coupons-title")
            here=Here::Coupons
            heading=t!(lang, "coupons-title")
            lead=t!(lang, "coupons-lead")
        >
            {content}
        </Frame>
    }
    .into_any())
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

    fn view(self, lang: Lang) -> AnyView {
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
            {shelf("running", t!(lang, "coupons-running"), tickets(self.running))}
            {shelf("mine", t!(lang, "coupons-mine"), mine)}
            {shelf("upcoming", t!(lang, "coupons-upcoming"), tickets(self.upcoming))}
            {shelf("finished", t!(lang, "coupons-finished"), tickets(self.finished))}
        }
        .into_any()
    }
}

fn tickets(offers: Vec<CouponOffer>) -> Vec<AnyView> {
    offers.into_iter().map(|offer| view! { <OfferTicket offer/> }.into_any()).collect()
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
