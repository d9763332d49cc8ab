//! The shop's front: the newest product, what sells, what can be claimed.

use crate::components::{
    Cover, Empty, Found, Frame, Here, Icon, IconName, OfferTicket, ProductCard, ProductGrid, Section, SeenProducts,
    shop_facts,
};
use crate::seen::Seen;
use crate::stop::{Stop, page};
use crate::text::{Lang, t, words};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::coupon::{CampaignState, CouponOffer};
use shop::page::{Page, PageLimit};
use shop::product::{Category, PopularProduct, Product, ProductQuery};
use shop::stats::POPULAR_DAYS;

const POPULAR_MOST: usize = 4;
const COUPONS_MOST: usize = 2;
const SEEN_MOST: usize = 4;
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
    let popular = Popular::read(asked_category()).await?;
    let seen = Seen::of_request().list(None).await?.into_iter().take(SEEN_MOST).collect::<Vec<_>>();
    let viewer = crate::auth::current_user().map(|user| user.id);
    let offers = shop::coupon::service::list_offers(&shop(), viewer, &Page::default()).await?.items;
    let open: Vec<CouponOffer> = offers.into_iter().filter(is_to_claim).take(COUPONS_MOST).collect();
    let lang = Visit::begin().await.lang;
    let newest_of_all = newest.remove(0);
    Ok(view! {
        <Frame
            title=t!(lang, "home-title")
            here=Here::Home
            found=Found { facts: shop_facts(lang), ..Found::default() }
        >
            {hero(lang, newest_of_all)}
            {facts(lang)}
            {(!popular.products.is_empty()).then(|| popular_section(lang, popular))}
            <SeenProducts products=seen/>
            {(!open.is_empty()).then(|| coupons_section(lang, open))}
            {(!newest.is_empty()).then(|| newest_section(lang, newest))}
        </Frame>
    }
    .into_any())
}

/// What this shopper holds or has used already is no news.
fn is_to_claim(offer: &CouponOffer) -> bool {
    offer.state == CampaignState::Running && offer.mine.is_none()
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

/// What sold most over three days, in all or in one category.
struct Popular {
    chosen: Option<Category>,
    /// Those in which anything sold.
    categories: Vec<Category>,
    products: Vec<PopularProduct>,
}

/// The category whose popular products are asked for; nonsense asks for all.
fn asked_category() -> Option<Category> {
    Query::of_request().get("popular").and_then(Category::from_text)
}

impl Popular {
    /// Among so many products each category that sells shows up.
    const LOOKED_AT: usize = 100;

    async fn read(chosen: Option<Category>) -> Result<Self, Stop> {
        let list =
            async |category, most| shop::stats::service::list_popular(&shop(), POPULAR_DAYS, category, most).await;
        let mut all = list(None, Self::LOOKED_AT).await?;
        let sells = |category: &Category| all.iter().any(|popular| popular.product.category == *category);
        let categories: Vec<Category> = Category::ALL.into_iter().filter(sells).collect();
        let chosen = chosen.filter(|category| categories.contains(category));
        if chosen.is_some() {
            all = list(chosen, POPULAR_MOST).await?;
        }
        all.truncate(POPULAR_MOST);
        Ok(Self { chosen, categories, products: all })
    }

    /// Links to each category's, when there are several.
    fn chips(&self, lang: Lang) -> Option<AnyView> {
        if self.categories.len() < 2 {
            return None;
        }
        let all = std::iter::once((None, t!(lang, "category-all")));
        let each = self.categories.iter().map(|category| (Some(*category), words::category(lang, *category)));
        let chips = all
            .chain(each)
            .map(|(category, name)| {
                let path = path_with("/", &[("popular", category.map(Category::as_str))]);
                let current = (category == self.chosen).then_some("true");
                view! { <a class="chip" href=format!("{path}#popular") aria-current=current>{name}</a>" " }
            })
            .collect_view();
        Some(
            view! { <nav class="chips popular-chips" aria-label=t!(lang, "popular-categories")>{chips}</nav> }
                .into_any(),
        )
    }
}

fn popular_section(lang: Lang, popular: Popular) -> AnyView {
    let chips = popular.chips(lang);
    let cards = (1i64..)
        .zip(popular.products)
        .map(|(rank, PopularProduct { product, quantity_sold })| {
            view! { <ProductCard product rank=Some(rank) sold=Some(quantity_sold)/> }
        })
        .collect_view();
    let more = ("/products?sort=popular", t!(lang, "show-all"));
    view! {
        <Section title=t!(lang, "home-popular") id="popular" more>
            {chips}
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
