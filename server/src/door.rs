//! The door: lets connections in and keeps each for as long as something comes of it, so that whoever dawdles or
//! says nothing costs little, with nginx in front or without. It knows bytes and requests, never what is asked;
//! how much may be asked at once is the business of [`crate::room`].
//!
//! A connection is given up when its headers trickle, when nothing is asked over it, and when nobody takes the
//! answer. When the shop closes, what is being answered is finished, and who is still sending is not waited for.

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::ConnectInfo;
use http::Request;
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use parking_lot::Mutex;
use rustix::process::{Resource, getrlimit, setrlimit};
use std::io::{self, ErrorKind, IoSlice};
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep, sleep_until};
use tower::ServiceExt;

/// The most connections there are room for; fewer where the process may open fewer files.
const MOST_CONNECTIONS: usize = 16_384;
/// Files that are kept for the database, Redis, Kafka, letters and the log.
const FILES_OF_OUR_OWN: usize = 128;
/// Connections that the system holds until they are let in. It takes its own bound where that is less.
const BACKLOG: u32 = 4_096;
/// The most requests one HTTP/2 connection may ask at once.
const MOST_STREAMS: u32 = 100;
/// After an accept that failed for want of files or memory.
const BREATH: Duration = Duration::from_millis(100);

/// How long a connection is waited for.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// From the first byte of a request's headers to the last.
    pub headers: Duration,
    /// Until something is asked. Longer than nginx keeps a connection (30 s), which would otherwise send into one
    /// that is just being closed.
    pub idle: Duration,
    /// While an answer is made or sent: without a byte of it being taken. Longer than any answer takes to be made.
    pub stalled: Duration,
    /// Instead of each of these, when more than half of the places are taken.
    pub crowded: Duration,
    /// Once the shop closes, for whoever is still sending.
    pub closing: Duration,
}

impl Patience {
    /// A connection looks this often whether it has been given up: what it does changes how long it has.
    fn look_again(&self) -> Duration {
        self.headers.min(self.idle).min(self.stalled).min(self.crowded)
    }
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            headers: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            stalled: Duration::from_secs(75),
            crowded: Duration::from_secs(5),
            closing: Duration::from_secs(1),
        }
    }
}

/// The door of one listener.
#[derive(Clone, Debug)]
pub struct Door {
    patience: Patience,
    most: usize,
    places: Arc<Semaphore>,
}

impl Door {
    /// A door with as many places as this process may open files for.
    pub fn of_this_process() -> Self {
        let files = getrlimit(Resource::Nofile).current.map_or(usize::MAX, |files| usize::try_from(files).unwrap_or(0));
        Self::new(Patience::default(), files.saturating_sub(FILES_OF_OUR_OWN).clamp(1, MOST_CONNECTIONS))
    }

    pub fn new(patience: Patience, most: usize) -> Self {
        Self { patience, most, places: Arc::new(Semaphore::new(most)) }
    }

    /// Lets connections in until `closed`, and returns when the last has ended.
    pub async fn serve(self, listener: TcpListener, router: Router, mut closed: watch::Receiver<bool>) {
        let (mut is_failing, mut is_full) = (false, false);
        loop {
            let accepted = tokio::select! {
                biased;
                _ = closed.wait_for(|closed| *closed) => break,
                accepted = listener.accept() => accepted,
            };
            match accepted {
                Ok((stream, peer)) => {
                    is_failing = false;
                    // Who finds no place is cut off at once: a balancer asks another instance.
                    let place = self.places.clone().try_acquire_owned();
                    if place.is_err() && !is_full {
                        tracing::warn!(most = self.most, "all places for connections are taken: others are cut off");
                    }
                    is_full = place.is_err();
                    if let Ok(place) = place {
                        tokio::spawn(self.clone().attend(stream, peer, router.clone(), closed.clone(), place));
                    }
                }
                Err(error) if is_of_one_connection(&error) => {}
                Err(error) => {
                    if !is_failing {
                        tracing::error!(%error, "connections cannot be let in; it is tried again and again");
                    }
                    is_failing = true;
                    sleep(BREATH).await;
                }
            }
        }
        drop(listener);
        let most = u32::try_from(self.most).unwrap_or(u32::MAX);
        // It fails when the places are closed, which they never are.
        let _ = self.places.acquire_many(most).await;
    }

    fn is_crowded(&self) -> bool {
        self.places.available_permits() < self.most / 2
    }

    /// One connection, to its end.
    async fn attend(
        self,
        stream: TcpStream,
        peer: SocketAddr,
        router: Router,
        mut closed: watch::Receiver<bool>,
        _place: OwnedSemaphorePermit,
    ) {
        // Without it small answers wait for the client's acknowledgement: 44 ms a page.
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!(%error, "no TCP_NODELAY");
        }
        let visit = Visit::begin();
        let seen = visit.clone();
        let service = service_fn(move |request: Request<Incoming>| {
            let inside = seen.enter();
            let mut request = request.map(|body| Body::new(Sent::new(body, seen.clone())));
            request.extensions_mut().insert(ConnectInfo(peer));
            let answer = router.clone().oneshot(request);
            async move { answer.await.map(|answer| answer.map(|body| Answered { body, _inside: inside })) }
        });
        let mut builder = auto::Builder::new(TokioExecutor::new());
        builder.http2().max_concurrent_streams(MOST_STREAMS);
        let io = TokioIo::new(Heard { stream, visit: visit.clone() });
        let mut connection = pin!(builder.serve_connection(io, service));
        let (mut is_closing, look_again) = (false, self.patience.look_again());
        loop {
            let given_up = visit.given_up_at(&self.patience, self.is_crowded(), is_closing);
            let now = Instant::now();
            if given_up <= now {
                tracing::debug!("a connection was given up");
                return;
            }
            tokio::select! {
                biased;
                ended = connection.as_mut() => {
                    if let Err(error) = ended {
                        tracing::debug!(%error, "a connection broke");
                    }
                    return;
                }
                _ = closed.wait_for(|closed| *closed), if !is_closing => {
                    is_closing = true;
                    visit.is_told_to_end();
                    connection.as_mut().graceful_shutdown();
                }
                () = sleep_until(given_up.min(now + if is_closing { self.patience.closing } else { look_again })) => {}
            }
        }
    }
}

/// Errors that are the one connection's, not the machine's.
fn is_of_one_connection(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::ConnectionAborted | ErrorKind::ConnectionRefused | ErrorKind::ConnectionReset)
}

/// Listens with room for a crowd that comes at once.
///
/// # Errors
/// The address is taken or not this machine's.
pub fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A restart finds the address as the last one left it.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Lets this process open as many files as it ever may. Systems begin with a bound of about a thousand, for the
/// sake of old programs.
pub fn raise_file_limit() {
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        limit.current = limit.maximum;
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%error, "the bound on open files stays as it is");
        }
    }
}

/// What is going on over one connection.
#[derive(Clone)]
struct Visit(Arc<Mutex<Doing>>);

#[derive(Clone, Copy)]
struct Doing {
    /// Requests whose headers are here and whose answers are not yet handed over.
    under_way: u32,
    /// Those of them whose bodies are still being sent.
    sending: u32,
    /// Since when the headers of the next one have been coming in.
    headers_since: Option<Instant>,
    /// When something last came of it: a request, a byte of an answer.
    moved_at: Instant,
}

impl Doing {
    /// When nothing more is expected of this connection, unless something comes of it before.
    fn given_up_at(&self, patience: &Patience, is_crowded: bool, is_closing: bool) -> Instant {
        let no_more_than = |usual: Duration| if is_crowded { usual.min(patience.crowded) } else { usual };
        if is_closing && self.under_way == self.sending {
            return self.moved_at + patience.closing;
        }
        match self.headers_since {
            Some(since) => since + no_more_than(patience.headers),
            None if self.under_way == 0 => self.moved_at + no_more_than(patience.idle),
            // An answer that is still being made is never given up for the crowd's sake.
            None => self.moved_at + patience.stalled,
        }
    }
}

impl Visit {
    fn begin() -> Self {
        let doing = Doing { under_way: 0, sending: 0, headers_since: None, moved_at: Instant::now() };
        Self(Arc::new(Mutex::new(doing)))
    }

    fn given_up_at(&self, patience: &Patience, is_crowded: bool, is_closing: bool) -> Instant {
        self.0.lock().given_up_at(patience, is_crowded, is_closing)
    }

    /// A request's headers are here; it is inside until the guard is dropped.
    fn enter(&self) -> Inside {
        let mut doing = self.0.lock();
        doing.under_way += 1;
        doing.headers_since = None;
        doing.moved_at = Instant::now();
        Inside(self.clone())
    }

    fn bytes_came(&self) {
        let mut doing = self.0.lock();
        if doing.under_way == 0 && doing.headers_since.is_none() {
            doing.headers_since = Some(Instant::now());
        }
    }

    fn bytes_went(&self) {
        self.0.lock().moved_at = Instant::now();
    }

    /// From here on counts how long whoever is still sending is waited for.
    fn is_told_to_end(&self) {
        self.0.lock().moved_at = Instant::now();
    }
}

/// A request that is being answered.
struct Inside(Visit);

impl Drop for Inside {
    fn drop(&mut self) {
        let mut doing = self.0.0.lock();
        doing.under_way -= 1;
        doing.moved_at = Instant::now();
    }
}

/// A connection's bytes, noticed as they come and go.
struct Heard {
    stream: TcpStream,
    visit: Visit,
}

impl AsyncRead for Heard {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, into);
        if into.filled().len() > before {
            self.visit.bytes_came();
        }
        read
    }
}

impl Heard {
    fn went(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.visit.bytes_went();
        }
        written
    }
}

impl AsyncWrite for Heard {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.went(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, bytes);
        self.went(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// A request's body, which counts as being sent until its end was read or nobody wants it.
struct Sent {
    body: Incoming,
    /// While it is.
    visit: Option<Visit>,
}

impl Sent {
    fn new(body: Incoming, visit: Visit) -> Self {
        let is_coming = !body.is_end_stream();
        if is_coming {
            visit.0.lock().sending += 1;
        }
        Self { body, visit: is_coming.then_some(visit) }
    }

    fn has_come(&mut self) {
        if let Some(visit) = self.visit.take() {
            visit.0.lock().sending -= 1;
        }
    }
}

impl HttpBody for Sent {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<hyper::Result<Frame<Bytes>>>> {
        let frame = Pin::new(&mut self.body).poll_frame(context);
        if matches!(frame, Poll::Ready(None | Some(Err(_)))) || self.body.is_end_stream() {
            self.has_come();
        }
        frame
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl Drop for Sent {
    fn drop(&mut self) {
        self.has_come();
    }
}

/// An answer's body, which counts as being answered until it was handed over.
struct Answered {
    body: Body,
    _inside: Inside,
}

impl HttpBody for Answered {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
#[path = "door_tests.rs"]
mod tests;
