//! How many pieces are left, where it matters: few, or none.

use crate::text::t;
use crate::visit::lang;
use leptos::prelude::*;

/// From so many pieces on, the number says nothing to a shopper.
pub const FEW: i64 = 10;

#[component]
pub fn StockBadge(available: i64) -> impl IntoView {
    let lang = lang();
    let (state, text) = match available {
        ..1 => ("SOLD_OUT", t!(lang, "stock-none")),
        1..=FEW => ("FEW_LEFT", t!(lang, "stock-left", count = available)),
        _ => return ().into_any(),
    };
    view! { <span class="badge" data-state=state>{text}</span> }.into_any()
}
