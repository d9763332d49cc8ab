//! A MariaDB of the test's own: one that is killed under a running shop, and one that speaks TLS.

use crate::support::*;
use shop::database::{Db, Sql};
use shop::ports::{Ports, SystemClock};
use shop::{Shop, Won};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;
use tempfile::TempDir;

/// A private server that ends with the test.
struct Server {
    folder: TempDir,
    /// `mysql://USER:PASSWORD@127.0.0.1:PORT`
    address: String,
}

impl Server {
    fn start(folder: TempDir, options: &str) -> Self {
        let address = run_script_file(folder.path(), "start", &[("DAMDA_DB_OPTIONS", options)]);
        Self { folder, address }
    }

    /// As a power cut does it: no connection is told.
    fn kill(&self) {
        let pid = std::fs::read_to_string(self.folder.path().join("pid")).unwrap();
        assert!(Command::new("kill").args(["-KILL", pid.trim()]).status().unwrap().success());
        let (_, place) = self.address.split_once('@').unwrap();
        while std::net::TcpStream::connect(place).is_ok() {
            std::thread::yield_now();
        }
    }

    /// Where it was before.
    fn start_again(&self) {
        let address = run_script_file(self.folder.path(), "start", &[]);
        assert_eq!(address, self.address);
    }

    async fn make_database(&self) {
        let db = Db::open(&self.address).await.unwrap();
        run_script(&db, "CREATE DATABASE shop CHARACTER SET utf8mb4").await;
        db.close().await;
    }

    fn url(&self) -> String {
        format!("{}/shop", self.address)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        run_script_file(self.folder.path(), "stop", &[]);
    }
}

/// Runs `scripts/mariadb.sh`; gives the last line it prints.
fn run_script_file(folder: &Path, what: &str, environment: &[(&str, &str)]) -> String {
    let script = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../scripts/mariadb.sh");
    let output =
        Command::new(script).arg(what).arg(folder).envs(environment.iter().copied()).output().expect("the script runs");
    assert!(output.status.success(), "{what}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().last().unwrap_or_default().to_owned()
}

fn short_folder() -> TempDir {
    // The path of the server's socket is bounded.
    tempfile::Builder::new().prefix("damda-db-").tempdir().unwrap()
}

async fn stocked_shop(db: Db, users: usize) -> (Shop, Vec<shop::id::UserId>, shop::id::ProductId) {
    db.migrate().await.unwrap();
    let shop = Shop::open(db, Ports::local(Arc::new(SystemClock)), unlimited());
    let mut accounts = Vec::new();
    for index in 0..users {
        let new = shop::user::NewUser {
            email: format!("shopper{index}@example.com"),
            name: "담다".to_owned(),
            password: "correct horse 9".to_owned(),
            lang: shop::user::Language::Ko,
            age_confirmed: true,
        };
        let user = shop::user::service::register_user(&shop, new).await.unwrap();
        shop::wallet::service::charge_wallet(&shop, user.id, Won::new(100_000), key()).await.unwrap();
        accounts.push(user.id);
    }
    let draft = draft(100, 100_000);
    let sku = draft.sku.clone();
    shop::product::service::save_products(&shop, vec![draft]).await.unwrap();
    let row = shop.db().fetch_optional(Sql::new("SELECT id FROM products WHERE sku = ?").bind(sku)).await.unwrap();
    (shop, accounts, shop::id::ProductId::new(row.unwrap().int("id").unwrap()))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_killed_server_costs_only_what_was_under_way() {
    let server = Server::start(short_folder(), "");
    server.make_database().await;
    let (shop, users, product) = stocked_shop(Db::open(&server.url()).await.unwrap(), 8).await;
    // Many connections lie idle in the pool, and every one of them will be dead.
    let held = at_once(24, |_| {
        let db = shop.db().clone();
        async move { db.fetch_all(Sql::new("SELECT SLEEP(0.5) AS slept")).await.unwrap().len() }
    })
    .await;
    assert_eq!(held.len(), 24);

    // Shoppers buy on, each under one key until it is answered.
    let (closing, open, bought) =
        (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let shoppers: Vec<_> = users
        .iter()
        .map(|user| {
            let (shop, user, closing, bought, open) =
                (shop.clone(), *user, closing.clone(), bought.clone(), open.clone());
            tokio::spawn(async move {
                while !closing.load(Ordering::SeqCst) {
                    let once = key();
                    let outcome = shop::order::service::place_order(&shop, user, one_of(product), once).await;
                    match word(&outcome) {
                        "COMPLETED" => bought.fetch_add(1, Ordering::SeqCst),
                        // Under way when the server died: recovery knows what became of it.
                        "internal_error" | "service_unavailable" | "PENDING" => open.fetch_add(1, Ordering::SeqCst),
                        other => panic!("{other}: {outcome:?}"),
                    };
                }
            })
        })
        .collect();
    let before = wait_for_more(&bought, 0).await;
    server.kill();
    server.start_again();
    // By itself, and every shopper again.
    wait_for_more(&bought, before + 4 * users.len()).await;
    let failed = open.load(Ordering::SeqCst);
    wait_for_more(&bought, bought.load(Ordering::SeqCst) + 4 * users.len()).await;
    assert_eq!(open.load(Ordering::SeqCst), failed, "orders go on failing after the server is back");
    closing.store(true, Ordering::SeqCst);
    for shopper in shoppers {
        shopper.await.unwrap();
    }
    assert!(failed <= 3 * users.len(), "{failed} orders of {} shoppers failed", users.len());
    verify(&shop).await;
    shop.close().await;
    shop.db().close().await;
}

async fn wait_for_more(counter: &AtomicUsize, than: usize) -> usize {
    let waited = async {
        while counter.load(Ordering::SeqCst) <= than {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), waited).await.expect("the shop works within two minutes");
    counter.load(Ordering::SeqCst)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn orders_after_a_restart_meet_no_dead_connection() {
    let server = Server::start(short_folder(), "");
    server.make_database().await;
    let (shop, users, product) = stocked_shop(Db::open(&server.url()).await.unwrap(), 4).await;
    for _ in 0..2 {
        at_once(24, |_| {
            let db = shop.db().clone();
            async move { db.fetch_all(Sql::new("SELECT SLEEP(0.5) AS slept")).await.unwrap().len() }
        })
        .await;
        server.kill();
        server.start_again();
        let outcomes = at_once(32, |index| {
            let (shop, user) = (shop.clone(), users[index % 4]);
            async move {
                let found = shop::order::service::list_orders(&shop, user, None, &shop::page::Page::default()).await;
                assert!(found.is_ok(), "{found:?}");
                shop::order::service::place_order(&shop, user, one_of(product), key()).await
            }
        })
        .await;
        assert_eq!(tally(outcomes.iter().map(word)), [("COMPLETED", 32)].into());
    }
    verify(&shop).await;
    shop.close().await;
    shop.db().close().await;
}

/// An authority of our own, and a certificate of its for 127.0.0.1.
fn make_certificates(folder: &Path) {
    let openssl = |arguments: &[&str]| {
        let output = Command::new("openssl").current_dir(folder).args(arguments).output().expect("openssl runs");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    for name in ["ca", "other"] {
        let (key, certificate) = (format!("{name}.key"), format!("{name}.pem"));
        let subject = format!("/CN=Damda test authority {name}");
        #[rustfmt::skip]
        openssl(&["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                  "-subj", &subject, "-keyout", &key, "-out", &certificate]);
    }
    #[rustfmt::skip]
    openssl(&["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=database",
              "-keyout", "server.key", "-out", "server.csr"]);
    std::fs::write(folder.join("names"), "subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n").unwrap();
    #[rustfmt::skip]
    openssl(&["x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
              "-extfile", "names", "-out", "server.pem"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_way_to_the_database_is_encrypted_and_its_certificate_is_checked() {
    let folder = short_folder();
    make_certificates(folder.path());
    let at = |file: &str| folder.path().join(file).display().to_string();
    let options = format!(
        "--ssl-ca={} --ssl-cert={} --ssl-key={} --require-secure-transport=ON",
        at("ca.pem"),
        at("server.pem"),
        at("server.key")
    );
    let (own, other) = (at("ca.pem"), at("other.pem"));
    let server = Server::start(folder, &options);
    let url = |query: &str| format!("{}/mysql?{query}", server.address);

    for mode in ["verify_identity", "verify_ca"] {
        let db = Db::open(&url(&format!("ssl-mode={mode}&ssl-ca={own}"))).await.unwrap();
        let row = db.fetch_optional(Sql::new("SHOW SESSION STATUS LIKE 'Ssl_version'")).await.unwrap().unwrap();
        assert!(row.text("Value").unwrap().starts_with("TLSv1."), "{mode}: {row:?}");
        db.close().await;
        assert!(Db::open(&url(&format!("ssl-mode={mode}&ssl-ca={other}"))).await.is_err(), "{mode}: another authority");
        assert!(Db::open(&url(&format!("ssl-mode={mode}"))).await.is_err(), "{mode}: no authority");
    }
    assert!(Db::open(&url("ssl-mode=disabled")).await.is_err(), "in the clear");
    // The certificate is for 127.0.0.1 only.
    let elsewhere = url(&format!("ssl-mode=verify_identity&ssl-ca={own}")).replace("127.0.0.1", "localhost");
    assert!(Db::open(&elsewhere).await.is_err(), "another name");
}
