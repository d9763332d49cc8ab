//! The program itself, as its owner types it: in an empty folder, with nothing but its file.

#[path = "support/program.rs"]
mod program;

use program::{Server, client, code, damda, err, folder, out, run, succeeds};
use serde_json::json;
use sqlx::Connection;
use std::collections::BTreeSet;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

const KEY: &str = "a key for tests, long enough to be taken";

#[tokio::test]
async fn an_empty_shop_starts_says_how_to_fill_it_and_stops_when_told() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]).ready().await;
    let said = server.stop();
    let text = succeeds(&said);
    for part in ["http://127.0.0.1:", "damda seed --demo", "damda product import", "damda admin create"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert!(folder.path().join("damda.db").exists() && folder.path().join("damda.secret").exists());
    succeeds(&run(folder.path(), &["verify"]));
}

#[tokio::test]
async fn only_its_owner_reads_the_files_of_a_new_shop() {
    let folder = folder();
    let server = Server::start(folder.path(), &[]).ready().await;
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(folder.path()).expect("the folder") {
        let entry = entry.expect("an entry");
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.starts_with("damda.") {
            let mode = entry.metadata().expect("its rights").permissions().mode() & 0o777;
            assert_eq!(mode, 0o600, "{name}: {mode:o}");
            seen.push(name);
        }
    }
    for name in ["damda.db", "damda.db-wal", "damda.secret"] {
        assert!(seen.iter().any(|seen| seen == name), "{name} is not among {seen:?}");
    }
    succeeds(&server.stop());
}

#[tokio::test]
async fn the_demo_is_seeded_once_and_its_logins_work() {
    let folder = folder();
    let said = succeeds(&run(folder.path(), &["seed", "--demo"]));
    for part in ["operator@damda.example", "damda-operator", "shopper@damda.example", "damda-shopper"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(succeeds(&run(folder.path(), &["seed", "--demo"])).contains("already"));
    assert!(succeeds(&run(folder.path(), &["verify"])).contains("invariants hold"));

    let server = Server::start(folder.path(), &[]).ready().await;
    let (http, base) = (client(), server.base.clone());
    let popular = http.get(format!("{base}/api/v1/products/popular?days=3")).send().await.expect("an answer");
    let popular: serde_json::Value = popular.json().await.expect("JSON");
    let first = &popular["items"][0];
    // Four guests bought three pieces of it each, in two orders.
    assert_eq!((first["quantity_sold"].as_i64(), first["name"].is_string()), (Some(12), true), "{popular}");
    let login = async |email: &str, password: &str| -> serde_json::Value {
        let body = json!({"email": email, "password": password});
        let answer = http.post(format!("{base}/api/v1/auth/login")).json(&body).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{email}");
        answer.json().await.expect("JSON")
    };
    assert_eq!(login("operator@damda.example", "damda-operator").await["user"]["role"], "operator");
    let shopper = login("shopper@damda.example", "damda-shopper").await;
    let token = shopper["access_token"].as_str().expect("a token");
    let get = async |path: &str| -> serde_json::Value {
        let answer = http.get(format!("{base}/api/v1{path}")).bearer_auth(token).send().await.expect("an answer");
        assert_eq!(answer.status(), 200, "{path}");
        answer.json().await.expect("JSON")
    };
    assert_eq!(get("/wallet").await["balance"], 500_000);
    let products = get("/products?limit=100").await;
    let products = products["items"].as_array().expect("a list");
    let number = |product: &serde_json::Value, name: &str| product[name].as_i64().expect("a number");
    let cheap =
        |product: &&serde_json::Value| number(product, "available_stock") >= 100 && number(product, "price") <= 30_000;
    assert!(products.iter().filter(cheap).count() >= 4);
    assert!(products.iter().any(|product| number(product, "available_stock") == 0), "one is sold out");
    let coupons = get("/coupons").await;
    let coupons = coupons["items"].as_array().expect("a list");
    let open = |coupon: &&serde_json::Value| {
        coupon["type"] == "rate" && coupon["minimum_amount"] == 0 && number(coupon, "remaining") >= 1_000
    };
    assert_eq!(coupons.iter().filter(open).count(), 1);
    drop(server);
}

#[test]
fn a_demo_that_others_could_reach_does_not_start_until_its_passwords_are_new() {
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let listen = [("LISTEN", "0.0.0.0:0")];
    for email in ["operator@damda.example", "shopper@damda.example"] {
        let refused = damda(folder.path(), &["serve"], &listen).output().expect("the program runs");
        assert_eq!(code(&refused), 2, "{}", err(&refused));
        assert!(err(&refused).contains("LISTEN") && err(&refused).contains(email), "{}", err(&refused));
        succeeds(&run(folder.path(), &["user", "reset-password", email]));
    }
    let mut child = damda(folder.path(), &["serve"], &listen)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    std::thread::sleep(Duration::from_secs(2));
    let state = child.try_wait().expect("its state");
    let _ = child.kill();
    let _ = child.wait();
    assert!(state.is_none(), "it should run now: {state:?}");
}

#[test]
fn a_shop_of_ones_own_is_not_filled_with_the_demo() {
    let folder = folder();
    succeeds(&run(folder.path(), &["admin", "create", "me@test.example"]));
    let refused = run(folder.path(), &["seed", "--demo"]);
    assert_eq!(code(&refused), 1);
    assert!(err(&refused).contains("not empty"), "{}", err(&refused));
}

#[test]
fn an_operator_is_made_with_a_password_that_is_given_or_printed() {
    let folder = folder();
    let said = succeeds(&run(folder.path(), &["admin", "create", "one@test.example", "--name", "운영자"]));
    assert!(said.contains("one@test.example is an operator") && said.contains("Password: "), "{said}");
    let again = run(folder.path(), &["admin", "create", "one@test.example"]);
    assert_eq!((code(&again), out(&again).as_str()), (1, ""));

    let with_password = |arguments: &[&str], password: &str| {
        let mut child = damda(folder.path(), arguments, &[])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("it starts");
        child.stdin.take().expect("its input").write_all(password.as_bytes()).expect("written");
        child.wait_with_output().expect("its output")
    };
    let given = with_password(&["admin", "create", "two@test.example", "--password-stdin"], "a good password\n");
    let said = succeeds(&given);
    assert!(!said.contains("Password"), "{said}");
    let short = with_password(&["admin", "create", "three@test.example", "--password-stdin"], "short\n");
    assert_eq!(code(&short), 1);
    assert!(err(&short).contains("password"), "{}", err(&short));

    succeeds(&with_password(&["user", "reset-password", "two@test.example", "--password-stdin"], "another password\n"));
    let nobody = run(folder.path(), &["user", "reset-password", "nobody@test.example"]);
    assert_eq!(code(&nobody), 1);
    assert!(err(&nobody).contains("nobody@test.example"), "{}", err(&nobody));
}

#[test]
fn a_person_is_frozen_and_let_in_again() {
    let folder = folder();
    succeeds(&run(folder.path(), &["admin", "create", "boss@test.example"]));
    succeeds(&run(folder.path(), &["admin", "create", "kim@test.example", "--role", "support"]));
    let last = run(folder.path(), &["user", "freeze", "boss@test.example"]);
    assert_eq!(code(&last), 1);
    assert!(err(&last).contains("only owner left"), "{}", err(&last));
    let said = succeeds(&run(folder.path(), &["user", "freeze", "KIM@test.example"]));
    assert!(said.contains("kim@test.example is frozen"), "{said}");
    let said = succeeds(&run(folder.path(), &["user", "unfreeze", "kim@test.example"]));
    assert!(said.contains("kim@test.example may log in again"), "{said}");
    for command in ["freeze", "unfreeze"] {
        let nobody = run(folder.path(), &["user", command, "nobody@test.example"]);
        assert_eq!((code(&nobody), out(&nobody).as_str()), (1, ""));
        assert!(err(&nobody).contains("nobody@test.example"), "{}", err(&nobody));
    }
}

#[test]
fn a_test_letter_says_what_became_of_it() {
    let folder = folder();
    let test = |environment: &[(&str, &str)], address: &str| {
        damda(folder.path(), &["mail", "test", address], environment).output().expect("the program runs")
    };
    let from = ("MAIL_FROM", "담다 <no-reply@test.example>");
    let said = succeeds(&test(&[("MAIL", "file:letters"), from], "kim@test.example"));
    assert!(said.contains("kim@test.example") && said.contains("the folder letters"), "{said}");
    let letters: Vec<_> = std::fs::read_dir(folder.path().join("letters")).expect("a folder").collect();
    assert_eq!(letters.len(), 1);
    assert!(!folder.path().join("damda.db").exists(), "no database is needed");

    let off = test(&[], "kim@test.example");
    assert_eq!(code(&off), 2);
    assert!(err(&off).starts_with("damda: MAIL is off"), "{}", err(&off));
    assert_eq!(code(&test(&[("MAIL", "file:letters"), from], "kim")), 2);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("its address");
    let route = format!("smtp://shop:hunter2@{closed}");
    let nobody = test(&[("MAIL", &route), from], "kim@test.example");
    assert_eq!(code(&nobody), 1);
    let text = err(&nobody);
    assert!(text.contains(&format!("the mail server at {closed}")) && !text.contains("hunter2"), "{text}");
}

#[test]
fn an_import_is_all_or_nothing_and_names_each_bad_line() {
    let folder = folder();
    let header =
        "sku,category,name,name_en,creator,price,stock,active,cover,summary,summary_en,description,description_en\n";
    let file = folder.path().join("goods.csv");
    let import = |rows: &str| {
        std::fs::write(&file, format!("{header}{rows}")).expect("written");
        run(folder.path(), &["product", "import", "goods.csv"])
    };
    let bad =
        import("A-1,ebook,책,,,1000,5,true,,,,,\nA-2,shoes,책,,,1050,5,true,,,,,\nA-3,ebook,,,,1000,-5,true,,,,,\n");
    assert_eq!(code(&bad), 1);
    for part in ["line 3", "category", "price", "line 4", "name", "stock", "nothing was imported"] {
        assert!(err(&bad).contains(part), "{part}: {}", err(&bad));
    }
    assert!(
        succeeds(&import("A-1,ebook,책,,,1000,5,true,,,,,\nA-2,font,글꼴,,,1100,5,true,,,,,\n"))
            .contains("2 products were added")
    );
    let again = succeeds(&import("A-1,ebook,책,,,1200,5,true,,,,,\nA-3,font,글꼴,,,1100,5,true,,,,,\n"));
    assert!(again.contains("1 products were added and 1 updated"), "{again}");
    let missing = run(folder.path(), &["product", "import", "none.csv"]);
    assert_eq!(code(&missing), 2);
}

#[tokio::test]
async fn verify_names_the_row_that_was_edited_by_hand() {
    let edits = [
        ("UPDATE wallets SET balance = balance + 10", "wallet"),
        ("UPDATE products SET reserved_stock = 1 WHERE total_stock > 0", "stock"),
        ("UPDATE coupons SET issued_quantity = issued_quantity + 1", "coupon"),
    ];
    for (edit, what) in edits {
        let folder = folder();
        succeeds(&run(folder.path(), &["seed", "--demo"]));
        succeeds(&run(folder.path(), &["verify"]));
        let url = format!("sqlite://{}", folder.path().join("damda.db").display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
        let edited = sqlx::query(edit).execute(&mut connection).await.expect("an edit by hand");
        assert!(edited.rows_affected() > 0, "{edit}");
        connection.close().await.expect("closed");
        let said = run(folder.path(), &["verify"]);
        assert_eq!(code(&said), 1, "{edit}: {}", out(&said));
        assert!(out(&said).contains("BROKEN") && out(&said).to_lowercase().contains(what), "{edit}: {}", out(&said));
    }
}

#[test]
fn verify_makes_no_database() {
    let folder = folder();
    let said = run(folder.path(), &["verify"]);
    assert_eq!(code(&said), 2);
    assert!(err(&said).contains("damda.db"), "{}", err(&said));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
}

/// Where a shop may move to: another file, and a MySQL or MariaDB where `DAMDA_TEST_MYSQL` names one.
async fn new_homes() -> Vec<String> {
    let mut homes = vec!["sqlite://new.db".to_owned()];
    if let Ok(server) = std::env::var("DAMDA_TEST_MYSQL") {
        let name = format!("damda_move_{}_{:016x}", std::process::id(), rand::random::<u64>());
        let mut connection = sqlx::MySqlConnection::connect(&server).await.expect("the server for tests");
        let create = format!("CREATE DATABASE {name} CHARACTER SET utf8mb4");
        sqlx::query(sqlx::AssertSqlSafe(create)).execute(&mut connection).await.expect("a database");
        connection.close().await.expect("closed");
        homes.push(format!("{}/{name}", server.trim_end_matches('/')));
    }
    homes
}

#[tokio::test]
async fn a_shop_moves_with_one_file_and_goes_on_where_it_stopped() {
    for home in new_homes().await {
        let folder = folder();
        succeeds(&run(folder.path(), &["seed", "--demo"]));
        let said = succeeds(&run(folder.path(), &["export", "shop.jsonl"]));
        assert!(said.contains("users") && said.contains("password hashes"), "{said}");
        let mode = std::fs::metadata(folder.path().join("shop.jsonl")).expect("the file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "only its owner reads it");

        let environment = [("DATABASE_URL", home.as_str()), ("CHARGES", "open"), ("JWT_SECRET", KEY)];
        let there = |arguments: &[&str]| damda(folder.path(), arguments, &environment).output().expect("it runs");
        let said = succeeds(&there(&["import", "shop.jsonl"]));
        assert!(said.contains("invariants hold") && !said.contains("BROKEN"), "{said}");
        assert_eq!(out(&there(&["verify"])), out(&run(folder.path(), &["verify"])), "the same figures on both sides");
        succeeds(&there(&["export", "again.jsonl"]));
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).expect("an export");
        assert_eq!(read("shop.jsonl"), read("again.jsonl"));

        let server = Server::start(folder.path(), &environment).ready().await;
        let body = json!({"email": "shopper@damda.example", "password": "damda-shopper"});
        let login = client().post(format!("{}/api/v1/auth/login", server.base)).json(&body).send().await;
        assert_eq!(login.expect("an answer").status(), 200);
        drop(server);

        let twice = there(&["import", "shop.jsonl"]);
        assert_eq!((code(&twice), out(&twice).as_str()), (1, ""));
        assert!(err(&twice).contains("nothing was imported: the database is not empty"), "{}", err(&twice));
    }
}

#[test]
fn what_is_no_whole_export_is_refused_and_nothing_is_written_over() {
    let folder = folder();
    let none = run(folder.path(), &["export", "shop.jsonl"]);
    assert_eq!(code(&none), 2);
    assert!(err(&none).contains("damda.db"), "{}", err(&none));
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "no shop, no file");

    succeeds(&run(folder.path(), &["seed", "--demo"]));
    succeeds(&run(folder.path(), &["export", "shop.jsonl"]));
    let file = folder.path().join("shop.jsonl");
    let whole = std::fs::read(&file).expect("the file");
    let again = run(folder.path(), &["export", "shop.jsonl"]);
    assert_eq!(code(&again), 2);
    assert_eq!(std::fs::read(&file).expect("the file"), whole, "it is as it was");
    assert_eq!(code(&run(folder.path(), &["export", "nowhere/shop.jsonl"])), 2);

    let import = || {
        damda(folder.path(), &["import", "shop.jsonl"], &[("DATABASE_URL", "sqlite://new.db")])
            .output()
            .expect("it runs")
    };
    std::fs::write(&file, &whole[..whole.len() / 2]).expect("written");
    let cut = import();
    assert_eq!(code(&cut), 1);
    assert!(err(&cut).contains("cut off") && err(&cut).contains("copy it again"), "{}", err(&cut));
    std::fs::write(&file, "sku,category\n").expect("written");
    let other = import();
    assert_eq!(code(&other), 1);
    assert!(err(&other).contains("no export"), "{}", err(&other));
    std::fs::write(&file, &whole).expect("written");
    succeeds(&import());
    assert_eq!(code(&run(folder.path(), &["import", "none.jsonl"])), 2);
}

/// The files of a folder by name.
fn files(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).expect("a folder");
    entries.map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned()).collect()
}

async fn edit_by_hand(folder: &Path, sql: &'static str) {
    let url = format!("sqlite://{}", folder.join("damda.db").display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.expect("a connection");
    let edited = sqlx::query(sql).execute(&mut connection).await.expect("an edit by hand");
    assert!(edited.rows_affected() > 0, "{sql}");
    connection.close().await.expect("closed");
}

#[tokio::test]
async fn a_backup_says_what_it_found_and_is_never_written_over() {
    let folder = folder();
    let none = run(folder.path(), &["backup", "copy.db"]);
    assert_eq!(code(&none), 2);
    assert!(err(&none).contains("damda.db") && files(folder.path()).is_empty(), "{}", err(&none));

    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let said = succeeds(&run(folder.path(), &["backup", "copy.db"]));
    for part in ["All 21 invariants hold.", "copy.db (", "B), as it was at one moment", "password hashes"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("BROKEN"), "{said}");
    let served = Server::start(folder.path(), &[("DATABASE_URL", "sqlite://copy.db")]).ready().await;
    drop(served);
    for (file, part) in [("copy.db", "there already"), (".", "there already"), ("nowhere/copy.db", "cannot be made")] {
        let refused = run(folder.path(), &["backup", file]);
        assert_eq!((code(&refused), out(&refused).as_str()), (2, ""), "{file}");
        assert!(err(&refused).contains(part), "{}", err(&refused));
    }

    let mysql = [("DATABASE_URL", "mysql://u:hunter2@127.0.0.1:1/d")];
    let other = damda(folder.path(), &["backup", "other.db"], &mysql).output().expect("the program runs");
    assert_eq!(code(&other), 2);
    assert!(err(&other).contains("mariadb-dump --single-transaction") && !err(&other).contains("hunter2"));

    edit_by_hand(folder.path(), "UPDATE wallets SET balance = balance + 1 WHERE balance > 0").await;
    let off = run(folder.path(), &["backup", "off.db"]);
    assert_eq!(code(&off), 1);
    assert!(out(&off).contains("BROKEN") && err(&off).contains("do not add up"), "{}{}", out(&off), err(&off));
    edit_by_hand(
        folder.path(),
        "DELETE FROM _sqlx_migrations WHERE version = (SELECT MAX(version) FROM _sqlx_migrations)",
    )
    .await;
    let older = succeeds(&run(folder.path(), &["backup", "older.db"]));
    assert!(older.contains("another version") && !older.contains("invariants"), "{older}");
    let left = files(folder.path());
    assert!(left.contains("off.db") && left.contains("older.db") && !left.iter().any(|name| name.ends_with(".new")));
}

#[test]
fn a_file_that_is_damaged_or_no_database_is_told_with_what_to_do() {
    let folder = folder();
    let file = folder.path().join("damda.db");
    std::fs::write(&file, [0xab; 16_384]).expect("written");
    for command in ["serve", "verify"] {
        let said = run(folder.path(), &[command]);
        assert_eq!(code(&said), 3, "{command}: {}", err(&said));
        let last = err(&said).trim_end().lines().last().unwrap_or_default().to_owned();
        assert!(last.starts_with("damda: the database at sqlite://damda.db"), "{command}: {last}");
        assert!(last.contains("restore the last backup"), "{command}: {last}");
    }
    assert_eq!(std::fs::read(&file).expect("the file"), [0xab; 16_384], "it is as it was");

    std::fs::remove_file(&file).expect("removed");
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let mut bytes = std::fs::read(&file).expect("the file");
    // All but the first page and every fourth, as a disk that forgets leaves it.
    for (number, page) in bytes.chunks_mut(4_096).enumerate().filter(|(number, _)| *number > 0 && number % 4 != 0) {
        page.fill(u8::try_from(number % 251).expect("a byte"));
    }
    std::fs::write(&file, bytes).expect("written");
    let before = files(folder.path());
    for arguments in [&["verify"][..], &["backup", "copy.db"]] {
        let said = run(folder.path(), arguments);
        assert_eq!(code(&said), 3, "{arguments:?}: {}{}", out(&said), err(&said));
        assert!(err(&said).contains("restore the last backup"), "{arguments:?}: {}", err(&said));
    }
    let after = files(folder.path());
    assert!(!after.contains("copy.db") && !after.iter().any(|name| name.ends_with(".new")), "{before:?} {after:?}");
}

#[tokio::test]
async fn a_clock_before_the_newest_order_is_told_and_the_shop_sells_on() {
    let folder = folder();
    succeeds(&run(folder.path(), &["seed", "--demo"]));
    let log = folder.path().join("damda.log");
    let sell = async || {
        let server = Server::start_logging(folder.path(), &[("ORDER_LIMIT", "off")], &log).ready().await;
        let http = client();
        let post = async |path: &str, token: &str, body: &serde_json::Value| {
            let request = http.post(format!("{}/api/v1{path}", server.base)).header("authorization", token);
            let request = request.header("idempotency-key", format!("{:032x}", rand::random::<u128>()));
            let answer = request.json(body).send().await.expect("an answer");
            (answer.status().as_u16(), answer.json::<serde_json::Value>().await.expect("JSON"))
        };
        let login = json!({"email": "shopper@damda.example", "password": "damda-shopper"});
        let (_, login) = post("/auth/login", "", &login).await;
        let token = format!("Bearer {}", login["access_token"].as_str().expect("a token"));
        let products = http.get(format!("{}/api/v1/products?limit=100", server.base)).send().await.expect("an answer");
        let products: serde_json::Value = products.json().await.expect("JSON");
        let has_some = |product: &&serde_json::Value| product["available_stock"].as_i64() > Some(10);
        let product = products["items"].as_array().expect("a list").iter().find(has_some).expect("a product");
        let order = json!({"items": [{"product_id": product["id"], "quantity": 1}]});
        let (status, order) = post("/orders", &token, &order).await;
        assert_eq!((status, &order["status"]), (201, &json!("COMPLETED")), "{order}");
        succeeds(&server.stop());
        std::fs::read_to_string(&log).expect("the log")
    };
    assert!(!sell().await.contains("before the newest order"));
    // As if this machine had said 2100 once.
    let order = "INSERT INTO orders (id, user_id, status, total_amount, discount_amount, final_amount, created_at) \
                 VALUES (x'03BB2CC3D80070008000000000000000', 1, 'REJECTED', 100, 0, 100, 4102444800000)";
    edit_by_hand(folder.path(), order).await;
    let said = sell().await;
    let line = said.lines().find(|line| line.contains("before the newest order")).expect("a warning");
    for part in ["WARN", "newest_order=\"2100-01-01T00:00:00Z\"", "timedatectl set-ntp true"] {
        assert!(line.contains(part), "{part}: {line}");
    }
}

#[test]
fn a_wrong_setting_stops_the_start_with_one_sentence() {
    let table: [(&[(&str, &str)], &str); 10] = [
        (&[("DATABASE_URL", "sqlite://nowhere/damda.db")], "DATABASE_URL"),
        (&[("LISTEN", "nowhere")], "LISTEN"),
        (&[("ORDER_LIMIT", "fast")], "ORDER_LIMIT"),
        (&[("JWT_SECRET", "hunter2")], "JWT_SECRET"),
        (&[("DAMDA_CONFIG", "none.toml")], "DAMDA_CONFIG"),
        (&[("DAMDA_LOG", "damda=loud")], "DAMDA_LOG"),
        (&[("MAIL", "smtp://hunter2@mail.example"), ("MAIL_FROM", "a@b.co")], "MAIL"),
        (&[("MAIL", "file:/dev/null/letters"), ("MAIL_FROM", "a@b.co")], "MAIL"),
        (&[("DATABASE_URL", "mysql://u:hunter2@127.0.0.1:1/d")], "CHARGES"),
        (&[("DATABASE_URL", "mysql://u:hunter2@127.0.0.1:1/d"), ("CHARGES", "off")], "JWT_SECRET"),
    ];
    for (environment, name) in table {
        let folder = folder();
        let said = damda(folder.path(), &[], environment).output().expect("the program runs");
        assert_eq!(code(&said), 2, "{name}: {}", err(&said));
        let text = err(&said);
        assert!(text.starts_with(&format!("damda: {name}")) && text.trim_end().lines().count() == 1, "{text}");
        assert!(!text.contains("hunter2"), "{text}");
        assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0, "{name}");
    }
}

#[test]
fn a_database_that_does_not_answer_is_told_without_its_password() {
    let folder = folder();
    let environment = [("DATABASE_URL", "mysql://u:hunter2@127.0.0.1:1/d")];
    let said = damda(folder.path(), &["migrate"], &environment).output().expect("the program runs");
    assert_eq!(code(&said), 3);
    assert!(err(&said).contains("mysql://127.0.0.1:1/d") && !err(&said).contains("hunter2"), "{}", err(&said));
}

#[test]
fn settings_come_from_a_file_too() {
    let folder = folder();
    std::fs::write(folder.path().join("damda.toml"), "database_url = \"sqlite://goods/my shop.db\"\n")
        .expect("written");
    std::fs::create_dir(folder.path().join("goods")).expect("a folder");
    succeeds(&run(folder.path(), &["migrate"]));
    assert!(folder.path().join("goods/my shop.db").exists());
}

#[tokio::test]
async fn what_the_owner_sets_stands_in_the_shop() {
    let folder = folder();
    let texts = folder.path().join("texts");
    std::fs::create_dir(&texts).expect("a folder");
    let terms = "updated: 2026-12-01\n# 우리 약관\n\n## 첫째\n\n{seller_name}의 약관입니다.\n";
    std::fs::write(texts.join("terms.ko.md"), terms).expect("written");
    let environment = [
        ("SELLER_NAME", "달빛 문구"),
        ("SELLER_PHONE", "02-123-4567"),
        ("PAGES_DIR", "texts"),
        ("CORS_ORIGINS", "https://a.example"),
        ("TOKEN_TTL", "5m"),
    ];
    let server = Server::start(folder.path(), &environment).ready().await;
    let page = async |path: &str| {
        let request = client().get(format!("{}{path}", server.base)).header("accept", "text/html");
        request.header("accept-language", "ko").send().await.expect("an answer").text().await.expect("a page")
    };
    let home = page("/").await;
    assert!(home.contains("달빛 문구") && home.contains("02-123-4567"), "{home}");
    let own = page("/terms").await;
    for part in ["우리 약관", "달빛 문구의 약관입니다", "2026-12-01"] {
        assert!(own.contains(part), "{part}: {own}");
    }
    assert!(page("/privacy").await.contains("개인정보"), "what the owner has not written is the template");

    let person = json!({"email": "dami@test.example", "name": "a", "password": "correct horse 9"});
    let register = client().post(format!("{}/api/v1/auth/register", server.base)).json(&person);
    let answer = register.header("origin", "https://a.example").send().await.expect("an answer");
    assert_eq!(answer.headers()["access-control-allow-origin"], "https://a.example");
    let body: serde_json::Value = answer.json().await.expect("JSON");
    assert_eq!(body["expires_in"], 300, "{body}");
    succeeds(&server.stop());

    std::fs::write(texts.join("terms.ko.md"), "# 우리 약관\n\n<script>x</script>\n").expect("written");
    let said = damda(folder.path(), &["serve"], &environment).output().expect("the program runs");
    assert_eq!(code(&said), 2, "{}", err(&said));
    assert!(err(&said).starts_with("damda: PAGES_DIR: line 3 of terms.ko.md"), "{}", err(&said));
}

#[test]
fn a_file_of_settings_that_is_damaged_is_named() {
    let table: [(&[u8], &str); 4] = [
        (b"listen = \"127.0.0.1:3000\"\n\xff\xfe\x00", "cannot be read"),
        (b"\0\0\0\0\0\0\0\0", "is not TOML near line 1"),
        (b"listen = \"127.0.0.1:3000\"\norder_limit = \"1/", "is not TOML near line 2"),
        (b"listen = \"127.0.0.1:3000\"\norder_limi", "is not TOML near line 2"),
    ];
    for (bytes, part) in table {
        let folder = folder();
        std::fs::write(folder.path().join("damda.toml"), bytes).expect("written");
        let said = run(folder.path(), &["serve"]);
        assert_eq!(code(&said), 2, "{}", err(&said));
        let text = err(&said);
        assert!(text.starts_with("damda: DAMDA_CONFIG") && text.trim_end().lines().count() == 1, "{text}");
        assert!(text.contains("damda.toml") && text.contains(part), "{text}");
        assert_eq!(files(folder.path()).len(), 1, "no shop was begun");
    }
}

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listen = taken.local_addr().expect("its address").to_string();
    let said = damda(folder.path(), &["serve"], &[("LISTEN", &listen)]).output().expect("the program runs");
    assert_eq!(code(&said), 2);
    assert!(err(&said).contains("LISTEN") && err(&said).contains("another port"), "{}", err(&said));
}
