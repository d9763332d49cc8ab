//! Webhooks against a real listener of this machine.

use super::*;
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_123);

/// A listener that answers every request with these bytes; gives its port, and what it was sent.
async fn listener(answer: &'static [u8]) -> (u16, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let heard = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let (mut heard, mut part) = (Vec::new(), [0; 1_024]);
        while !heard.ends_with(b"{\"a\":1}") {
            match stream.read(&mut part).await.unwrap() {
                0 => break,
                read => heard.extend_from_slice(&part[..read]),
            }
        }
        stream.write_all(answer).await.unwrap();
        // The other side may have hung up by now.
        drop(stream.shutdown().await);
        String::from_utf8(heard).unwrap()
    });
    (port, heard)
}

fn message(secret: &Secret) -> Message<'_> {
    Message { body: b"{\"a\":1}".to_vec(), signature: Some((secret, NOW)), delivery: 7 }
}

fn target(url: &str) -> Target {
    Target::parse(url, Reach::Anywhere).unwrap()
}

#[tokio::test]
async fn a_message_is_signed_with_its_moment() {
    let secret = Secret::new("a secret of thirty-two characters");
    let (port, heard) = listener(b"HTTP/1.1 204 No Content\r\n\r\n").await;
    let hook = Hook::open(Reach::Anywhere).unwrap();
    hook.post(&target(&format!("http://127.0.0.1:{port}/alerts?team=a")), message(&secret)).await.unwrap();
    let heard = heard.await.unwrap();
    let (head, body) = heard.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, "{\"a\":1}");
    let head = head.to_ascii_lowercase();
    assert!(head.starts_with("post /alerts?team=a http/1.1\r\n"), "{head}");
    let signature = sign(&secret, "1795412117", b"{\"a\":1}");
    for line in [
        format!("host: 127.0.0.1:{port}"),
        "damda-timestamp: 1795412117".to_owned(),
        "damda-delivery: 7".to_owned(),
        "content-type: application/json".to_owned(),
        "content-length: 7".to_owned(),
        format!("damda-signature: sha256={signature}"),
    ] {
        assert!(head.lines().any(|found| found == line), "{line}: {head}");
    }
    assert_ne!(sign(&secret, "1795412118", b"{\"a\":1}"), signature);
    assert_ne!(sign(&Secret::new("another"), "1795412117", b"{\"a\":1}"), signature);
}

#[test]
fn the_signature_is_that_of_the_standard() {
    // printf 'what do ya want for nothing?.' | openssl dgst -sha256 -hmac Jefe
    let signed = sign(&Secret::new("Jefe"), "what do ya want for nothing?", b"");
    assert_eq!(signed.len(), 64);
    assert_eq!(signed, "38c6c848e5a2f57451f5095df6370d5c9b83175b99df46422b34960c28def6ae");
}

#[tokio::test]
async fn no_webhook_reaches_this_machine_or_its_network_unless_it_may() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let hook = Hook::open(Reach::Public).unwrap();
    let secret = Secret::new("a secret");
    for host in ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0", "10.0.0.7", "169.254.169.254"] {
        for scheme in ["http", "https"] {
            let target = target(&format!("{scheme}://{host}:{port}/"));
            let said = hook.post(&target, message(&secret)).await.unwrap_err().reason;
            assert!(said.contains("ALERT_WEBHOOK_PRIVATE=allow"), "{host}: {said}");
        }
    }
    let accepted = timeout(Duration::from_millis(50), listener.accept()).await;
    assert!(accepted.is_err(), "nobody was connected to");
}

#[tokio::test]
async fn every_answer_but_a_good_one_is_a_failure_and_no_redirect_is_followed() {
    let elsewhere = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let leading = format!("HTTP/1.1 302 Found\r\nlocation: http://{}/\r\n\r\n", elsewhere.local_addr().unwrap());
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "a".repeat(100_000));
    let table: [(&'static [u8], &str); 5] = [
        (leading.leak().as_bytes(), "answered 302"),
        (b"HTTP/1.1 500 Internal Server Error\r\ncontent-length: 0\r\n\r\n", "answered 500"),
        (b"HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n", "answered 401"),
        (b"", "broke the connection off"),
        (endless.leak().as_bytes(), "broke the connection off"),
    ];
    let hook = Hook::open(Reach::Anywhere).unwrap();
    let secret = Secret::new("a secret");
    for (answer, said) in table {
        let (port, heard) = listener(answer).await;
        let url = format!("http://127.0.0.1:{port}/hooks/hunter2");
        let reason = hook.post(&target(&url), message(&secret)).await.unwrap_err().reason;
        assert!(reason.contains(said) && !reason.contains("hunter2"), "{said}: {reason}");
        drop(heard.await);
    }
    let followed = timeout(Duration::from_millis(50), elsewhere.accept()).await;
    assert!(followed.is_err(), "a redirect was followed");
}

#[test]
fn a_webhook_is_an_address_of_https_and_prints_nothing() {
    for good in ["https://hooks.slack.com/services/T/B/x", "https://shop.example:8443/", "https://[2606:4700::1]/x?y=z"]
    {
        let target = Target::parse(good, Reach::Public).unwrap_or_else(|| panic!("{good}"));
        assert_eq!(format!("{target:?}"), "a webhook");
    }
    for bad in
        ["http://shop.example/", "ftp://a.b/", "https://", "https:///x", "https://u:p@a.b/", "https://a.b/#x", "x", ""]
    {
        assert!(Target::parse(bad, Reach::Public).is_none(), "{bad}");
    }
    assert!(Target::parse("http://127.0.0.1:9000/", Reach::Anywhere).is_some());
}
