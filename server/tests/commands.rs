//! The program itself, as its owner types it: in an empty folder, with nothing but its file.

#[path = "support/program.rs"]
mod program;

use program::{Server, client, code, damda, err, folder, out, run, succeeds};
use serde_json::json;
use sqlx::Connection;
use std::io::Write;
use std::process::Stdio;
use std::time::Duration;

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

#[test]
fn a_wrong_setting_stops_the_start_with_one_sentence() {
    let table: [(&[(&str, &str)], &str); 7] = [
        (&[("DATABASE_URL", "sqlite://nowhere/damda.db")], "DATABASE_URL"),
        (&[("LISTEN", "nowhere")], "LISTEN"),
        (&[("ORDER_LIMIT", "fast")], "ORDER_LIMIT"),
        (&[("JWT_SECRET", "hunter2")], "JWT_SECRET"),
        (&[("DAMDA_CONFIG", "none.toml")], "DAMDA_CONFIG"),
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

#[test]
fn a_port_that_is_taken_is_named() {
    let folder = folder();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let listen = taken.local_addr().expect("its address").to_string();
    let said = damda(folder.path(), &["serve"], &[("LISTEN", &listen)]).output().expect("the program runs");
    assert_eq!(code(&said), 2);
    assert!(err(&said).contains("LISTEN") && err(&said).contains("another port"), "{}", err(&said));
}
