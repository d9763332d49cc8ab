//! One line of an order or a checkout.

use crate::text::t;
use crate::visit::lang;
use leptos::prelude::*;
use shop::Won;
use shop::id::ProductId;

#[component]
pub fn OrderLine(
    product_id: ProductId,
    name: String,
    unit_price: Won,
    quantity: i64,
    amount: Won,
    /// The cover, where the product is still known.
    cover: AnyView,
) -> impl IntoView {
    let detail = t!(lang(), "line-detail", price = unit_price.to_string(), count = quantity);
    view! {
        <li class="line">
            {cover}
            <p class="line-name"><a href=format!("/products/{product_id}")>{name}</a></p>
            <p class="line-amount">{amount.to_string()}</p>
            <p class="line-detail">{detail}</p>
        </li>
    }
    .into_any()
}
