//! The shop's front: the newest product, what sells, what can be claimed.

use crate::components::{Cover, Empty, Frame, Here, Icon, IconName, OfferTicket, ProductCard, ProductGrid, Section};
use crate::stop::{Stop, page};
use crate::text::{Lang, t, words};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::coupon::{CampaignState, CouponOffer};
use shop::page::{Page, PageLimit};
use shop::product::{PopularProduct, Product, ProductQuery};
use shop::stats::POPULAR_DAYS;

const POPULAR_MOST: usize = 4;
const COUPONS_MOST: usize = 2;
/// One for the hero, eight for the grid.
const NEWEST_MOST: i64 = 9;

#[component]
pub fn HomePage() -> impl IntoView {
    page(home())
}

async fn home() -> Result<AnyView, Stop> {
    let query = ProductQuery { page: first(NEWEST_MOST), ..ProductQuery::default() };
    let mut newest = shop::product::service::list_products(&shop(), &query).await?.items;
    if newest.is_empty() {
        return Ok(empty_shop().await);
    }
    let popular = shop::stats::service::list_popular(&shop(), POPULAR_DAYS, None, POPULAR_MOST).await?;
    let viewer = crate::auth::current_user().map(|user| user.id);
    let offers = shop::coupon::service::list_offers(&shop(), viewer, &Page::default()).await?.items;
    let open: Vec<CouponOffer> =
        offers.into_iter().filter(|offer| offer.state == CampaignState::Running).take(COUPONS_MOST).collect();
    let lang = Visit::begin().await.lang;
    let newest_of_all = newest.remove(0);
    Ok(view! {
        <Frame title=t!(lang, "home-title") here=Here::Home>
            {hero(lang, newest_of_all)}
            {facts(lang)}
            {(!popular.is_empty()).then(|| popular_section(lang, popular))}
            {(!open.is_empty()).then(|| coupons_section(lang, open))}
            {(!newest.is_empty()).then(|| newest_section(lang, newest))}
        </Frame>
    }
    .into_any())
}

fn first(most: i64) -> Page {
    Page::first(PageLimit::new(most).unwrap_or(PageLimit::DEFAULT))
}

fn hero(lang: Lang, newest: Product) -> AnyView {
    let path = format!("/products/{}", newest.id);
    let name = words::product_name(lang, &newest);
    let price = newest.price.to_string();
    view! {
        <section class="hero">
            <div>
                <h1 class="hero-title">{t!(lang, "hero-title-1")}<br/>{t!(lang, "hero-title-2")}</h1>
                <p class="hero-lead">{t!(lang, "hero-lead")}</p>
                <div class="hero-actions">
                    <a class="button button-primary button-large" href="/products">{t!(lang, "go-products")}</a>
                    " "
                    <a class="button button-secondary button-large" href="/coupons">{t!(lang, "go-coupons")}</a>
                </div>
            </div>
            <a class="product-card hero-pick" href=path>
                <Cover product=newest eager=true/>
                <div class="product-facts">
                    <p class="product-kind">{t!(lang, "hero-newest")}</p>
                    <p class="product-name">{name}</p>
                    <p class="price">{price}</p>
                </div>
            </a>
        </section>
    }
    .into_any()
}

fn facts(lang: Lang) -> AnyView {
    let facts = [
        (IconName::Boxes, t!(lang, "fact-stock"), t!(lang, "fact-stock-text")),
        (IconName::ReceiptText, t!(lang, "fact-amount"), t!(lang, "fact-amount-text")),
        (IconName::RotateCcw, t!(lang, "fact-recovery"), t!(lang, "fact-recovery-text")),
    ];
    let facts = facts
        .into_iter()
        .map(|(icon, title, text)| {
            view! { <li class="hero-fact"><Icon name=icon/><strong>{title}</strong><p>{text}</p></li> }
        })
        .collect_view();
    view! { <ul class="hero-facts">{facts}</ul> }.into_any()
}

fn popular_section(lang: Lang, popular: Vec<PopularProduct>) -> AnyView {
    let cards = (1i64..)
        .zip(popular)
        .map(|(rank, PopularProduct { product, quantity_sold })| {
            view! { <ProductCard product rank=Some(rank) sold=Some(quantity_sold)/> }
        })
        .collect_view();
    let more = ("/products?sort=popular", t!(lang, "show-all"));
    view! {
        <Section title=t!(lang, "home-popular") more>
            <ul class="product-grid">{cards}</ul>
        </Section>
    }
    .into_any()
}

fn coupons_section(lang: Lang, open: Vec<CouponOffer>) -> AnyView {
    let tickets = open.into_iter().map(|offer| view! { <OfferTicket offer/> }).collect_view();
    view! {
        <Section title=t!(lang, "home-coupons") more=("/coupons", t!(lang, "show-all"))>
            <ul class="coupon-grid">{tickets}</ul>
        </Section>
    }
    .into_any()
}

fn newest_section(lang: Lang, newest: Vec<Product>) -> AnyView {
    view! {
        <Section title=t!(lang, "home-newest") more=("/products", t!(lang, "show-all"))>
            <ProductGrid products=newest/>
        </Section>
    }
    .into_any()
}

/// A shop without products says how it is filled.
pub async fn empty_shop() -> AnyView {
    let lang = Visit::begin().await.lang;
    view! {
        <Frame title=t!(lang, "empty-shop-title") here=Here::Home>
            <Empty
                icon=IconName::PackageOpen
                title=t!(lang, "empty-shop-title")
                text=t!(lang, "empty-shop-text")
                is_heading=true
            >
                <code class="command">"damda seed --demo"</code>
                <p class="faint">{t!(lang, "empty-shop-import")}</p>
                <code class="command">"damda product import FILE.csv"</code>
            </Empty>
        </Frame>
    }
    .into_any()
}
