//! `/wallet`: the balance, charging it, and its statement.

use super::ListBody;
use super::extract::{Caller, JsonBody, NoParameters, Parameters, request_key};
use super::openapi::{BODY, CALLER, PARAMETERS, REQUEST_ID, problems};
use super::schema::{Moment, Money, OpaqueId, PagesByMoment, PostingTypeWord, RequestId, RequestIdText, SignedMoney};
use crate::problem::Problem;
use crate::state::Web;
use axum::Json;
use axum::extract::State;
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use shop::id::{OrderId, PostingId};
use shop::wallet::{Charge, Posting, PostingType, Wallet, service as wallets};
use shop::{Timestamp, Won};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::default()
        .routes(routes!(show_wallet))
        .routes(routes!(charge_wallet))
        .routes(routes!(list_transactions))
}

/// What you may spend now, and the most a wallet may hold.
#[derive(Serialize, ToSchema)]
struct WalletBody {
    #[schema(value_type = Money)]
    balance: Won,
    #[schema(value_type = Money)]
    limit: Won,
    /// Refunds that come by themselves as soon as the wallet has room for them.
    #[schema(value_type = Money)]
    owed: Won,
}

/// How much to charge.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChargeBody {
    /// Won, in steps of 10.
    #[schema(minimum = 1_000, maximum = 100_000, multiple_of = 10)]
    pub amount: i64,
    #[schema(value_type = Option<RequestIdText>)]
    pub request_id: Option<String>,
}

/// A charge as it was credited.
#[derive(Serialize, ToSchema)]
struct ChargedBody {
    #[schema(value_type = OpaqueId)]
    transaction_id: PostingId,
    #[schema(value_type = Money)]
    amount: Won,
    /// The balance right after this charge.
    #[schema(value_type = Money)]
    balance: Won,
}

impl From<Charge> for ChargedBody {
    fn from(charge: Charge) -> Self {
        Self { transaction_id: charge.transaction_id, amount: charge.amount, balance: charge.balance }
    }
}

/// One line of the ledger, which is only ever added to.
#[derive(Serialize, ToSchema)]
struct PostingBody {
    #[schema(value_type = OpaqueId)]
    id: PostingId,
    #[serde(rename = "type")]
    #[schema(value_type = PostingTypeWord)]
    kind: PostingType,
    #[schema(value_type = SignedMoney)]
    amount: Won,
    #[schema(value_type = Money)]
    balance_after: Won,
    /// The order that it paid or gave back.
    #[schema(value_type = Option<OpaqueId>, required = true)]
    order_id: Option<OrderId>,
    #[schema(value_type = Moment)]
    created_at: Timestamp,
}

impl From<Posting> for PostingBody {
    fn from(posting: Posting) -> Self {
        let Posting { id, kind, amount, balance_after, order_id, created_at } = posting;
        Self { id, kind, amount, balance_after, order_id, created_at }
    }
}

problems!(WalletProblems: CALLER, PARAMETERS);

/// Your balance
#[utoipa::path(
    get, path = "/wallet", tag = "wallet",
    responses(
        (status = 200, description = "Your wallet.", body = WalletBody, example = json!({
            "balance": 500_000, "limit": 10_000_000, "owed": 0
        })),
        WalletProblems,
    ),
    security(("bearer" = [])),
)]
async fn show_wallet(
    Caller(user): Caller,
    State(web): State<Web>,
    _: NoParameters,
) -> Result<Json<WalletBody>, Problem> {
    let Wallet { balance, limit, owed } = wallets::find_wallet(&web.shop, user.id).await?;
    Ok(Json(WalletBody { balance, limit, owed }))
}

problems!(ChargeProblems: CALLER, BODY, REQUEST_ID, &["forbidden", "balance_limit_exceeded"]);

/// Charge
///
/// Credits your wallet at once. 1,000…100,000 won in steps of 10; a wallet holds at most 10,000,000 won,
/// counting what unfinished orders may give back and refunds that wait. Done once for each request id.
#[utoipa::path(
    post, path = "/wallet/charges", tag = "wallet",
    params(RequestId),
    request_body(content = ChargeBody, example = json!({"amount": 50_000})),
    responses(
        (status = 201, description = "Credited, now or when this request came first.", body = ChargedBody, example = json!({
            "transaction_id": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071", "amount": 50_000, "balance": 550_000
        })),
        ChargeProblems,
    ),
    security(("bearer" = [])),
)]
async fn charge_wallet(
    Caller(user): Caller,
    State(web): State<Web>,
    _: NoParameters,
    headers: HeaderMap,
    JsonBody(body): JsonBody<ChargeBody>,
) -> Result<(StatusCode, Json<ChargedBody>), Problem> {
    let key = request_key(&headers, body.request_id.as_deref())?;
    let charge = wallets::charge_wallet(&web.shop, user.id, Won::new(body.amount), key).await?;
    Ok((StatusCode::CREATED, Json(charge.into())))
}

problems!(TransactionsProblems: CALLER, PARAMETERS);

/// Your statement
///
/// Every movement of your balance, newest first.
#[utoipa::path(
    get, path = "/wallet/transactions", tag = "wallet",
    params(PagesByMoment),
    responses(
        (status = 200, description = "One page.", body = ListBody<PostingBody>, example = json!({
            "items": [{
                "id": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071", "type": "PAYMENT", "amount": -12_900, "balance_after": 487_100,
                "order_id": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6072", "created_at": "2026-11-23T05:35:17.123Z"
            }],
            "next_cursor": "019ab1c2-7d3e-7f00-8a1b-2c3d4e5f6071"
        })),
        TransactionsProblems,
    ),
    security(("bearer" = [])),
)]
async fn list_transactions(
    Caller(user): Caller,
    State(web): State<Web>,
    mut asked: Parameters,
) -> Result<Json<ListBody<PostingBody>>, Problem> {
    let page = asked.page();
    asked.finish()?;
    let postings = wallets::list_postings(&web.shop, user.id, &page).await?;
    Ok(Json(ListBody::of(postings, PostingBody::from)))
}
