//! Products as operators see them.

use crate::id::UserId;
use crate::page::Slice;
use crate::product::{Category, Product};
use crate::time::Timestamp;

/// Where a product stands for shoppers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProductStanding {
    ForSale,
    /// Shown, with no piece to be had.
    SoldOut,
    /// Not shown and not sold.
    Retired,
}

impl ProductStanding {
    pub const ALL: [ProductStanding; 3] =
        [ProductStanding::ForSale, ProductStanding::SoldOut, ProductStanding::Retired];

    pub fn as_str(self) -> &'static str {
        match self {
            ProductStanding::ForSale => "for_sale",
            ProductStanding::SoldOut => "sold_out",
            ProductStanding::Retired => "retired",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.as_str() == text)
    }

    pub fn of(product: &Product) -> Self {
        match (product.is_active, product.available_stock) {
            (false, _) => ProductStanding::Retired,
            (true, ..=0) => ProductStanding::SoldOut,
            (true, _) => ProductStanding::ForSale,
        }
    }
}

/// Which products are asked for: those that are all of this. `text` is a literal part of a name, a creator or a sku.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProductFilter {
    pub text: Option<String>,
    pub category: Option<Category>,
    pub standing: Option<ProductStanding>,
}

/// Pieces that came in, or were taken out: a quantity below zero.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Movement {
    pub id: i64,
    pub quantity: i64,
    pub reason: String,
    /// Nobody: an import, or a program from before that was noted.
    pub operator_id: Option<UserId>,
    /// Empty when that account has been closed since.
    pub operator_name: Option<String>,
    pub created_at: Timestamp,
}

/// A product with what its stock came to. `came_in` − `taken_out` − `sold` is its total stock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDetail {
    pub product: Product,
    /// Stands for what may be edited, as it is now.
    pub seen: String,
    pub came_in: i64,
    pub taken_out: i64,
    pub sold: i64,
    /// The newest movement of the stock; 0: there was none.
    pub last_movement: i64,
    /// Newest first.
    pub movements: Slice<Movement>,
}
