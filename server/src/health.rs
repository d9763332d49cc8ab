//! Whether the process lives (`/healthz`) and whether it can work (`/readyz`, which names what does not
//! answer). Says nothing else of the inside.

use crate::state::Web;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;
use std::time::Duration;

/// A dependency that takes longer than this does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub fn routes() -> Router<Web> {
    Router::new().route("/healthz", get(healthz)).route("/readyz", get(readyz))
}

async fn healthz() -> Response {
    uncached(StatusCode::OK, json!({"status": "ok"}))
}

async fn readyz(State(web): State<Web>) -> Response {
    let database = tokio::time::timeout(PATIENCE, web.shop.db().ping()).await;
    let failing: Vec<&str> = match database {
        Ok(Ok(())) => vec![],
        Ok(Err(fault)) => {
            tracing::warn!(fault = %crate::problem::sources(&fault), "the database does not answer");
            vec!["database"]
        }
        Err(_) => {
            tracing::warn!("the database does not answer within {PATIENCE:?}");
            vec!["database"]
        }
    };
    if failing.is_empty() {
        uncached(StatusCode::OK, json!({"status": "ready", "failing": failing}))
    } else {
        uncached(StatusCode::SERVICE_UNAVAILABLE, json!({"status": "not ready", "failing": failing}))
    }
}

fn uncached(status: StatusCode, body: serde_json::Value) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
