//! How a form's fields reach a server function: URL-encoded, strictly UTF-8, the first of a name counts.
//! A form that cannot be read leads back to its page with a sentence; it is never a fault of ours.

use crate::flash::Note;
use crate::onward::{lead_to_saying, page_before};
use axum::body::Body;
use http::{Method, Request};
use leptos::server_fn::ContentType;
use leptos::server_fn::codec::{Encoding, FromReq, IntoReq};
use leptos::server_fn::error::{FromServerFnError, IntoAppError, ServerFnErrorErr};
use leptos::server_fn::request::Req;
use serde::de::DeserializeOwned;
use std::collections::{BTreeMap, BTreeSet};

/// The encoding of our server functions: what an HTML form posts.
#[derive(Clone, Copy, Debug)]
pub struct FormPost;

impl ContentType for FormPost {
    const CONTENT_TYPE: &'static str = "application/x-www-form-urlencoded";
}

impl Encoding for FormPost {
    const METHOD: Method = Method::POST;
}

/// The fields of one form.
#[derive(Clone, Debug)]
pub struct Form<T>(pub T);

impl<T, E> FromReq<FormPost, Request<Body>, E> for Form<T>
where
    T: DeserializeOwned,
    E: FromServerFnError + Send,
{
    async fn from_req(request: Request<Body>) -> Result<Self, E> {
        let body = Req::<E>::try_into_bytes(request).await;
        if let Some(fields) = body.ok().and_then(|body| read_fields(&body)) {
            return Ok(Form(fields));
        }
        let _ = lead_to_saying(&page_before(), Note::Malformed);
        Err(ServerFnErrorErr::Args("the form cannot be read".to_owned()).into_app_error())
    }
}

/// No browser code of ours calls a server function; forms post themselves.
impl<T, R, E: FromServerFnError> IntoReq<FormPost, R, E> for Form<T> {
    fn into_req(self, _path: &str, _accepts: &str) -> Result<R, E> {
        Err(ServerFnErrorErr::UnsupportedRequestMethod("forms post themselves".to_owned()).into_app_error())
    }
}

/// The fields of a form; `None` when it cannot be read. A name that ends in `[]` is a list: each of its values counts, with
/// a space between them, under the name without the brackets.
pub fn read_fields<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    let text = std::str::from_utf8(body).ok()?;
    let mut seen = BTreeSet::new();
    let mut fields = Vec::new();
    let mut lists: BTreeMap<String, String> = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let (name, value) = (decode(name)?, decode(value)?);
        if let Some(list) = name.strip_suffix("[]") {
            let values = lists.entry(list.to_owned()).or_default();
            values.push_str(if values.is_empty() { "" } else { " " });
            values.push_str(&value);
        } else if seen.insert(name.clone()) {
            fields.push((name, value));
        }
    }
    fields.extend(lists.into_iter().filter(|(name, _)| !seen.contains(name)));
    serde_urlencoded::from_str(&serde_urlencoded::to_string(fields).ok()?).ok()
}

fn decode(text: &str) -> Option<String> {
    crate::cookies::decode(&text.replace('+', " "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize, PartialEq)]
    struct Fields {
        #[serde(default)]
        email: String,
        #[serde(default)]
        amount: String,
    }

    #[test]
    fn a_form_is_read_whatever_is_missing_twice_or_unknown() {
        type Read = Option<(&'static str, &'static str)>;
        let table: [(&[u8], Read); 11] = [
            (b"email=a%40b.co&amount=1%2C000", Some(("a@b.co", "1,000"))),
            (b"", Some(("", ""))),
            (b"amount=abc", Some(("", "abc"))),
            (b"email=1&email=2&other=3&&=", Some(("1", ""))),
            (b"email", Some(("", ""))),
            (b"email=a+b", Some(("a b", ""))),
            (b"email%5B%5D=1&email[]=2&amount[]=3", Some(("1 2", "3"))),
            (b"email=1&email[]=2", Some(("1", ""))),
            (b"email=%ff", None),
            (b"email=\xff\xfe", None),
            (b"email=%4", None),
        ];
        for (body, fields) in table {
            let expected = fields.map(|(email, amount)| Fields { email: email.to_owned(), amount: amount.to_owned() });
            assert_eq!(read_fields::<Fields>(body), expected, "{}", String::from_utf8_lossy(body));
        }
    }
}
