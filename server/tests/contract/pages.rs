//! Buying on a page is buying by the API: the same order, placed by the checkout's form as a browser without
//! JavaScript sends it, and placed by a program, leaves the same rows in every table.

use crate::browser::Browser;
use crate::client::PASSWORD;
use crate::fleet::{Filling, Fleet, Goods, mysql_server, new_database, unique};
use serde_json::{Value, json};
use sqlx::{Connection, Row};
use std::collections::BTreeMap;

/// What differs between any two orders: ids, request ids, times; and the salt of a password.
const NOT_COMPARED: [&str; 7] =
    ["password_hash", "order_id", "posting_id", "subject_id", "request_id", "hour_start", "payload"];
/// Who buys.
const EMAIL: &str = "dami@test.example";
/// Whose ids are made of the moment.
const OWN_ID_DIFFERS: [&str; 4] = ["orders", "point_transactions", "outbox", "wallet_adjustments"];
/// What only a browser has, and what is the migrations' and the engine's own.
const TABLES_NOT_COMPARED: [&str; 7] = [
    "sessions",
    "_sqlx_migrations",
    "sqlite_sequence",
    "alert_samples",
    "alert_people",
    "minute_figures",
    "shopper_blocks",
];

/// The job that looks for what is bought together would come when it likes.
const QUIET: [(&str, &str); 1] = [("PAIRS_EVERY", "off")];
const FILLING: Filling = Filling::Load { shoppers: 1 };

/// Every row of every table, without what differs, as text; sorted.
type Rows = BTreeMap<String, Vec<String>>;

async fn texts(database: &str, sql: &str) -> Vec<String> {
    let sql = || sqlx::AssertSqlSafe(sql.to_owned());
    if database.starts_with("sqlite:") {
        let mut connection = sqlx::SqliteConnection::connect(database).await.expect("the database");
        let rows = sqlx::query(sql()).fetch_all(&mut connection).await.expect("rows");
        rows.iter().map(|row| row.get(0)).collect()
    } else {
        let mut connection = sqlx::MySqlConnection::connect(database).await.expect("the database");
        let rows = sqlx::query(sql()).fetch_all(&mut connection).await.expect("rows");
        rows.iter().map(|row| row.get(0)).collect()
    }
}

async fn read_rows(database: &str) -> Rows {
    let is_sqlite = database.starts_with("sqlite:");
    let tables = if is_sqlite {
        "SELECT name FROM sqlite_master WHERE type = 'table'"
    } else {
        "SELECT CAST(table_name AS CHAR) FROM information_schema.tables WHERE table_schema = DATABASE()"
    };
    let mut all = Rows::new();
    for table in texts(database, tables).await {
        if TABLES_NOT_COMPARED.contains(&table.as_str()) {
            continue;
        }
        let columns = if is_sqlite {
            format!("SELECT name FROM pragma_table_info('{table}')")
        } else {
            format!(
                "SELECT CAST(column_name AS CHAR) FROM information_schema.columns \
                 WHERE table_schema = DATABASE() AND table_name = '{table}' ORDER BY ordinal_position"
            )
        };
        let is_compared = |column: &String| {
            let is_own_id = column == "id" && OWN_ID_DIFFERS.contains(&table.as_str());
            !is_own_id && !column.ends_with("_at") && !NOT_COMPARED.contains(&column.as_str())
        };
        let columns: Vec<String> = texts(database, &columns).await.into_iter().filter(is_compared).collect();
        let values: Vec<String> = columns.iter().map(|column| format!("COALESCE(HEX({column}), '-')")).collect();
        let rows = format!("SELECT CAST(CONCAT_WS(' ', {}) AS CHAR) FROM {table}", values.join(", "));
        let mut rows = texts(database, &rows).await;
        rows.sort();
        all.insert(format!("{table} ({})", columns.join(" ")), rows);
    }
    all
}

fn field<'a>(page: &'a str, name: &str) -> &'a str {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} on the page"));
    let tag = &page[page[..at].rfind('<').expect("a tag")..];
    let value = tag[..tag.find('>').expect("its end")].split("value=\"").nth(1).expect("a value");
    value.split('"').next().expect("its end")
}

/// A shop and what is bought there.
struct Visit<'a> {
    shop: &'a Fleet,
    product: i64,
}

impl<'a> Visit<'a> {
    async fn begin(shop: &'a Fleet) -> Self {
        let product = shop.import(&[Goods { sku: "BOOK-1", price: 12_300, stock: 30 }]).await[0];
        Self { shop, product }
    }

    async fn member(&self) -> crate::client::Client {
        let body = json!({"email": EMAIL, "name": "김담이", "password": PASSWORD});
        let answer = self.shop.visitor.post("/api/v1/auth/register", &body).await.expect(201);
        let member = self.shop.visitor.with_token(answer.body["access_token"].as_str().expect("a token"));
        let charge = json!({"amount": 50_000});
        member.post_with_key("/api/v1/wallet/charges", &unique("key"), &charge).await.expect(201);
        member.claim("FCFS100").await.expect(201);
        member
    }

    /// Two with the coupon, which are sold; ten, which the wallet cannot pay.
    async fn buy_by_program(&self) {
        let member = self.member().await;
        let body = |quantity: i64, coupon: Value, amount: i64| {
            json!({"items": [{"product_id": self.product, "quantity": quantity}], "coupon_code": coupon,
                   "expected_amount": amount, "withdrawal_consent": true})
        };
        let sold = body(2, json!("FCFS100"), 22_140);
        member.post_with_key("/api/v1/orders", &unique("key"), &sold).await.expect(201);
        let refused = member.post_with_key("/api/v1/orders", &unique("key"), &body(10, json!(null), 123_000)).await;
        refused.problem(409, "insufficient_balance");
    }

    async fn buy_on_the_page(&self) {
        self.member().await;
        let mut browser = Browser::through(&self.shop.visitor);
        browser.post("/fn/login", &[("email", EMAIL), ("password", PASSWORD), ("next", "/")]).await;
        let checkout = format!("/checkout?items={}%3A2&coupon=FCFS100", self.product);
        let page = browser.get(&checkout).await.expect(200).text;
        let items = [format!("{}:2", self.product), format!("{}:10", self.product)];
        let (consent, another_id) = (field(&page, "consent"), unique("key"));
        let form = |items, coupon, amount, request_id| {
            [
                ("items", items),
                ("coupon", coupon),
                ("expected_amount", amount),
                ("request_id", request_id),
                ("source", "direct"),
                ("consent", consent),
            ]
        };
        let sold = form(&items[0], "FCFS100", field(&page, "expected_amount"), field(&page, "request_id"));
        let next = browser.post("/fn/place_order", &sold).await;
        assert!(next.starts_with("/orders/"), "{next}");
        let refused = form(&items[1], "", "123000", &another_id);
        let next = browser.post("/fn/place_order", &refused).await;
        assert!(next.starts_with("/checkout"), "{next}");
    }
}

/// The same visit in two new shops of one engine, in these empty databases.
async fn assert_both_ways_leave_the_same([one, other]: [String; 2]) {
    let shop = Fleet::open(&one, 1, FILLING, &QUIET).await;
    Visit::begin(&shop).await.buy_by_program().await;
    shop.close();
    let shop = Fleet::open(&other, 1, FILLING, &QUIET).await;
    Visit::begin(&shop).await.buy_on_the_page().await;
    shop.close();
    let [by_program, on_the_page] = [read_rows(&one).await, read_rows(&other).await];
    assert_eq!(by_program.len(), on_the_page.len());
    for (table, rows) in &by_program {
        assert_eq!(Some(rows), on_the_page.get(table), "{table}");
    }
    let count = |table: &str| by_program.iter().find(|(name, _)| name.starts_with(table)).map(|(_, rows)| rows.len());
    assert_eq!((count("orders ("), count("order_items ("), count("requests (")), (Some(2), Some(2), Some(3)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_on_the_page_leaves_the_rows_of_one_by_the_api_on_sqlite() {
    let folder = crate::program::folder();
    let database = |name: &str| format!("sqlite://{}", folder.path().join(name).display());
    assert_both_ways_leave_the_same([database("one.db"), database("other.db")]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_order_on_the_page_leaves_the_rows_of_one_by_the_api_on_mariadb() {
    let Some(server) = mysql_server() else { return };
    assert_both_ways_leave_the_same([new_database(&server).await, new_database(&server).await]).await;
}
