//! Pictures of products, by the digests of their bytes: what a name stands for never changes, so whoever has it need not
//! ask again.

use crate::problem::Problem;
use crate::rest::extract::PathText;
use crate::room::{self, Rooms};
use crate::state::Web;
use axum::Router;
use axum::extract::State;
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use shop::product::images::ImageDigest;
use shop::product::images::service::find_image;
use std::sync::Arc;

const FOR_GOOD: &str = "public, max-age=31536000, immutable";

pub fn routes(rooms: &Arc<Rooms>) -> Router<Web> {
    Router::new().route("/images/{digest}", get(show)).layer(from_fn_with_state(rooms.clone(), room::admit))
}

/// `/images/{digest}`
async fn show(State(web): State<Web>, PathText(digest): PathText, headers: HeaderMap) -> Result<Response, Problem> {
    let digest = ImageDigest::parse(&digest).ok_or_else(Problem::not_found)?;
    let etag = format!("\"{digest}\"");
    let mut response = if is_known(&headers, &etag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let (media_type, bytes) = find_image(&web.shop, digest).await?.ok_or_else(Problem::not_found)?;
        ([(header::CONTENT_TYPE, media_type.as_str())], bytes).into_response()
    };
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(FOR_GOOD));
    if let Ok(etag) = HeaderValue::from_str(&etag) {
        response.headers_mut().insert(header::ETAG, etag);
    }
    Ok(response)
}

/// Whether the browser has it: then it is the same, whatever became of it here.
fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    known.flat_map(|value| value.split(',')).any(|tag| tag.trim().trim_start_matches("W/") == etag)
}
