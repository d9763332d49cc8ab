//! An order in a list.

use super::When;
use crate::text::words;
use crate::visit::lang;
use leptos::prelude::*;
use shop::order::OrderSummary;

#[component]
pub fn OrderRow(order: OrderSummary) -> impl IntoView {
    let lang = lang();
    view! {
        <li>
            <a class="order-row" href=format!("/orders/{}", order.id)>
                <bdi class="order-name">{words::order_name(lang, &order.items)}</bdi>
                <span class="order-amount">{order.final_amount.to_string()}</span>
                <When moment=order.created_at class="order-when"/>
                <span class="order-state">
                    <span class="badge" data-state=order.status.as_str()>{words::order_status(lang, order.status)}</span>
                </span>
            </a>
        </li>
    }
    .into_any()
}
