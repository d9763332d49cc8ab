//! From a request to good values, or to the problem that says what is wrong with it.

use super::body::Received;
use crate::problem::Problem;
use crate::state::Web;
use crate::watch::Sender;
use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use http::request::Parts;
use http::{HeaderMap, header};
use percent_encoding::percent_decode_str;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use shop::error::{FieldError, FieldProblem};
use shop::page::{Page, PageLimit};
use shop::request::RequestKey;
use shop::user::{User, service as users};
use std::borrow::Cow;
use std::fmt::{self, Display};
use std::marker::PhantomData;
use std::str::FromStr;

/// Who asks, by their access token.
pub struct Caller(pub User);

impl FromRequestParts<Web> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers).ok_or_else(Problem::unauthorized)?;
        let refused = || {
            tracing::info!("an access token was refused");
            Problem::unauthorized()
        };
        let owner = web.tokens.read(token, web.shop.now()).ok_or_else(refused)?;
        let user = users::authenticate(&web.shop, owner.user_id, owner.auth_version).await?;
        let user = user.ok_or_else(refused)?;
        if let Some(sender) = parts.extensions.get::<Sender>() {
            sender.is(user.id);
        }
        Ok(Self(user))
    }
}

/// Who asks, if they say so. A bad token is refused, not overlooked.
pub struct MaybeCaller(pub Option<User>);

impl FromRequestParts<Web> for MaybeCaller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        if parts.headers.contains_key(header::AUTHORIZATION) {
            let Caller(user) = Caller::from_request_parts(parts, web).await?;
            Ok(Self(Some(user)))
        } else {
            Ok(Self(None))
        }
    }
}

/// Exactly one `Authorization: Bearer …`.
pub fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    let single = values.next().is_none();
    (single && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

/// A body of JSON in the shape of `T`.
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned> FromRequest<Web> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &Web) -> Result<Self, Problem> {
        if !is_json(request.headers()) || is_encoded(request.headers()) {
            return Err(Problem::unsupported_media_type());
        }
        match request.extensions().get::<Received>() {
            Some(Received::Whole(bytes)) => read_json(bytes).map(Self),
            Some(Received::TooLarge) => Err(Problem::payload_too_large()),
            Some(Received::TooSlow) => Err(Problem::request_timeout()),
            Some(Received::Crowded) => Err(Problem::service_unavailable()),
            Some(Received::Broken) | None => Err(Problem::malformed_request()),
        }
    }
}

/// `application/json` or `application/…+json`; a charset, if one is named, is UTF-8, as JSON always is.
pub fn is_json(headers: &HeaderMap) -> bool {
    let value = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let value = value.to_ascii_lowercase();
    let mut parts = value.split(';').map(str::trim);
    let media_type = parts.next().unwrap_or("");
    let json =
        media_type == "application/json" || (media_type.starts_with("application/") && media_type.ends_with("+json"));
    let charsets = parts.filter_map(|parameter| parameter.split_once('=')).filter(|(name, _)| name.trim() == "charset");
    json && charsets
        .map(|(_, charset)| charset.trim().trim_matches('"'))
        .all(|charset| ["utf-8", "utf8"].contains(&charset))
}

/// Compressed bodies are not read: one of a megabyte may unfold to any size.
fn is_encoded(headers: &HeaderMap) -> bool {
    headers.get_all(header::CONTENT_ENCODING).iter().any(|encoding| encoding != "identity")
}

/// A `T` that came as a JSON object. serde would take an array for a struct too, field by field.
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// A body as a `T`.
///
/// # Errors
/// What is no JSON is malformed (nesting past 128 levels too); what is JSON of another shape is invalid.
pub fn read_json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| Problem::malformed_request())?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let Object(value) = serde_path_to_error::deserialize(&mut deserializer).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        // A wrong shape may be met before the text stops being JSON, which is what comes first.
        let is_json = || serde_json::from_str::<IgnoredAny>(text).is_ok();
        if error.is_data() && is_json() {
            shape_problem(&path, &error.to_string())
        } else {
            Problem::malformed_request()
        }
    })?;
    deserializer.end().map_err(|_| Problem::malformed_request())?;
    Ok(value)
}

/// serde names a missing or unknown field only in its message, which it has kept for ten years:
/// "missing field `x`", "unknown field `x`, expected …", "duplicate field `x`".
fn shape_problem(path: &str, message: &str) -> Problem {
    let parent = if path == "." { "" } else { path };
    let (kind, rest) = message.split_once(" field `").unwrap_or(("", ""));
    let name = rest.split('`').next().unwrap_or("");
    let name = &shortened(name);
    let parent = &shortened(parent);
    let problem = match kind {
        "missing" => FieldProblem::Required,
        "unknown" => FieldProblem::Unknown,
        _ => FieldProblem::Malformed,
    };
    let already_named = parent == name || parent.ends_with(&format!(".{name}"));
    let field = match (parent.as_str(), name.as_str()) {
        ("", "") => "body".to_owned(),
        (parent, "") => parent.to_owned(),
        ("", name) => name.to_owned(),
        (parent, _) if already_named => parent.to_owned(),
        (parent, name) => format!("{parent}.{name}"),
    };
    Problem::invalid(field, problem)
}

/// The beginning of a name that a stranger gave: a megabyte of it is not sent back.
fn shortened(name: &str) -> String {
    const MOST: usize = 100;
    let mut short: String = name.chars().take(MOST).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    short
}

/// An id in the path, in the one way we write it. Anything else names nothing: 404.
pub struct PathId<T>(pub T);

impl<T: FromStr + Display> FromRequestParts<Web> for PathId<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let PathText(text) = PathText::from_request_parts(parts, web).await?;
        let id = text.parse::<T>().ok().filter(|id| id.to_string() == text);
        id.map(Self).ok_or_else(Problem::not_found)
    }
}

/// A word in the path.
pub struct PathText(pub String);

impl FromRequestParts<Web> for PathText {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, web).await.map_err(|_| Problem::not_found())?;
        Ok(Self(text))
    }
}

/// The parameters after `?`. Each is taken by its name; what is left over is unknown, and everything wrong
/// is told at once by [`finish`](Self::finish).
pub struct Parameters {
    given: Vec<(String, String)>,
    problems: Vec<FieldError>,
}

impl FromRequestParts<Web> for Parameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &Web) -> Result<Self, Problem> {
        Self::read(parts.uri.query().unwrap_or(""))
    }
}

impl Parameters {
    /// # Errors
    /// `malformed_request` when they are not URL-encoded UTF-8.
    pub fn read(query: &str) -> Result<Self, Problem> {
        let pairs = query.split('&').filter(|pair| !pair.is_empty());
        let given = pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            Some((decoded(name)?, decoded(value)?))
        });
        let given = given.collect::<Option<_>>().ok_or_else(Problem::malformed_request)?;
        Ok(Self { given, problems: Vec::new() })
    }

    /// Text of at most `most` characters.
    pub fn text(&mut self, name: &str, most: i64) -> Option<String> {
        let text = self.take(name)?;
        if i64::try_from(text.chars().count()).is_ok_and(|length| length <= most) {
            Some(text)
        } else {
            self.problems.push(FieldError::new(name, FieldProblem::TooLong { most }));
            None
        }
    }

    /// One of the words that `known` knows.
    pub fn word<T>(&mut self, name: &str, known: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let text = self.take(name)?;
        let value = known(&text);
        if value.is_none() {
            self.problems.push(FieldError::new(name, FieldProblem::Unknown));
        }
        value
    }

    /// A whole number within bounds.
    pub fn number(&mut self, name: &str, least: i64, most: i64) -> Option<i64> {
        let text = self.take(name)?;
        let problem = match text.parse::<i64>() {
            Ok(number) if number < least => FieldProblem::TooSmall { least },
            Ok(number) if number > most => FieldProblem::TooLarge { most },
            Ok(number) => return Some(number),
            Err(_) => FieldProblem::Malformed,
        };
        self.problems.push(FieldError::new(name, problem));
        None
    }

    /// `limit`, 1…100.
    pub fn limit(&mut self) -> PageLimit {
        let limit = self.number("limit", 1, i64::from(PageLimit::MOST));
        limit.and_then(PageLimit::new).unwrap_or(PageLimit::DEFAULT)
    }

    /// `limit` and `cursor`.
    pub fn page(&mut self) -> Page {
        Page { limit: self.limit(), cursor: self.text("cursor", 500) }
    }

    /// # Errors
    /// `validation_failed` with everything that was wrong.
    pub fn finish(mut self) -> Result<(), Problem> {
        let unknown = self.given.into_iter().map(|(name, _)| FieldError::new(shortened(&name), FieldProblem::Unknown));
        self.problems.extend(unknown);
        if self.problems.is_empty() { Ok(()) } else { Err(shop::Error::Invalid(self.problems).into()) }
    }

    /// The only value of this name: given twice, it is as good as none.
    fn take(&mut self, name: &str) -> Option<String> {
        let (mine, others) =
            std::mem::take(&mut self.given).into_iter().partition::<Vec<_>, _>(|(given, _)| given == name);
        self.given = others;
        if mine.len() > 1 {
            self.problems.push(FieldError::new(name, FieldProblem::Mismatch));
            return None;
        }
        mine.into_iter().next().map(|(_, value)| value)
    }
}

/// As forms write it, `+` for a space; `None` when what it stands for is not UTF-8.
fn decoded(text: &str) -> Option<String> {
    let spaced = text.replace('+', " ");
    percent_decode_str(&spaced).decode_utf8().ok().map(Cow::into_owned)
}

/// Of an operation that takes no parameters: any is unknown.
pub struct NoParameters;

impl FromRequestParts<Web> for NoParameters {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        Parameters::from_request_parts(parts, web).await?.finish().map(|()| Self)
    }
}

/// The request id (SPEC reading 6): the header `Idempotency-Key`, or `request_id` of the body, or both when
/// they say the same.
///
/// # Errors
/// `idempotency_key_missing`; `validation_failed` when one is no request id or the two differ.
pub fn request_key(headers: &HeaderMap, in_body: Option<&str>) -> Result<RequestKey, Problem> {
    const HEADER: &str = "Idempotency-Key";
    let mut found = None;
    for value in headers.get_all(HEADER) {
        let key = value.to_str().ok().and_then(|text| RequestKey::parse(text).ok());
        let key = key.ok_or_else(|| Problem::invalid(HEADER, FieldProblem::Malformed))?;
        if found.replace(key.clone()).is_some_and(|earlier| earlier != key) {
            return Err(Problem::invalid(HEADER, FieldProblem::Mismatch));
        }
    }
    let Some(text) = in_body else { return found.ok_or_else(Problem::idempotency_key_missing) };
    let key = RequestKey::parse(text)?;
    match found {
        Some(header) if header != key => Err(Problem::invalid("request_id", FieldProblem::Mismatch)),
        _ => Ok(key),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;
    use serde_json::Value;

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape is tested")]
    struct Body {
        amount: i64,
        items: Option<Vec<Object<Item>>>,
    }

    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only its shape is tested")]
    struct Item {
        quantity: i64,
    }

    fn wrong(bytes: &[u8]) -> Problem {
        read_json::<Body>(bytes).err().expect("a problem")
    }

    async fn told(problem: Problem) -> (String, String, String) {
        let body = problem.to_json(app::text::Lang::En, &crate::edge::TraceId::fresh());
        let body: Value = serde_json::from_slice(&axum::body::to_bytes(body, 65_536).await.unwrap()).unwrap();
        let text = |value: &Value| value.as_str().unwrap_or("").to_owned();
        (text(&body["code"]), text(&body["errors"][0]["field"]), text(&body["errors"][0]["problem"]))
    }

    #[tokio::test]
    async fn a_body_of_another_shape_names_its_field() {
        let table = [
            ("{}", "amount", "required"),
            (r#"{"amount": "1000"}"#, "amount", "malformed"),
            (r#"{"amount": 1000.0}"#, "amount", "malformed"),
            (r#"{"amount": 1e3}"#, "amount", "malformed"),
            (r#"{"amount": null}"#, "amount", "malformed"),
            (r#"{"amount": 99999999999999999999}"#, "amount", "malformed"),
            (r#"{"amount": 1, "colour": 2}"#, "colour", "unknown"),
            (r#"{"amount": 1, "amount": 2}"#, "amount", "malformed"),
            (r#"{"amount": 1, "items": {}}"#, "items", "malformed"),
            (r#"{"amount": 1, "items": [{"quantity": 1}, {}]}"#, "items[1].quantity", "required"),
            (r#"{"amount": 1, "items": [{"quantity": 1.5}]}"#, "items[0].quantity", "malformed"),
            (r#"{"amount": 1, "items": [{"quantity": 1, "x": 1}]}"#, "items[0].x", "unknown"),
            ("null", "body", "malformed"),
            ("[]", "body", "malformed"),
            ("[1, []]", "body", "malformed"),
            (r#"{"amount": 1, "items": [[1]]}"#, "items[0]", "malformed"),
            ("7", "body", "malformed"),
        ];
        for (json, field, problem) in table {
            let told = told(wrong(json.as_bytes())).await;
            assert_eq!(told, ("validation_failed".to_owned(), field.to_owned(), problem.to_owned()), "{json}");
        }
    }

    #[tokio::test]
    async fn what_is_no_json_is_malformed() {
        let deep = "[".repeat(100_000);
        let deep_field = format!(r#"{{"amount": 1, "items": {deep}"#);
        let table: [&[u8]; 11] = [
            b"",
            b"{",
            b"{\"colour\": NaN}",
            b"{\"amount\": \"x\"} x",
            b"{\"amount\": 1} x",
            b"amount=1",
            b"{\"amount\": 1,}",
            b"\xef\xbb\xbf{\"amount\": 1}",
            b"{\"amount\": 1, \"\xff\": 1}",
            deep.as_bytes(),
            deep_field.as_bytes(),
        ];
        for bytes in table {
            let problem = wrong(bytes);
            assert_eq!(
                problem.code(),
                "malformed_request",
                "{}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(40)])
            );
        }
        let nested = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
        assert_eq!(wrong(nested.as_bytes()).code(), "validation_failed");
    }

    #[test]
    fn a_content_type_is_json_or_refused() {
        let table = [
            ("application/json", true),
            ("Application/JSON; charset=utf-8", true),
            ("application/merge-patch+json", true),
            ("application/json; charset=\"UTF-8\"", true),
            ("application/json; charset=euc-kr", false),
            ("application/json; charset=", false),
            ("application/json; version=1", true),
            ("text/json", false),
            ("text/plain", false),
            ("application/x-www-form-urlencoded", false),
            ("", false),
        ];
        for (value, good) in table {
            let headers = HeaderMap::from_iter([(header::CONTENT_TYPE, HeaderValue::from_static(value))]);
            assert_eq!(is_json(&headers), good, "{value}");
        }
        assert!(!is_json(&HeaderMap::new()));
    }

    #[test]
    fn there_is_one_bearer_token_or_none() {
        let table: [(&[&str], Option<&str>); 6] = [
            (&["Bearer a.b.c"], Some("a.b.c")),
            (&["bearer  a.b.c "], Some("a.b.c")),
            (&["Basic a.b.c"], None),
            (&["a.b.c"], None),
            (&["Bearer a", "Bearer b"], None),
            (&[], None),
        ];
        for (values, token) in table {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, value.parse().unwrap());
            }
            assert_eq!(bearer_token(&headers), token, "{values:?}");
        }
    }

    #[test]
    fn unknown_doubled_and_wrong_parameters_are_all_told() {
        let mut asked = Parameters::read("limit=0&limit=5&sort=best&colour=red&q=a%26b").unwrap();
        assert_eq!(asked.text("q", 10).as_deref(), Some("a&b"));
        assert_eq!(asked.word("sort", |_| None::<()>), None);
        assert_eq!(asked.page().limit, PageLimit::DEFAULT);
        assert_eq!(asked.problems.len(), 2);
        assert_eq!(asked.finish().unwrap_err().code(), "validation_failed");
        let mut good = Parameters::read("limit=100&cursor=abc").unwrap();
        let page = good.page();
        assert_eq!((page.limit.rows(), page.cursor.as_deref()), (100, Some("abc")));
        assert!(good.finish().is_ok());
    }

    #[test]
    fn parameters_are_utf_8_or_malformed() {
        for query in ["q=%FF", "%C3%28=1", "q=%ED%A0%80"] {
            assert_eq!(
                Parameters::read(query).err().map(|problem| problem.code()),
                Some("malformed_request"),
                "{query}"
            );
        }
        let mut asked = Parameters::read("q=a+b%2B%ED%95%9C&&x").unwrap();
        assert_eq!(asked.text("q", 100).as_deref(), Some("a b+한"));
        assert_eq!(asked.text("x", 100).as_deref(), Some(""));
    }

    #[tokio::test]
    async fn a_name_of_a_megabyte_is_not_sent_back() {
        let json = format!(r#"{{"amount": 1, "{}": 2}}"#, "x".repeat(1_000_000));
        let (_, field, problem) = told(wrong(json.as_bytes())).await;
        assert_eq!((field.chars().count(), problem.as_str()), (101, "unknown"));
    }

    #[tokio::test]
    async fn a_request_id_comes_from_the_header_or_the_body() {
        type Values<'a> = &'a [&'a [u8]];
        let with = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append("idempotency-key", HeaderValue::from_bytes(value).unwrap());
            }
            headers
        };
        let long = "k".repeat(129);
        let good: [(Values, Option<&str>); 4] =
            [(&[b"a"], None), (&[], Some("a")), (&[b"a"], Some("a")), (&[b"a", b"a"], None)];
        for (values, body) in good {
            assert_eq!(request_key(&with(values), body).unwrap().as_str(), "a");
        }
        let bad: [(Values, Option<&str>, &str, &str); 9] = [
            (&[], None, "idempotency_key_missing", ""),
            (&[b"a"], Some("b"), "validation_failed", "request_id"),
            (&[b"a", b"b"], None, "validation_failed", "Idempotency-Key"),
            (&[b""], None, "validation_failed", "Idempotency-Key"),
            (&[b"a b"], None, "validation_failed", "Idempotency-Key"),
            (&["열쇠".as_bytes()], None, "validation_failed", "Idempotency-Key"),
            (&[long.as_bytes()], None, "validation_failed", "Idempotency-Key"),
            (&[], Some(""), "validation_failed", "request_id"),
            (&[], Some(&long), "validation_failed", "request_id"),
        ];
        for (values, body, code, field) in bad {
            let (told_code, told_field, _) = told(request_key(&with(values), body).unwrap_err()).await;
            assert_eq!((told_code.as_str(), told_field.as_str()), (code, field), "{values:?} {body:?}");
        }
    }
}
