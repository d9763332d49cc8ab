//! `/products`: what is for sale, and what sells.

use super::extract::{NoParameters, Parameters, PathId};
use super::openapi::{PARAMETERS, problems};
use super::schema::{CategoryWord, Count, Moment, Money, NumberedId, PagesByKey, PopularParameters, ProductParameters};
use super::{ListBody, etag};
use crate::problem::Problem;
use crate::state::Web;
use axum::extract::State;
use axum::response::Response;
use http::HeaderMap;
use serde::Serialize;
use shop::id::ProductId;
use shop::product::{Category, PopularProduct, Product, ProductQuery, ProductSort, service as products};
use shop::stats::{self, service as statistics};
use shop::{Timestamp, Won};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// The longest text that may be looked for.
pub const MOST_TEXT: i64 = 100;

/// The answers here are everybody's and depend on the address alone, and on how they are packed.
const VARY: &str = "accept-encoding";

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::default().routes(routes!(list_products)).routes(routes!(list_popular)).routes(routes!(show_product))
}

/// A product in a list.
#[derive(Serialize, ToSchema)]
struct ProductBody {
    #[schema(value_type = NumberedId)]
    id: ProductId,
    sku: String,
    #[schema(value_type = CategoryWord)]
    category: Category,
    name: String,
    /// May be empty, as every text in English: then there is only the Korean one.
    name_en: String,
    creator: String,
    summary: String,
    summary_en: String,
    /// Where its cover is in this shop, if it has one.
    #[schema(required = true)]
    cover_url: Option<String>,
    #[schema(value_type = Money)]
    price: Won,
    #[schema(value_type = Count)]
    total_stock: i64,
    /// Held for orders under way.
    #[schema(value_type = Count)]
    reserved_stock: i64,
    /// What can still be bought: total less reserved.
    #[schema(value_type = Count)]
    available_stock: i64,
    #[schema(value_type = Moment)]
    created_at: Timestamp,
}

/// A product by itself, with its long texts.
#[derive(Serialize, ToSchema)]
struct ProductDetailBody {
    #[serde(flatten)]
    product: ProductBody,
    description: String,
    description_en: String,
}

/// A product and how it sells.
#[derive(Serialize, ToSchema)]
struct PopularBody {
    #[schema(value_type = NumberedId)]
    product_id: ProductId,
    name: String,
    name_en: String,
    #[schema(value_type = CategoryWord)]
    category: Category,
    #[schema(required = true)]
    cover_url: Option<String>,
    #[schema(value_type = Money)]
    price: Won,
    #[schema(value_type = Count)]
    available_stock: i64,
    #[schema(value_type = Count)]
    quantity_sold: i64,
}

fn cover_url(product: &Product) -> Option<String> {
    let drawn = || (!product.cover.is_empty()).then(|| format!("/covers/{}", product.cover));
    product.picture.map(|picture| picture.large.path()).or_else(drawn)
}

impl From<Product> for ProductBody {
    fn from(product: Product) -> Self {
        Self {
            id: product.id,
            cover_url: cover_url(&product),
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
            cover_url: cover_url(&product),
            name: product.name,
            name_en: product.name_en,
            category: product.category,
            price: product.price,
            available_stock: product.available_stock,
            quantity_sold,
        }
    }
}

problems!(ProductsProblems: PARAMETERS);

/// Products for sale
#[utoipa::path(
    get, path = "/products", tag = "products",
    params(ProductParameters, PagesByKey),
    responses(
        (status = 200, description = "One page.", body = ListBody<ProductBody>, example = json!({
            "items": [{
                "id": 1, "sku": "EBOOK-001", "category": "ebook", "name": "느린 아침의 기록", "name_en": "Notes from Slow Mornings",
                "creator": "서유하", "summary": "하루를 서두르지 않기로 한 사람의 기록", "summary_en": "Notes of one who stopped hurrying",
                "cover_url": "/covers/ebook-001.svg", "price": 9_800, "total_stock": 120, "reserved_stock": 2, "available_stock": 118,
                "created_at": "2026-11-23T05:35:17.123Z"
            }],
            "next_cursor": "1795412117123.1"
        })),
        (status = 304, description = "Nothing changed since the `ETag` you named."),
        ProductsProblems,
    ),
    security(()),
)]
async fn list_products(State(web): State<Web>, mut asked: Parameters, headers: HeaderMap) -> Result<Response, Problem> {
    let query = ProductQuery {
        text: asked.text("q", MOST_TEXT).filter(|text| !text.is_empty()),
        category: asked.word("category", Category::from_text),
        sort: asked.word("sort", ProductSort::from_text).unwrap_or_default(),
        page: asked.page(),
    };
    asked.finish()?;
    let found = products::list_products(&web.shop, &query).await?;
    etag::answer(&headers, &ListBody::of(found, ProductBody::from), VARY)
}

problems!(ProductProblems: PARAMETERS, &["not_found"]);

/// One product
///
/// With its long texts. What is no longer sold is not found.
#[utoipa::path(
    get, path = "/products/{id}", tag = "products",
    params(("id" = i64, Path, description = "A product's `id`.", minimum = 1, example = 1)),
    responses(
        (status = 200, description = "The product.", body = ProductDetailBody, example = json!({
            "id": 1, "sku": "EBOOK-001", "category": "ebook", "name": "느린 아침의 기록", "name_en": "Notes from Slow Mornings",
            "creator": "서유하", "summary": "하루를 서두르지 않기로 한 사람의 기록", "summary_en": "Notes of one who stopped hurrying",
            "cover_url": "/covers/ebook-001.svg", "price": 9_800, "total_stock": 120, "reserved_stock": 2, "available_stock": 118,
            "created_at": "2026-11-23T05:35:17.123Z", "description": "긴 설명", "description_en": "The long text"
        })),
        (status = 304, description = "Nothing changed since the `ETag` you named."),
        ProductProblems,
    ),
    security(()),
)]
async fn show_product(
    State(web): State<Web>,
    _: NoParameters,
    PathId(id): PathId<ProductId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let mut product = products::find_product(&web.shop, id).await?.ok_or_else(Problem::not_found)?;
    let description = std::mem::take(&mut product.description);
    let description_en = std::mem::take(&mut product.description_en);
    etag::answer(&headers, &ProductDetailBody { product: product.into(), description, description_en }, VARY)
}

problems!(PopularProblems: PARAMETERS);

/// What sells most
///
/// By quantity sold over the last days, most first, at most 100 products.
#[utoipa::path(
    get, path = "/products/popular", tag = "products",
    params(PopularParameters),
    responses(
        (status = 200, description = "The whole list; there is no next page. Sales are those of a moment ago, a minute at most; prices and stock are those of now.", body = ListBody<PopularBody>, example = json!({
            "items": [{
                "product_id": 1, "name": "느린 아침의 기록", "name_en": "Notes from Slow Mornings", "category": "ebook",
                "cover_url": "/covers/ebook-001.svg", "price": 9_800, "available_stock": 118, "quantity_sold": 37
            }],
            "next_cursor": null
        })),
        (status = 304, description = "Nothing changed since the `ETag` you named."),
        PopularProblems,
    ),
    security(()),
)]
async fn list_popular(State(web): State<Web>, mut asked: Parameters, headers: HeaderMap) -> Result<Response, Problem> {
    let days = asked.number("days", 1, stats::MOST_POPULAR_DAYS).unwrap_or(stats::POPULAR_DAYS);
    let category = asked.word("category", Category::from_text);
    let limit = asked.limit();
    asked.finish()?;
    let popular = statistics::list_popular(&web.shop, days, category, limit.rows()).await?;
    let items: Vec<PopularBody> = popular.into_iter().map(PopularBody::from).collect();
    etag::answer(&headers, &ListBody { items, next_cursor: None }, VARY)
}
