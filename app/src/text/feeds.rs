//! The words of feeds and of what is installed.

use super::{Lang, t};
use shop::product::Product;

pub fn title(lang: Lang) -> String {
    t!(lang, "feed-title")
}

pub fn subtitle(lang: Lang) -> String {
    t!(lang, "shop-description")
}

pub fn author(lang: Lang) -> String {
    t!(lang, "brand")
}

/// What a feed says of a product: its summary and its price.
pub fn entry(lang: Lang, product: &Product) -> String {
    let summary = lang.pick(&product.summary, &product.summary_en);
    let dash = if summary.is_empty() { "" } else { " – " };
    format!("{summary}{dash}{}", product.price)
}
