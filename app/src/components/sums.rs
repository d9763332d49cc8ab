//! Rows of a sum, and its total.

use leptos::prelude::*;

#[component]
pub fn Sum(
    label: String,
    amount: String,
    /// `amount-discount` or `amount-short`.
    #[prop(optional)]
    class: &'static str,
) -> impl IntoView {
    let class = (!class.is_empty()).then_some(class);
    view! { <div class="summary-row"><dt>{label}</dt><dd class=class>{amount}</dd></div> }.into_any()
}

#[component]
pub fn Total(label: String, amount: String) -> impl IntoView {
    view! { <div class="summary-total"><dt>{label}</dt><dd>{amount}</dd></div> }.into_any()
}
