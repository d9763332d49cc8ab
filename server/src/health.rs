//! Whether the process lives (`/healthz`) and whether it can work (`/readyz`, which names what does not
//! answer). Says nothing else of the inside.

use crate::state::Web;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use std::time::Duration;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// A dependency that takes longer than this does not answer.
const PATIENCE: Duration = Duration::from_secs(2);

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::default().routes(routes!(healthz)).routes(routes!(readyz))
}

/// The process lives.
#[derive(Serialize, ToSchema)]
struct AliveBody {
    #[schema(pattern = "^ok$")]
    status: &'static str,
}

/// Whether what the shop needs answers.
#[derive(Serialize, ToSchema)]
struct ReadyBody {
    #[schema(pattern = "^(ready|not ready)$")]
    status: &'static str,
    /// What does not answer: `database`.
    failing: Vec<&'static str>,
}

/// Does the process live?
#[utoipa::path(
    get, path = "/healthz", tag = "service",
    responses((status = 200, description = "It does.", body = AliveBody, example = json!({"status": "ok"}))),
    security(()),
)]
async fn healthz() -> Response {
    uncached(StatusCode::OK, AliveBody { status: "ok" })
}

/// Can the shop work?
///
/// Asks what it needs, and names what does not answer.
#[utoipa::path(
    get, path = "/readyz", tag = "service",
    responses(
        (status = 200, description = "It can.", body = ReadyBody, example = json!({"status": "ready", "failing": []})),
        (status = 503, description = "It cannot: give it no traffic.", body = ReadyBody, example = json!({
            "status": "not ready", "failing": ["database"]
        })),
    ),
    security(()),
)]
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
        uncached(StatusCode::OK, ReadyBody { status: "ready", failing })
    } else {
        uncached(StatusCode::SERVICE_UNAVAILABLE, ReadyBody { status: "not ready", failing })
    }
}

fn uncached(status: StatusCode, body: impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
