//! One row of either engine, read by column name.

use crate::error::Fault;
use crate::money::Won;
use crate::time::Timestamp;
use sqlx::Row as _;

#[derive(Debug)]
pub enum Row {
    Sqlite(sqlx::sqlite::SqliteRow),
    MySql(sqlx::mysql::MySqlRow),
}

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident -> $type:ty) => {
        $(#[$doc])*
        pub fn $name(&self, column: &str) -> Result<$type, Fault> {
            Ok(match self {
                Row::Sqlite(row) => row.try_get(column)?,
                Row::MySql(row) => row.try_get(column)?,
            })
        }
    };
}

impl Row {
    getter!(int -> i64);
    getter!(maybe_int -> Option<i64>);
    getter!(text -> String);
    getter!(maybe_text -> Option<String>);
    getter!(bytes -> Vec<u8>);
    getter!(maybe_bytes -> Option<Vec<u8>>);

    pub fn flag(&self, column: &str) -> Result<bool, Fault> {
        self.int(column).map(|value| value != 0)
    }

    pub fn won(&self, column: &str) -> Result<Won, Fault> {
        self.int(column).map(Won::new)
    }

    pub fn time(&self, column: &str) -> Result<Timestamp, Fault> {
        self.int(column).map(Timestamp::from_millis)
    }

    pub fn maybe_time(&self, column: &str) -> Result<Option<Timestamp>, Fault> {
        Ok(self.maybe_int(column)?.map(Timestamp::from_millis))
    }

    /// A column that must parse; `what` it is goes into the fault.
    pub fn parsed<T>(&self, column: &str, parse: impl FnOnce(&str) -> Option<T>) -> Result<T, Fault> {
        let text = self.text(column)?;
        parse(&text).ok_or_else(|| Fault::Broken(format!("column {column} holds an unknown value")))
    }

    /// A 16-byte id.
    pub fn id<T>(&self, column: &str, from_bytes: impl FnOnce(&[u8]) -> Option<T>) -> Result<T, Fault> {
        from_bytes(&self.bytes(column)?).ok_or_else(|| Fault::Broken(format!("column {column} is not an id")))
    }

    /// A 16-byte id that may be absent.
    pub fn maybe_id<T>(&self, column: &str, from_bytes: impl FnOnce(&[u8]) -> Option<T>) -> Result<Option<T>, Fault> {
        let Some(bytes) = self.maybe_bytes(column)? else { return Ok(None) };
        from_bytes(&bytes).map(Some).ok_or_else(|| Fault::Broken(format!("column {column} is not an id")))
    }
}
