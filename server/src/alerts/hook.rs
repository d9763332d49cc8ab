//! One POST to a webhook: to an address that was looked at before it is connected to, over TLS, bounded in time and
//! size, and no further: a redirect is an answer that did not help. Nothing here names the webhook in an error, because
//! its address may be a secret.

use super::failed;
pub use super::reach::Reach;
use crate::config::ConfigError;
use crate::secret::Secret;
use axum::body::Bytes;
use hmac::{Hmac, Mac};
use http::{HeaderValue, Request, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use shop::Timestamp;
use shop::ports::NotSent;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// How long one call may take in all, from the name to the answer.
const LONGEST_CALL: Duration = Duration::from_secs(10);
/// What is read of an answer's head at most; its body is not read.
const MOST_HEAD_BYTES: usize = 16 * 1_024;
/// Addresses of a name that are tried.
const MOST_ADDRESSES: usize = 8;

/// Where a webhook listens. Prints nothing of itself: chats keep a secret in the path.
#[derive(Clone, PartialEq, Eq)]
pub struct Target {
    is_tls: bool,
    host: String,
    port: u16,
    /// As the header `Host` has it.
    authority: String,
    path: String,
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a webhook")
    }
}

impl Target {
    /// An address of https; in the clear only where anything may be reached.
    pub fn parse(text: &str, reach: Reach) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let is_tls = match uri.scheme_str()? {
            "https" => true,
            "http" if reach == Reach::Anywhere => false,
            _ => return None,
        };
        let authority = uri.authority().filter(|authority| !authority.as_str().contains('@'))?;
        let host = authority.host().trim_start_matches('[').trim_end_matches(']');
        if host.is_empty() || text.contains('#') {
            return None;
        }
        Some(Self {
            is_tls,
            host: host.to_owned(),
            port: authority.port_u16().unwrap_or(if is_tls { 443 } else { 80 }),
            authority: authority.as_str().to_owned(),
            path: uri.path_and_query().map_or("/", |path| path.as_str()).to_owned(),
        })
    }
}

/// What is sent.
pub struct Message<'a> {
    /// JSON.
    pub body: Vec<u8>,
    /// Signs the body with this, as sent now.
    pub signature: Option<(&'a Secret, Timestamp)>,
    /// The same however often it is sent.
    pub delivery: i64,
}

/// Calls webhooks.
pub struct Hook {
    reach: Reach,
    tls: TlsConnector,
}

impl Hook {
    /// Trusts whom this machine trusts: whoever that is at the start.
    ///
    /// # Errors
    /// TLS cannot be spoken at all.
    pub fn open(reach: Reach) -> Result<Self, ConfigError> {
        let mut authorities = RootCertStore::empty();
        authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if authorities.is_empty() {
            tracing::warn!(
                "this machine trusts no authority, so no webhook by https is reached: install ca-certificates"
            );
        }
        let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(|error| ConfigError::new(format!("ALERT_WEBHOOK cannot be spoken to by TLS ({error})")))?
            .with_root_certificates(authorities)
            .with_no_client_auth();
        Ok(Self { reach, tls: TlsConnector::from(Arc::new(config)) })
    }

    /// Returns when the other side has taken the message, or after [`LONGEST_CALL`].
    ///
    /// # Errors
    /// Everything but an answer 2xx.
    pub async fn post(&self, target: &Target, message: Message<'_>) -> Result<(), NotSent> {
        match timeout(LONGEST_CALL, self.call(target, message)).await {
            Ok(called) => called,
            Err(_) => Err(failed(format!("the webhook did not answer within {LONGEST_CALL:?}"))),
        }
    }

    async fn call(&self, target: &Target, message: Message<'_>) -> Result<(), NotSent> {
        let request = request_of(target, message)?;
        let stream = self.connect(target).await?;
        if !target.is_tls {
            return send(stream, request).await;
        }
        let name = ServerName::try_from(target.host.clone())
            .map_err(|_| failed("the webhook's name is none that a certificate could have"))?;
        let stream = self.tls.connect(name, stream).await;
        send(stream.map_err(|error| failed(format!("the webhook does not speak TLS as it should ({error})")))?, request)
            .await
    }

    /// Connects to the first address that may be reached and answers: the very one that was looked at.
    async fn connect(&self, target: &Target) -> Result<TcpStream, NotSent> {
        let found = lookup_host((target.host.as_str(), target.port)).await;
        let found: Vec<SocketAddr> =
            found.map_err(|_| failed("the webhook's name leads nowhere"))?.take(MOST_ADDRESSES).collect();
        let allowed: Vec<SocketAddr> =
            found.iter().copied().filter(|address| self.reach.allows(address.ip())).collect();
        if allowed.is_empty() && !found.is_empty() {
            return Err(failed(
                "the webhook leads to an address of a private network or of this machine, which it may not: \
                 ALERT_WEBHOOK_PRIVATE=allow lets it",
            ));
        }
        let mut last = failed("the webhook's name leads nowhere");
        for address in allowed {
            match TcpStream::connect(address).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last = failed(format!("the webhook cannot be connected to ({error})")),
            }
        }
        Err(last)
    }
}

fn request_of(target: &Target, message: Message<'_>) -> Result<Request<Full<Bytes>>, NotSent> {
    let mut request = Request::post(&target.path)
        .header(header::HOST, &target.authority)
        .header(header::CONTENT_TYPE, "application/json")
        .header(header::USER_AGENT, concat!("damda/", env!("CARGO_PKG_VERSION")))
        .header(header::CONNECTION, HeaderValue::from_static("close"))
        .header("damda-delivery", message.delivery);
    if let Some((secret, now)) = message.signature {
        let timestamp = now.millis().div_euclid(1_000).to_string();
        let signature = sign(secret, &timestamp, &message.body);
        request = request.header("damda-timestamp", timestamp).header("damda-signature", format!("sha256={signature}"));
    }
    request.body(Full::from(message.body)).map_err(|_| failed("the webhook's address makes no request"))
}

/// The hexadecimal HMAC-SHA256 of the timestamp, a point, and the body: whoever replays an old message cannot make it
/// a young one.
pub fn sign(secret: &Secret, timestamp: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.reveal().as_bytes()).expect("HMAC takes a key of any length");
    mac.update(timestamp.as_bytes());
    mac.update(b".");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}

async fn send<S>(stream: S, request: Request<Full<Bytes>>) -> Result<(), NotSent>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let broken = |error: hyper::Error| failed(format!("the webhook broke the connection off ({error})"));
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(MOST_HEAD_BYTES).handshake(TokioIo::new(stream)).await.map_err(broken)?;
    let driver = tokio::spawn(connection);
    let answer = sender.send_request(request).await;
    driver.abort();
    let status = answer.map_err(broken)?.status();
    if status.is_success() { Ok(()) } else { Err(failed(format!("the webhook answered {}", status.as_u16()))) }
}

#[cfg(test)]
#[path = "hook_tests.rs"]
mod tests;
