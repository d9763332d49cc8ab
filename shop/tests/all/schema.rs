//! The two schemas are twins: the same tables with the same columns, the same ones required.

use crate::support::*;
use shop::database::{Engine, Sql};
use std::collections::BTreeSet;

/// Table, column, and whether it must be there.
type Column = (String, String, bool);

async fn sqlite_columns(shop: &TestShop) -> BTreeSet<Column> {
    let sql = "SELECT m.name AS table_name, c.name AS column_name, c.\"notnull\" + 0 AS required, c.pk + 0 AS part \
               FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%'";
    let rows = shop.db().fetch_all(Sql::new(sql)).await.unwrap();
    rows.iter()
        .map(|row| {
            // An INTEGER PRIMARY KEY is never null, although its column does not say so.
            let required = row.flag("required").unwrap() || row.flag("part").unwrap();
            (row.text("table_name").unwrap(), row.text("column_name").unwrap(), required)
        })
        .collect()
}

async fn mysql_columns(shop: &TestShop) -> BTreeSet<Column> {
    let sql = "SELECT table_name AS table_name, column_name AS column_name, \
               CAST(is_nullable = 'NO' AS SIGNED INTEGER) AS required \
               FROM information_schema.columns WHERE table_schema = DATABASE()";
    let rows = shop.db().fetch_all(Sql::new(sql)).await.unwrap();
    rows.iter()
        .map(|row| (row.text("table_name").unwrap(), row.text("column_name").unwrap(), row.flag("required").unwrap()))
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn both_engines_have_the_same_tables_and_columns() {
    let (sqlite, mysql) = (shop_on(Engine::Sqlite).await, shop_on(Engine::MySql).await);
    let own = |columns: BTreeSet<Column>| -> BTreeSet<Column> {
        columns.into_iter().filter(|(table, ..)| table != "_sqlx_migrations").collect()
    };
    let (left, right) = (own(sqlite_columns(&sqlite).await), own(mysql_columns(&mysql).await));
    assert!(left.len() > 80, "{} columns", left.len());
    assert_eq!(left.difference(&right).collect::<Vec<_>>(), Vec::<&Column>::new(), "only in SQLite");
    assert_eq!(right.difference(&left).collect::<Vec<_>>(), Vec::<&Column>::new(), "only in MariaDB");
    sqlite.finish().await;
    mysql.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn every_text_column_of_mariadb_takes_every_character() {
    let shop = shop_on(Engine::MySql).await;
    let sql = "SELECT CONCAT(table_name, '.', column_name) AS name FROM information_schema.columns \
               WHERE table_schema = DATABASE() AND character_set_name IS NOT NULL \
               AND character_set_name <> 'utf8mb4' AND table_name <> '_sqlx_migrations'";
    let rows = shop.db().fetch_all(Sql::new(sql)).await.unwrap();
    let wrong: Vec<String> = rows.iter().map(|row| row.text("name").unwrap()).collect();
    assert_eq!(wrong, Vec::<String>::new());
    shop.finish().await;
}

on_both_engines! {
    async fn migrating_again_changes_nothing_and_several_may_do_it_at_once(shop) {
        shop.product(1_000, 1).await;
        let other = shop.another().await;
        let outcomes = at_once(4, |index| {
            let db = if index % 2 == 0 { shop.db().clone() } else { other.db().clone() };
            async move { db.migrate().await.is_ok() }
        })
        .await;
        assert_eq!(outcomes, [true; 4]);
        assert_eq!(shop.count("products").await, 1);
    }

    async fn the_specifications_indexes_are_there(shop) {
        let names = match shop.engine() {
            Engine::Sqlite => "SELECT name AS name FROM sqlite_master WHERE type = 'index'",
            Engine::MySql => {
                "SELECT DISTINCT index_name AS name FROM information_schema.statistics WHERE table_schema = DATABASE()"
            }
        };
        let rows = shop.db().fetch_all(Sql::new(names)).await.unwrap();
        let names: BTreeSet<String> = rows.iter().map(|row| row.text("name").unwrap()).collect();
        for name in ["orders_by_user", "orders_by_status", "orders_by_time", "products_by_active", "products_by_stock"]
        {
            assert!(names.contains(name), "{name} is missing from {names:?}");
        }
    }
}
