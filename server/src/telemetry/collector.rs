//! The collector: OTLP over HTTP/1.1 as protobuf, on one connection that is kept, bounded in time and size. Keys in its
//! headers are never part of an error, and neither is what it answers.

use crate::config::{ConfigError, Endpoint, TelemetrySettings};
use axum::body::Bytes;
use http::{HeaderName, HeaderValue, Request, header};
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;
use prost::Message;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

/// How long one call may take in all, from the name to the answer.
const LONGEST_CALL: Duration = Duration::from_secs(5);
/// What is read of an answer at most, head and body each.
const MOST_BYTES: usize = 64 * 1_024;

/// Why spans were not taken: a sentence for the log.
#[derive(Debug)]
pub(super) struct NotTaken(pub String);

impl fmt::Display for NotTaken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn not_taken(why: impl Into<String>) -> NotTaken {
    NotTaken(why.into())
}

type Connection = SendRequest<Full<Bytes>>;

/// Where traces go.
pub(super) struct Collector {
    endpoint: Endpoint,
    headers: Vec<(HeaderName, HeaderValue)>,
    tls: Option<TlsConnector>,
    /// From the call before, while it lasts.
    kept: Option<Connection>,
}

impl fmt::Display for Collector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.endpoint.is_tls { "https" } else { "http" };
        write!(f, "{scheme}://{}", self.endpoint.authority)
    }
}

impl Collector {
    /// Trusts whom this machine trusts: whoever that is at the start.
    ///
    /// # Errors
    /// TLS cannot be spoken at all.
    pub fn open(settings: &TelemetrySettings) -> Result<Self, ConfigError> {
        let endpoint = settings.endpoint.clone();
        let tls = if endpoint.is_tls { Some(tls_connector()?) } else { None };
        Ok(Self { endpoint, headers: settings.headers.clone(), tls, kept: None })
    }

    /// Returns when the collector has answered, or after [`LONGEST_CALL`]; gives how many spans it refused.
    ///
    /// # Errors
    /// Everything but an answer 2xx.
    pub async fn post(&mut self, body: Bytes) -> Result<u64, NotTaken> {
        match timeout(LONGEST_CALL, self.call(body)).await {
            Ok(called) => called,
            Err(_) => Err(not_taken(format!("the collector did not answer within {LONGEST_CALL:?}"))),
        }
    }

    async fn call(&mut self, body: Bytes) -> Result<u64, NotTaken> {
        if let Some(mut kept) = self.kept.take()
            && kept.ready().await.is_ok()
        {
            // The other side may be closing it just now, so that this fails without anybody's fault.
            match self.exchange(kept, body.clone()).await {
                Err(Broken::Connection(_)) => {}
                Err(Broken::Answer(why)) => return Err(why),
                Ok(refused) => return Ok(refused),
            }
        }
        let connection = self.connect().await?;
        self.exchange(connection, body).await.map_err(|broken| match broken {
            Broken::Connection(why) | Broken::Answer(why) => why,
        })
    }

    async fn exchange(&mut self, mut connection: Connection, body: Bytes) -> Result<u64, Broken> {
        let broken = |why: hyper::Error| {
            Broken::Connection(not_taken(format!("the collector broke the connection off ({why})")))
        };
        let answer = connection.send_request(self.request_of(body)?).await.map_err(broken)?;
        let status = answer.status();
        let read = Limited::new(answer.into_body(), MOST_BYTES).collect().await;
        let body = read.map_err(|_| Broken::Answer(not_taken("the collector's answer was cut off, or too long")))?;
        self.kept = Some(connection);
        if !status.is_success() {
            return Err(Broken::Answer(not_taken(format!("the collector answered {}", status.as_u16()))));
        }
        // What is no protobuf of this kind names no span that was refused.
        let said = ExportTraceServiceResponse::decode(body.to_bytes()).unwrap_or_default();
        let refused = said.partial_success.map_or(0, |partial| partial.rejected_spans);
        Ok(u64::try_from(refused).unwrap_or(0))
    }

    fn request_of(&self, body: Bytes) -> Result<Request<Full<Bytes>>, Broken> {
        let mut request = Request::post(&self.endpoint.path)
            .header(header::HOST, &self.endpoint.authority)
            .header(header::CONTENT_TYPE, "application/x-protobuf")
            .header(header::USER_AGENT, concat!("damda/", env!("CARGO_PKG_VERSION")));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        request
            .body(Full::from(body))
            .map_err(|_| Broken::Answer(not_taken("the collector's address makes no request")))
    }

    async fn connect(&self) -> Result<Connection, NotTaken> {
        let place = (self.endpoint.host.as_str(), self.endpoint.port);
        let stream = TcpStream::connect(place).await;
        let stream = stream.map_err(|error| not_taken(format!("the collector cannot be connected to ({error})")))?;
        // A call is one write and one answer.
        drop(stream.set_nodelay(true));
        let Some(tls) = &self.tls else { return open(stream).await };
        let name = ServerName::try_from(self.endpoint.host.clone())
            .map_err(|_| not_taken("the collector's name is none that a certificate could have"))?;
        let stream = tls.connect(name, stream).await;
        open(stream.map_err(|error| not_taken(format!("the collector does not speak TLS as it should ({error})")))?)
            .await
    }
}

/// What went wrong with a call.
enum Broken {
    /// Another connection may be better.
    Connection(NotTaken),
    /// It was answered, with a no.
    Answer(NotTaken),
}

async fn open<S>(stream: S) -> Result<Connection, NotTaken>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let opened = http1::Builder::new().max_buf_size(MOST_BYTES).handshake(TokioIo::new(stream)).await;
    let (sender, connection) =
        opened.map_err(|error| not_taken(format!("the collector broke the connection off ({error})")))?;
    // It ends with its sender; what it has to say, the sender hears too.
    tokio::spawn(connection);
    Ok(sender)
}

fn tls_connector() -> Result<TlsConnector, ConfigError> {
    let mut authorities = RootCertStore::empty();
    authorities.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if authorities.is_empty() {
        return Err(ConfigError::new(
            "OTEL_EXPORTER_OTLP_ENDPOINT asks for TLS, yet this machine trusts no authority: install ca-certificates, or name a file of them in SSL_CERT_FILE",
        ));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| {
            ConfigError::new(format!(
                "OTEL_EXPORTER_OTLP_ENDPOINT cannot be spoken to by TLS ({error}): write `http://`"
            ))
        })?
        .with_root_certificates(authorities)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
