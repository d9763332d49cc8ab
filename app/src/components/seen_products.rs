//! What was looked at last, with a way to forget it.

use super::ProductGrid;
use crate::text::t;
use crate::visit::{here, lang};
use leptos::prelude::*;
use shop::product::Product;

#[component]
pub fn SeenProducts(products: Vec<Product>) -> impl IntoView {
    let lang = lang();
    if products.is_empty() {
        return ().into_any();
    }
    view! {
        <section class="section" aria-labelledby="seen-title">
            <div class="section-head">
                <h2 class="section-title" id="seen-title">{t!(lang, "seen-title")}</h2>
                <form method="post" action="/fn/forget_seen">
                    <input type="hidden" name="next" value=here()/>
                    <button class="section-link">{t!(lang, "seen-forget")}</button>
                </form>
            </div>
            <ProductGrid products/>
        </section>
    }
    .into_any()
}
