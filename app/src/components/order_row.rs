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
                <p class="order-name"><bdi>{words::order_name(lang, &order.items)}</bdi></p>
                <p class="order-amount">{order.final_amount.to_string()}</p>
                <When moment=order.created_at class="order-when"/>
                <p class="order-state">
                    <span class="badge" data-state=order.status.as_str()>{words::order_status(lang, order.status)}</span>
                </p>
            </a>
        </li>
    }
    .into_any()
}
