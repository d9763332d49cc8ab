//! What states and kinds are called, and the names of things in the reader's language.

use super::{Lang, t};
use shop::coupon::{Coupon, Discount, UserCouponState};
use shop::order::{OrderItem, OrderStatus};
use shop::product::{Category, Product, ProductSort};
use shop::wallet::PostingType;

pub fn category(lang: Lang, category: Category) -> String {
    match category {
        Category::Ebook => t!(lang, "category-ebook"),
        Category::Font => t!(lang, "category-font"),
        Category::Template => t!(lang, "category-template"),
        Category::Music => t!(lang, "category-music"),
        Category::Game => t!(lang, "category-game"),
        Category::Course => t!(lang, "category-course"),
        Category::Icon => t!(lang, "category-icon"),
        Category::Other => t!(lang, "category-other"),
    }
}

pub fn sort(lang: Lang, sort: ProductSort) -> String {
    match sort {
        ProductSort::Newest => t!(lang, "sort-newest"),
        ProductSort::PriceAsc => t!(lang, "sort-price-asc"),
        ProductSort::PriceDesc => t!(lang, "sort-price-desc"),
        ProductSort::Popular => t!(lang, "sort-popular"),
    }
}

pub fn order_status(lang: Lang, status: OrderStatus) -> String {
    match status {
        OrderStatus::Reserved => t!(lang, "status-reserved"),
        OrderStatus::Paid => t!(lang, "status-paid"),
        OrderStatus::Completed => t!(lang, "status-completed"),
        OrderStatus::Rejected => t!(lang, "status-rejected"),
        OrderStatus::Expired => t!(lang, "status-expired"),
        OrderStatus::Pending => t!(lang, "status-pending"),
        OrderStatus::Failed => t!(lang, "status-failed"),
        OrderStatus::PartiallyRefunded => t!(lang, "status-partially-refunded"),
        OrderStatus::Refunded => t!(lang, "status-refunded"),
    }
}

pub fn posting(lang: Lang, kind: PostingType) -> String {
    match kind {
        PostingType::Charge => t!(lang, "posting-charge"),
        PostingType::Payment => t!(lang, "posting-payment"),
        PostingType::Recovery => t!(lang, "posting-recovery"),
        PostingType::Refund => t!(lang, "posting-refund"),
        PostingType::Adjustment => t!(lang, "posting-adjustment"),
    }
}

pub fn coupon_state(lang: Lang, state: UserCouponState) -> String {
    match state {
        UserCouponState::Issued => t!(lang, "coupon-state-issued"),
        UserCouponState::Held => t!(lang, "coupon-state-held"),
        UserCouponState::Used => t!(lang, "coupon-state-used"),
        UserCouponState::Expired => t!(lang, "coupon-state-expired"),
    }
}

/// `10%` or `₩3,000`
pub fn discount(discount: Discount) -> String {
    match discount {
        Discount::Rate(percent) => format!("{percent}%"),
        Discount::Fixed(won) => won.to_string(),
    }
}

pub fn product_name(lang: Lang, product: &Product) -> String {
    lang.pick(&product.name, &product.name_en).to_owned()
}

pub fn item_name(lang: Lang, item: &OrderItem) -> String {
    lang.pick(&item.name, &item.name_en).to_owned()
}

pub fn coupon_name(lang: Lang, coupon: &Coupon) -> String {
    lang.pick(&coupon.name, &coupon.name_en).to_owned()
}

/// The first line's name, and how many others there are.
pub fn order_name(lang: Lang, items: &[OrderItem]) -> String {
    let first = items.first().map(|item| item_name(lang, item)).unwrap_or_default();
    match i64::try_from(items.len()).unwrap_or(i64::MAX) - 1 {
        others if others > 0 => t!(lang, "order-name-and-others", name = first, others = others),
        _ => first,
    }
}

/// `전자책 · 서유하`
pub fn product_kind(lang: Lang, product: &Product) -> String {
    let kind = category(lang, product.category);
    if product.creator.is_empty() { kind } else { format!("{kind} · {}", product.creator) }
}
