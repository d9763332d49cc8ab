//! People who cost a shop something without buying: they dawdle, say nothing, never stop sending, or do not read.
//! Each keeps at it until it is dropped: who is cut off comes back a moment later.

use crate::connection::Shop;
use anyhow::Context;
use http::HeaderValue;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

/// What a nuisance does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nuisance {
    /// Headers, a byte a second.
    SlowHeaders,
    /// A body, a byte a second.
    SlowBody,
    /// A body that never ends, as quickly as it is taken.
    EndlessBody,
    /// Asks for a page a second and reads none.
    Deaf,
    /// Connects and says nothing.
    Idle,
}

const EACH_BYTE: Duration = Duration::from_secs(1);
const EACH_PAGE: Duration = Duration::from_secs(1);
/// Who was cut off comes back after this.
const BACK_AFTER: Duration = Duration::from_secs(2);

impl Nuisance {
    /// So many of them, all connected.
    ///
    /// # Errors
    /// One of them is not let in even once.
    pub async fn begin(self, shop: &Shop, count: usize, token: &HeaderValue) -> anyhow::Result<JoinSet<()>> {
        let mut everybody = JoinSet::new();
        for number in 1..=count {
            let stream = self.connect(shop).await.with_context(|| format!("{self:?} {number} of {count}"))?;
            everybody.spawn(self.keep_at_it(shop.clone(), token.clone(), stream));
        }
        Ok(everybody)
    }

    async fn connect(self, shop: &Shop) -> anyhow::Result<TcpStream> {
        let address = shop.socket_address()?;
        let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
        if self == Self::Deaf {
            socket.set_recv_buffer_size(4_096)?;
        }
        Ok(socket.connect(address).await?)
    }

    async fn keep_at_it(self, shop: Shop, token: HeaderValue, stream: TcpStream) {
        let mut stream = Some(stream);
        loop {
            if let Some(stream) = stream.take() {
                // However it ends, it begins again.
                let _ = self.annoy(stream, &token).await;
            }
            sleep(BACK_AFTER).await;
            stream = self.connect(&shop).await.ok();
        }
    }

    /// Until it is cut off.
    async fn annoy(self, mut stream: TcpStream, token: &HeaderValue) -> anyhow::Result<()> {
        let order = |how: &str| {
            let token = token.to_str().unwrap_or("");
            format!(
                "POST /api/v1/orders HTTP/1.1\r\nhost: shop\r\nauthorization: {token}\r\nidempotency-key: k\r\n\
                 content-type: application/json\r\n{how}\r\n\r\n"
            )
        };
        match self {
            Self::SlowHeaders => trickle(&mut stream, b"GET /api/v1/products HTTP/1.1\r\nx-long: ").await,
            Self::SlowBody => {
                stream.write_all(order("content-length: 100000").as_bytes()).await?;
                trickle(&mut stream, b"{\"items\": [").await
            }
            Self::EndlessBody => {
                stream.write_all(order("transfer-encoding: chunked").as_bytes()).await?;
                let chunk = [b"1000\r\n".as_slice(), &[b'x'; 4_096], b"\r\n"].concat();
                loop {
                    stream.write_all(&chunk).await?;
                    sleep(Duration::from_millis(20)).await;
                }
            }
            Self::Deaf => loop {
                stream.write_all(b"GET /products HTTP/1.1\r\nhost: shop\r\naccept: text/html\r\n\r\n").await?;
                sleep(EACH_PAGE).await;
            },
            Self::Idle => {
                let _ = stream.read(&mut [0; 1]).await?;
                Ok(())
            }
        }
    }
}

/// These bytes one after another, and then more of the last.
async fn trickle(stream: &mut TcpStream, bytes: &[u8]) -> anyhow::Result<()> {
    for byte in bytes.iter().chain(std::iter::repeat(&b'x')) {
        stream.write_all(&[*byte]).await?;
        // A shop that has answered will say no more.
        if let Ok(Ok(0)) = timeout(EACH_BYTE, stream.read(&mut [0; 512])).await {
            break;
        }
    }
    Ok(())
}
