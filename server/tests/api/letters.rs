//! Letters as they leave: the files of a folder, read back, and what a mail server was told.

use crate::sessions::Browser;
use crate::support::{House, PASSWORD, fresh, without_limits};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;
use server::config::MailSettings;
use server::mail::Post;
use shop::Settings;
use shop::database::Sql;
use shop::mail::store::count_letters;
use std::path::Path;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

const SITE: &str = "http://shop.test";
const FROM: &str = "담다 <no-reply@shop.test>";

fn with_mail() -> Settings {
    Settings { mail_on: true, ..without_limits() }
}

fn post_to(route: &str) -> Post {
    let settings = MailSettings::parse(Some(route), Some(FROM)).expect("a way out").expect("not off");
    Post::open(&settings, SITE).expect("an open post")
}

/// A letter, decoded: its header lines, and its two bodies.
#[derive(Debug)]
struct Read {
    head: String,
    text: String,
    html: String,
}

impl Read {
    fn of(raw: &str) -> Self {
        let (head, body) = raw.split_once("\r\n\r\n").expect("a head and a body");
        let boundary = head.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next()).expect("a boundary");
        let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
        assert_eq!(parts.len(), 4, "text, HTML and nothing else");
        let part = |index: usize, kind: &str| {
            let (head, body) = parts[index].split_once("\r\n\r\n").expect("a part");
            assert!(head.contains(kind) && head.contains("Content-Transfer-Encoding: base64"), "{head}");
            let body: String = body.split_whitespace().collect();
            String::from_utf8(STANDARD.decode(body).expect("base64")).expect("UTF-8")
        };
        Self { head: head.replace("\r\n ", " "), text: part(1, "text/plain"), html: part(2, "text/html") }
    }

    /// The value of a header that stands there exactly once, encoded words decoded.
    fn header(&self, name: &str) -> String {
        let values: Vec<&str> =
            self.head.split("\r\n").filter_map(|line| line.strip_prefix(&format!("{name}: "))).collect();
        assert_eq!(values.len(), 1, "{name} in {}", self.head);
        let mut decoded = String::new();
        let mut was_encoded = false;
        for word in values[0].split(' ') {
            let encoded =
                word.strip_prefix("=?utf-8?b?").and_then(|word| word.split_once("?=")).map(|(inside, rest)| {
                    let bytes = STANDARD.decode(inside).expect("base64");
                    format!("{}{rest}", String::from_utf8(bytes).expect("UTF-8"))
                });
            if !decoded.is_empty() && (!was_encoded || encoded.is_none()) {
                decoded.push(' ');
            }
            was_encoded = encoded.is_some();
            decoded.push_str(&encoded.unwrap_or_else(|| word.to_owned()));
        }
        decoded
    }
}

/// The letters of a folder, oldest first.
fn letters_in(folder: &Path) -> Vec<Read> {
    let mut names: Vec<_> =
        std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("it").path()).collect();
    names.sort();
    assert!(names.iter().all(|name| name.extension().is_some_and(|kind| kind == "eml")), "{names:?}");
    names.iter().map(|name| Read::of(&std::fs::read_to_string(name).expect("a letter"))).collect()
}

fn take_letters(folder: &Path) -> Vec<Read> {
    let letters = letters_in(folder);
    for entry in std::fs::read_dir(folder).expect("a folder") {
        std::fs::remove_file(entry.expect("it").path()).expect("removed");
    }
    letters
}

#[tokio::test]
async fn letters_become_files_that_read_back() {
    for house in House::on_each_engine_with(with_mail()).await {
        let folder = house.folder.path().join("letters");
        let post = post_to(&format!("file:{}", folder.display()));
        let mut browser = Browser::of(&house);
        let email = browser.register().await;
        assert_eq!(post.send_due(&house.shop).await.unwrap(), 1);
        let welcome = take_letters(&folder).pop().expect("a letter");
        assert_eq!(welcome.header("To"), format!("김담이 <{email}>"));
        assert_eq!(welcome.header("From"), "담다 <no-reply@shop.test>");
        assert_eq!(welcome.header("Subject"), "담다 가입을 환영합니다");
        assert_eq!(welcome.header("Auto-Submitted"), "auto-generated");
        assert!(welcome.header("Message-ID").ends_with("@shop.test>"));
        assert!(welcome.header("Date").contains("20") && welcome.header("MIME-Version") == "1.0");
        assert!(welcome.text.contains("김담이 님") && welcome.text.contains("http://shop.test/products"));
        assert!(welcome.html.contains("김담이 님") && welcome.html.contains("href=\"http://shop.test/products\""));

        let login = json!({"email": email, "password": PASSWORD});
        let answer = house.visitor().post("/api/v1/auth/login", &login).await.expect(200);
        let shopper = house.visitor().with_token(answer.body["access_token"].as_str().unwrap());
        shopper.charge(10_000).await.expect(201);
        let product = house.product(1_200, 9).await;
        let order = shopper.buy(product, 3).await.expect(201);
        assert_eq!(post.send_due(&house.shop).await.unwrap(), 1);
        let letter = take_letters(&folder).pop().expect("a letter");
        for part in [order.id().as_str(), "₩1,200 × 3", "₩3,600", &format!("http://shop.test/orders/{}", order.id())]
        {
            assert!(letter.text.contains(part) && letter.html.contains(part), "{part}: {}", letter.text);
        }
        assert_eq!(count_letters(house.shop.db()).await.unwrap(), 0);
        house.close().await;
    }
}

#[tokio::test]
async fn no_name_breaks_a_header_or_the_html() {
    let house = House::open_with_settings(with_mail()).await;
    let folder = house.folder.path().join("letters");
    let post = post_to(&format!("file:{}", folder.display()));
    let names = [
        "Kim\r\nBcc: all@test.example\r\n\r\nhello",
        "\u{1b}[31mKim\u{7}\0",
        "\"Kim\" <evil@test.example>, \\",
        "<script>alert('x')</script>",
        "=?utf-8?b?QmNj?=",
        "\u{202e}miK \u{200b}👩‍💻",
        &"가".repeat(100),
    ];
    for name in names {
        let email = format!("{}@test.example", fresh("dami"));
        let body = json!({"email": email, "name": "a", "password": PASSWORD});
        house.visitor().post("/api/v1/auth/register", &body).await.expect(201);
        // No form lets such a name in; an older or another program might have.
        let edit = Sql::new("UPDATE users SET name = ? WHERE email = ?").bind(name).bind(email.as_str());
        assert_eq!(house.shop.db().execute(edit).await.unwrap(), 1);
        assert_eq!(post.send_due(&house.shop).await.unwrap(), 1);
        let raw: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
        let raw = std::fs::read(&raw[0]).unwrap();
        assert!(raw.is_ascii() && !raw.contains(&0x1b), "{name:?}");
        let letter = take_letters(&folder).pop().expect("a letter");
        let headers: Vec<&str> =
            letter.head.split("\r\n").map(|line| line.split(':').next().unwrap_or_default()).collect();
        let known = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
        assert!(headers.iter().all(|header| known.contains(header)), "{name:?}: {headers:?}");
        assert!(letter.header("To").ends_with(&format!("<{email}>")), "{name:?}: {}", letter.header("To"));
        assert!(!letter.html.contains("<script"), "{name:?}");
        assert!(!letter.text.lines().any(|line| line.starts_with("Bcc")), "{name:?}");
    }
    house.close().await;
}

/// A mail server of a few words (RFC 5321): takes letters, or refuses the recipient.
struct Sink {
    address: String,
    /// Per letter: who is greeted as what, the envelope, and the letter itself.
    heard: Arc<Mutex<Vec<String>>>,
}

impl Sink {
    async fn open(refuses: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address").to_string();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let kept = heard.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(talk(stream, refuses, kept.clone()));
            }
        });
        Self { address, heard }
    }
}

async fn talk(stream: tokio::net::TcpStream, refuses: bool, heard: Arc<Mutex<Vec<String>>>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    write.write_all(b"220 sink.test ESMTP\r\n").await?;
    while let Some(line) = lines.next_line().await? {
        heard.lock().expect("nobody panics with it").push(line.clone());
        let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
        let answer = match word.as_str() {
            "EHLO" => "250-sink.test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
            "AUTH" => "235 welcome",
            "RCPT" if refuses => "550 5.1.1 <kim@test.example>: no such user",
            "MAIL" | "RCPT" | "RSET" | "NOOP" => "250 ok",
            "DATA" => {
                write.write_all(b"354 go on\r\n").await?;
                let mut letter = String::new();
                while let Some(line) = lines.next_line().await? {
                    if line == "." {
                        break;
                    }
                    letter.push_str(line.strip_prefix('.').unwrap_or(&line));
                    letter.push_str("\r\n");
                }
                heard.lock().expect("nobody panics with it").push(letter);
                "250 taken"
            }
            "QUIT" => {
                write.write_all(b"221 bye\r\n").await?;
                return Ok(());
            }
            _ => "502 what?",
        };
        write.write_all(format!("{answer}\r\n").as_bytes()).await?;
    }
    Ok(())
}

#[tokio::test]
async fn letters_go_through_a_mail_server() {
    let sink = Sink::open(false).await;
    let house = House::open_with_settings(with_mail()).await;
    let post = post_to(&format!("smtp://shop:p%40ss@{}", sink.address));
    let body = json!({"email": "kim@test.example", "name": "김담이", "password": PASSWORD});
    house.visitor().post("/api/v1/auth/register", &body).await.expect(201);
    assert_eq!(post.send_due(&house.shop).await.unwrap(), 1);
    let heard = sink.heard.lock().expect("nobody panics with it").clone();
    let said = |start: &str| heard.iter().find(|line| line.starts_with(start)).cloned().unwrap_or_default();
    assert_eq!(said("AUTH PLAIN "), format!("AUTH PLAIN {}", STANDARD.encode("\0shop\0p@ss")));
    assert!(said("MAIL FROM").starts_with("MAIL FROM:<no-reply@shop.test>"), "{heard:?}");
    assert_eq!(said("RCPT TO"), "RCPT TO:<kim@test.example>");
    let letter = Read::of(heard.iter().find(|line| line.contains("multipart/alternative")).expect("a letter"));
    assert_eq!(letter.header("To"), "김담이 <kim@test.example>");
    assert!(letter.text.contains("kim@test.example"));
    house.close().await;
}

#[tokio::test]
async fn a_refused_letter_stays_and_its_reason_names_nobody() {
    let sink = Sink::open(true).await;
    let post = post_to(&format!("smtp://{}", sink.address));
    let house = House::open_with_settings(with_mail()).await;
    let body = json!({"email": "kim@test.example", "name": "김담이", "password": PASSWORD});
    house.visitor().post("/api/v1/auth/register", &body).await.expect(201);
    assert_eq!(post.send_due(&house.shop).await.unwrap(), 0);
    assert_eq!(count_letters(house.shop.db()).await.unwrap(), 1, "it is tried again later");
    let refused = post.send_test("kim@test.example", app::text::Lang::Ko, house.shop.now()).await.unwrap_err();
    assert!(refused.reason.contains("550") && !refused.reason.contains("kim"), "{}", refused.reason);
    assert!(refused.said.contains("no such user"), "an operator reads it all: {}", refused.said);
    house.close().await;
}

#[tokio::test]
async fn a_mail_server_that_is_not_there_is_no_error_of_the_shop() {
    let closed = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = closed.local_addr().expect("its address");
    drop(closed);
    let house = House::open_with_settings(with_mail()).await;
    let body = json!({"email": "kim@test.example", "name": "a", "password": PASSWORD});
    house.visitor().post("/api/v1/auth/register", &body).await.expect(201);
    assert_eq!(post_to(&format!("smtp://{address}")).send_due(&house.shop).await.unwrap(), 0);
    assert_eq!(count_letters(house.shop.db()).await.unwrap(), 1);
    house.close().await;
}

#[tokio::test]
async fn a_letter_to_a_domain_in_korean_travels_in_ascii() {
    let folder = tempfile::tempdir().expect("a folder");
    let post = post_to(&format!("file:{}", folder.path().display()));
    let house = House::open_with_settings(with_mail()).await;
    let body = json!({"email": "dami@예시.한국", "name": "a", "password": PASSWORD});
    house.visitor().post("/api/v1/auth/register", &body).await.expect(201);
    assert_eq!(post.send_due(&house.shop).await.unwrap(), 1);
    assert_eq!(take_letters(folder.path())[0].header("To"), "a <dami@xn--vv4b11d.xn--3e0b707e>");
    house.close().await;
}
