//! How a caller stands against a limit, in headers: `RateLimit-Limit`, `RateLimit-Remaining` and
//! `RateLimit-Reset` with `RateLimit-Policy`, as in the IETF draft's versions 3 to 7, which is what today's
//! clients and gateways read; the later single `RateLimit` field has hardly a reader yet. Every answer that
//! was counted has them, a refusal like a success. Only what was counted: a replay costs nothing.

use crate::problem::Problem;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderName, HeaderValue};
use shop::limits::{self, Standing};
use shop::ports::Limit;
use std::time::Duration;

pub const LIMIT: HeaderName = HeaderName::from_static("ratelimit-limit");
pub const REMAINING: HeaderName = HeaderName::from_static("ratelimit-remaining");
pub const RESET: HeaderName = HeaderName::from_static("ratelimit-reset");
pub const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");

/// Does what may count against `limit` and writes into its answer how the caller stands.
pub async fn limited<T: IntoResponse>(
    limit: Option<Limit>,
    work: impl Future<Output = Result<T, Problem>>,
) -> Response {
    let (answer, counted) = limits::observe(work).await;
    let standing = match (&answer, limit) {
        // Who is blocked has nothing left until the block ends, whatever the window says.
        (Err(problem), Some(limit)) => {
            let blocked = problem.blocked_for().map(|more_after| Standing { limit, left: 0, more_after });
            blocked.or(counted)
        }
        _ => counted,
    };
    let mut response = answer.into_response();
    if let Some(standing) = standing {
        write(standing, response.headers_mut());
    }
    response
}

fn write(standing: Standing, headers: &mut HeaderMap) {
    let Standing { limit: Limit { count, window }, left, more_after } = standing;
    headers.insert(LIMIT, count.into());
    headers.insert(REMAINING, left.into());
    headers.insert(RESET, whole_seconds(more_after).into());
    if let Ok(policy) = HeaderValue::from_str(&format!("{count};w={}", whole_seconds(window))) {
        headers.insert(POLICY, policy);
    }
}

/// Rounded up: earlier would be refused again.
pub fn whole_seconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis().div_ceil(1_000)).unwrap_or(u64::MAX).max(1)
}
