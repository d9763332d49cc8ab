//! Answers that a client may keep and ask about: what is the same for everybody. `no-cache` means "ask each
//! time", since stock changes from one moment to the next; an unchanged answer costs a 304 without a body.
//! The tags are weak, because the same answer may go out compressed.

use crate::problem::Problem;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use sha2::{Digest, Sha256};
use shop::Fault;

/// 200 with the body, or 304 when the client has it already. `vary` names what else the answer depends on.
pub fn answer(asked: &HeaderMap, body: &impl Serialize, vary: &'static str) -> Result<Response, Problem> {
    let body = serde_json::to_vec(body).map_err(|error| Fault::Other(format!("an answer: {error}")))?;
    Ok(answer_bytes(asked, body, vary))
}

/// As [`answer`], for JSON that is written already.
pub fn answer_bytes(asked: &HeaderMap, body: Vec<u8>, vary: &'static str) -> Response {
    let tag = format!("W/\"{}\"", hex::encode(&Sha256::digest(&body)[..12]));
    let mut response = if is_known(asked, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        ([(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))], body).into_response()
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(header::VARY, HeaderValue::from_static(vary));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

/// `If-None-Match`: `*`, or a list of tags; strong and weak ones compare alike (RFC 9110 §13.1.2).
pub fn is_known(asked: &HeaderMap, tag: &str) -> bool {
    let values = asked.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    let tag = opaque(tag);
    values.flat_map(|value| value.split(',')).any(|known| known.trim() == "*" || opaque(known) == tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_known_answer_is_not_sent_again() {
        let fresh = answer_bytes(&HeaderMap::new(), b"{}".to_vec(), "accept-encoding");
        let tag = fresh.headers()[header::ETAG].to_str().unwrap().to_owned();
        assert!(tag.starts_with("W/\"") && tag.ends_with('"'), "{tag}");
        let strong = tag.trim_start_matches("W/");
        let table = [
            (vec![tag.as_str()], 304),
            (vec![strong], 304),
            (vec!["*"], 304),
            (vec!["\"x\", W/\"y\"", strong], 304),
            (vec!["\"x\""], 200),
            (vec![strong.trim_matches('"')], 200),
            (vec![""], 200),
            (vec![], 200),
        ];
        for (asked, status) in table {
            let headers = asked.iter().map(|value| (header::IF_NONE_MATCH, value.parse().unwrap()));
            let mut sent = HeaderMap::new();
            headers.for_each(|(name, value): (_, HeaderValue)| {
                sent.append(name, value);
            });
            let response = answer_bytes(&sent, b"{}".to_vec(), "accept-encoding");
            assert_eq!(response.status().as_u16(), status, "{asked:?}");
            assert_eq!(response.headers()[header::ETAG], tag.as_str());
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache");
        }
        let other = answer_bytes(&HeaderMap::new(), b"[]".to_vec(), "accept-encoding");
        assert_ne!(other.headers()[header::ETAG], tag.as_str());
    }
}
