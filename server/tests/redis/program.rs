//! The program with a Redis: what `/readyz`, the metrics and the log say while it is away and when it is back,
//! that it begins without, and that it speaks TLS.

use crate::servers::{RedisServer, until};
use crate::started::{Server, client, folder, free_address, run, succeeds};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Stdio};

async fn degraded(server: &Server) -> (u16, Value) {
    let answer = client().get(format!("{}/readyz", server.base)).send().await.unwrap();
    (answer.status().as_u16(), answer.json::<Value>().await.unwrap()["degraded"].clone())
}

async fn metric(address: &str, name: &str) -> f64 {
    let text = client().get(format!("http://{address}/metrics")).send().await.unwrap().text().await.unwrap();
    let figure = text.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_else(|| panic!("no {name}"));
    figure.trim().parse().unwrap()
}

fn lines_with(log: &Path, part: &str) -> usize {
    std::fs::read_to_string(log).unwrap().lines().filter(|line| line.contains(part)).count()
}

#[tokio::test]
async fn the_program_says_that_redis_is_away_and_works_on() {
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let mut redis = RedisServer::absent().await;
    let (url, metrics, log) = (redis.url(), free_address(), folder.path().join("log"));
    let environment = [("REDIS_URL", url.as_str()), ("METRICS_LISTEN", metrics.as_str())];
    let server = Server::start_logging(folder.path(), &environment, &log).ready().await;

    let is_degraded = async || degraded(&server).await == (200, serde_json::json!(["redis"]));
    let is_whole = async || degraded(&server).await == (200, serde_json::json!([]));
    assert!(is_degraded().await);
    let coupon = format!("{}/api/v1/coupons/WELCOME10/claims", server.base);
    let login = serde_json::json!({"email": "shopper@damda.example", "password": "damda-shopper"});
    let login = client().post(format!("{}/api/v1/auth/login", server.base)).json(&login).send().await.unwrap();
    let token = login.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    let claim = async || client().post(&coupon).bearer_auth(&token).send().await.unwrap().status().as_u16();
    assert_eq!(claim().await, 201, "claims go on without redis");
    until("the metric says so", async || metric(&metrics, "damda_redis_down ").await == 1.0).await;
    assert!(metric(&metrics, "damda_redis_fallbacks_total{work=\"coupon\"} ").await >= 1.0);
    assert_eq!((lines_with(&log, "redis does not answer"), lines_with(&log, "redis answers")), (1, 0));

    redis.begin().await;
    until("redis is found", is_whole).await;
    until("the metric says so", async || metric(&metrics, "damda_redis_down ").await == 0.0).await;
    assert_eq!(claim().await, 409);
    redis.kill();
    until("redis is missed", is_degraded).await;
    redis.begin().await;
    until("redis is found again", is_whole).await;
    assert_eq!((lines_with(&log, "redis does not answer"), lines_with(&log, "redis answers")), (2, 2));
    server.stop();
}

#[tokio::test]
async fn a_command_of_the_owner_ends_a_token_at_a_running_instance() {
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let redis = RedisServer::start().await;
    let url = redis.url();
    let server = Server::start(folder.path(), &[("REDIS_URL", &url), ("METRICS_LISTEN", "off")]).ready().await;
    let login = serde_json::json!({"email": "shopper@damda.example", "password": "damda-shopper"});
    let login = client().post(format!("{}/api/v1/auth/login", server.base)).json(&login).send().await.unwrap();
    let token = login.json::<Value>().await.unwrap()["access_token"].as_str().unwrap().to_owned();
    let me = async || {
        client().get(format!("{}/api/v1/me", server.base)).bearer_auth(&token).send().await.unwrap().status().as_u16()
    };
    assert_eq!(me().await, 200);
    let mut freeze = crate::started::damda(
        folder.path(),
        &["user", "freeze", "shopper@damda.example"],
        &[("REDIS_URL", url.as_str())],
    );
    succeeds(&freeze.output().unwrap());
    until("the token has ended", async || me().await == 401).await;
    server.stop();
}

#[tokio::test]
async fn the_program_speaks_tls_with_redis_and_trusts_no_stranger() {
    let folder = folder();
    let (key, certificate) = (folder.path().join("key.pem"), folder.path().join("certificate.pem"));
    let made = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"])
        .args(["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .expect("openssl runs: `scripts/setup.sh test` installs it");
    assert!(made.success());
    let (key, certificate) = (key.to_str().unwrap(), certificate.to_str().unwrap());
    let tls_address = free_address();
    let (_, tls_port) = tls_address.rsplit_once(':').unwrap();
    let _redis = RedisServer::start_with(&[
        "--tls-port",
        tls_port,
        "--tls-cert-file",
        certificate,
        "--tls-key-file",
        key,
        "--tls-auth-clients",
        "no",
    ])
    .await;
    let url = format!("rediss://localhost:{tls_port}");
    let trusting = [("REDIS_URL", url.as_str()), ("METRICS_LISTEN", "off"), ("SSL_CERT_FILE", certificate)];
    let server = Server::start(folder.path(), &trusting).ready().await;
    until("redis is found", async || degraded(&server).await == (200, serde_json::json!([]))).await;
    server.stop();
    let server = Server::start(folder.path(), &trusting[..2]).ready().await;
    assert_eq!(degraded(&server).await, (200, serde_json::json!(["redis"])), "nobody vouches for that certificate");
    server.stop();
}
