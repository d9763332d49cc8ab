//! Takes a request's body in, bounded in size and in time, before any handler answers. A client that is
//! still sending when its answer comes would read a broken connection instead of the answer; so whatever
//! the answer will be, what is being sent is read first, and thrown away once it is too much. Only so many large
//! bodies are kept at once, so that a crowd of them does not fill the memory.

use crate::problem::Problem;
use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures::StreamExt;
use http::{HeaderMap, header};
use std::time::Duration;
use tokio::sync::{Semaphore, SemaphorePermit};

/// The most a request may send (API.md).
pub const MOST_BYTES: usize = 1024 * 1024;
/// The most a form of a page may send: a product with both descriptions full, ten thousand emoji each.
const MOST_FORM_BYTES: usize = 256 * 1024;
/// The most a form with a file may send: more than any file that is taken, so that who sends a little too much reads by how
/// much.
const MOST_UPLOAD_BYTES: usize = 8 * 1024 * 1024;
/// The forms with a file, all of them operators'.
const UPLOADS: [&str; 2] = ["/fn/admin_upload_products", "/fn/admin_add_image"];
/// What is too much is read on to here, so that its sender hears of it; who sends more is cut off.
const MOST_DISCARDED_BYTES: usize = 32 * 1024 * 1024;
/// A body must be here within this time, however it trickles.
const PATIENCE: Duration = Duration::from_secs(10);
/// The same for files, which are larger.
const PATIENCE_FOR_FILES: Duration = Duration::from_secs(25);
/// A body of more is large: no request that the shop understands is.
const LARGE_BYTES: usize = 16 * 1024;
/// How many large bodies are kept at once.
const MOST_LARGE: usize = 64;

/// How many files are kept at once: who sends one is not known yet, so a crowd of strangers may keep operators waiting,
/// and takes no more memory than this.
const MOST_FILES: usize = 8;

static LARGE: Semaphore = Semaphore::const_new(MOST_LARGE);
static FILES: Semaphore = Semaphore::const_new(MOST_FILES);

/// How much of a body is taken in, within what time, and among how many other large ones.
#[derive(Clone, Copy)]
struct Bounds {
    most: usize,
    patience: Duration,
    large: &'static Semaphore,
}

static REQUEST: Bounds = Bounds { most: MOST_BYTES, patience: PATIENCE, large: &LARGE };
static FORM: Bounds = Bounds { most: MOST_FORM_BYTES, patience: PATIENCE, large: &LARGE };
static UPLOAD: Bounds = Bounds { most: MOST_UPLOAD_BYTES, patience: PATIENCE_FOR_FILES, large: &FILES };

/// How a request's body came in. Handlers find it in the request's extensions.
#[derive(Clone, Debug)]
pub enum Received {
    Whole(Bytes),
    TooLarge,
    TooSlow,
    /// Too many others are sending large bodies.
    Crowded,
    /// The connection or its framing broke.
    Broken,
}

/// The layer.
pub async fn receive(request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let received = if is_refused_before_it_is_sent(&parts.headers) {
        Received::TooLarge
    } else {
        read_in_time(body, REQUEST).await
    };
    parts.extensions.insert(received);
    next.run(Request::from_parts(parts, Body::empty())).await
}

/// The same for pages, whose handlers read their forms themselves.
pub async fn receive_form(request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let bounds = if UPLOADS.contains(&parts.uri.path()) { UPLOAD } else { FORM };
    let problem = match read_in_time(body, bounds).await {
        Received::Whole(bytes) => return next.run(Request::from_parts(parts, Body::from(bytes))).await,
        Received::TooLarge => Problem::payload_too_large(),
        Received::TooSlow => Problem::request_timeout(),
        Received::Crowded => Problem::service_unavailable(),
        Received::Broken => Problem::malformed_request(),
    };
    problem.into_response()
}

/// The client announces too much and waits to be told to go on: it is not.
fn is_refused_before_it_is_sent(headers: &HeaderMap) -> bool {
    let number = |name| headers.get(name)?.to_str().ok()?.parse::<u64>().ok();
    headers.contains_key(header::EXPECT)
        && number(header::CONTENT_LENGTH).is_some_and(|length| length > u64::try_from(MOST_BYTES).unwrap_or(u64::MAX))
}

async fn read_in_time(body: Body, bounds: Bounds) -> Received {
    tokio::time::timeout(bounds.patience, read(body, bounds)).await.unwrap_or(Received::TooSlow)
}

async fn read(body: Body, Bounds { most, large: room, .. }: Bounds) -> Received {
    let mut chunks = body.into_data_stream();
    let mut kept = Vec::new();
    let mut large: Option<SemaphorePermit<'_>> = None;
    let (mut seen, mut is_crowded) = (0_usize, false);
    while let Some(chunk) = chunks.next().await {
        let Ok(chunk) = chunk else { return Received::Broken };
        seen = seen.saturating_add(chunk.len());
        if seen > MOST_DISCARDED_BYTES {
            break;
        }
        if (LARGE_BYTES + 1..=most).contains(&seen) && large.is_none() && !is_crowded {
            large = room.try_acquire().ok();
            is_crowded = large.is_none();
        }
        if seen > most || is_crowded {
            (kept, large) = (Vec::new(), large.filter(|_| seen <= most));
        } else {
            kept.extend_from_slice(&chunk);
        }
    }
    match seen > most {
        true => Received::TooLarge,
        false if is_crowded => Received::Crowded,
        false => Received::Whole(kept.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::stream;
    use std::io;

    fn body(chunks: Vec<io::Result<Bytes>>) -> Body {
        Body::from_stream(stream::iter(chunks))
    }

    #[tokio::test]
    async fn a_body_is_taken_up_to_its_bound_and_never_kept_beyond() {
        let piece = |size: usize| Ok(Bytes::from(vec![b'x'; size]));
        let whole = |size: usize| matches!(size, _ if size <= MOST_BYTES);
        for size in [0, 1, MOST_BYTES, MOST_BYTES + 1, 3 * MOST_BYTES] {
            match read(body(vec![piece(size / 2), piece(size - size / 2)]), REQUEST).await {
                Received::Whole(bytes) => assert!(whole(size) && bytes.len() == size, "{size}"),
                received => assert!(!whole(size) && matches!(received, Received::TooLarge), "{size}: {received:?}"),
            }
        }
        let endless =
            Body::from_stream(stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[b'x'; 65_536]))));
        assert!(matches!(read(endless, REQUEST).await, Received::TooLarge));
        let broken = body(vec![piece(1), Err(io::Error::other("gone"))]);
        assert!(matches!(read(broken, REQUEST).await, Received::Broken));
    }

    #[test]
    fn who_asks_before_sending_too_much_is_told_at_once() {
        let table = [
            (Some("100-continue"), "1048577", true),
            (Some("100-continue"), "1048576", false),
            (None, "1048577", false),
        ];
        for (expect, length, refused) in table {
            let mut headers = HeaderMap::from_iter([(header::CONTENT_LENGTH, length.parse().unwrap())]);
            if let Some(expect) = expect {
                headers.insert(header::EXPECT, expect.parse().unwrap());
            }
            assert_eq!(is_refused_before_it_is_sent(&headers), refused, "{expect:?} {length}");
        }
    }
}
