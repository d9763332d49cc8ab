//! A product's cover. Always 4:3, so that nothing jumps while it loads.

use super::{Icon, IconName};
use leptos::prelude::*;
use shop::product::Product;

#[component]
pub fn Cover(
    product: Product,
    #[prop(default = "product-cover")] class: &'static str,
    /// Blank where the name stands beside it.
    #[prop(optional, into)]
    alt: String,
    /// Not below the fold: load at once.
    #[prop(optional)]
    eager: bool,
) -> impl IntoView {
    let image = if product.cover.is_empty() {
        view! { <Icon name=IconName::Boxes class="icon icon-large"/> }.into_any()
    } else {
        let loading = if eager { "eager" } else { "lazy" };
        let src = format!("/covers/{}", product.cover);
        // The biggest thing in sight is asked for before scripts and icons.
        let priority = eager.then_some("high");
        view! { <img src=src alt=alt width="800" height="600" loading=loading fetchpriority=priority/> }.into_any()
    };
    view! { <span class=class>{image}</span> }.into_any()
}
