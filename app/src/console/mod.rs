//! The operators' console. To anybody who is no operator it does not exist, and an operator sees what their role may
//! see: each page begins with [`require_operator`](crate::auth::require_operator), each service asks again. It is
//! written on the server alone; no browser is sent its code.

mod adjustments;
mod alert_banner;
mod alerts;
mod audit;
mod chart;
mod coupon;
mod coupons;
mod customer;
mod customers;
mod entry;
mod events;
mod frame;
mod operator;
mod operators;
mod order;
mod orders;
mod overview;
mod popular;
mod product;
mod product_form;
mod product_images;
mod product_import;
mod products;
mod recovery;
mod refund;
mod waiting;

pub use adjustments::AdjustmentsPage;
pub use alerts::AlertsPage;
pub use audit::AuditPage;
pub use coupon::{ConsoleCouponPage, NewCouponPage, campaign_figures};
pub use coupons::ConsoleCouponsPage;
pub use customer::CustomerPage;
pub use customers::CustomersPage;
pub use events::EventsPage;
pub use operator::OperatorPage;
pub use operators::OperatorsPage;
pub use order::ConsoleOrderPage;
pub use orders::ConsoleOrdersPage;
pub use overview::{OverviewPage, live_figures, span_of};
pub use popular::ConsolePopularPage;
pub use product::{ConsoleProductPage, NewProductPage};
pub use product_import::{ProductDryRunPage, ProductImportPage};
pub use products::ConsoleProductsPage;
pub use recovery::RecoveryPage;

use crate::components::Pager;
use crate::text::{Lang, t};
use crate::visit::{Query, path_with};
use leptos::prelude::*;
use shop::id::OrderId;
use shop::operator::OperatorRole;
use shop::page::Slice;

/// What an operator's role is called.
fn role_name(lang: Lang, role: OperatorRole) -> String {
    match role {
        OperatorRole::Viewer => t!(lang, "role-viewer"),
        OperatorRole::Support => t!(lang, "role-support"),
        OperatorRole::Manager => t!(lang, "role-manager"),
        OperatorRole::Owner => t!(lang, "role-owner"),
    }
}

/// The way to an order, by its last eight characters.
fn order_link(id: OrderId) -> AnyView {
    let whole = id.to_string();
    let shown = whole.get(whole.len().saturating_sub(8)..).unwrap_or_default().to_owned();
    view! { <a class="link console-link" href=format!("/admin/orders/{whole}") title=whole>{shown}</a> }.into_any()
}

/// What a search found, of which `row` shows one. A page may be empty and still have a next one: a search looks at a
/// bounded number of rows at a time.
fn found_list<T>(
    lang: Lang,
    (path, fields): (&str, &[&str]),
    query: &Query,
    found: Slice<T>,
    row: fn(Lang, T) -> AnyView,
    empty: fn(Lang) -> AnyView,
) -> AnyView {
    let path = |cursor: Option<&str>| {
        let mut pairs: Vec<(&str, Option<&str>)> = fields.iter().map(|name| (*name, query.get(name))).collect();
        pairs.push(("cursor", cursor));
        path_with(path, &pairs)
    };
    let first = query.get("cursor").map(|_| path(None));
    let next = found.next_cursor.as_deref().map(|cursor| path(Some(cursor)));
    let more = if found.items.is_empty() { t!(lang, "orders-look-further") } else { t!(lang, "console-more") };
    let list = if found.items.is_empty() && next.is_none() {
        empty(lang)
    } else {
        let rows = found.items.into_iter().map(|one| row(lang, one)).collect_view();
        view! { <ul class="console-list">{rows}</ul> }.into_any()
    };
    view! { {list}<Pager next first more/> }.into_any()
}
