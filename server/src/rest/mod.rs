//! The HTTP API of API.md under `/api/v1`: one file a resource. A handler finds the caller, calls one
//! service and maps its answer; it decides nothing. Nothing here reads a cookie.
//!
//! [`extract`] turns requests into values, in the order of SPEC reading 7.

mod auth;
mod coupons;
mod extract;
mod me;
mod orders;
mod products;
mod wallet;

use crate::problem::Problem;
use crate::state::Web;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::map_response;
use axum::response::Response;
use http::{HeaderValue, header};

/// The most a request may send (API.md).
const MOST_BODY_BYTES: usize = 1024 * 1024;

/// Everything under `/api`.
pub fn routes() -> Router<Web> {
    let v1 = Router::new()
        .merge(auth::routes())
        .merge(me::routes())
        .merge(products::routes())
        .merge(wallet::routes())
        .merge(coupons::routes())
        .merge(orders::routes());
    Router::new()
        .nest("/v1", v1)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async || Problem::not_found())
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(map_response(api_headers))
}

/// Answers are data for one caller: never a page, never kept by anybody between.
async fn api_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'"),
    );
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
