//! The two halves of a move. Both work on the database alone: no desk, no gate, no job.

use super::file::{FileReader, FileWriter, Header};
use super::{RowCounts, Table, TransferError, TransferRefusal, store};
use crate::database::{Db, Tx, Value, is_refused_row, newest_schema};
use crate::error::Fault;
use std::io::{BufRead, BufReader, Read, Seek, Write};

/// Rows written by one statement.
const BATCH_ROWS: usize = 256;
/// Bytes of text in a batch before it is written, whatever its rows.
const BATCH_BYTES: usize = 1024 * 1024;

/// Writes every row of one moment; others go on reading and writing meanwhile.
///
/// # Errors
/// `DatabaseVersion` when migrations are missing.
pub async fn export_shop(db: &Db, out: impl Write) -> Result<RowCounts, TransferError> {
    let mut tx = db.begin_snapshot().await?;
    check_version(&mut tx).await?;
    let tables = store::list_tables(&mut tx).await?;
    let next_ids = store::list_next_ids(&mut tx).await?;
    let mut file = FileWriter::begin(out, &Header::new(newest_schema(), tables.clone(), next_ids))?;
    let mut counts = RowCounts::new();
    for table in &tables {
        file.begin_table(&table.name)?;
        let mut rows = 0;
        store::each_row(&mut tx, table, |row| {
            rows += 1;
            file.write_row(row)
        })
        .await?;
        counts.push((table.name.clone(), rows));
    }
    file.end()?;
    Ok(counts)
}

async fn check_version(tx: &mut Tx) -> Result<(), TransferError> {
    let (database, program) = (store::find_schema_version(tx).await?, newest_schema());
    if database == program { Ok(()) } else { Err(TransferRefusal::DatabaseVersion { database, program }.into()) }
}

/// Fills an empty, migrated database with the rows of a file, all of them or none. The file is read twice:
/// nothing is written before all of it was found whole.
///
/// # Errors
/// Every [`TransferRefusal`]. Then no row was kept; a counter of ids may be further on.
pub async fn import_shop(db: &Db, mut file: impl Read + Seek) -> Result<RowCounts, TransferError> {
    let tables = {
        let mut tx = db.begin_snapshot().await?;
        check_version(&mut tx).await?;
        store::list_tables(&mut tx).await?
    };
    let header = check_file(&mut file, &tables)?;
    let mut tx = db.begin_snapshot().await?;
    if let Some(table) = store::find_filled(&mut tx, &tables).await? {
        return Err(TransferRefusal::NotEmpty { table: table.name.clone() }.into());
    }
    drop(tx);
    for table in &tables {
        if let Some(next_id) = header.next_ids.get(&table.name) {
            let mut tx = db.begin().await?;
            store::set_next_id(&mut tx, table, *next_id).await?;
            tx.commit().await?;
        }
    }
    file.rewind()?;
    let mut tx = db.begin().await?;
    let counts = write_file(&mut tx, FileReader::begin(BufReader::new(file))?).await?;
    tx.commit().await?;
    Ok(counts)
}

/// Reads the whole file once; gives its header when nothing is wrong with any of it.
fn check_file(file: &mut impl Read, tables: &[Table]) -> Result<Header, TransferError> {
    let mut reader = FileReader::begin(BufReader::new(file))?;
    let header = reader.header().clone();
    let program = newest_schema();
    if header.schema != program {
        return Err(TransferRefusal::FileVersion { file: header.schema, program }.into());
    }
    let other = header.tables.iter().find(|table| !tables.contains(table));
    let missing = tables.iter().find(|table| !header.tables.contains(table));
    if let Some(table) = other.or(missing) {
        return Err(TransferRefusal::OtherTable { table: table.name.clone() }.into());
    }
    while reader.next_row()?.is_some() {}
    Ok(header)
}

/// Rows of one table, until they are enough for a statement.
struct Batch {
    place: usize,
    rows: Vec<Vec<Value>>,
    bytes: usize,
}

impl Batch {
    fn of(place: usize) -> Self {
        Self { place, rows: Vec::with_capacity(BATCH_ROWS), bytes: 0 }
    }

    fn add(&mut self, row: Vec<Value>) {
        self.bytes += row.iter().map(length_of).sum::<usize>();
        self.rows.push(row);
    }

    fn is_full(&self) -> bool {
        self.rows.len() >= BATCH_ROWS || self.bytes >= BATCH_BYTES
    }
}

fn length_of(value: &Value) -> usize {
    match value {
        Value::Int(_) => size_of::<i64>(),
        Value::Text(text) => text.as_ref().map_or(0, String::len),
        Value::Bytes(bytes) => bytes.as_ref().map_or(0, Vec::len),
    }
}

async fn write_file(tx: &mut Tx, mut reader: FileReader<impl BufRead>) -> Result<RowCounts, TransferError> {
    store::clear_seeded(tx).await?;
    // They were found to be the database's own.
    let tables = reader.header().tables.clone();
    let mut counts: RowCounts = tables.iter().map(|table| (table.name.clone(), 0)).collect();
    let mut batch = Batch::of(0);
    while let Some((place, row)) = reader.next_row()? {
        if place != batch.place || batch.is_full() {
            let full = std::mem::replace(&mut batch, Batch::of(place));
            write_batch(tx, &tables, full, reader.line()).await?;
        }
        counts[place].1 += 1;
        batch.add(row);
    }
    write_batch(tx, &tables, batch, reader.line()).await?;
    Ok(counts)
}

async fn write_batch(tx: &mut Tx, tables: &[Table], batch: Batch, line: u64) -> Result<(), TransferError> {
    let table = tables.get(batch.place).ok_or_else(|| Fault::Broken("a row of no table".to_owned()))?;
    match store::write_rows(tx, table, batch.rows).await {
        Err(fault) if is_refused_row(&fault) => {
            Err(TransferRefusal::Unfit { table: table.name.clone(), line, said: fault.to_string() }.into())
        }
        written => Ok(written?),
    }
}
