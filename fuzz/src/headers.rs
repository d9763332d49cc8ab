//! Headers, a line each: `name: value`. `$TOKEN` stands for an access token of ours, `$FORGED` for one of another
//! shop, `$TAG` for the tag of an answer.

use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use server::address::TrustedProxies;
use server::dress::theme_of;
use server::edge::{TraceId, given_trace};
use server::rest::etag::{answer_bytes, is_known};
use server::rest::extract::{bearer_token, is_json, request_key};
use server::secret::Secret;
use server::text::{lang_of_person, lang_of_program};
use server::token::{TokenOwner, Tokens};
use shop::Timestamp;
use shop::id::UserId;
use shop::user::Role;
use std::net::IpAddr;
use std::sync::LazyLock;
use std::time::Duration;

const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_000);
const HOUR: Duration = Duration::from_secs(3_600);
const OWNER: TokenOwner = TokenOwner { user_id: UserId::new(7), auth_version: 3 };
const BODY: &[u8] = b"{}";

static OURS: LazyLock<Tokens> = LazyLock::new(|| Tokens::new(&Secret::new("a key of this very shop, 32 bytes"), HOUR));
static TOKEN: LazyLock<String> = LazyLock::new(|| token(&OURS));
static FORGED: LazyLock<String> =
    LazyLock::new(|| token(&Tokens::new(&Secret::new("a key of some other shop, 32 byte"), HOUR)));
static TAG: LazyLock<String> = LazyLock::new(|| {
    let answer = answer_bytes(&HeaderMap::new(), BODY.to_vec(), "accept");
    answer.headers()[header::ETAG].to_str().expect("a tag").to_owned()
});

fn token(tokens: &Tokens) -> String {
    tokens.issue_for(OWNER.user_id, Role::Shopper, OWNER.auth_version, NOW).expect("a token")
}

pub fn check(bytes: &[u8]) {
    let headers = read_headers(bytes);
    check_token(&headers);
    check_trace(&headers);
    check_address(&headers);
    check_request_key(&headers);
    check_tags(&headers);
    let _ = (lang_of_person(&headers), lang_of_program(&headers), theme_of(&headers));
    if is_json(&headers) {
        let kind = headers[header::CONTENT_TYPE].to_str().expect("what is JSON says so in ASCII").to_ascii_lowercase();
        assert!(kind.trim_start().starts_with("application/") && kind.contains("json"), "{kind}");
    }
}

/// As far as a server would take the lines.
fn read_headers(bytes: &[u8]) -> HeaderMap {
    let text = |bytes: &[u8], mark: &str, text: &str| {
        let place = bytes.windows(mark.len()).position(|window| window == mark.as_bytes());
        place.map_or_else(|| bytes.to_vec(), |at| [&bytes[..at], text.as_bytes(), &bytes[at + mark.len()..]].concat())
    };
    let mut headers = HeaderMap::new();
    for line in bytes.split(|byte| *byte == b'\n').take(50) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let value = text(line[colon + 1..].trim_ascii(), "$TOKEN", &TOKEN);
        let value = text(&text(&value, "$FORGED", &FORGED), "$TAG", &TAG);
        if let (Ok(name), Ok(value)) = (HeaderName::from_bytes(&line[..colon]), HeaderValue::from_bytes(&value)) {
            headers.append(name, value);
        }
    }
    headers
}

/// A token that is taken is one we gave, for whom we gave it, and not for longer.
fn check_token(headers: &HeaderMap) {
    let Some(token) = bearer_token(headers) else { return };
    assert_eq!(headers.get_all(header::AUTHORIZATION).iter().count(), 1);
    if let Some(owner) = OURS.read(token, NOW) {
        assert_eq!(owner, OWNER, "{token}");
        assert_eq!(OURS.read(token, NOW.after(HOUR)), None, "an hour is over");
    }
    assert_eq!(OURS.read(&FORGED, NOW), None);
}

fn check_trace(headers: &HeaderMap) {
    let Some(id) = given_trace(headers) else { return };
    let text = id.as_str();
    assert!(
        (16..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'),
        "{text:?}"
    );
    assert_eq!(TraceId::parse(text), Some(id.clone()));
}

/// Nobody but a proxy of ours says whose address it is, and what it says last counts.
fn check_address(headers: &HeaderMap) {
    let proxies = TrustedProxies::parse("10.0.0.0/8, ::1").expect("networks");
    let address = |text: &str| text.parse::<IpAddr>().expect("an address");
    let stranger = address("192.0.2.1");
    assert_eq!(proxies.client_address(stranger, headers).0, stranger);

    let seen = proxies.client_address(address("10.0.0.1"), headers);
    let key = seen.limit_key();
    assert!(key.len() <= 43 && key.bytes().all(|byte| byte.is_ascii_hexdigit() || b".:/".contains(&byte)), "{key}");
    let mut further = headers.clone();
    further.append("x-forwarded-for", HeaderValue::from_static("198.51.100.7"));
    assert_eq!(proxies.client_address(address("10.0.0.1"), &further).0, address("198.51.100.7"));
}

fn check_request_key(headers: &HeaderMap) {
    let Ok(key) = request_key(headers, None) else { return };
    let given = headers.get_all("idempotency-key");
    assert!(given.iter().all(|value| value.as_bytes() == key.as_str().as_bytes()), "{key:?}");
    assert!((1..=128).contains(&key.as_str().len()) && key.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    assert!(request_key(headers, Some(key.as_str())).is_ok_and(|both| both == key));
    assert!(request_key(headers, Some("another")).is_err() || key.as_str() == "another");
}

/// An answer is left out only for who names its tag, or any.
fn check_tags(headers: &HeaderMap) {
    let known = is_known(headers, &TAG);
    let opaque = TAG.trim_start_matches("W/");
    let named = headers.get_all(header::IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
    let names_it = named.into_iter().any(|value| value.contains('*') || value.contains(opaque));
    assert!(names_it || !known);
    let status = answer_bytes(headers, BODY.to_vec(), "accept").status();
    assert_eq!(status == StatusCode::NOT_MODIFIED, known);
}
