//! The HTTP API of API.md under `/api/v1`: one file a resource. A handler finds the caller, calls one
//! service and maps its answer; it decides nothing. Nothing here reads a cookie.
//!
//! [`body`] takes requests in, [`extract`] turns them into values, in the order of SPEC reading 7; [`openapi`]
//! describes it all, from the handlers' own annotations, and [`docs`] shows that to people.

pub mod auth;
pub mod body;
pub mod cors;
mod coupons;
mod docs;
pub mod etag;
pub mod extract;
mod me;
pub mod openapi;
pub mod orders;
mod products;
mod rate;
mod schema;
pub mod wallet;

pub use rate::whole_seconds;

use crate::problem::Problem;
use crate::room::{self, Rooms};
use crate::state::Web;
use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;
use shop::page::Slice;
use std::sync::Arc;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;

/// Everything under `/api`.
pub fn routes(web: &Web, rooms: &Arc<Rooms>) -> Router<Web> {
    let (v1, _) = v1().split_for_parts();
    Router::new()
        .nest("/v1", v1)
        .merge(openapi::routes())
        .merge(docs::routes())
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async || Problem::not_found())
        .layer(from_fn_with_state(rooms.clone(), room::admit))
        .layer(from_fn(body::receive))
        .layer(from_fn_with_state(web.clone(), cors::answer_preflight))
        .layer(map_response(api_headers))
}

/// Everything under `/api/v1`, each route with its description.
fn v1() -> OpenApiRouter<Web> {
    OpenApiRouter::default()
        .merge(products::routes())
        .merge(auth::routes())
        .merge(me::routes())
        .merge(wallet::routes())
        .merge(coupons::routes())
        .merge(orders::routes())
}

/// Answers are data for one caller: never a page, never kept by anybody between, unless they say otherwise
/// themselves.
async fn api_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'");
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::CACHE_CONTROL, "no-store");
    response
}

/// One page of a list.
#[derive(Serialize, ToSchema)]
struct ListBody<T> {
    /// At most `limit` of them.
    #[schema(max_items = 100)]
    items: Vec<T>,
    /// The `cursor` of the next page; null at the end.
    #[schema(required = true)]
    next_cursor: Option<String>,
}

impl<T> ListBody<T> {
    fn of<U>(slice: Slice<U>, each: impl FnMut(U) -> T) -> Self {
        let Slice { items, next_cursor } = slice.map(each);
        Self { items, next_cursor }
    }
}
