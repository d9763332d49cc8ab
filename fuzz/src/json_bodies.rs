//! Bodies of JSON: an order, a charge, a registration, a login. Each input is read as every one of them.

use app::text::Lang;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::{Value, json};
use server::edge::TraceId;
use server::problem::{MOST_ERRORS, Problem};
use server::rest::auth::{LoginBody, RegisterBody};
use server::rest::extract::{Object, read_json};
use server::rest::orders::PlaceBody;
use server::rest::wallet::ChargeBody;
use shop::coupon::CouponCode;
use shop::notice::NoticeDigest;
use shop::order::model::{MOST_IN_ONE_ORDER, MOST_OF_ONE_PRODUCT};
use shop::request::RequestKey;
use shop::user::rules::{MOST_EMAIL, MOST_NAME, email_problem, find_registration_problems};
use shop::user::service::{email_key, written};
use shop::wallet::rules::check_charge_amount;
use shop::{Error, Won};
use std::collections::BTreeMap;

pub fn check(bytes: &[u8]) {
    if let Some(body) =
        read::<PlaceBody>(bytes, &["items", "coupon_code", "expected_amount", "request_id", "withdrawal_consent"])
    {
        check_order(body);
    }
    if let Some(body) = read::<ChargeBody>(bytes, &["amount", "request_id"]) {
        check_charge(body);
    }
    if let Some(body) = read::<RegisterBody>(bytes, &["email", "name", "password", "age_confirmed"]) {
        check_registration(&body);
    }
    if let Some(LoginBody { email, .. }) = read::<LoginBody>(bytes, &["email", "password"])
        && email_problem(&written(&email)).is_none()
    {
        assert_eq!(email_key(&email), email_key(&written(&email)), "whoever registers so logs in so: {email:?}");
    }
}

/// What is taken is an object of known fields; what is refused is refused for what it is.
fn read<T: DeserializeOwned>(bytes: &[u8], fields: &[&str]) -> Option<T> {
    match read_json::<T>(bytes) {
        Ok(body) => {
            let Ok(Value::Object(object)) = serde_json::from_slice(bytes) else { panic!("taken, and no object") };
            assert!(
                object.keys().all(|name| fields.contains(&name.as_str())),
                "an unknown field was taken: {object:?}"
            );
            Some(body)
        }
        Err(problem) => {
            let code = problem.code();
            assert!(["malformed_request", "validation_failed"].contains(&code), "{code}");
            let is_json = serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
            assert!(is_json || code == "malformed_request", "what is no JSON has no fields");
            check_problem(&problem);
            None
        }
    }
}

/// A problem is told in both languages, in far less than was sent.
pub fn check_problem(problem: &Problem) {
    for lang in Lang::ALL {
        let told = problem.to_value(lang, &TraceId::example());
        assert_eq!(told["status"], problem.status().as_u16());
        assert!(told["errors"].as_array().is_none_or(|errors| errors.len() <= MOST_ERRORS));
        assert!(told.to_string().len() < 64 * 1024, "{} bytes of problem", told.to_string().len());
    }
}

fn check_order(body: PlaceBody) {
    let mut asked = BTreeMap::<i64, i64>::new();
    for Object(item) in &body.items {
        let held = asked.entry(item.product_id).or_default();
        *held = held.saturating_add(item.quantity);
    }
    let again = json!({
        "items": body.items.iter().map(|Object(item)| json!({"product_id": item.product_id, "quantity": item.quantity})).collect::<Vec<_>>(),
        "coupon_code": body.coupon_code,
        "expected_amount": body.expected_amount,
        "request_id": body.request_id,
        "withdrawal_consent": body.withdrawal_consent,
    });
    let again = read_json::<PlaceBody>(again.to_string().as_bytes())
        .unwrap_or_else(|problem| panic!("written again: {problem:?}"));
    if let Some(Ok(key)) = body.request_id.as_deref().map(RequestKey::parse) {
        assert!((1..=128).contains(&key.as_str().len()) && key.as_str().bytes().all(|byte| byte.is_ascii_graphic()));
    }
    let notice = NoticeDigest::of("withdrawal", "ko", "text");
    let (first, second) = (body.into_request(&notice), again.into_request(&notice));
    let request = match (first, second) {
        (Ok(first), Ok(second)) => {
            assert_eq!(first, second, "the same order written again");
            first
        }
        (Err(Error::Invalid(problems)), Err(Error::Invalid(again))) => {
            assert_eq!(problems, again);
            assert!(!problems.is_empty() && problems.len() <= 31, "{problems:?}");
            return check_problem(&Error::Invalid(problems).into());
        }
        other => panic!("{other:?}"),
    };
    assert!((1..=MOST_IN_ONE_ORDER).contains(&request.lines.pieces()));
    assert!(request.lines.iter().all(|(_, quantity)| (1..=MOST_OF_ONE_PRODUCT).contains(&quantity)));
    assert!(request.lines.iter().map(|(product, quantity)| (product.get(), quantity)).eq(asked), "what was asked for");
    assert!(request.expected_amount.is_none_or(Won::is_positive));
    if let Some(code) = &request.coupon_code {
        assert_eq!(CouponCode::parse(code.as_str()).ok().as_ref(), Some(code));
    }
}

fn check_charge(body: ChargeBody) {
    let is_good = (1_000..=100_000).contains(&body.amount) && body.amount % 10 == 0;
    assert_eq!(check_charge_amount(Won::new(body.amount)).is_ok(), is_good, "{}", body.amount);
}

fn check_registration(body: &RegisterBody) {
    let RegisterBody { email, name, password, .. } = body;
    let kept = written(email);
    if !find_registration_problems(&kept, name, password).is_empty() {
        return;
    }
    assert_eq!(written(&kept), kept, "an address is kept in one form");
    assert_eq!(email_key(&kept), email_key(email), "an address as it is kept is the same address");
    let key = email_key(&kept);
    assert_eq!(email_key(&key), key, "{kept:?}");
    assert_eq!(email_key(&kept.to_ascii_uppercase()), key, "capitals are the same address: {kept:?}");
    assert!(email_problem(&kept).is_none() && kept.matches('@').count() == 1);
    assert!(kept.chars().count() <= usize::try_from(MOST_EMAIL).unwrap_or(0));
    assert!(!kept.contains(|c: char| c.is_control() || c.is_whitespace()), "{kept:?}");
    assert!((1..=usize::try_from(MOST_NAME).unwrap_or(0)).contains(&name.trim().chars().count()));
    assert!(!name.contains(char::is_control), "{name:?}");
    assert!((8..=128).contains(&password.chars().count()));
}
