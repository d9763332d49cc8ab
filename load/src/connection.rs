//! One client's connection, kept alive and made anew when it breaks.

use anyhow::{Context, anyhow};
use http::{HeaderValue, Request, Uri, header};
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::net::TcpStream;
use tokio::time::timeout;

/// A request that takes longer is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// Where the shop is: `http://host:port`.
#[derive(Clone, Debug)]
pub struct Shop {
    address: String,
    host: HeaderValue,
}

impl Shop {
    /// # Errors
    /// It is no plain-http origin.
    pub fn parse(url: &str) -> anyhow::Result<Self> {
        let uri: Uri = url.parse().with_context(|| format!("`{url}` is no address"))?;
        let authority = uri.authority().filter(|_| uri.scheme_str() == Some("http"));
        let authority = authority.ok_or_else(|| anyhow!("`{url}` is not of the form http://127.0.0.1:3000"))?;
        let address = format!("{}:{}", authority.host(), authority.port_u16().unwrap_or(80));
        Ok(Self { address, host: HeaderValue::from_str(authority.as_str())? })
    }

    /// # Errors
    /// The shop was named otherwise than by its address.
    pub fn socket_address(&self) -> anyhow::Result<SocketAddr> {
        self.address.parse().with_context(|| format!("`{}` is no address and port", self.address))
    }
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Bytes,
}

pub struct Connection {
    shop: Shop,
    sender: Option<SendRequest<Full<Bytes>>>,
}

impl Connection {
    pub fn to(shop: &Shop) -> Self {
        Self { shop: shop.clone(), sender: None }
    }

    /// Sends a request whose target is a path, and waits for all of the answer. As a browser does, it sends once more what
    /// met a connection that was just being closed for having been idle, when doing it twice is doing it once.
    ///
    /// # Errors
    /// The connection failed, or nothing came within a minute; the next request makes a new one.
    pub async fn send(&mut self, mut request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        request.headers_mut().insert(header::HOST, self.shop.host.clone());
        let is_used = self.sender.is_some();
        let may_repeat = request.method().is_safe() || request.headers().contains_key("idempotency-key");
        match self.send_once(request.clone()).await {
            Err(error) if is_used && may_repeat && is_of_the_connection(&error) => self.send_once(request).await,
            answer => answer,
        }
    }

    async fn send_once(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        let answer = timeout(PATIENCE, self.exchange(request)).await;
        let answer = answer.unwrap_or_else(|_| Err(anyhow!("no answer within {PATIENCE:?}")));
        if answer.is_err() {
            self.sender = None;
        }
        answer
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> anyhow::Result<Answer> {
        if self.sender.as_ref().is_none_or(SendRequest::is_closed) {
            self.sender = Some(connect(&self.shop.address).await?);
        }
        let sender = self.sender.as_mut().context("no connection")?;
        sender.ready().await?;
        let response = sender.send_request(request).await?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await?.to_bytes();
        Ok(Answer { status, body })
    }
}

/// Whether the connection was closed rather than the request answered badly.
fn is_of_the_connection(error: &anyhow::Error) -> bool {
    error.downcast_ref::<hyper::Error>().is_some_and(|error| !error.is_parse() && !error.is_user())
}

async fn connect(address: &str) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await.with_context(|| format!("nothing answers at {address}"))?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // It ends with the sender; what went wrong shows there.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}
