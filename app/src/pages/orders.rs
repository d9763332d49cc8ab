//! The shopper's orders, newest first.

use crate::auth::require_user;
use crate::components::{Empty, Frame, Here, IconName, OrderRow, Pager};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Query, Visit, path_with, shop};
use leptos::prelude::*;
use shop::order::OrderSummary;
use shop::page::{Page, PageLimit, Slice};

#[component]
pub fn OrdersPage() -> impl IntoView {
    page(orders())
}

async fn orders() -> Result<AnyView, Stop> {
    let user = require_user()?;
    let cursor = Query::of_request().get("cursor").map(str::to_owned);
    let asked = Page { limit: PageLimit::DEFAULT, cursor: cursor.clone() };
    let found = shop::order::service::list_orders(&shop(), user.id, None, &asked).await?;
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "orders-title");
    let list = if found.items.is_empty() { empty(lang) } else { list(lang, found, cursor.is_some()) };
    Ok(view! {
        <Frame title=title.clone() here=Here::Orders heading=title class="page-reading" private=true>{list}</Frame>
    }
    .into_any())
}

fn list(lang: Lang, found: Slice<OrderSummary>, is_later: bool) -> AnyView {
    let rows = found.items.into_iter().map(|order| view! { <OrderRow order/> }).collect_view();
    let next = found.next_cursor.map(|cursor| path_with("/orders", &[("cursor", Some(&cursor))]));
    let first = is_later.then(|| "/orders".to_owned());
    view! {
        <ul class="order-list">{rows}</ul>
        <Pager next first more=t!(lang, "orders-more")/>
    }
    .into_any()
}

fn empty(lang: Lang) -> AnyView {
    view! {
        <Empty icon=IconName::ReceiptText title=t!(lang, "orders-empty-title") text=t!(lang, "orders-empty-text")>
            <div class="empty-action">
                <a class="button button-primary" href="/products">{t!(lang, "go-products")}</a>
            </div>
        </Empty>
    }
    .into_any()
}
