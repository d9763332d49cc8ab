//! The two schemas are twins: the same tables with the same columns, the same ones required, the same keys
//! and indexes. Several instances may bring an empty database up to date at once.

use crate::support::*;
use shop::database::months::make_months;
use shop::database::{Db, Engine, Sql};
use std::collections::{BTreeMap, BTreeSet};

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

/// Table, kind (`primary`, `unique` or `index`), name where a migration gave one, and the columns in order.
type Key = (String, &'static str, String, Vec<String>);

async fn sqlite_keys(shop: &TestShop) -> BTreeSet<Key> {
    let indexes = "SELECT m.name AS table_name, i.name AS key_name, i.\"unique\" + 0 AS is_unique, p.name AS column_name \
                   FROM sqlite_master m JOIN pragma_index_list(m.name) i JOIN pragma_index_info(i.name) p \
                   WHERE m.type = 'table' AND i.origin <> 'pk' ORDER BY m.name, i.name, p.seqno";
    // An INTEGER PRIMARY KEY is no index of its own.
    let primary = "SELECT m.name AS table_name, 'PRIMARY' AS key_name, 1 AS is_unique, c.name AS column_name \
                   FROM sqlite_master m JOIN pragma_table_info(m.name) c \
                   WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND c.pk > 0 ORDER BY m.name, c.pk";
    let mut keys = keys_of(shop, indexes).await;
    keys.extend(keys_of(shop, primary).await);
    keys
}

async fn mysql_keys(shop: &TestShop) -> BTreeSet<Key> {
    let sql = "SELECT table_name AS table_name, index_name AS key_name, CAST(non_unique = 0 AS SIGNED INTEGER) AS is_unique, \
               column_name AS column_name FROM information_schema.statistics WHERE table_schema = DATABASE() \
               ORDER BY table_name, index_name, seq_in_index";
    keys_of(shop, sql).await
}

/// Gathers rows of a column each. Primary and unique keys go by their columns: the engines name them by
/// themselves.
async fn keys_of(shop: &TestShop, sql: &str) -> BTreeSet<Key> {
    let mut keys: BTreeMap<(String, String, &'static str), Vec<String>> = BTreeMap::new();
    for row in shop.db().fetch_all(Sql::new(sql)).await.unwrap() {
        let (table, name) = (row.text("table_name").unwrap(), row.text("key_name").unwrap());
        let kind = match (name.as_str(), row.flag("is_unique").unwrap()) {
            ("PRIMARY", _) => "primary",
            (_, true) => "unique",
            (_, false) => "index",
        };
        keys.entry((table, name, kind)).or_default().push(row.text("column_name").unwrap());
    }
    let named = |kind, name| if kind == "index" { name } else { String::new() };
    keys.into_iter().map(|((table, name, kind), columns)| (table, kind, named(kind, name), columns)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn both_engines_have_the_same_keys_and_indexes() {
    let (sqlite, mysql) = (shop_on(Engine::Sqlite).await, shop_on(Engine::MySql).await);
    let own = |keys: BTreeSet<Key>| -> BTreeSet<Key> {
        keys.into_iter().filter(|(table, ..)| table != "_sqlx_migrations").collect()
    };
    let (left, right) = (own(sqlite_keys(&sqlite).await), own(mysql_keys(&mysql).await));
    for kind in ["primary", "unique", "index"] {
        let count = left.iter().filter(|(_, of, ..)| *of == kind).count();
        assert!(count >= 4, "{count} of {kind}");
    }
    assert_eq!(left.difference(&right).collect::<Vec<_>>(), Vec::<&Key>::new(), "only in SQLite");
    assert_eq!(right.difference(&left).collect::<Vec<_>>(), Vec::<&Key>::new(), "only in MariaDB");
    sqlite.finish().await;
    mysql.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn four_instances_may_bring_an_empty_database_up_to_date_at_once() {
    for engine in [Engine::Sqlite, Engine::MySql] {
        let shop = shop_on(engine).await;
        let url = format!("{}_new", shop.url());
        if engine == Engine::MySql {
            run_script(shop.db(), &format!("CREATE DATABASE {}_new", shop.database())).await;
        }
        let outcomes = at_once(4, |_| {
            let url = url.clone();
            async move {
                let db = Db::open(&url).await.unwrap();
                let migrated = db.migrate().await;
                let made = make_months(&db, START).await;
                db.close().await;
                (migrated.map_err(|fault| fault.to_string()), made.map_err(|fault| fault.to_string()))
            }
        })
        .await;
        assert!(outcomes.iter().all(|(migrated, made)| migrated.is_ok() && made.is_ok()), "{engine:?}: {outcomes:?}");
        let db = Db::open(&url).await.unwrap();
        let sql = Sql::new("SELECT COUNT(*) AS n FROM _sqlx_migrations WHERE success");
        let applied = db.fetch_optional(sql).await.unwrap().unwrap().int("n").unwrap();
        let twins = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/mysql")).unwrap().count();
        assert_eq!(applied, i64::try_from(twins).unwrap(), "{engine:?}");
        db.close().await;
        if engine == Engine::MySql {
            run_script(shop.db(), &format!("DROP DATABASE {}_new", shop.database())).await;
        }
        shop.finish().await;
    }
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
        let keys = match shop.engine() {
            Engine::Sqlite => sqlite_keys(shop).await,
            Engine::MySql => mysql_keys(shop).await,
        };
        // SPEC §7: the table, the column an index must begin with, and whether it must be unique.
        let table = [
            ("orders", &["user_id"][..], false),
            ("orders", &["status"], false),
            ("orders", &["created_at"], false),
            ("products", &["is_active"], false),
            ("products", &["total_stock"], false),
            ("user_coupons", &["user_id", "coupon_id"], true),
        ];
        for (name, columns, is_unique) in table {
            let serves = |(table, kind, _, own): &Key| {
                table == name && if is_unique { *kind == "unique" && own.as_slice() == columns } else { own.first().is_some_and(|first| first == columns[0]) }
            };
            assert!(keys.iter().any(serves), "{name} {columns:?} is missing from {keys:#?}");
        }
    }
}
