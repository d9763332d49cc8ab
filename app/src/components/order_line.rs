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
    /// The price of one as the shopper saw it before it changed.
    #[prop(default = None)]
    seen_price: Option<Won>,
    /// What else there is to say of it.
    #[prop(default = None)]
    note: Option<String>,
) -> impl IntoView {
    let lang = lang();
    let detail = t!(lang, "line-detail", price = unit_price.to_string(), count = quantity);
    let seen = seen_price.filter(|seen| *seen != unit_price).map(|seen| {
        view! {
            <del class="price-seen"><span class="sr-only">{t!(lang, "price-seen")}" "</span>{seen.to_string()}</del>
            " "
            <span class="sr-only">{t!(lang, "price-now")}" "</span>
        }
    });
    view! {
        <li class="line">
            {cover}
            <p class="line-name"><a href=format!("/products/{product_id}")><bdi>{name}</bdi></a></p>
            <p class="line-amount">{amount.to_string()}</p>
            <p class="line-detail">{seen}{detail}</p>
            {note.map(|note| view! { <p class="line-detail">{note}</p> })}
        </li>
    }
    .into_any()
}
