//! The program on MariaDB: two accounts, months, and tokens of instances whose machines' clocks differ.

#[path = "support/program.rs"]
mod program;

use program::{Server, client, damda, err, folder, free_address, succeeds};
use server::secret::Secret;
use server::token::Tokens;
use shop::Timestamp;
use shop::database::{Db, clock};
use shop::id::UserId;
use shop::ports::{Clock, SystemClock};
use shop::user::Role;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use std::sync::Arc;
use std::time::Duration;

const KEY: &str = "0123456789abcdef0123456789abcdef";

/// A database of the test's own, dropped in the end.
struct Database {
    server: String,
    name: String,
}

impl Database {
    async fn make(what: &str) -> Self {
        let server = std::env::var("DAMDA_TEST_MYSQL").unwrap_or_default();
        assert!(!server.is_empty(), "DAMDA_TEST_MYSQL names no server: run `make test`, which starts one");
        let database = Self {
            server: server.trim_end_matches('/').to_owned(),
            name: format!("damda_program_{what}_{}", std::process::id()),
        };
        let name = &database.name;
        database.run(&format!("DROP DATABASE IF EXISTS {name}; CREATE DATABASE {name}")).await;
        database
    }

    fn url(&self) -> String {
        format!("{}/{}", self.server, self.name)
    }

    fn url_of(&self, account: &str, password: &str) -> String {
        let (_, place) = self.server.split_once('@').expect("an account");
        format!("mysql://{account}:{password}@{place}/{}", self.name)
    }

    async fn run(&self, script: &str) {
        let mut connection = MySqlConnection::connect(&self.server).await.expect("the server for tests");
        sqlx::raw_sql(AssertSqlSafe(script.to_owned())).execute(&mut connection).await.expect(script);
        connection.close().await.expect("closed");
    }

    async fn drop(self) {
        self.run(&format!("DROP DATABASE {}", self.name)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_shop_migrates_by_one_account_serves_by_another_and_warns_of_rows_after_the_last_month() {
    let database = Database::make("accounts").await;
    let folder = folder();
    let succeeds_with = |environment: &[(&str, &str)], command: &str| {
        let output = damda(folder.path(), &[command], environment).output().expect("the program runs");
        assert!(succeeds(&output).contains(&database.name), "{command}");
    };
    succeeds_with(&[("DATABASE_URL", &database.url())], "migrate");
    let name = &database.name;
    let script = include_str!("../../deploy/mysql-accounts.sql")
        .replace("damda_owner'", &format!("{name}_o'"))
        .replace("damda_serve'", &format!("{name}_s'"))
        .replace("EXISTS damda ", &format!("EXISTS {name} "))
        .replace(" damda.", &format!(" {name}."));
    database.run(&script).await;
    let serve = database.url_of(&format!("{name}_s"), "change-this-serve-password");
    let owner = database.url_of(&format!("{name}_o"), "change-this-owner-password");
    let denied = damda(folder.path(), &["migrate"], &[("DATABASE_URL", &serve)]).output().expect("it runs");
    assert!(err(&denied).contains("denied") && !err(&denied).contains("change-this"), "{}", err(&denied));
    let both = [("DATABASE_URL", serve.as_str()), ("MIGRATE_DATABASE_URL", owner.as_str())];
    succeeds_with(&both, "migrate");

    // An id from the year 2100, as a broken clock makes it, lies after every month.
    database
        .run(&format!(
            "INSERT INTO {name}.orders (id, user_id, status, total_amount, discount_amount, final_amount, created_at) \
             VALUES (UNHEX('03BB2CC3D80070008000000000000000'), 1, 'REJECTED', 100, 0, 100, 1)"
        ))
        .await;
    let (metrics, log) = (free_address(), folder.path().join("log"));
    let mut environment = both.to_vec();
    environment.extend([("JWT_SECRET", KEY), ("CHARGES", "open"), ("METRICS_LISTEN", metrics.as_str())]);
    let server = Server::start_logging(folder.path(), &environment, &log).ready().await;
    let told = async {
        loop {
            let answer = client().get(format!("http://{metrics}/metrics")).send().await.expect("an answer");
            let text = answer.text().await.expect("text");
            if text.contains("damda_rows_after_months{table=\"orders\"} 1") {
                return text;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    let text = tokio::time::timeout(Duration::from_secs(60), told).await.expect("the alert within a minute");
    assert!(text.contains("damda_rows_after_months{table=\"order_items\"} 0"), "{text}");
    let said = std::fs::read_to_string(&log).expect("a log");
    assert!(said.contains("rows lie after the last month") && !said.contains("denied"), "{said}");
    succeeds(&server.stop());
    database.run(&format!("DROP USER '{name}_o'@'%'; DROP USER '{name}_s'@'%'")).await;
    database.drop().await;
}

/// A machine whose clock is wrong by so many milliseconds.
struct Machine(i64);

impl Clock for Machine {
    fn now(&self) -> Timestamp {
        Timestamp::from_millis(SystemClock.now().millis() + self.0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lives_as_long_on_every_instance_however_their_machines_clocks_differ() {
    let database = Database::make("tokens").await;
    let db = Db::open(&database.url()).await.expect("a database");
    let machines = || [Arc::new(Machine(40_000)), Arc::new(Machine(-40_000))];
    let tokens = Tokens::new(&Secret::new(KEY), Duration::from_secs(60));
    let issue = |now| tokens.issue_for(UserId::new(1), Role::Shopper, 1, now).expect("a token");

    let [ahead, behind] = machines();
    let token = issue(behind.now());
    assert!(tokens.read(&token, ahead.now()).is_none(), "without the agreement it is born dead");

    let [ahead, behind] = machines();
    let (ahead, behind) =
        (clock::agree(&db, ahead).await.expect("the time"), clock::agree(&db, behind).await.expect("the time"));
    for (here, there) in [(&ahead, &behind), (&behind, &ahead)] {
        let token = issue(here.now());
        assert!(tokens.read(&token, there.now()).is_some());
        assert!(tokens.read(&token, there.now().after(Duration::from_secs(70))).is_none());
    }
    drop((ahead, behind));
    db.close().await;
    database.drop().await;
}
