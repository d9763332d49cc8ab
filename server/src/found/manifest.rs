//! What the shop is called when somebody keeps it on a home screen.

use super::public;
use app::text::{Lang, feeds};
use axum::extract::RawQuery;
use axum::response::Response;
use serde_json::json;

pub async fn show(RawQuery(query): RawQuery) -> Response {
    let lang = Lang::from_query(query.as_deref()).unwrap_or_default();
    let manifest = json!({
        "name": feeds::author(lang),
        "short_name": feeds::author(lang),
        "lang": lang.code(),
        "start_url": "/",
        "scope": "/",
        "display": "browser",
        "background_color": "#ffffff",
        "theme_color": "#0b6b4d",
        "icons": [{ "src": "/favicon.svg", "type": "image/svg+xml", "sizes": "any", "purpose": "any" }],
    });
    public("application/manifest+json", manifest.to_string())
}
