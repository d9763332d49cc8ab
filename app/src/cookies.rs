//! Cookies of ours: read from the request, written to the response. What a browser sends back is anybody's
//! text; who reads a cookie parses it.

use crate::visit::SiteInfo;
use http::header::{COOKIE, HOST, REFERER, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Uri};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use std::borrow::Cow;

/// Half a year: for choices and carts.
pub const LONG_SECONDS: u32 = 60 * 60 * 24 * 180;

/// Cookies that others read by their name too: scripts, nginx, pages without a session. They hold choices and a
/// cart, which give nobody anything.
const OPEN_NAMES: [&str; 3] = ["cart", "lang", "theme"];

/// The name under which a browser keeps it. With https a browser takes a `__Host-` cookie from this very host and
/// from nobody else: no neighbour of ours, and nobody on the way, plants one.
fn kept_name(name: &str, is_https: bool) -> Cow<'_, str> {
    if is_https && !OPEN_NAMES.contains(&name) { format!("__Host-{name}").into() } else { name.into() }
}

/// The value of a cookie of this request.
pub fn find_cookie(name: &str) -> Option<String> {
    let parts = use_context::<Parts>()?;
    find_in(&parts.headers, &kept_name(name, is_site_https())).map(str::to_owned)
}

/// The value of the first cookie of this very name.
pub fn find_in<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(|header| header.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(found, _)| *found == name)
        .map(|(_, value)| value)
}

/// Keeps `value` in the browser; the value must be made of cookie characters, or nothing is kept.
pub fn keep_cookie(name: &str, value: &str, seconds: u32) {
    set_cookie(name, value, seconds, "; HttpOnly");
}

/// As [`keep_cookie`], for what the page's own scripts may read too.
pub fn keep_open_cookie(name: &str, value: &str, seconds: u32) {
    set_cookie(name, value, seconds, "");
}

fn set_cookie(name: &str, value: &str, seconds: u32, hidden: &str) {
    let is_https = is_site_https();
    let (name, secure) = (kept_name(name, is_https), if is_https { "; Secure" } else { "" });
    let text = format!("{name}={value}; Path=/; Max-Age={seconds}{hidden}; SameSite=Lax{secure}");
    if let (Some(response), Ok(header)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&text)) {
        response.append_header(SET_COOKIE, header);
    }
}

pub fn forget_cookie(name: &str) {
    keep_cookie(name, "", 0);
}

/// Says that cookies are kept, by being kept.
const WITNESS: &str = "cookies";

/// Gives a browser that brought no cookie one to bring the next time. Every page does, so that a browser
/// which comes from a page of ours without any keeps none.
pub fn keep_witness() {
    if !brings_cookies() {
        keep_cookie(WITNESS, "kept", LONG_SECONDS);
    }
}

/// Whether the browser came from a page of this shop and still brought no cookie: it keeps none, so no
/// login and no cart can last.
pub fn are_cookies_off() -> bool {
    let Some(parts) = use_context::<Parts>() else { return false };
    let header = |name| parts.headers.get(name).and_then(|text: &HeaderValue| text.to_str().ok());
    let host = parts.uri.authority().map(http::uri::Authority::as_str).or_else(|| header(HOST));
    let from = header(REFERER).and_then(|referer| referer.parse::<Uri>().ok());
    let is_ours = from.as_ref().and_then(Uri::authority).is_some_and(|from| host == Some(from.as_str()));
    is_ours && !brings_cookies()
}

fn brings_cookies() -> bool {
    use_context::<Parts>().is_none_or(|parts| parts.headers.contains_key(COOKIE))
}

fn is_site_https() -> bool {
    use_context::<SiteInfo>().is_some_and(|site| is_https(&site.public_url))
}

fn is_https(public_url: &str) -> bool {
    public_url.parse::<Uri>().is_ok_and(|uri| uri.scheme_str() == Some("https"))
}

/// Percent-encodes everything a cookie value may not hold.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()[]{}:/@+$&=?#<>^`|".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Undoes [`encode`]; `None` when it is not UTF-8 or not percent-encoded.
pub fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            bytes.push(u8::try_from(digit()? * 16 + digit()?).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_encoded_decodes_and_fits_a_cookie() {
        for text in ["", "담다; a=\"b\", c\\d %41", "{\"note\":\"charged\"}", "한글\n\r\u{1b}"] {
            let encoded = encode(text);
            assert!(encoded.bytes().all(|b| b.is_ascii_graphic() && !b";,\"\\".contains(&b)), "{encoded}");
            assert_eq!(decode(&encoded).as_deref(), Some(text));
        }
    }

    #[test]
    fn nonsense_does_not_decode() {
        for text in ["%", "%4", "%zz", "%ff", "%+1"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn with_https_only_this_host_gives_cookies_that_nobody_else_reads() {
        assert_eq!(kept_name("flash", true), "__Host-flash");
        assert_eq!(kept_name("flash", false), "flash");
        assert_eq!(kept_name("cart", true), "cart");
    }

    #[test]
    fn only_https_shops_have_secure_cookies() {
        assert!(is_https("https://shop.example"));
        assert!(!is_https("http://127.0.0.1:3000"));
        assert!(!is_https("nonsense"));
    }
}
