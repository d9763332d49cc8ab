//! Taking a whole shop from one database to another, whatever their engines: [`service::export_shop`] writes
//! every row of one moment into one file, [`service::import_shop`] fills an empty database with it, all or
//! nothing. Ids, request ids, password hashes, events that wait and counters of ids go along, so that the shop
//! goes on as it was. Never changes the shop it reads, and never holds more than a batch of rows in memory.
//!
//! Read `file.rs` for what the file looks like.

pub mod file;
pub mod service;
mod store;

pub(crate) use store::find_schema_version;

use crate::error::Fault;
use serde::{Deserialize, Serialize};

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    Int,
    Text,
    Bytes,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub kind: Kind,
}

/// A table as the database describes it, its columns by name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Table {
    pub name: String,
    pub columns: Vec<Column>,
    /// Its primary key, in the key's order.
    pub key: Vec<String>,
}

/// How many rows of each table were written.
pub type RowCounts = Vec<(String, u64)>;

/// Why nothing was exported or imported.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferRefusal {
    /// The database is older or newer than this program.
    #[error("the database has the tables of version {database}, this program those of {program}")]
    DatabaseVersion { database: i64, program: i64 },
    /// The file does not begin as an export does.
    #[error("the file is no export of a shop")]
    NotAnExport,
    /// The file was made by a program of another version.
    #[error("the file has the tables of version {file}, this program those of {program}")]
    FileVersion { file: i64, program: i64 },
    /// A table that only one side has, or that has other columns there.
    #[error("the table {table} is not the same in the file and in the database")]
    OtherTable { table: String },
    /// The database to import into holds rows already.
    #[error("the database is not empty: {table} holds rows")]
    NotEmpty { table: String },
    /// The file stops before its end.
    #[error("the file is cut off after line {line}")]
    CutOff { line: u64 },
    /// The file is not as it was written.
    #[error("the file is damaged at line {line}")]
    Damaged { line: u64 },
    /// The database refuses a row before this line: a second one of its key, or one that breaks a rule.
    #[error("the rows of {table} before line {line} do not fit: {said}")]
    Unfit { table: String, line: u64, said: String },
}

/// What can end a transfer.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error(transparent)]
    Refused(#[from] TransferRefusal),
    #[error(transparent)]
    Fault(#[from] Fault),
    #[error("the file: {0}")]
    File(#[from] std::io::Error),
}
