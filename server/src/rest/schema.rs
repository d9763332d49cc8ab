//! The words of the API's document that many operations share: money, moments, ids, the known words of the
//! shop, and the parameters of lists. Bounds come from the rules themselves, so that they cannot differ.

use serde::Serialize;
use serde_json::{Value, json};
use shop::coupon::{CampaignState, UserCouponState};
use shop::error::{CouponReason, FieldProblem};
use shop::order::OrderStatus;
use shop::page::PageLimit;
use shop::product::{Category, ProductSort};
use shop::user::Role;
use shop::wallet::PostingType;
use std::borrow::Cow;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat, Type};
use utoipa::openapi::{RefOr, Required, Schema};
use utoipa::{IntoParams, PartialSchema, ToSchema};

macro_rules! schemas {
    ($($(#[$doc:meta])* $name:ident = $schema:expr;)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                RefOr::T(Schema::Object($schema.build()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        }
    )+};
}

schemas! {
    Money = integer("Whole won (KRW). Never a fraction, never text.").minimum(Some(0)).examples([json!(12_900)]);
    SignedMoney = integer("Whole won (KRW); negative when it leaves the wallet.").examples([json!(-12_900)]);
    Count = integer("How many pieces.").minimum(Some(0)).examples([json!(120)]);
    NumberedId = integer("An id that the shop counted.").minimum(Some(1)).examples([json!(1)]);
    Moment = text("RFC 3339, UTC, to the millisecond.")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
        .pattern(Some(r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?Z$"))
        .examples([json!("2026-11-23T05:35:17.123Z")]);
    OpaqueId = text("The id of an order or a ledger line. Opaque: compare it, do not read it.")
        .min_length(Some(1))
        .max_length(Some(64))
        .examples([json!(EXAMPLE_ORDER)]);
    CouponCodeText = text("A coupon's code, in capitals.")
        .pattern(Some("^[A-Z0-9_-]{3,40}$"))
        .examples([json!("WELCOME10")]);
    CategoryWord = words("What kind of digital good it is.", Category::ALL);
    OrderStatusWord = words(
        "RESERVED → PAID → COMPLETED; REJECTED and EXPIRED hold nothing; PENDING waits for its recovery and becomes FAILED; refunds are PARTIALLY_REFUNDED and REFUNDED.",
        OrderStatus::ALL,
    );
    PostingTypeWord = words("Why a balance moved.", PostingType::ALL);
    RoleWord = words("What an account may do.", [Role::Shopper, Role::Operator]);
    CampaignStateWord = words("Where a campaign stands. Only running and sold-out ones are listed.", [
        CampaignState::Upcoming, CampaignState::Running, CampaignState::SoldOut, CampaignState::Finished,
    ]);
    CouponStatusWord = words("A shopper's own piece; HELD means that an unfinished order is paying with it.", [
        UserCouponState::Issued, UserCouponState::Held, UserCouponState::Used, UserCouponState::Expired,
    ]);
    DiscountTypeWord = words("`rate` is percent, rounded down to whole won; `fixed` is won.", ["rate", "fixed"]);
    CouponReasonWord = words("Why a coupon does not apply.", [
        CouponReason::Unknown, CouponReason::NotClaimed, CouponReason::InUse, CouponReason::Used,
        CouponReason::NotBegun, CouponReason::Expired, CouponReason::Stopped, CouponReason::BelowMinimum,
        CouponReason::NothingLeft,
    ]);
    FieldProblemWord = words("What is wrong with a field.", field_problems());
}

/// An order that a document may name.
pub const EXAMPLE_ORDER: &str = "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071";

pub fn integer(description: &str) -> ObjectBuilder {
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
        .description(Some(description))
}

pub fn text(description: &str) -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String).description(Some(description))
}

/// One of these, as they are written on the wire.
pub fn words<T: Serialize>(description: &str, known: impl IntoIterator<Item = T>) -> ObjectBuilder {
    let words: Vec<Value> = known.into_iter().filter_map(|word| serde_json::to_value(word).ok()).collect();
    text(description).enum_values(Some(words))
}

fn field_problems() -> Vec<Value> {
    use FieldProblem as Is;
    let product_id = shop::id::ProductId::new(1);
    let known = [
        Is::Required,
        Is::Malformed,
        Is::TooShort { least: 1 },
        Is::TooLong { most: 1 },
        Is::TooSmall { least: 1 },
        Is::TooLarge { most: 1 },
        Is::NotAStep { step: 1 },
        Is::Unknown,
        Is::NotForSale { product_id },
        Is::Mismatch,
        Is::WrongPassword,
    ];
    known.iter().filter_map(|problem| serde_json::to_value(problem).ok()?.get("problem").cloned()).collect()
}

macro_rules! pages {
    ($($(#[$doc:meta])* $name:ident = $pattern:literal, $example:literal;)+) => {$(
        $(#[$doc])*
        pub struct $name;

        impl IntoParams for $name {
            fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
                let cursor = text("").pattern(Some($pattern)).examples([json!($example)]);
                vec![
                    limit_parameter(),
                    query("cursor", "`next_cursor` of the page before: where to go on. Opaque.", cursor),
                ]
            }
        }
    )+};
}

pages! {
    /// `limit` and `cursor` of a list that is sorted by something and an id.
    PagesByKey = r"^\d{1,18}\.\d{1,18}$", "9007199254740991.9007199254740991";
    /// `limit` and `cursor` of a list that is sorted by an id.
    PagesById = r"^\d{1,18}$", "9007199254740991";
    /// `limit` and `cursor` of a list that is sorted by a dated id.
    PagesByMoment = r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        "ffffffff-ffff-7fff-bfff-ffffffffffff";
}

/// Of `GET /products`, besides those of every list.
pub struct ProductParameters;

impl IntoParams for ProductParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let found = text("").max_length(usize::try_from(super::products::MOST_TEXT).ok()).examples([json!("책")]);
        vec![
            query("q", "A literal part of name, summary or creator, in either language; case does not count.", found),
            category_parameter(),
            query("sort", "`popular` is by quantity sold over 3 days.", sorts()),
        ]
    }
}

/// Of `GET /products/popular`.
pub struct PopularParameters;

impl IntoParams for PopularParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let days = integer("")
            .minimum(Some(1))
            .maximum(Some(shop::stats::MOST_POPULAR_DAYS))
            .default(Some(json!(shop::stats::POPULAR_DAYS)));
        vec![query("days", "Sold over so many days until now.", days), category_parameter(), limit_parameter()]
    }
}

/// Of `GET /orders`, besides those of every list.
pub struct OrderParameters;

impl IntoParams for OrderParameters {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![query("status", "Only orders of this state.", words("", OrderStatus::ALL))]
    }
}

/// The header that makes a charge or an order happen once.
pub struct RequestId;

impl IntoParams for RequestId {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = ParameterBuilder::new()
            .name("Idempotency-Key")
            .parameter_in(ParameterIn::Header)
            .required(Required::False)
            .description(Some(
                "The request id: 1…128 visible ASCII characters, such as a UUID; fresh for each new request, the same for every repetition. Needed here or as `request_id` in the body.",
            ))
            .schema(Some(request_id("").description(None::<String>).build()));
        vec![parameter.build()]
    }
}

/// 1…128 visible ASCII characters.
pub fn request_id(description: &str) -> ObjectBuilder {
    text(description).min_length(Some(1)).max_length(Some(128)).pattern(Some("^[!-~]+$"))
}

schemas! {
    /// Said or left out: an age that is denied is refused.
    AgeConfirmed = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true]))
        .description(Some("That the person is at least 14, the age from which one may consent alone. A client may leave it out."));
    RequestIdText = request_id("The request id, when it is not in the header. Both: the same.");
}

fn limit_parameter() -> Parameter {
    let limit = integer("")
        .minimum(Some(1))
        .maximum(Some(i64::from(PageLimit::MOST)))
        .default(Some(json!(PageLimit::DEFAULT.rows())));
    query("limit", "The most items to answer with.", limit)
}

fn category_parameter() -> Parameter {
    query("category", "Only goods of this kind.", words("", Category::ALL))
}

fn sorts() -> ObjectBuilder {
    let default = ProductSort::default().as_str();
    words("", ProductSort::ALL.map(ProductSort::as_str)).default(Some(json!(default)))
}

fn query(name: &str, description: &str, schema: ObjectBuilder) -> Parameter {
    let schema = schema.description(None::<String>);
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Query)
        .required(Required::False)
        .description(Some(description))
        .schema(Some(schema.build()))
        .build()
}
