//! Where a scraper asks: a listener of its own (`METRICS_LISTEN`), which nobody outside should reach, and
//! the shop's own for those who hold `METRICS_TOKEN`. Without a token the public address is not there.

use super::Watch;
use crate::config::ConfigError;
use crate::problem::Problem;
use crate::state::Web;
use anyhow::Context;
use axum::Router;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use sha2::{Digest, Sha256};
use shop::Shop;
use std::io::ErrorKind;
use std::net::SocketAddr;
use tokio::net::TcpListener;
use tokio::sync::watch as signal;

/// The text format that Prometheus reads.
const TEXT_FORMAT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// `/metrics` among the shop's own routes, when there is a token for it.
pub fn routes(web: &Web) -> Router<Web> {
    match web.watch.token() {
        Some(_) => Router::new().route("/metrics", get(show_to_holder)),
        None => Router::new(),
    }
}

async fn show_to_holder(State(web): State<Web>, request: Request) -> Response {
    let given = bearer(request.headers());
    match (web.watch.token(), given) {
        (Some(token), Some(given)) if is_same(token.reveal(), given) => page(web.watch.render(&web.shop)),
        _ => Problem::unauthorized().into_response(),
    }
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (scheme, token) = values.next()?.to_str().ok()?.split_once(' ')?;
    (values.next().is_none() && scheme.eq_ignore_ascii_case("bearer")).then(|| token.trim())
}

/// Takes as long for any text of one length: every byte of both digests is looked at.
fn is_same(token: &str, given: &str) -> bool {
    let (token, given) = (Sha256::digest(token.as_bytes()), Sha256::digest(given.as_bytes()));
    let differences = token.iter().zip(&given).fold(0u8, |found, (one, other)| found | (one ^ other));
    std::hint::black_box(differences) == 0
}

fn page(text: String) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(TEXT_FORMAT));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// The listener for scrapers. An address that nobody chose may be taken, as by the shop next door: then this
/// one goes on without. One that was chosen must work.
///
/// # Errors
/// `METRICS_LISTEN` was set and cannot be listened on.
pub async fn listen(address: SocketAddr, chosen: bool) -> Result<Option<TcpListener>, ConfigError> {
    let error = match TcpListener::bind(address).await {
        Ok(listener) => return Ok(Some(listener)),
        Err(error) => error,
    };
    let reason = match error.kind() {
        ErrorKind::AddrInUse => "where another program listens already".to_owned(),
        _ => format!("which cannot be listened on ({error})"),
    };
    if chosen {
        return Err(ConfigError::new(format!(
            "METRICS_LISTEN is {address}, {reason}: choose a free address of this machine, or `off`"
        )));
    }
    tracing::warn!(
        "metrics are not served: METRICS_LISTEN would be {address}, {reason}; set it to a free address, or to `off`"
    );
    Ok(None)
}

/// Answers scrapers until `stop`.
pub async fn serve(
    listener: TcpListener,
    watch: Watch,
    shop: Shop,
    mut stop: signal::Receiver<bool>,
) -> anyhow::Result<()> {
    let show = get(async move || page(watch.render(&shop)));
    let app =
        Router::new().route("/metrics", show).fallback(async || (StatusCode::NOT_FOUND, "Only /metrics is here.\n"));
    let stopped = async move { drop(stop.wait_for(|stop| *stop).await) };
    axum::serve(listener, app).with_graceful_shutdown(stopped).await.context("the door for metrics")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_token_opens() {
        let token = "a token of 24 characters";
        assert!(is_same(token, token));
        for wrong in ["", "a", "a token of 24 character", "a token of 24 characters ", "A token of 24 characters"] {
            assert!(!is_same(token, wrong), "{wrong:?}");
        }
    }

    #[tokio::test]
    async fn a_taken_address_stops_only_who_chose_it() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap();
        assert!(listen(address, false).await.unwrap().is_none());
        let said = listen(address, true).await.unwrap_err().to_string();
        assert!(said.starts_with("METRICS_LISTEN") && said.contains("`off`"), "{said}");
        drop(taken);
        assert!(listen(address, true).await.unwrap().is_some());
    }
}
