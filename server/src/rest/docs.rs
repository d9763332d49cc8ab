//! `/api/docs`: the document for people, with Swagger UI's own files out of this program, so that it works
//! without any other site. The page asks nothing of anybody but this shop, and its policy says so.

use super::extract::PathText;
use crate::problem::Problem;
use crate::state::Web;
use axum::Router;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use std::sync::{Arc, LazyLock};
use utoipa_swagger_ui::Config;

/// What the page needs and nothing else, tried in a browser one by one: its own scripts and styles, pictures
/// of its own and inside its style sheet, and to ask this shop.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The files of the page, of all that Swagger UI brings.
const FILES: [&str; 7] = [
    "swagger-ui.css",
    "index.css",
    "swagger-ui-bundle.js",
    "swagger-ui-standalone-preset.js",
    "swagger-initializer.js",
    "favicon-16x16.png",
    "favicon-32x32.png",
];

static CONFIG: LazyLock<Arc<Config<'static>>> = LazyLock::new(|| {
    // The badge of its makers' validator would ask their site; the standalone layout adds a bar to look at
    // the documents of others, and a style that the policy would have to allow.
    let config = Config::from("/api/openapi.json").validator_url("none").use_base_layout();
    Arc::new(config.display_request_duration(true).try_it_out_enabled(false).persist_authorization(false))
});

pub fn routes() -> Router<Web> {
    Router::new().route("/docs", get(show_page)).route("/docs/", get(show_page)).route("/docs/{file}", get(show_file))
}

async fn show_page() -> Response {
    match utoipa_swagger_ui::serve("index.html", CONFIG.clone()) {
        Ok(Some(page)) => {
            // Named from the root, so that the page is whole with and without a last slash.
            let text = String::from_utf8_lossy(&page.bytes)
                .replace("\"./", "\"/api/docs/")
                .replace("\"index.css", "\"/api/docs/index.css")
                .replace("<title>Swagger UI</title>", "<title>Damda API</title>");
            answer("text/html; charset=utf-8", text.into_bytes())
        }
        _ => Problem::not_found().into_response(),
    }
}

async fn show_file(PathText(file): PathText) -> Response {
    if !FILES.contains(&file.as_str()) {
        return Problem::not_found().into_response();
    }
    match utoipa_swagger_ui::serve(&file, CONFIG.clone()) {
        Ok(Some(found)) => {
            let content_type = match file.rsplit('.').next() {
                Some("css") => "text/css; charset=utf-8",
                Some("js") => "text/javascript; charset=utf-8",
                _ => "image/png",
            };
            answer(content_type, found.bytes.into_owned())
        }
        _ => Problem::not_found().into_response(),
    }
}

fn answer(content_type: &'static str, body: Vec<u8>) -> Response {
    let mut response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    response
}
