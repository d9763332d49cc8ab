//! From a request to labels: a handful of words, whatever a stranger sends.

use crate::files;
use http::{Method, StatusCode};
use metrics::SharedString;

/// What no route answers: one label for all of it.
const UNMATCHED: &str = "unmatched";
/// The site's files have a route each, and one label together.
const FILE: &str = "/{file}";

/// The template that a request matched.
pub fn route_label(matched: Option<&str>) -> SharedString {
    match matched {
        // A router's own name for "anything below", which is where its fallback answers.
        None => UNMATCHED.into(),
        Some(template) if template.contains("__private__") => UNMATCHED.into(),
        Some(template) if files::is_file(template) => FILE.into(),
        Some(template) => template.to_owned().into(),
    }
}

/// Whether answers of this route say how quick the shop is: its pages and its API. Its files and what nobody answers
/// are quick whatever happens, and machines that ask whether it lives are nobody who waits.
pub fn is_watched(label: &str) -> bool {
    ![UNMATCHED, FILE, "/healthz", "/readyz", "/metrics"].contains(&label)
}

/// The methods that something answers; every other one, and those a route does not know, together.
pub fn method_label(method: &Method, status: StatusCode) -> &'static str {
    if status == StatusCode::METHOD_NOT_ALLOWED {
        return "OTHER";
    }
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}

pub fn status_label(status: StatusCode) -> &'static str {
    match status.as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_strangers_words_never_become_labels() {
        assert_eq!(&*route_label(None), "unmatched");
        assert_eq!(&*route_label(Some("/api/{*__private__axum_nest_tail_param}")), "unmatched");
        assert_eq!(&*route_label(Some("/products/{id}")), "/products/{id}");
        let own = Method::from_bytes(b"MINE").unwrap();
        assert_eq!(method_label(&own, StatusCode::OK), "OTHER");
        assert_eq!(method_label(&Method::DELETE, StatusCode::METHOD_NOT_ALLOWED), "OTHER");
        assert_eq!(method_label(&Method::GET, StatusCode::OK), "GET");
        assert_eq!(status_label(StatusCode::from_u16(799).unwrap()), "5xx");
    }
}
