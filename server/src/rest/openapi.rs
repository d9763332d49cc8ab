//! The API's own description, OpenAPI 3.1, made of the handlers themselves: their paths, types and bounds
//! are annotated where they are written, and [`problems`] names the codes each of them may answer. What all
//! operations share (languages, trace ids, how a caller stands against a limit) is added here.

use super::etag;
use super::schema::{FieldProblemWord, integer, text, words};
use crate::edge::TraceId;
use crate::problem::{CODES, MOST_ERRORS, Problem};
use crate::state::Web;
use app::text::Lang;
use axum::Router;
use axum::response::Response;
use axum::routing::get;
use http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};
use shop::error::{CouponReason, FieldError, FieldProblem, Refusal};
use shop::id::{OrderId, ProductId, UserId};
use shop::{Fault, Timestamp, Won};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Duration;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::ExampleBuilder;
use utoipa::openapi::response::{Response as Described, ResponseBuilder};
use utoipa::openapi::schema::{AllOfBuilder, ArrayBuilder, ObjectBuilder, Type};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{OpenApi, Ref, RefOr, Schema};
use utoipa::{Modify, PartialSchema, ToSchema};

/// What any operation may answer when we fail.
pub const FAULTS: &[&str] = &["internal_error", "service_unavailable"];
/// What an operation may answer that asks who the caller is.
pub const CALLER: &[&str] = &["unauthorized"];
/// What an operation may answer that reads a body.
pub const BODY: &[&str] =
    &["malformed_request", "request_timeout", "payload_too_large", "unsupported_media_type", "validation_failed"];
/// What an operation may answer that reads parameters, if only to refuse them.
pub const PARAMETERS: &[&str] = &["malformed_request", "validation_failed"];
/// What an operation may answer that takes a request id.
pub const REQUEST_ID: &[&str] = &["idempotency_key_missing", "idempotency_key_reused", "request_in_progress"];

/// Names the problems of one operation: `problems!(LoginProblems: BODY, &["invalid_credentials"])`.
macro_rules! problems {
    ($name:ident: $($codes:expr),* $(,)?) => {
        struct $name;

        impl utoipa::IntoResponses for $name {
            fn responses()
            -> std::collections::BTreeMap<String, utoipa::openapi::RefOr<utoipa::openapi::response::Response>> {
                $crate::rest::openapi::describe_problems(&[$crate::rest::openapi::FAULTS, $($codes),*])
            }
        }
    };
}
pub(crate) use problems;

/// A response for each status these codes have, with an example of each code.
pub fn describe_problems(groups: &[&[&str]]) -> BTreeMap<String, RefOr<Described>> {
    let mut by_status: BTreeMap<StatusCode, Vec<&str>> = BTreeMap::new();
    for (code, status) in CODES {
        if groups.iter().any(|group| group.contains(&code)) {
            by_status.entry(status).or_default().push(code);
        }
    }
    by_status.into_iter().map(|(status, codes)| (status.as_str().to_owned(), describe_status(status, &codes))).collect()
}

fn describe_status(status: StatusCode, codes: &[&str]) -> RefOr<Described> {
    let narrowed = ObjectBuilder::new()
        .property("status", ObjectBuilder::new().schema_type(Type::Integer).enum_values(Some([status.as_u16()])))
        .property("code", words("", codes.iter()).description(None::<String>));
    let schema = AllOfBuilder::new().item(Ref::from_schema_name("Problem")).item(narrowed);
    let examples = codes.iter().map(|code| {
        let value = example(code).to_value(Lang::En, &TraceId::example());
        ((*code).to_owned(), ExampleBuilder::new().summary(meaning(code)).value(Some(value)).build())
    });
    let content = ContentBuilder::new().schema(Some(Schema::AllOf(schema.build()))).examples_from_iter(examples);
    let said: Vec<String> = codes.iter().map(|code| format!("`{code}`: {}", meaning(code))).collect();
    RefOr::T(
        ResponseBuilder::new()
            .description(said.join("\n\n"))
            .content("application/problem+json", content.build())
            .build(),
    )
}

/// What a code means to who programs against it. The people's sentence is `detail`.
fn meaning(code: &str) -> &'static str {
    match code {
        "malformed_request" => "The body is no JSON in UTF-8, or the address is not well encoded.",
        "idempotency_key_missing" => "A request id is needed and there is none.",
        "unauthorized" => "There is no good access token with the request.",
        "invalid_credentials" => "No account has this e-mail and password, or the code is wrong or was used.",
        "second_factor_required" => "The password is right; send the `code` of the second factor along.",
        "forbidden" => "This is closed to you, or to everybody: charges may be off in this shop.",
        "not_found" => "There is no such thing, or it is somebody else's.",
        "method_not_allowed" => "This address does not take that method; `Allow` names those it takes.",
        "request_timeout" => "The body took longer than 10 seconds to arrive.",
        "email_taken" => "An account with this e-mail exists.",
        "insufficient_stock" => "Fewer pieces are free than were asked for.",
        "insufficient_balance" => "The wallet holds less than the order costs.",
        "balance_limit_exceeded" => {
            "The charge would carry the wallet past its limit, counting what may still come back."
        }
        "coupon_sold_out" => "Every piece of the coupon is claimed.",
        "coupon_already_claimed" => "You have claimed a piece of this coupon before.",
        "coupon_not_applicable" => "The coupon cannot be claimed or used now; `reason` says why.",
        "price_changed" => "The order costs something else than `expected_amount`.",
        "request_in_progress" => "The first request of this id is still running: ask again in a moment.",
        "order_failed" => "A replay: the order did not come through and everything was given back.",
        "order_expired" => "The order was not paid in time; its stock is free again.",
        "payload_too_large" => "The body is larger than 1 MiB.",
        "unsupported_media_type" => "The body is not `application/json`, or in another charset, or compressed.",
        "validation_failed" => "A field or parameter is wrong or unknown; `errors` names each.",
        "idempotency_key_reused" => "This request id was used before for something else.",
        "rate_limited" => "Too many requests; `Retry-After` is true.",
        "temporarily_blocked" => "Too many failures in a row; `Retry-After` is true.",
        "service_unavailable" => {
            "More is waiting than may be held, or the request took 30 seconds; nothing is lost by asking again."
        }
        _ => "A fault of ours. It is in our log under `trace_id`.",
    }
}

/// A problem as it would really be answered.
fn example(code: &str) -> Problem {
    use shop::Error;
    let product_id = ProductId::new(1);
    let order_id = OrderId::new(Timestamp::from_millis(1_795_412_117_123), [7; 10]);
    let retry_after = Duration::from_secs(42);
    let won = Won::new;
    let refused = |refusal| Problem::from(Error::Refused { refusal, order_id: Some(order_id) });
    match code {
        "malformed_request" => Problem::malformed_request(),
        "idempotency_key_missing" => Problem::idempotency_key_missing(),
        "unauthorized" => Problem::unauthorized(),
        "invalid_credentials" => Error::InvalidCredentials.into(),
        "second_factor_required" => Error::SecondFactorRequired { user_id: UserId::new(1), auth_version: 1 }.into(),
        "forbidden" => Problem::forbidden(),
        "not_found" => Problem::not_found(),
        "method_not_allowed" => Problem::method_not_allowed(),
        "request_timeout" => Problem::request_timeout(),
        "email_taken" => Error::EmailTaken.into(),
        "insufficient_stock" => refused(Refusal::InsufficientStock { product_id, requested: 3, available: 2 }),
        "insufficient_balance" => refused(Refusal::InsufficientBalance { balance: won(5_000), needed: won(12_900) }),
        "balance_limit_exceeded" => Error::refused(Refusal::BalanceLimitExceeded {
            balance: won(9_990_000),
            unfinished: won(0),
            limit: shop::wallet::rules::WALLET_LIMIT,
        })
        .into(),
        "coupon_sold_out" => Error::refused(Refusal::CouponSoldOut).into(),
        "coupon_already_claimed" => Error::refused(Refusal::CouponAlreadyClaimed).into(),
        "coupon_not_applicable" => {
            Error::refused(Refusal::CouponNotApplicable { reason: CouponReason::Expired }).into()
        }
        "price_changed" => refused(Refusal::PriceChanged { expected: won(12_900), actual: won(14_900) }),
        "request_in_progress" => Error::RequestInProgress.into(),
        "order_failed" => Error::OrderFailed(order_id).into(),
        "order_expired" => Error::OrderExpired(order_id).into(),
        "payload_too_large" => Problem::payload_too_large(),
        "unsupported_media_type" => Problem::unsupported_media_type(),
        "validation_failed" => Problem::from(Error::Invalid(vec![FieldError::new(
            "items[0].quantity",
            FieldProblem::TooLarge { most: shop::order::model::MOST_OF_ONE_PRODUCT },
        )])),
        "idempotency_key_reused" => Error::RequestReused.into(),
        "rate_limited" => Error::RateLimited { retry_after }.into(),
        "temporarily_blocked" => Error::Blocked { retry_after }.into(),
        "service_unavailable" => Problem::service_unavailable(),
        _ => Fault::Other(String::new()).into(),
    }
}

/// `application/problem+json` (RFC 9457), with the facts that some codes carry.
pub struct ProblemSchema;

impl PartialSchema for ProblemSchema {
    fn schema() -> RefOr<Schema> {
        let number = |description: &str| integer(description).build();
        let money = |description: &str| integer(description).minimum(Some(0)).build();
        let field_error = ObjectBuilder::new()
            .property("field", text("The field as it was sent: `amount`, `items[0].quantity`, `limit`."))
            .property("problem", Ref::from_schema_name("FieldProblemWord"))
            .property("detail", text("A sentence for a person."))
            .property("least", number("The least it may be (`too_small`, `too_short`)."))
            .property("most", number("The most it may be (`too_large`, `too_long`)."))
            .property("step", number("It must be a multiple of this (`not_a_step`)."))
            .property("product_id", number("The product that is not for sale."))
            .required("field")
            .required("problem")
            .required("detail");
        let codes: Vec<&str> = CODES.iter().map(|(code, _)| *code).collect();
        let problem = ObjectBuilder::new()
            .description(Some("Why a request was not answered with what it asked for (RFC 9457). Decide by `code`; show `detail`, which is in the language of `Accept-Language`."))
            .property("type", text("A name of the code as a URI.").pattern(Some("^urn:damda:problem:[a-z_]+$")))
            .property("title", text("The code in words, always in English."))
            .property("status", ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(400)).maximum(Some(599)))
            .property("detail", text("A sentence for a person, Korean or English."))
            .property("code", words("Stable: it never changes its meaning.", codes))
            .property("trace_id", text("What our log has it under; also in `x-request-id`.").min_length(Some(16)).max_length(Some(64)))
            .property("errors", ArrayBuilder::new().items(field_error).max_items(Some(MOST_ERRORS)).description(Some("Every field that is wrong (`validation_failed`).")))
            .property("retry_after", integer("Seconds, as in `Retry-After`.").minimum(Some(1)))
            .property("order_id", Ref::from_schema_name("OpaqueId"))
            .property("product_id", number("The product there is too little of."))
            .property("requested", number("Pieces asked for."))
            .property("available", number("Pieces free when it was decided."))
            .property("balance", money("The wallet's balance then, in won."))
            .property("needed", money("What the order costs, in won."))
            .property("unfinished", money("What may still come back, in won: paid by unfinished orders, and refunds that wait for room."))
            .property("limit", money("The most a wallet may hold, in won."))
            .property("reason", Ref::from_schema_name("CouponReasonWord"))
            .property("expected", number("The `expected_amount` of the request, in won."))
            .property("actual", money("What the order costs now, in won."));
        let required = ["type", "title", "status", "detail", "code", "trace_id"];
        let problem = required.iter().fold(problem, |problem, name| problem.required(*name));
        RefOr::T(Schema::Object(problem.build()))
    }
}

impl ToSchema for ProblemSchema {
    fn name() -> std::borrow::Cow<'static, str> {
        "Problem".into()
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((FieldProblemWord::name().into_owned(), FieldProblemWord::schema()));
        schemas.push((super::schema::CouponReasonWord::name().into_owned(), super::schema::CouponReasonWord::schema()));
        schemas.push((super::schema::OpaqueId::name().into_owned(), super::schema::OpaqueId::schema()));
    }
}

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Damda 담다",
        description = include_str!("openapi.md"),
        license(name = "Apache-2.0", identifier = "Apache-2.0"),
    ),
    servers((url = "/", description = "This shop")),
    tags(
        (name = "products", description = "What is for sale, and what sells. The same for everybody."),
        (name = "accounts", description = "Registering, logging in, who you are."),
        (name = "wallet", description = "Your balance, charging it, its statement."),
        (name = "coupons", description = "First come, first served: claiming coupons, and your own."),
        (name = "orders", description = "Buying, and what you bought."),
        (name = "service", description = "Whether the shop lives, and this document."),
    ),
    modifiers(&Shared),
)]
struct Base;

/// What operations name without defining it.
struct Shared;

impl Modify for Shared {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT").description(Some(
            "The `access_token` of register or login. It ends with its time (`expires_in`), and within 5 seconds of a change of password or role.",
        ));
        let components = document.components.get_or_insert_default();
        let mut schemas = vec![(ProblemSchema::name().into_owned(), ProblemSchema::schema())];
        ProblemSchema::schemas(&mut schemas);
        components.schemas.extend(schemas);
        components.add_security_scheme("bearer", SecurityScheme::Http(scheme.build()));
    }
}

/// The whole document.
pub fn document() -> Value {
    let mut document = <Base as utoipa::OpenApi>::openapi();
    document.merge(crate::health::routes().into_openapi());
    let document = document.nest("/api/v1", super::v1().into_openapi());
    let mut document = serde_json::to_value(document).unwrap_or_default();
    let operations = document["paths"].as_object_mut().into_iter().flat_map(Map::values_mut);
    for operation in operations.filter_map(Value::as_object_mut).flat_map(Map::values_mut) {
        complete(operation);
    }
    document["paths"]["/api/openapi.json"] = describe_itself();
    document
}

/// Adds what every operation has in common.
fn complete(operation: &mut Value) {
    let limited = operation["responses"].to_string().contains("\"rate_limited\"");
    let tagged = operation["responses"].get("304").is_some();
    let speaks = operation["responses"].to_string().contains("problem+json");
    if let Some(responses) = operation["responses"].as_object_mut() {
        for (status, response) in responses {
            let status: u16 = status.parse().unwrap_or_default();
            let mut headers = response["headers"].take();
            headers["x-request-id"] = header("What our log has this request under.", json!({"type": "string"}));
            if tagged && [200, 304].contains(&status) {
                headers["ETag"] = header("Send it back in `If-None-Match`.", json!({"type": "string"}));
                headers["Cache-Control"] =
                    header("`no-cache`: may be kept, but ask each time.", json!({"type": "string"}));
            }
            if [429, 503].contains(&status) {
                headers["Retry-After"] =
                    header("Whole seconds; earlier is refused again.", json!({"type": "integer", "minimum": 1}));
            }
            if status == 401 {
                headers["WWW-Authenticate"] = header("`Bearer`.", json!({"type": "string"}));
            }
            if limited && ![400, 408, 413, 415, 500].contains(&status) {
                describe_standing(&mut headers);
            }
            response["headers"] = headers;
        }
    }
    let mut add = |name: &str, description: &str, schema: Value| {
        let parameter =
            json!({"name": name, "in": "header", "required": false, "description": description, "schema": schema});
        match operation["parameters"].as_array_mut() {
            Some(parameters) => parameters.push(parameter),
            None => operation["parameters"] = json!([parameter]),
        }
    };
    if speaks {
        add(
            "Accept-Language",
            "The language of `detail`: `ko` (the default) or `en`.",
            json!({"type": "string", "default": "ko"}),
        );
    }
    if tagged {
        add("If-None-Match", "An `ETag` you have: 304 when it is still the answer.", json!({"type": "string"}));
    }
}

/// On what was counted.
fn describe_standing(headers: &mut Value) {
    let number = |least: u32| json!({"type": "integer", "minimum": least});
    let known = [
        ("RateLimit-Limit", "So many in any window of the policy.", number(1)),
        ("RateLimit-Remaining", "So many more fit now.", number(0)),
        ("RateLimit-Reset", "One more fits after so many seconds.", number(1)),
        ("RateLimit-Policy", "The limit and its window in seconds: `3;w=60`.", json!({"type": "string"})),
    ];
    for (name, description, schema) in known {
        headers[name] = header(&format!("{description} On every answer that was counted."), schema);
    }
}

fn header(description: &str, schema: Value) -> Value {
    json!({"description": description, "schema": schema})
}

/// This document has no type to be made of.
fn describe_itself() -> Value {
    let mut operation = json!({
        "tags": ["service"],
        "operationId": "describeApi",
        "summary": "This document",
        "responses": {
            "200": {"description": "OpenAPI 3.1.", "content": {"application/json": {"schema": {
                "type": "object",
                "required": ["openapi", "info", "paths"],
                "properties": {"openapi": {"type": "string", "pattern": "^3\\.1\\."}, "info": {"type": "object"}, "paths": {"type": "object"}},
            }}}},
            "304": {"description": "You have it already."},
        },
        "security": [{}],
    });
    complete(&mut operation);
    json!({"get": operation})
}

pub fn routes() -> Router<Web> {
    Router::new().route("/openapi.json", get(show_document))
}

async fn show_document(headers: HeaderMap) -> Response {
    static DOCUMENT: LazyLock<Vec<u8>> = LazyLock::new(|| document().to_string().into_bytes());
    etag::answer_bytes(&headers, DOCUMENT.clone(), "accept-encoding")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_a_meaning_and_a_true_example() {
        let mut meanings = std::collections::HashSet::new();
        for (code, status) in CODES {
            let value = example(code).to_value(Lang::En, &TraceId::example());
            assert_eq!((&value["code"], &value["status"]), (&json!(code), &json!(status.as_u16())));
            assert!(meanings.insert(meaning(code)), "{code} has another code's meaning");
        }
    }
}
