//! All products, retired ones too: found by a text, a category, where they stand.

use super::frame::{ConsoleFrame, Part};
use crate::auth::require_operator;
use crate::components::{Empty, IconName, Pager};
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, t, words};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::Error;
use shop::error::FieldProblem;
use shop::operator::Permission;
use shop::page::{Page, PageLimit, Slice};
use shop::product::console::model::{ProductFilter, ProductStanding};
use shop::product::console::service::list_products;
use shop::product::{Category, Product};

const PATH: &str = "/admin/products";

#[component]
pub fn ConsoleProductsPage() -> impl IntoView {
    page(products())
}

async fn products() -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Products.permission()).await?;
    let query = Query::of_request();
    let filter = filter_of(&query)?;
    let asked = Page { limit: PageLimit::DEFAULT, cursor: query.get("cursor").map(str::to_owned) };
    let found = list_products(&shop(), &operator, &filter, &asked).await?;
    let lang = Visit::begin().await.lang;
    let edits = operator.may(Permission::EditProducts).then(|| {
        view! {
            <a class="button button-primary" href="/admin/products/new">{t!(lang, "goods-new-product")}</a>
            <a class="button button-secondary" href="/admin/products/import">{t!(lang, "import-title")}</a>
        }
    });
    let (filters, list) = (filters(lang, &query), list(lang, found, &query));
    Ok(view! {
        <ConsoleFrame operator part=Part::Products title=t!(lang, "console-products") lead=t!(lang, "goods-products-lead")>
            <p class="row console-actions">
                {edits}
                <a class="link console-link" href="/admin/products.csv" download>{t!(lang, "goods-export")}</a>
            </p>
            {filters}
            {list}
        </ConsoleFrame>
    }
    .into_any())
}

fn filter_of(query: &Query) -> Result<ProductFilter, Error> {
    let unknown = |field: &'static str| move || Error::invalid(field, FieldProblem::Malformed);
    let category = query.get("category").map(|text| Category::from_text(text).ok_or_else(unknown("category")));
    let standing = query.get("state").map(|text| ProductStanding::from_text(text).ok_or_else(unknown("state")));
    Ok(ProductFilter {
        text: query.get("q").map(str::to_owned),
        category: category.transpose()?,
        standing: standing.transpose()?,
    })
}

fn filters(lang: Lang, query: &Query) -> AnyView {
    let chosen = |name: &str, value: &str| query.get(name) == Some(value);
    let categories = Category::ALL
        .into_iter()
        .map(|one| {
            let word = one.as_str();
            view! { <option value=word selected=chosen("category", word)>{words::category(lang, one)}</option> }
        })
        .collect_view();
    let standings = ProductStanding::ALL
        .into_iter()
        .map(|one| {
            let word = one.as_str();
            view! { <option value=word selected=chosen("state", word)>{standing_name(lang, one)}</option> }
        })
        .collect_view();
    let text = query.get("q").unwrap_or_default().to_owned();
    view! {
        <form class="console-search" method="get" action=PATH>
            <div class="field">
                <label class="field-label" for="q">{t!(lang, "goods-text")}</label>
                <input class="field-input field-small" id="q" name="q" type="text" value=text maxlength="100" autocomplete="off"/>
            </div>
            <div class="field">
                <label class="field-label" for="category">{t!(lang, "goods-category")}</label>
                <select class="field-select field-small" id="category" name="category">
                    <option value="">{t!(lang, "console-any")}</option>
                    {categories}
                </select>
            </div>
            <div class="field">
                <label class="field-label" for="state">{t!(lang, "console-status")}</label>
                <select class="field-select field-small" id="state" name="state">
                    <option value="">{t!(lang, "console-any")}</option>
                    {standings}
                </select>
            </div>
            <button class="button button-secondary" type="submit">{t!(lang, "console-filter")}</button>
        </form>
    }
    .into_any()
}

fn list(lang: Lang, found: Slice<Product>, query: &Query) -> AnyView {
    let path = |cursor: Option<&str>| {
        let [q, category, state] = ["q", "category", "state"].map(|name| (name, query.get(name)));
        path_with(PATH, &[q, category, state, ("cursor", cursor)])
    };
    if found.items.is_empty() {
        return empty(lang);
    }
    let first = query.get("cursor").map(|_| path(None));
    let next = found.next_cursor.as_deref().map(|cursor| path(Some(cursor)));
    let rows = found.items.into_iter().map(|one| row(lang, one)).collect_view();
    view! {
        <ul class="console-list">{rows}</ul>
        <Pager next first more=t!(lang, "console-more")/>
    }
    .into_any()
}

fn row(lang: Lang, product: Product) -> AnyView {
    let stock = t!(
        lang,
        "goods-stock-line",
        available = grouped(product.available_stock),
        reserved = grouped(product.reserved_stock)
    );
    view! {
        <li class="console-row">
            <div>
                <a class="link console-link" href=format!("{PATH}/{}", product.id)>
                    <bdi>{words::product_name(lang, &product)}</bdi>
                </a>
                " "{standing_badge(lang, ProductStanding::of(&product))}
                <p class="faint"><code class="console-facts">{product.sku.clone()}</code>" · "{words::category(lang, product.category)}</p>
                <p class="faint">{stock}</p>
            </div>
            <p class="order-amount">{product.price.to_string()}</p>
        </li>
    }
    .into_any()
}

pub(super) fn standing_name(lang: Lang, standing: ProductStanding) -> String {
    match standing {
        ProductStanding::ForSale => t!(lang, "goods-for-sale"),
        ProductStanding::SoldOut => t!(lang, "goods-sold-out"),
        ProductStanding::Retired => t!(lang, "goods-retired"),
    }
}

pub(super) fn standing_badge(lang: Lang, standing: ProductStanding) -> AnyView {
    let state = match standing {
        ProductStanding::ForSale => "COMPLETED",
        ProductStanding::SoldOut => "SOLD_OUT",
        ProductStanding::Retired => "EXPIRED",
    };
    view! { <span class="badge" data-state=state>{standing_name(lang, standing)}</span> }.into_any()
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::Search title=t!(lang, "goods-none-title") text=t!(lang, "goods-none-text")>
            <div class="empty-action">
                <a class="button button-secondary" href=PATH>{t!(lang, "goods-all-products")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
