//! One product: what it is, what is left of it, and the way into the cart. A sold-out one has no button
//! that could not succeed.

use crate::components::{
    Cover, Found, Frame, Here, Icon, IconName, LiveStock, Notice, NoticeKind, ProductGrid, Section, SeenProducts,
    picture_of, product_facts,
};
use crate::seen::Seen;
use crate::stop::{Stop, page};
use crate::text::{Lang, t, words};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::id::ProductId;
use shop::order::model::MOST_OF_ONE_PRODUCT;
use shop::page::{Page, PageLimit};
use shop::product::images::Picture;
use shop::product::images::service::list_pictures;
use shop::product::{Product, ProductQuery, ProductSort};

/// Products in one row of a grid.
const ROW: usize = 4;
/// More than are shown: the product itself, what is bought together with it and what is sold out may be
/// among them.
const SIMILAR_MOST: i64 = 12;

#[component]
pub fn ProductPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id");
    page(product(id))
}

async fn product(id: Option<String>) -> Result<AnyView, Stop> {
    let id: ProductId = id.and_then(|id| id.parse().ok()).ok_or(Stop::NotFound)?;
    let product = shop::product::service::find_product(&shop(), id).await?.ok_or(Stop::NotFound)?;
    let together = shop::stats::service::list_bought_together(&shop(), id, ROW).await?;
    let similar = similar_to(&product, &together).await?;
    let seen = Seen::of_request();
    let seen_before = seen.list(Some(id)).await?.into_iter().take(ROW).collect::<Vec<_>>();
    let pictures = list_pictures(&shop(), id).await?;
    let lang = Visit::begin().await.lang;
    seen.add(id);
    let name = words::product_name(lang, &product);
    let similar_path = match similar.is_empty() {
        true => "/products".to_owned(),
        false => "#similar".to_owned(),
    };
    let summary = lang.pick(&product.summary, &product.summary_en).to_owned();
    Ok(view! {
        <Frame
            title=format!("{name} – {}", words::product_kind(lang, &product))
            here=Here::Products
            description=if summary.is_empty() { t!(lang, "product-summary", name = name.clone()) } else { summary.clone() }
            found=Found {
                kind: Some("product"),
                picture: picture_of(&product),
                facts: product_facts(lang, &product, &pictures),
                ..Found::default()
            }
        >
            <a class="back-link" href=format!("/products?category={}", product.category.as_str())>
                <Icon name=IconName::ChevronLeft class="icon icon-small"/>
                {words::category(lang, product.category)}
            </a>
            <article class="product-page">
                <div class="product-pictures">
                    <Cover
                        product=product.clone()
                        class="product-cover product-page-cover"
                        alt=t!(lang, "cover-alt", name = name.clone())
                        eager=true
                    />
                    {gallery(lang, &name, &pictures)}
                </div>
                <div class="buy-panel">
                    <header>
                        <p class="product-kind">{words::product_kind(lang, &product)}</p>
                        <h1 class="product-title">{name}</h1>
                        {(!summary.is_empty()).then(|| view! { <p class="page-lead">{summary}</p> })}
                    </header>
                    <p class="row">
                        <span class="price price-large">{product.price.to_string()}</span>
                        <LiveStock product=product.clone()/>
                    </p>
                    {if product.available_stock > 0 { buy_form(lang, &product) } else { sold_out(lang, similar_path) }}
                    {promises(lang)}
                </div>
                {description(lang, &product)}
            </article>
            {(!together.is_empty()).then(|| view! {
                <Section title=t!(lang, "product-together")><ProductGrid products=together/></Section>
            })}
            {(!similar.is_empty()).then(|| view! {
                <Section title=t!(lang, "product-similar") id="similar"><ProductGrid products=similar/></Section>
            })}
            <SeenProducts products=seen_before/>
        </Frame>
    }
    .into_any())
}

/// The pictures after the cover, each a way to itself in full.
fn gallery(lang: Lang, name: &str, pictures: &[Picture]) -> Option<AnyView> {
    if pictures.len() < 2 {
        return None;
    }
    let pictures = (1_i64..)
        .zip(pictures)
        .skip(1)
        .map(|(number, picture)| {
            let alt = t!(lang, "picture-alt", name = name.to_owned(), number = number);
            view! {
                <li>
                    <a class="product-cover" href=picture.large.path()>
                        <img
                            src=picture.small.path()
                            alt=alt
                            width=picture.small.width
                            height=picture.small.height
                            loading="lazy"
                        />
                    </a>
                </li>
            }
        })
        .collect_view();
    Some(view! { <ul class="product-gallery" aria-label=t!(lang, "product-pictures")>{pictures}</ul> }.into_any())
}

/// What sells in the same category, what can be bought first. Not what stands above it already.
async fn similar_to(product: &Product, together: &[Product]) -> Result<Vec<Product>, Stop> {
    let query = ProductQuery {
        category: Some(product.category),
        sort: ProductSort::Popular,
        page: Page::first(PageLimit::new(SIMILAR_MOST).unwrap_or(PageLimit::DEFAULT)),
        ..ProductQuery::default()
    };
    let mut similar = shop::product::service::list_products(&shop(), &query).await?.items;
    similar.retain(|other| other.id != product.id && !together.iter().any(|shown| shown.id == other.id));
    similar.sort_by_key(|other| other.available_stock < 1);
    similar.truncate(ROW);
    Ok(similar)
}

fn buy_form(lang: Lang, product: &Product) -> AnyView {
    let most = product.available_stock.min(MOST_OF_ONE_PRODUCT);
    let quantities = (1..=most)
        .map(|quantity| view! { <option value=quantity.to_string()>{t!(lang, "pieces", count = quantity)}</option> })
        .collect_view();
    let hint = if product.available_stock <= MOST_OF_ONE_PRODUCT {
        t!(lang, "quantity-left", count = product.available_stock)
    } else {
        t!(lang, "quantity-most", count = MOST_OF_ONE_PRODUCT)
    };
    view! {
        <form class="form" method="post" action="/fn/add_to_cart">
            <input type="hidden" name="product_id" value=product.id.to_string()/>
            <div class="field">
                <label class="field-label" for="quantity">{t!(lang, "quantity")}</label>
                <select class="field-select" id="quantity" name="quantity" aria-describedby="quantity-hint">
                    {quantities}
                </select>
                <p class="field-hint" id="quantity-hint">{hint}</p>
            </div>
            <div class="pay-bar pay-bar-pair">
                <button class="button button-secondary button-large">{t!(lang, "add-to-cart")}</button>
                <button class="button button-primary button-large" formaction="/fn/buy_now">{t!(lang, "buy-now")}</button>
            </div>
        </form>
    }
    .into_any()
}

fn sold_out(lang: Lang, similar_path: String) -> AnyView {
    view! {
        <Notice kind=NoticeKind::Info title=t!(lang, "sold-out-title") text=t!(lang, "sold-out-text")/>
        <div class="pay-bar">
            <button class="button button-large" disabled aria-describedby="sold-out-reason">{t!(lang, "stock-none")}</button>
            <p class="button-reason" id="sold-out-reason">
                {t!(lang, "sold-out-reason")}" "
                <a class="link" href=similar_path>
                    {t!(lang, "sold-out-similar")}
                </a>
            </p>
        </div>
    }
    .into_any()
}

fn promises(lang: Lang) -> AnyView {
    view! {
        <ul class="stack faint">
            <li class="row"><Icon name=IconName::Wallet/>{t!(lang, "promise-wallet")}</li>
            <li class="row"><Icon name=IconName::RotateCcw/>{t!(lang, "promise-recovery")}</li>
        </ul>
    }
    .into_any()
}

fn description(lang: Lang, product: &Product) -> Option<AnyView> {
    let text = lang.pick(&product.description, &product.description_en);
    if text.trim().is_empty() {
        return None;
    }
    let paragraphs = text
        .split("\n\n")
        .map(str::trim)
        .filter(|paragraph| !paragraph.is_empty())
        .map(|paragraph| view! { <p>{paragraph.to_owned()}</p> })
        .collect_view();
    Some(view! { <section class="prose"><h2>{t!(lang, "product-description")}</h2>{paragraphs}</section> }.into_any())
}
