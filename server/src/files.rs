//! The site's files, inside the program: styles, scripts, wasm, fonts, covers. Each is answered with its
//! type, an ETag and how long it may be kept; names are not hashed, so what changes with a release is
//! always asked for again (and costs a 304).

use axum::body::{Body, Bytes};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, extract::Request};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use rust_embed::RustEmbed;
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::LazyLock;

#[derive(RustEmbed)]
#[folder = "../site"]
#[allow_missing = true]
struct Site;

struct File {
    bytes: Bytes,
    content_type: HeaderValue,
    etag: HeaderValue,
    cache_control: HeaderValue,
}

/// By path, `/pkg/damda.css`.
static FILES: LazyLock<BTreeMap<String, File>> = LazyLock::new(|| {
    Site::iter().filter_map(|name| Some((format!("/{name}"), File::load(&name, Site::get(&name)?)))).collect()
});

impl File {
    fn load(name: &str, file: rust_embed::EmbeddedFile) -> Self {
        let hash = hex::encode(&file.metadata.sha256_hash()[..12]);
        let bytes = match file.data {
            Cow::Borrowed(bytes) => Bytes::from_static(bytes),
            Cow::Owned(bytes) => Bytes::from(bytes),
        };
        Self {
            bytes,
            content_type: header_value(&content_type(name, file.metadata.mimetype())),
            // Weak: the same file may go out compressed.
            etag: header_value(&format!("W/\"{hash}\"")),
            cache_control: HeaderValue::from_static(cache_control(name)),
        }
    }

    fn answer(&self, headers: &HeaderMap) -> Response {
        let known = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let fresh = known.flat_map(|value| value.split(',')).map(str::trim).any(|tag| tag == "*" || self.is(tag));
        let mut response = if fresh {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = Response::new(Body::from(self.bytes.clone()));
            response.headers_mut().insert(header::CONTENT_TYPE, self.content_type.clone());
            response
        };
        response.headers_mut().insert(header::ETAG, self.etag.clone());
        response.headers_mut().insert(header::CACHE_CONTROL, self.cache_control.clone());
        response
    }

    fn is(&self, tag: &str) -> bool {
        tag.trim_start_matches("W/") == self.etag.to_str().unwrap_or("").trim_start_matches("W/")
    }
}

/// One route for each file.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    FILES.keys().fold(Router::new(), |router, path| router.route(path, get(serve_file)))
}

/// Whether a path is one of the site's files.
pub fn is_file(path: &str) -> bool {
    FILES.contains_key(path)
}

/// Whether the site was there when the program was built.
pub fn are_embedded() -> bool {
    FILES.contains_key("/pkg/damda.css")
}

async fn serve_file(request: Request) -> Response {
    match FILES.get(request.uri().path()) {
        Some(file) => file.answer(request.headers()),
        None => crate::problem::Problem::not_found().into_response(),
    }
}

fn content_type(name: &str, guessed: &str) -> String {
    let guessed = if name.ends_with(".js") { "text/javascript" } else { guessed };
    if guessed.starts_with("text/") { format!("{guessed}; charset=utf-8") } else { guessed.to_owned() }
}

fn cache_control(name: &str) -> &'static str {
    match name.split('/').next() {
        Some("fonts") => "public, max-age=2592000",
        Some("covers") => "public, max-age=86400",
        _ => "public, no-cache",
    }
}

fn header_value(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("application/octet-stream"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> File {
        File {
            bytes: Bytes::from_static(b"x"),
            content_type: header_value(&content_type(name, "text/css")),
            etag: HeaderValue::from_static("W/\"abc\""),
            cache_control: HeaderValue::from_static(cache_control(name)),
        }
    }

    #[test]
    fn a_known_file_is_not_sent_again() {
        for (asked, status) in [
            (None, 200),
            (Some("W/\"abc\""), 304),
            (Some("\"abc\""), 304),
            (Some("\"x\", \"abc\""), 304),
            (Some("*"), 304),
            (Some("\"x\""), 200),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(asked) = asked {
                headers.insert(header::IF_NONE_MATCH, asked.parse().unwrap());
            }
            let response = file("pkg/damda.css").answer(&headers);
            assert_eq!(response.status().as_u16(), status, "{asked:?}");
            assert_eq!(response.headers()[header::ETAG], "W/\"abc\"");
        }
    }

    #[test]
    fn what_changes_with_a_release_is_asked_for_each_time() {
        assert_eq!(cache_control("pkg/damda.wasm"), "public, no-cache");
        assert_eq!(cache_control("fonts/pretendard-1.woff2"), "public, max-age=2592000");
        assert_eq!(content_type("pkg/damda.js", "application/javascript"), "text/javascript; charset=utf-8");
        assert_eq!(content_type("pkg/damda.wasm", "application/wasm"), "application/wasm");
    }
}
