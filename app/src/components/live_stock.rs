//! What is left of a product on its own page, kept true while one looks.

use super::stock_badge::FEW;
use crate::islands::StockLeft;
use crate::text::t;
use crate::visit::lang;
use leptos::prelude::*;
use shop::product::Product;

#[component]
pub fn LiveStock(product: Product) -> impl IntoView {
    let lang = lang();
    let available = product.available_stock;
    let words = vec![
        format!("/api/v1/products/{}", product.id),
        t!(lang, "stock-left", count = "#"),
        t!(lang, "quantity-left", count = 1),
        t!(lang, "quantity-left", count = "#"),
    ];
    let (state, text) = match available {
        ..1 => ("SOLD_OUT", t!(lang, "stock-none")),
        _ => ("FEW_LEFT", t!(lang, "stock-left", count = available)),
    };
    view! {
        <StockLeft words available few=FEW>
            <span class="badge" data-state=state hidden={available > FEW}>{(available <= FEW).then_some(text)}</span>
        </StockLeft>
    }
}
