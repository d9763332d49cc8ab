//! `/products`: what is for sale, and what sells.

use super::extract::{Parameters, PathId};
use crate::problem::Problem;
use crate::state::Web;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shop::id::ProductId;
use shop::page::Slice;
use shop::product::{Category, PopularProduct, Product, ProductQuery, ProductSort, service as products};
use shop::stats::{self, service as statistics};
use shop::{Timestamp, Won};

/// The longest text that may be looked for.
const MOST_TEXT: i64 = 100;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/products", get(list_products))
        .route("/products/popular", get(list_popular))
        .route("/products/{id}", get(show_product))
}

/// A product in a list.
#[derive(Serialize)]
struct ProductBody {
    id: ProductId,
    sku: String,
    category: Category,
    name: String,
    name_en: String,
    creator: String,
    summary: String,
    summary_en: String,
    /// Where its cover is, if it has one.
    cover_url: Option<String>,
    price: Won,
    total_stock: i64,
    reserved_stock: i64,
    available_stock: i64,
    created_at: Timestamp,
}

/// A product by itself, with its long texts.
#[derive(Serialize)]
struct ProductDetailBody {
    #[serde(flatten)]
    product: ProductBody,
    description: String,
    description_en: String,
}

#[derive(Serialize)]
struct PopularBody {
    product_id: ProductId,
    name: String,
    name_en: String,
    category: Category,
    cover_url: Option<String>,
    price: Won,
    available_stock: i64,
    quantity_sold: i64,
}

fn cover_url(cover: &str) -> Option<String> {
    (!cover.is_empty()).then(|| format!("/covers/{cover}"))
}

impl From<Product> for ProductBody {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            cover_url: cover_url(&product.cover),
            sku: product.sku,
            category: product.category,
            name: product.name,
            name_en: product.name_en,
            creator: product.creator,
            summary: product.summary,
            summary_en: product.summary_en,
            price: product.price,
            total_stock: product.total_stock,
            reserved_stock: product.reserved_stock,
            available_stock: product.available_stock,
            created_at: product.created_at,
        }
    }
}

impl From<PopularProduct> for PopularBody {
    fn from(PopularProduct { product, quantity_sold }: PopularProduct) -> Self {
        Self {
            product_id: product.id,
            cover_url: cover_url(&product.cover),
            name: product.name,
            name_en: product.name_en,
            category: product.category,
            price: product.price,
            available_stock: product.available_stock,
            quantity_sold,
        }
    }
}

async fn list_products(State(web): State<Web>, mut asked: Parameters) -> Result<Json<Slice<ProductBody>>, Problem> {
    let query = ProductQuery {
        text: asked.text("q", MOST_TEXT).filter(|text| !text.is_empty()),
        category: asked.word("category", Category::from_text),
        sort: asked.word("sort", ProductSort::from_text).unwrap_or_default(),
        page: asked.page(),
    };
    asked.finish()?;
    let found = products::list_products(&web.shop, &query).await?;
    Ok(Json(found.map(ProductBody::from)))
}

async fn show_product(
    State(web): State<Web>,
    PathId(id): PathId<ProductId>,
) -> Result<Json<ProductDetailBody>, Problem> {
    let mut product = products::find_product(&web.shop, id).await?.ok_or_else(Problem::not_found)?;
    let description = std::mem::take(&mut product.description);
    let description_en = std::mem::take(&mut product.description_en);
    Ok(Json(ProductDetailBody { product: product.into(), description, description_en }))
}

async fn list_popular(State(web): State<Web>, mut asked: Parameters) -> Result<Json<Slice<PopularBody>>, Problem> {
    let days = asked.number("days", 1, stats::MOST_POPULAR_DAYS).unwrap_or(stats::POPULAR_DAYS);
    let category = asked.word("category", Category::from_text);
    let limit = asked.limit();
    asked.finish()?;
    let popular = statistics::list_popular(&web.shop, days, category, limit.rows()).await?;
    Ok(Json(Slice { items: popular.into_iter().map(PopularBody::from).collect(), next_cursor: None }))
}
