//! `/wallet`: the balance, charging it, and its statement.

use super::extract::{Caller, JsonBody, Parameters, request_key};
use crate::problem::Problem;
use crate::state::Web;
use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use http::{HeaderMap, StatusCode};
use serde::Deserialize;
use shop::Won;
use shop::page::Slice;
use shop::wallet::{Charge, Posting, Wallet, service as wallets};

pub fn routes() -> Router<Web> {
    Router::new()
        .route("/wallet", get(show_wallet))
        .route("/wallet/charges", post(charge_wallet))
        .route("/wallet/transactions", get(list_transactions))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChargeBody {
    amount: i64,
    request_id: Option<String>,
}

async fn show_wallet(Caller(user): Caller, State(web): State<Web>) -> Result<Json<Wallet>, Problem> {
    Ok(Json(wallets::find_wallet(&web.shop, user.id).await?))
}

async fn charge_wallet(
    Caller(user): Caller,
    State(web): State<Web>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<ChargeBody>,
) -> Result<(StatusCode, Json<Charge>), Problem> {
    let key = request_key(&headers, body.request_id.as_deref())?;
    let charge = wallets::charge_wallet(&web.shop, user.id, Won::new(body.amount), key).await?;
    Ok((StatusCode::CREATED, Json(charge)))
}

async fn list_transactions(
    Caller(user): Caller,
    State(web): State<Web>,
    mut asked: Parameters,
) -> Result<Json<Slice<Posting>>, Problem> {
    let page = asked.page();
    asked.finish()?;
    Ok(Json(wallets::list_postings(&web.shop, user.id, &page).await?))
}
