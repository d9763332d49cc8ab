//! A product as it is sold and listed.

use crate::id::ProductId;
use crate::money::Won;
use crate::page::Page;
use crate::product::images::Picture;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};

/// What kind of digital good it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Category {
    Ebook,
    Font,
    Template,
    Music,
    Game,
    Course,
    Icon,
    Other,
}

impl Category {
    pub const ALL: [Category; 8] = [
        Category::Ebook,
        Category::Font,
        Category::Template,
        Category::Music,
        Category::Game,
        Category::Course,
        Category::Icon,
        Category::Other,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Category::Ebook => "ebook",
            Category::Font => "font",
            Category::Template => "template",
            Category::Music => "music",
            Category::Game => "game",
            Category::Course => "course",
            Category::Icon => "icon",
            Category::Other => "other",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|category| category.as_str() == text)
    }
}

/// A product. `available_stock` is what can still be reserved: total − reserved.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Product {
    pub id: ProductId,
    pub sku: String,
    pub category: Category,
    pub name: String,
    pub name_en: String,
    pub creator: String,
    pub summary: String,
    pub summary_en: String,
    pub description: String,
    pub description_en: String,
    /// The cover's file name under `/covers/`; empty for none.
    pub cover: String,
    pub price: Won,
    pub total_stock: i64,
    pub reserved_stock: i64,
    pub available_stock: i64,
    pub is_active: bool,
    pub created_at: Timestamp,
    /// The first of its pictures, which stands in the place of `cover`; where it was asked for.
    pub picture: Option<Picture>,
}

/// How a product list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ProductSort {
    #[default]
    Newest,
    PriceAsc,
    PriceDesc,
    /// By quantity sold over three days.
    Popular,
}

impl ProductSort {
    pub const ALL: [ProductSort; 4] =
        [ProductSort::Newest, ProductSort::PriceAsc, ProductSort::PriceDesc, ProductSort::Popular];

    pub fn as_str(self) -> &'static str {
        match self {
            ProductSort::Newest => "newest",
            ProductSort::PriceAsc => "price_asc",
            ProductSort::PriceDesc => "price_desc",
            ProductSort::Popular => "popular",
        }
    }

    pub fn from_text(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.as_str() == text)
    }
}

/// Which active products are asked for. `text` is a literal substring of name, summary or creator.
#[derive(Clone, Debug, Default)]
pub struct ProductQuery {
    pub text: Option<String>,
    pub category: Option<Category>,
    pub sort: ProductSort,
    pub page: Page,
}

/// A product and how many were sold over the asked days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PopularProduct {
    pub product: Product,
    pub quantity_sold: i64,
}

/// A product to be made or changed, known by its `sku`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProductDraft {
    pub sku: String,
    pub category: Category,
    pub name: String,
    pub name_en: String,
    pub creator: String,
    pub summary: String,
    pub summary_en: String,
    pub description: String,
    pub description_en: String,
    pub cover: String,
    pub price: Won,
    pub total_stock: i64,
    pub is_active: bool,
}
