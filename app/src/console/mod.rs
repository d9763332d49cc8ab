//! The operators' console. To anybody who is no operator it does not exist, and an operator sees what their role may
//! see: each page begins with [`require_operator`](crate::auth::require_operator), each service asks again. It is
//! written on the server alone; no browser is sent its code.

mod alerts;
mod audit;
mod coupon;
mod coupons;
mod entry;
mod frame;
mod operators;
mod order;
mod orders;
mod overview;
mod product;
mod product_form;
mod products;
mod recovery;
mod refund;
mod waiting;

pub use alerts::AlertsPage;
pub use audit::AuditPage;
pub use coupon::{ConsoleCouponPage, NewCouponPage};
pub use coupons::ConsoleCouponsPage;
pub use operators::OperatorsPage;
pub use order::ConsoleOrderPage;
pub use orders::ConsoleOrdersPage;
pub use overview::OverviewPage;
pub use product::{ConsoleProductPage, NewProductPage};
pub use products::ConsoleProductsPage;
pub use recovery::RecoveryPage;

use crate::text::{Lang, t};
use leptos::prelude::*;
use shop::id::OrderId;
use shop::operator::OperatorRole;

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
