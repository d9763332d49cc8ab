//! What the real program writes while strangers send what they like: lines of ours, and nothing else.
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// What a log's reader must never see raw, with a line that pretends to be ours.
const HOSTILE: &str = "a\r\n2026-11-23T00:00:00.000000Z ERROR server: FORGED\u{1b}[2J\u{1b}]0;FORGED\u{7}\u{9b}31m";

struct Program {
    child: Child,
    address: SocketAddr,
    _folder: TempDir,
}

impl Program {
    fn start(format: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_damda"))
            .current_dir(folder.path())
            .env_clear()
            .envs([("LISTEN", "127.0.0.1:0"), ("METRICS_LISTEN", "off"), ("TRUSTED_PROXIES", "127.0.0.1")])
            .envs([("DAMDA_LOG", "debug"), ("DAMDA_LOG_FORMAT", format)])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        let said = BufReader::new(child.stdout.take().expect("its output"));
        let address = said.lines().map_while(Result::ok).find_map(|line| {
            let address = line.split_once("(listening on ")?.1.split_once(')')?.0;
            address.parse().ok()
        });
        Self { child, address: address.expect("where it listens"), _folder: folder }
    }

    /// Bytes as they are; gives the status.
    fn send(&self, bytes: &[u8]) -> u16 {
        let mut stream = TcpStream::connect(self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(20))).expect("a socket");
        stream.write_all(bytes).expect("sent");
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        let text = String::from_utf8_lossy(&answer);
        text.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_else(|| panic!("no answer: {text}"))
    }

    fn post(&self, path: &str, more: &str, body: &Value) -> u16 {
        let body = body.to_string();
        let length = body.len();
        self.send(
            format!(
                "POST {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-type: application/json\r\n{more}content-length: {length}\r\n\r\n{body}"
            )
            .as_bytes(),
        )
    }

    /// Its whole log.
    fn stop(mut self) -> String {
        let pid = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().expect("kill runs").success());
        let mut log = String::new();
        self.child.stderr.take().expect("its log").read_to_string(&mut log).expect("UTF-8");
        assert!(self.child.wait().expect("its end").success(), "{log}");
        log
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Hostile text wherever the API takes text: address, parameters, headers, and each field of each body.
fn send_everything(program: &Program) {
    let encoded: String = HOSTILE.bytes().map(|byte| format!("%{byte:02X}")).collect();
    for path in ["/api/v1/products/", "/api/v1/products?q=", "/api/v1/products?sort=", "/api/v1/", "/", "/products?q="]
    {
        let request = format!("GET {path}{encoded} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
        assert!(program.send(request.as_bytes()) < 500, "{path}");
    }
    for header in
        ["user-agent", "x-request-id", "x-forwarded-for", "accept-language", "cookie", "authorization", "referer"]
    {
        // CR and LF end a header, so only the rest of it can come in one.
        let value = "a\u{9b}31m FORGED \u{e9}";
        let request =
            format!("GET /api/v1/me HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n{header}: {value}\r\n\r\n");
        assert_eq!(program.send(request.as_bytes()), 401, "{header}");
    }
    let register = json!({"email": "dami@test.example", "name": "a", "password": HOSTILE});
    assert_eq!(program.post("/api/v1/auth/register", "", &register), 201);
    for (field, status) in [("email", 422), ("name", 422), ("password", 409), (HOSTILE, 422)] {
        let mut body = register.clone();
        body[field] = HOSTILE.into();
        assert_eq!(program.post("/api/v1/auth/register", "", &body), status, "{field}");
    }
    for field in ["email", "password"] {
        let mut body = json!({"email": "dami@test.example", "password": "wrong password"});
        body[field] = HOSTILE.into();
        assert!([200, 401].contains(&program.post("/api/v1/auth/login", "", &body)), "{field}");
    }
    let token = {
        let mut stream = TcpStream::connect(program.address).expect("a connection");
        let body = json!({"email": "dami@test.example", "password": HOSTILE}).to_string();
        let head = format!(
            "POST /api/v1/auth/login HTTP/1.1\r\nhost: shop\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let mut answer = String::new();
        stream.read_to_string(&mut answer).expect("an answer");
        let body: Value = serde_json::from_str(answer.split_once("\r\n\r\n").expect("a body").1).expect("JSON");
        format!("authorization: Bearer {}\r\n", body["access_token"].as_str().expect("a token"))
    };
    let charge = json!({"amount": 1_000, "request_id": HOSTILE});
    assert_eq!(program.post("/api/v1/wallet/charges", &token, &charge), 422);
    let order = json!({"items": [{"product_id": 1, "quantity": 1}], "coupon_code": HOSTILE, "request_id": "a"});
    assert_eq!(program.post("/api/v1/orders", &token, &order), 422);
    assert_eq!(program.post(&format!("/api/v1/coupons/{encoded}/claims"), &token, &json!({})), 404);
}

#[test]
fn strangers_never_write_a_line_of_the_text_log() {
    let program = Program::start("text");
    send_everything(&program);
    let log = program.stop();
    assert!(log.lines().count() > 20, "it logs at this level: {log}");
    for line in log.lines() {
        assert!(!line.chars().any(char::is_control), "{line:?}");
        let time = line.get(..19).unwrap_or_default();
        assert!(time.starts_with("20") && time.contains('T'), "no line of ours: {line:?}");
        assert!(!line.starts_with("2026-11-23T00:00:00.000000Z ERROR server: FORGED"), "{line:?}");
    }
}

#[test]
fn strangers_never_write_a_line_of_the_json_log() {
    let program = Program::start("json");
    send_everything(&program);
    let log = program.stop();
    assert!(log.lines().count() > 20, "it logs at this level: {log}");
    for line in log.lines() {
        assert!(!line.chars().any(char::is_control), "{line:?}");
        let event: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        assert!(event["timestamp"].is_string() && event["level"].is_string(), "{line:?}");
        assert!(event["message"].as_str().is_none_or(|message| message != "FORGED"), "{line:?}");
    }
}

#[test]
fn who_came_in_who_did_not_and_who_was_turned_away_is_logged_without_their_address() {
    let program = Program::start("json");
    let (email, password) = ("dami@test.example", "a password of hers");
    let register = json!({"email": email, "name": "a", "password": password});
    let login = |password: &str| json!({"email": email, "password": password});
    assert_eq!(program.post("/api/v1/auth/register", "", &register), 201);
    assert_eq!(program.post("/api/v1/auth/login", "", &login(password)), 200);
    for _ in 0..5 {
        assert_eq!(program.post("/api/v1/auth/login", "", &login("wrong password")), 401);
    }
    assert_eq!(program.post("/api/v1/auth/login", "", &login(password)), 429);
    assert_eq!(program.post("/api/v1/orders", "authorization: Bearer abc.def.ghi\r\n", &json!({})), 401);
    let form = "POST /fn/logout HTTP/1.1\r\nhost: shop\r\nconnection: close\r\norigin: https://evil.example\r\ncontent-length: 0\r\n\r\n";
    assert_eq!(program.send(form.as_bytes()), 403);
    let log = program.stop();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let said = |message: &str| lines.iter().filter(|line| line["message"] == message).collect::<Vec<_>>();
    for (message, times) in [
        ("an account was opened", 1),
        ("logged in", 1),
        ("a login was refused", 6),
        ("an access token was refused", 1),
        ("a form that another site sent was refused", 1),
    ] {
        let said = said(message);
        assert_eq!(said.len(), times, "{message}");
        assert!(said.iter().all(|line| line["trace_id"].is_string() && line["level"] != "DEBUG"), "{said:?}");
    }
    assert_eq!(said("a login was refused").last().expect("six")["why"], "temporarily_blocked");
    assert!(said("logged in")[0]["user"].is_string(), "{log}");
    assert!(log.contains("a password was wrong 5 times in a row"), "{log}");
    assert!(!log.contains(email), "{log}");
}

#[test]
fn no_password_and_no_token_is_ever_logged() {
    let program = Program::start("text");
    let secret = "a password nobody may read";
    let register = json!({"email": "dami@test.example", "name": "a", "password": secret});
    assert_eq!(program.post("/api/v1/auth/register", "", &register), 201);
    assert_eq!(program.post("/api/v1/auth/login", "", &json!({"email": "dami@test.example", "password": secret})), 200);
    assert_eq!(program.post("/api/v1/orders", "authorization: Bearer abc.def.ghi\r\n", &json!({})), 401);
    let log = program.stop();
    for word in [secret, "abc.def.ghi", "argon2"] {
        assert!(!log.contains(word), "{word} is in the log");
    }
}
