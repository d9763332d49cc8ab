//! Whether the process lives (`/healthz`) and whether it can work (`/readyz`, which names what does not
//! answer). Says nothing else of the inside.

use crate::state::Web;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use futures::future::join_all;
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use shop::Fault;
use std::time::Duration;
use tokio::time::timeout;
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

/// Whether what the shop needs answers, and what it uses besides.
#[derive(Serialize, ToSchema)]
struct ReadyBody {
    #[schema(pattern = "^(ready|not ready)$")]
    status: &'static str,
    /// What does not answer and the shop cannot work without: `database`.
    failing: Vec<&'static str>,
    /// What does not answer and the shop works without: `redis`, `kafka`.
    degraded: Vec<&'static str>,
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
/// Asks what it needs and what it uses, and names what does not answer.
#[utoipa::path(
    get, path = "/readyz", tag = "service",
    responses(
        (status = 200, description = "It can.", body = ReadyBody, example = json!({
            "status": "ready", "failing": [], "degraded": []
        })),
        (status = 503, description = "It cannot: give it no traffic.", body = ReadyBody, example = json!({
            "status": "not ready", "failing": ["database"], "degraded": []
        })),
    ),
    security(()),
)]
async fn readyz(State(web): State<Web>) -> Response {
    let database = answers("database", web.shop.db().ping());
    let services = join_all(web.services.iter().map(|service| answers(service.name(), service.ping())));
    let (database, services) = tokio::join!(database, services);
    // Whoever connects to a service logs when it is lost and found; here it would be logged at every question.
    let say = |(name, why): (&'static str, String)| {
        tracing::debug!(why, "{name} does not answer");
        name
    };
    let degraded = services.into_iter().filter_map(Result::err).map(say).collect();
    match database {
        Ok(()) => uncached(StatusCode::OK, ReadyBody { status: "ready", failing: vec![], degraded }),
        Err((name, why)) => {
            tracing::warn!(why, "{name} does not answer");
            uncached(StatusCode::SERVICE_UNAVAILABLE, ReadyBody { status: "not ready", failing: vec![name], degraded })
        }
    }
}

/// Whether it answers in time; the error is the name of what does not, and why.
async fn answers(
    name: &'static str,
    ping: impl Future<Output = Result<(), Fault>>,
) -> Result<(), (&'static str, String)> {
    match timeout(PATIENCE, ping).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(fault)) => Err((name, crate::problem::sources(&fault))),
        Err(_) => Err((name, format!("nothing within {PATIENCE:?}"))),
    }
}

fn uncached(status: StatusCode, body: impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
