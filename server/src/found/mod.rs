//! How others find the shop: a map of it for search engines, what they may not look at, new goods as a feed,
//! and what an installed shop is called. All of it is public, made from the same services as the pages, and
//! bounded whatever the size of the shop.

mod feed;
mod manifest;
mod robots;
mod sitemap;
pub mod xml;

use crate::state::Web;
use axum::Router;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/robots.txt", get(robots::show))
        .route("/sitemap.xml", get(sitemap::show))
        .route("/feed.xml", get(feed::show))
        .route("/manifest.webmanifest", get(manifest::show))
}

/// A text that anybody may keep for a while.
fn public(content_type: &'static str, body: String) -> Response {
    const KEPT: &str = "public, max-age=600";
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, KEPT)], body).into_response()
}
