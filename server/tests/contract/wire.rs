//! A wire between the instances and their database: a TCP proxy that a test can lead elsewhere or make slow. It
//! knows nothing of what passes.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

/// Where whoever connects is led, and how much later what is asked arrives there.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Condition {
    to: SocketAddr,
    delay: Duration,
}

pub struct Wire {
    pub address: SocketAddr,
    condition: Arc<watch::Sender<Condition>>,
}

impl Wire {
    pub async fn to(to: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let condition = Arc::new(watch::Sender::new(Condition { to, delay: Duration::ZERO }));
        let accepting = condition.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(carry(stream, accepting.subscribe()));
            }
        });
        Self { address, condition }
    }

    /// From now on to there, and each thing that is asked arrives `delay` later. What is connected elsewhere breaks.
    pub fn lead(&self, to: SocketAddr, delay: Duration) {
        self.condition.send_replace(Condition { to, delay });
    }
}

/// Carries both ways until an end closes or the wire leads elsewhere.
async fn carry(near: TcpStream, mut condition: watch::Receiver<Condition>) {
    let to = condition.borrow_and_update().to;
    let Ok(far) = TcpStream::connect(to).await else { return };
    // Small packets that wait for each other would be a delay nobody asked for.
    if near.set_nodelay(true).and(far.set_nodelay(true)).is_err() {
        return;
    }
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let asked = carry_one_way(near_in, far_out, Some(condition.clone()));
    let answered = carry_one_way(far_in, near_out, None);
    let led_elsewhere = condition.wait_for(|now| now.to != to);
    tokio::select! {
        () = asked => {}
        () = answered => {}
        _ = led_elsewhere => {}
    }
}

async fn carry_one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, slow: Option<watch::Receiver<Condition>>) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let delay = slow.as_ref().map_or(Duration::ZERO, |condition| condition.borrow().delay);
        if !delay.is_zero() {
            tokio::time::sleep(delay).await;
        }
        if to.write_all(&bytes[..count]).await.is_err() {
            return;
        }
    }
}
