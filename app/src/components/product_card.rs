//! A product in a grid.

use super::{Cover, StockBadge};
use crate::text::{grouped, t, words};
use crate::visit::lang;
use leptos::prelude::*;
use shop::product::Product;

#[component]
pub fn ProductCard(
    product: Product,
    /// Its place in a ranking.
    #[prop(optional_no_strip)]
    rank: Option<i64>,
    /// Pieces sold over three days, where the list is about that.
    #[prop(optional_no_strip)]
    sold: Option<i64>,
    /// Among the first in sight: its cover is not waited for.
    #[prop(default = false)]
    eager: bool,
) -> impl IntoView {
    let lang = lang();
    let sold_out = (product.available_stock < 1).then_some("true");
    let few = product.available_stock <= super::stock_badge::FEW;
    view! {
        <li>
            <a class="product-card" href=format!("/products/{}", product.id) data-sold-out=sold_out>
                {rank.map(|rank| view! {
                    <span class="product-rank">
                        <span aria-hidden="true">{rank}</span>
                        " "
                        <span class="sr-only">{t!(lang, "product-rank", rank = rank)}</span>
                    </span>
                })}
                <Cover product=product.clone() eager/>
                <div class="product-facts">
                    <p class="product-kind">{words::product_kind(lang, &product)}</p>
                    <p class="product-name">{words::product_name(lang, &product)}</p>
                    <p class="price">{product.price.to_string()}</p>
                    {sold.map(|sold| view! {
                        <p class="product-sales">{t!(lang, "product-sales", count = grouped(sold))}</p>
                    })}
                    {few.then(|| view! {
                        <p class="product-tags"><StockBadge available=product.available_stock/></p>
                    })}
                </div>
            </a>
        </li>
    }
    .into_any()
}

#[component]
pub fn ProductGrid(
    products: Vec<Product>,
    /// How many of them are in sight when the page opens.
    #[prop(default = 0)]
    in_sight: usize,
) -> impl IntoView {
    let cards = products
        .into_iter()
        .enumerate()
        .map(|(index, product)| view! { <ProductCard product rank=None sold=None eager=index < in_sight/> })
        .collect_view();
    view! { <ul class="product-grid">{cards}</ul> }.into_any()
}
