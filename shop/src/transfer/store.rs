//! Every table of the shop, whatever it is called: what it looks like, its rows, its counter of ids. The names
//! come from the database itself; a file's are compared with them before they are used.

use super::{Column, Kind, Table};
use crate::database::{Row, Sql, Tx, Value, dialect, insert_rows};
use crate::error::Fault;
use std::collections::BTreeMap;

/// Where the migrations that were done are kept; they are not the shop's.
const MIGRATIONS: &str = "_sqlx_migrations";
/// Others' rows name the rows of these, so they are written first.
const PARENTS: [&str; 3] = ["users", "products", "coupons"];
/// Migrations themselves write rows into these.
const SEEDED: [&str; 1] = ["job_marks"];

/// The last migration that was done; 0 when none was.
pub async fn find_schema_version(tx: &mut Tx) -> Result<i64, Fault> {
    let columns = tx.fetch_all(Sql::new(dialect::every_column(tx.engine()))).await?;
    let names = columns.iter().map(|row| row.text("table_name")).collect::<Result<Vec<_>, _>>()?;
    if !names.iter().any(|name| name == MIGRATIONS) {
        return Ok(0);
    }
    let sql = Sql::new(format!("SELECT MAX(version) AS n FROM {MIGRATIONS}"));
    tx.fetch_optional(sql).await?.map_or(Ok(None), |row| row.maybe_int("n")).map(|version| version.unwrap_or(0))
}

/// The shop's tables, in an order in which they can be filled.
pub async fn list_tables(tx: &mut Tx) -> Result<Vec<Table>, Fault> {
    let mut tables: BTreeMap<String, Table> = BTreeMap::new();
    let mut keys: BTreeMap<(String, i64), String> = BTreeMap::new();
    for row in tx.fetch_all(Sql::new(dialect::every_column(tx.engine()))).await? {
        let name = row.text("table_name")?;
        if name == MIGRATIONS {
            continue;
        }
        let column = Column { name: row.text("column_name")?, kind: kind_of(&row.text("type_name")?)? };
        let part = row.int("key_part")?;
        if part > 0 {
            keys.insert((name.clone(), part), column.name.clone());
        }
        let empty = Table { name: name.clone(), columns: Vec::new(), key: Vec::new() };
        tables.entry(name).or_insert(empty).columns.push(column);
    }
    for ((name, _), column) in keys {
        tables.entry(name).and_modify(|table| table.key.push(column));
    }
    let mut tables: Vec<Table> = tables.into_values().collect();
    // Here, because the engines do not agree on whether `_` comes before letters.
    tables.iter_mut().for_each(|table| table.columns.sort_by(|one, other| one.name.cmp(&other.name)));
    // A stable sort: by name otherwise.
    tables.sort_by_key(|table| PARENTS.iter().position(|parent| *parent == table.name).unwrap_or(PARENTS.len()));
    Ok(tables)
}

fn kind_of(type_name: &str) -> Result<Kind, Fault> {
    let is = |words: &[&str]| words.iter().any(|word| type_name.contains(word));
    // "tinyint" and "bigint", "varchar" and "mediumtext", "varbinary" and "mediumblob".
    if is(&["int"]) {
        Ok(Kind::Int)
    } else if is(&["char", "text"]) {
        Ok(Kind::Text)
    } else if is(&["binary", "blob"]) {
        Ok(Kind::Bytes)
    } else {
        Err(Fault::Broken(format!("a column of the type {type_name}, which no export knows")))
    }
}

/// Every row of a table by its key, one after another, however many there are.
pub async fn each_row<E: From<Fault>>(
    tx: &mut Tx,
    table: &Table,
    mut take: impl FnMut(Vec<Value>) -> Result<(), E>,
) -> Result<(), E> {
    let sql = Sql::new(format!("SELECT {} FROM {} ORDER BY {}", columns_of(table), table.name, table.key.join(", ")));
    tx.each_row(sql, |row| take(values_of(&row, table)?)).await
}

fn columns_of(table: &Table) -> String {
    table.columns.iter().map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

fn values_of(row: &Row, table: &Table) -> Result<Vec<Value>, Fault> {
    table
        .columns
        .iter()
        .map(|column| {
            Ok(match column.kind {
                Kind::Int => Value::Int(row.maybe_int(&column.name)?),
                Kind::Text => Value::Text(row.maybe_text(&column.name)?),
                Kind::Bytes => Value::Bytes(row.maybe_bytes(&column.name)?),
            })
        })
        .collect()
}

/// Writes rows with the table's columns, in their order.
pub async fn write_rows(tx: &mut Tx, table: &Table, rows: Vec<Vec<Value>>) -> Result<(), Fault> {
    insert_rows(tx, &format!("INSERT INTO {} ({})", table.name, columns_of(table)), rows, "").await
}

/// The first of these tables that holds a row that no migration wrote.
pub async fn find_filled<'a>(tx: &mut Tx, tables: &'a [Table]) -> Result<Option<&'a Table>, Fault> {
    for table in tables.iter().filter(|table| !SEEDED.contains(&table.name.as_str())) {
        let sql = Sql::new(format!("SELECT 1 AS one FROM {} LIMIT 1", table.name));
        if tx.fetch_optional(sql).await?.is_some() {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// Takes out what the migrations wrote: the file has it as it is by now.
pub async fn clear_seeded(tx: &mut Tx) -> Result<(), Fault> {
    for table in SEEDED {
        tx.execute(Sql::new(format!("DELETE FROM {table}"))).await?;
    }
    Ok(())
}

/// The next id of every table that counts its ids and has counted one.
pub async fn list_next_ids(tx: &mut Tx) -> Result<BTreeMap<String, i64>, Fault> {
    let rows = tx.fetch_all(Sql::new(dialect::every_counter(tx.engine()))).await?;
    rows.iter().map(|row| Ok((row.text("table_name")?, row.int("next_id")?))).collect()
}

/// Sets a table's counter. Wants a transaction of its own: MySQL ends any other at such a statement.
pub async fn set_next_id(tx: &mut Tx, table: &Table, next_id: i64) -> Result<(), Fault> {
    for statement in dialect::set_counter(tx.engine(), &table.name, next_id) {
        tx.execute(Sql::new(statement)).await?;
    }
    Ok(())
}
