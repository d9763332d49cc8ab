use super::*;
use axum::routing::{get, post};
use futures::stream::{self, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Hasty where the test is about it, else as good as endless.
const ENDLESS: Patience = Patience {
    headers: Duration::from_secs(600),
    idle: Duration::from_secs(600),
    stalled: Duration::from_secs(600),
    crowded: Duration::from_secs(600),
    closing: Duration::from_secs(600),
};
const SOON: Duration = Duration::from_millis(200);
/// What has not come about by then never will.
const AT_MOST: Duration = Duration::from_secs(30);
const ASK: &[u8] = b"GET /quick HTTP/1.1\r\nhost: shop\r\n\r\n";

struct Open {
    address: SocketAddr,
    door: Door,
    close: watch::Sender<bool>,
    serving: JoinHandle<()>,
}

async fn open(patience: Patience, most: usize) -> Open {
    let slow = async || {
        sleep(Duration::from_secs(2)).await;
        "done"
    };
    let pieces = || stream::repeat_with(|| Ok::<_, io::Error>(Bytes::from_static(&[b'x'; 65_536]))).take(640);
    let in_pieces = async move || Body::from_stream(pieces());
    let router = Router::new()
        .route("/quick", get(async || "here"))
        .route("/slow", get(slow))
        .route("/read", post(async |body: Bytes| body.len().to_string()))
        .route("/much", get(async || "much ".repeat(8 * 1024 * 1024)))
        .route("/much_in_pieces", get(in_pieces));
    let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = listener.local_addr().unwrap();
    let (close, closed) = watch::channel(false);
    let door = Door::new(patience, most);
    Open { address, close, serving: tokio::spawn(door.clone().serve(listener, router, closed)), door }
}

impl Open {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    async fn asks(&self) -> TcpStream {
        let mut stream = self.connect().await;
        assert!(is_answered(&mut stream).await);
        stream
    }
}

async fn is_answered(stream: &mut TcpStream) -> bool {
    let mut bytes = [0; 1_024];
    let asked = stream.write_all(ASK).await;
    asked.is_ok() && matches!(timeout(AT_MOST, stream.read(&mut bytes)).await.unwrap(), Ok(1..))
}

/// Waits until the shop has closed this connection; whatever it said before is read.
async fn is_closed(stream: &mut TcpStream) -> String {
    let mut said = Vec::new();
    // A reset is an end too.
    let _ = timeout(AT_MOST, stream.read_to_end(&mut said)).await.expect("it is closed");
    String::from_utf8_lossy(&said).into_owned()
}

async fn ends(serving: JoinHandle<()>) {
    timeout(AT_MOST, serving).await.expect("the door closes").unwrap();
}

#[tokio::test]
async fn headers_that_trickle_are_cut_off_and_others_are_answered_meanwhile() {
    let shop = open(Patience { headers: SOON, ..ENDLESS }, 100).await;
    let mut calm = shop.asks().await;
    let mut trickle = shop.connect().await;
    let trickling = async {
        let mut sent = 0;
        for byte in b"GET /quick HTTP/1.1\r\nhost: shop\r\n".iter().cycle() {
            if trickle.write_all(&[*byte]).await.is_err() {
                break;
            }
            sent += 1;
            sleep(Duration::from_millis(20)).await;
        }
        sent
    };
    assert!(timeout(AT_MOST, trickling).await.expect("it is cut off") > 1);
    assert!(is_answered(&mut calm).await, "a connection that rests between two requests is no trickle");
}

#[tokio::test]
async fn a_connection_over_which_nothing_is_asked_is_closed() {
    let shop = open(Patience { idle: SOON, ..ENDLESS }, 100).await;
    assert_eq!(is_closed(&mut shop.connect().await).await, "", "it never said a word");
    assert_eq!(is_closed(&mut shop.asks().await).await, "", "nor another after its first");
    let mut slow = shop.connect().await;
    slow.write_all(b"GET /slow HTTP/1.1\r\nhost: shop\r\n\r\n").await.unwrap();
    assert!(is_closed(&mut slow).await.ends_with("done"), "who waits for an answer is not idle");
}

#[tokio::test]
async fn who_takes_no_answer_is_cut_off() {
    let shop = open(Patience { stalled: SOON, idle: SOON, ..ENDLESS }, 100).await;
    // In one piece, which is idle once it was handed over, and in many, which are not.
    for path in ["/much", "/much_in_pieces"] {
        let mut deaf = shop.connect().await;
        deaf.write_all(format!("GET {path} HTTP/1.1\r\nhost: shop\r\n\r\n").as_bytes()).await.unwrap();
        let is_let_in = async {
            while shop.door.places.available_permits() == 100 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(AT_MOST, is_let_in).await.expect("it is let in");
        let is_over = async {
            while shop.door.places.available_permits() < 100 {
                sleep(SOON).await;
            }
        };
        timeout(AT_MOST, is_over).await.expect("it is cut off before it has read anything");
        assert!(is_closed(&mut deaf).await.len() < 40 * 1024 * 1024, "not all of it was sent");
    }
    shop.asks().await;
}

#[tokio::test]
async fn when_it_is_crowded_who_is_idle_makes_room() {
    let shop = open(Patience { crowded: SOON, ..ENDLESS }, 10).await;
    let mut idle = Vec::new();
    for _ in 0..4 {
        idle.push(shop.asks().await);
    }
    sleep(2 * SOON).await;
    for stream in &mut idle {
        assert!(is_answered(stream).await, "there is room for them");
    }
    for _ in 0..4 {
        idle.push(shop.connect().await);
    }
    let is_calm = async {
        while shop.door.places.available_permits() < 5 {
            sleep(SOON).await
        }
    };
    timeout(AT_MOST, is_calm).await.expect("some are closed");
    sleep(2 * SOON).await;
    assert_eq!(shop.door.places.available_permits(), 5, "and no more of them than it takes");
}

#[tokio::test]
async fn who_finds_no_place_is_cut_off_at_once_and_the_next_is_let_in() {
    let shop = open(ENDLESS, 2).await;
    let held = [shop.asks().await, shop.asks().await];
    assert!(!is_answered(&mut shop.connect().await).await);
    drop(held);
    timeout(AT_MOST, async { while !is_answered(&mut shop.connect().await).await {} }).await.expect("a place is free");
}

#[tokio::test]
async fn a_door_that_closes_finishes_what_is_asked_and_waits_for_nobody_who_dawdles() {
    let shop = open(Patience { closing: SOON, ..ENDLESS }, 100).await;
    let mut idle = shop.asks().await;
    let mut silent = shop.connect().await;
    let mut half_asked = shop.connect().await;
    half_asked.write_all(b"GET /quick HTTP/1.1\r\nho").await.unwrap();
    let mut half_sent = shop.connect().await;
    half_sent.write_all(b"POST /read HTTP/1.1\r\nhost: shop\r\ncontent-length: 9\r\n\r\n123").await.unwrap();
    let mut asked = shop.connect().await;
    asked.write_all(b"GET /slow HTTP/1.1\r\nhost: shop\r\n\r\n").await.unwrap();
    // All of them are in, and heard.
    sleep(SOON).await;
    shop.close.send_replace(true);
    for dawdler in [&mut idle, &mut silent, &mut half_asked, &mut half_sent] {
        assert_eq!(is_closed(dawdler).await, "");
    }
    assert!(!shop.serving.is_finished());
    assert!(is_closed(&mut asked).await.ends_with("done"));
    ends(shop.serving).await;
    assert!(TcpStream::connect(shop.address).await.is_err(), "nobody listens any more");
}

#[test]
fn a_connection_is_waited_for_as_long_as_something_may_come_of_it() {
    let patience = Patience::default();
    let start = Instant::now();
    let idle = Doing { under_way: 0, sending: 0, headers_since: None, moved_at: start };
    let asking = Doing { headers_since: Some(start), ..idle };
    let waiting = Doing { under_way: 1, ..idle };
    let sending = Doing { under_way: 1, sending: 1, ..idle };
    let table = [
        (idle, false, false, 75),
        (idle, true, false, 5),
        (idle, false, true, 1),
        (asking, false, false, 10),
        (asking, true, false, 5),
        (asking, false, true, 1),
        (waiting, false, false, 75),
        (waiting, true, false, 75),
        (waiting, true, true, 75),
        (sending, false, false, 75),
        (sending, false, true, 1),
    ];
    for (doing, is_crowded, is_closing, seconds) in table {
        let given_up = doing.given_up_at(&patience, is_crowded, is_closing) - start;
        assert_eq!(given_up.as_secs(), seconds, "crowded {is_crowded}, closing {is_closing}");
    }
}
