//! An order's number: its last eight characters for people, the whole of it for machines. Who selects and
//! copies it has the whole number.

use leptos::prelude::*;
use shop::id::OrderId;

/// So many characters are told to people: four random bytes.
const SHOWN: usize = 8;

#[component]
pub fn OrderNumber(id: OrderId) -> impl IntoView {
    let whole = id.to_string();
    let (hidden, shown) = whole.split_at(whole.len().saturating_sub(SHOWN));
    let (hidden, shown) = (hidden.to_owned(), shown.to_owned());
    view! {
        <span class="order-number" title=whole.clone()>
            <span class="order-number-rest" aria-hidden="true">{hidden}</span>
            {shown}
        </span>
    }
}
