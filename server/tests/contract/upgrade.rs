//! A newer version brings the database up to date while older ones still serve: they neither notice nor fail, also
//! when they are started again. What a migration may do so that this stays true is kept by
//! `shop/tests/all/migrations.rs`; `docs/deploy.md` says how one upgrades.

use crate::degradation::{BUYERS, Buyers, PRICE, STOCK, assert_only, settle};
use crate::fleet::{Filling, Fleet, mysql_server, new_database};
use crate::program::{Server, succeeds};
use sqlx::{AssertSqlSafe, Connection, MySqlConnection, SqliteConnection};

/// A table that changes makes an order wait, up to ten seconds on MariaDB; its stock is held for longer than that.
const PATIENT: [(&str, &str); 1] = [("RESERVATION_TTL", "120s")];

/// What a version after this one might do, and how it would be noted.
const NEWER: [&str; 5] = [
    "ALTER TABLE orders ADD COLUMN gift_note VARCHAR(200)",
    "ALTER TABLE users ADD COLUMN points BIGINT NOT NULL DEFAULT 0",
    "CREATE TABLE gifts (id BIGINT NOT NULL PRIMARY KEY, order_id BIGINT NOT NULL)",
    "CREATE INDEX orders_by_gift ON orders (gift_note, id)",
    "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
     VALUES (9999, 'gifts', TRUE, '', 1)",
];

async fn run_each(database: &str, statements: &[&str]) {
    for statement in statements {
        // In SQLite a TEXT column of a strict table is not called VARCHAR, nor an INTEGER one BIGINT.
        let of_sqlite = statement.replace("VARCHAR(200)", "TEXT").replace("BIGINT", "INTEGER").replace("''", "x''");
        if database.starts_with("sqlite:") {
            let mut connection = SqliteConnection::connect(database).await.expect("the shop's file");
            sqlx::raw_sql(AssertSqlSafe(of_sqlite)).execute(&mut connection).await.expect(statement);
            connection.close().await.expect("closed");
        } else {
            let mut connection = MySqlConnection::connect(database).await.expect("the shop's database");
            sqlx::raw_sql(AssertSqlSafe((*statement).to_owned())).execute(&mut connection).await.expect(statement);
            connection.close().await.expect("closed");
        }
    }
}

/// The number of the instance that is started again.
const AGAIN: usize = 7;

/// Sells a little on an instance of this shop that was just started.
async fn sells(shop: &Fleet, arguments: &[&str]) -> Server {
    let instance = shop.start_saying(AGAIN, arguments, &[]).ready().await;
    let product = shop.product(PRICE, STOCK).await;
    let token = shop.shoppers()[0].token();
    let shopper = crate::client::Client::to(vec![instance.base.clone()]).with_token(&token);
    shopper.buy(product, 1).await.expect(201);
    instance
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_serves_on_while_a_newer_version_migrates_and_starts_again_on_what_it_finds() {
    let filling = Filling::Load { shoppers: BUYERS };
    let sqlite = Fleet::on_sqlite(filling, &PATIENT).await;
    let file = format!("sqlite://{}", sqlite.folder().join("damda.db").display());
    let mut shops = vec![(sqlite, file)];
    if let Some(server) = mysql_server() {
        let database = new_database(&server).await;
        shops.push((Fleet::open(&database, 3, filling, &PATIENT).await, database));
    }
    for (shop, database) in shops {
        let buyers = Buyers::begin(&shop.shoppers(), shop.product(PRICE, STOCK).await);
        buyers.sell(50).await;
        for statement in NEWER {
            run_each(&database, &[statement]).await;
            buyers.sell(20).await;
        }
        assert_only(&settle(&shop, vec![buyers]).await, &["201"]);
        // The step back, and an instance that ends in the middle of an upgrade and is started again.
        for arguments in [&[][..], &["serve"], &["serve", "--no-migrate"]] {
            let instance = sells(&shop, arguments).await;
            assert!(shop.log(AGAIN).contains("newer version"), "{}", shop.log(AGAIN));
            assert!(tokio::task::block_in_place(|| instance.stop()).status.success());
        }
        succeeds(&shop.run(&["migrate"]));
        shop.close();
    }
}

/// Rows that no shopper has to wait for when the table changes.
const MANY: u32 = 200_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tables_of_many_rows_change_under_three_instances_that_sell() {
    let Some(server) = mysql_server() else { return };
    let database = new_database(&server).await;
    let shop = Fleet::open(&database, 3, Filling::Load { shoppers: BUYERS }, &PATIENT).await;
    let product = shop.product(PRICE, STOCK).await;
    // Refused orders of long ago, each of one line and of a person of its own, which have moved neither money nor stock.
    let fill = format!(
        "INSERT INTO orders (id, user_id, status, total_amount, discount_amount, final_amount, refusal, created_at, finished_at) \
         SELECT CONCAT(UNHEX(LPAD(HEX(1700000000000 + seq), 12, '0')), UNHEX('7000'), LEFT(UNHEX(MD5(seq)), 8)), 1000000 + seq, 'REJECTED', 1000, 0, 1000, \
         '{{\"code\":\"coupon_sold_out\"}}', 1700000000000 + seq, 1700000000000 + seq FROM seq_1_to_{MANY}"
    );
    let lines = "INSERT INTO order_items (order_id, line_no, product_id, name, name_en, unit_price, quantity, amount) \
                 SELECT id, 1, 1, 'old', 'old', 1000, 1, 1000 FROM orders WHERE created_at < 1800000000000";
    let requests = "INSERT INTO requests (user_id, scope, request_id, body_hash, subject_id, refusal, created_at) \
                    SELECT user_id, 'order', HEX(id), REPEAT('0', 32), id, refusal, created_at FROM orders WHERE created_at < 1800000000000";
    run_each(&database, &[&fill, lines, requests]).await;
    let buyers = Buyers::begin(&shop.shoppers(), product);
    buyers.sell(50).await;
    for statement in &NEWER[..4] {
        run_each(&database, &[statement]).await;
        buyers.sell(20).await;
    }
    assert_only(&settle(&shop, vec![buyers]).await, &["201"]);
    shop.close();
}
