//! One product: where it stands, what its stock came to and why, and what it says and costs.

use super::entry::{Asks, Entry};
use super::frame::{ConsoleFrame, Part};
use super::product_form::{FORM, find_typed, first_facts, terms};
use super::product_images::images;
use super::products::standing_badge;
use crate::auth::require_operator;
use crate::components::{Owner, Pager, Sum, Total, When};
use crate::stop::{Stop, page};
use crate::text::{Lang, grouped, t, words};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::id::ProductId;
use shop::operator::Permission;
use shop::page::{Page, PageLimit};
use shop::product::Product;
use shop::product::console::draft::LongTexts;
use shop::product::console::model::{Movement, ProductDetail, ProductStanding};
use shop::product::console::service::{MOST_MOVEMENT_REASON, find_product};
use shop::product::images::service::list_pictures;
use shop::product::rules::MOST_STOCK;

/// The name in the flash of the form that moves stock.
const STOCK_FORM: &str = "stock";

#[component]
pub fn NewProductPage() -> impl IntoView {
    page(new_product())
}

async fn new_product() -> Result<AnyView, Stop> {
    let operator = require_operator(Permission::EditProducts).await?;
    let lang = Visit::begin().await.lang;
    let typed = find_typed(&operator, None).await?;
    let (first, terms) = (first_facts(lang), terms(lang, None, typed));
    Ok(view! {
        <ConsoleFrame operator part=Part::Products title=t!(lang, "goods-new-product")>
            <form class="form" method="post" action="/fn/admin_create_product">
                <Owner/>
                {first}
                {terms}
                <button class="button button-primary" type="submit">{t!(lang, "goods-make-product")}</button>
            </form>
        </ConsoleFrame>
    }
    .into_any())
}

#[component]
pub fn ConsoleProductPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").unwrap_or_default();
    page(product(id))
}

async fn product(id: String) -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Products.permission()).await?;
    let id: ProductId = id.parse().map_err(|_| Stop::NotFound)?;
    let query = Query::of_request();
    let asked = Page { limit: PageLimit::DEFAULT, cursor: query.get("cursor").map(str::to_owned) };
    let detail = find_product(&shop(), &operator, id, &asked).await?.ok_or(Stop::NotFound)?;
    let pictures = list_pictures(&shop(), id).await?;
    let lang = Visit::begin().await.lang;
    let typed = find_typed(&operator, Some(id)).await?;
    let may_edit = operator.may(Permission::EditProducts);
    let head = head(lang, &detail.product);
    let stock = stock(lang, &detail);
    let images = images(lang, &detail.product, &pictures, may_edit);
    let forms = may_edit.then(|| (adjust(lang, &detail), edit(lang, &detail, typed), sale(lang, &detail.product)));
    let (adjust, edit, sale) = forms.map_or((None, None, None), |(a, b, c)| (Some(a), Some(b), Some(c)));
    let title = words::product_name(lang, &detail.product);
    let movements = movements(lang, detail, &query);
    Ok(view! {
        <ConsoleFrame operator part=Part::Products title>
            {head}
            <section class="section stack">
                <h2 class="section-title">{t!(lang, "goods-stock")}</h2>
                {stock}
                {adjust}
                {movements}
            </section>
            {images}
            {edit}
            {sale}
        </ConsoleFrame>
    }
    .into_any())
}

fn head(lang: Lang, product: &Product) -> AnyView {
    let standing = ProductStanding::of(product);
    let seen = product.is_active.then(|| {
        view! { <a class="link console-link" href=format!("/products/{}", product.id)>{t!(lang, "goods-see-in-shop")}</a> }
    });
    view! {
        <p class="row">
            <code class="console-facts">{product.sku.clone()}</code>
            {standing_badge(lang, standing)}
            <span>{words::category(lang, product.category)}</span>
            <strong>{product.price.to_string()}</strong>
            {seen}
        </p>
    }
    .into_any()
}

fn stock(lang: Lang, detail: &ProductDetail) -> AnyView {
    let product = &detail.product;
    view! {
        <dl class="summary-rows">
            <Sum label=t!(lang, "goods-came-in") amount=grouped(detail.came_in)/>
            <Sum label=t!(lang, "goods-taken-out") amount=grouped(-detail.taken_out)/>
            <Sum label=t!(lang, "goods-sold") amount=grouped(-detail.sold)/>
            <Total label=t!(lang, "goods-total-stock") amount=grouped(product.total_stock)/>
            <Sum label=t!(lang, "goods-reserved") amount=grouped(product.reserved_stock)/>
            <Sum label=t!(lang, "goods-available") amount=grouped(product.available_stock)/>
        </dl>
    }
    .into_any()
}

/// Brings pieces in or takes them out.
fn adjust(lang: Lang, detail: &ProductDetail) -> AnyView {
    let ways = vec![("in", t!(lang, "goods-supply")), ("out", t!(lang, "goods-removal"))];
    let pieces = Asks { required: true, least: Some(1), most: Some(MOST_STOCK), ..Asks::default() };
    let why = Asks { required: true, most_chars: Some(MOST_MOVEMENT_REASON), ..Asks::default() };
    view! {
        <form class="form card" method="post" action="/fn/admin_adjust_stock">
            <h3 class="card-title">{t!(lang, "goods-adjust")}</h3>
            <Owner/>
            <input type="hidden" name="id" value=detail.product.id.to_string()/>
            <input type="hidden" name="last_seen" value=detail.last_movement.to_string()/>
            {Entry::new(STOCK_FORM, "way", t!(lang, "goods-way"), "in", Asks::default()).choice(ways)}
            {Entry::new(STOCK_FORM, "pieces_moved", t!(lang, "goods-pieces"), "", pieces).line("number")}
            {Entry::new(STOCK_FORM, "reason", t!(lang, "goods-reason"), "", why).hinting(t!(lang, "goods-reason-hint")).line("text")}
            <button class="button button-secondary" type="submit">{t!(lang, "goods-adjust")}</button>
        </form>
    }
    .into_any()
}

fn movements(lang: Lang, detail: ProductDetail, query: &Query) -> AnyView {
    let here = format!("/admin/products/{}", detail.product.id);
    let next = detail.movements.next_cursor.as_deref().map(|cursor| path_with(&here, &[("cursor", Some(cursor))]));
    let first = query.get("cursor").map(|_| here.clone());
    let rows = detail.movements.items.into_iter().map(|one| movement(lang, one)).collect_view();
    view! {
        <h3 class="section-title">{t!(lang, "goods-movements")}</h3>
        <p class="faint">{t!(lang, "goods-movements-text")}</p>
        <ul class="console-list">{rows}</ul>
        <Pager next first more=t!(lang, "console-more")/>
    }
    .into_any()
}

fn movement(lang: Lang, one: Movement) -> AnyView {
    let sign = if one.quantity > 0 { "+" } else { "" };
    let who = match (one.operator_id, one.operator_name) {
        (None, _) => t!(lang, "goods-by-import"),
        (Some(_), Some(name)) if !name.is_empty() => name,
        (Some(id), _) => t!(lang, "audit-closed-account", id = id.to_string()),
    };
    view! {
        <li class="console-row">
            <div>
                <strong>{format!("{sign}{}", grouped(one.quantity))}</strong>
                " "<bdi class="console-facts">{one.reason}</bdi>
                <p class="faint"><bdi>{who}</bdi></p>
            </div>
            <When moment=one.created_at class="faint"/>
        </li>
    }
    .into_any()
}

fn edit(lang: Lang, detail: &ProductDetail, typed: Option<LongTexts>) -> AnyView {
    let product = &detail.product;
    let is_open = Visit::current().flash.form == FORM;
    view! {
        <section class="card section">
            <details class="console-edit" open=is_open>
                <summary>{t!(lang, "goods-edit")}</summary>
                <form class="form" method="post" action="/fn/admin_edit_product">
                    <Owner/>
                    <input type="hidden" name="id" value=product.id.to_string()/>
                    <input type="hidden" name="seen" value=detail.seen.clone()/>
                    <p class="muted">{t!(lang, "goods-edit-text")}</p>
                    {terms(lang, Some(product), typed)}
                    <button class="button button-primary" type="submit">{t!(lang, "goods-save")}</button>
                </form>
            </details>
        </section>
    }
    .into_any()
}

/// Retires it, or puts it up for sale again.
fn sale(lang: Lang, product: &Product) -> AnyView {
    let (wanted, text, button, class) = if product.is_active {
        ("no", t!(lang, "goods-retire-text"), t!(lang, "goods-retire"), "button button-danger")
    } else {
        ("yes", t!(lang, "goods-activate-text"), t!(lang, "goods-activate"), "button button-primary")
    };
    view! {
        <section class="card section">
            <form class="stack" method="post" action="/fn/admin_sell_product">
                <Owner/>
                <input type="hidden" name="id" value=product.id.to_string()/>
                <input type="hidden" name="for_sale" value=wanted/>
                <p class="muted">{text}</p>
                <button class=class type="submit">{button}</button>
            </form>
        </section>
    }
    .into_any()
}
