//! The file of an export: lines of JSON, one thing a line.
//!
//! ```text
//! {"damda_export":1,"schema":4,"tables":[{"name":"users","columns":[{"name":"id","kind":"int"},…],"key":["id"]},…],"next_ids":{"users":7}}
//! {"table":"users"}
//! [7,null,"a@b.example","00ff…"]
//! {"end":{"rows":1,"sha256":"…"}}
//! ```
//!
//! A row holds its table's columns in the header's order: numbers, text, bytes as hexadecimal digits, or null.
//! The digest is that of every byte before the last line, so that a file that was cut or changed by accident
//! is known; it is no signature, and keeps nobody from making a file of their own.

use super::{Kind, Table, TransferError, TransferRefusal};
use crate::database::Value;
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{BufRead, Read, Write};

/// How the lines are laid out; what is in the tables has a version of its own.
const FORMAT: u32 = 1;
/// No row of a shop is longer, in bytes; a file with a longer line is none of ours.
const LONGEST_LINE: u64 = 64 * 1024 * 1024;

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    damda_export: u32,
    /// The last migration of the database.
    pub schema: i64,
    pub tables: Vec<Table>,
    /// The id that the next row would get, of each table that counts its ids.
    pub next_ids: BTreeMap<String, i64>,
}

impl Header {
    pub fn new(schema: i64, tables: Vec<Table>, next_ids: BTreeMap<String, i64>) -> Self {
        Self { damda_export: FORMAT, schema, tables, next_ids }
    }
}

/// Every line but the first.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Line {
    Row(Vec<Json>),
    Table { table: String },
    End { end: End },
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    rows: u64,
    sha256: String,
}

/// Writes an export line by line.
pub struct FileWriter<W> {
    out: W,
    digest: Sha256,
    rows: u64,
}

impl<W: Write> FileWriter<W> {
    pub fn begin(out: W, header: &Header) -> Result<Self, TransferError> {
        let mut writer = Self { out, digest: Sha256::new(), rows: 0 };
        writer.write(header)?;
        Ok(writer)
    }

    /// The rows that follow are this table's.
    pub fn begin_table(&mut self, table: &str) -> Result<(), TransferError> {
        self.write(&Line::Table { table: table.to_owned() })
    }

    pub fn write_row(&mut self, row: Vec<Value>) -> Result<(), TransferError> {
        self.rows += 1;
        self.write(&Line::Row(row.into_iter().map(json_of).collect()))
    }

    /// Writes the last line.
    pub fn end(mut self) -> Result<(), TransferError> {
        let end = End { rows: self.rows, sha256: hex::encode(self.digest.clone().finalize()) };
        self.write(&Line::End { end })?;
        Ok(self.out.flush()?)
    }

    fn write(&mut self, line: &impl Serialize) -> Result<(), TransferError> {
        let mut text = serde_json::to_vec(line).map_err(std::io::Error::from)?;
        text.push(b'\n');
        self.digest.update(&text);
        Ok(self.out.write_all(&text)?)
    }
}

fn json_of(value: Value) -> Json {
    match value {
        Value::Int(value) => value.into(),
        Value::Text(value) => value.into(),
        Value::Bytes(value) => value.map(hex::encode).into(),
    }
}

fn value_of(json: Json, kind: Kind) -> Option<Value> {
    Some(match (kind, json) {
        (Kind::Int, Json::Null) => Value::Int(None),
        (Kind::Int, Json::Number(number)) => Value::Int(Some(number.as_i64()?)),
        (Kind::Text, Json::Null) => Value::Text(None),
        (Kind::Text, Json::String(text)) => Value::Text(Some(text)),
        (Kind::Bytes, Json::Null) => Value::Bytes(None),
        (Kind::Bytes, Json::String(digits)) => Value::Bytes(Some(hex::decode(digits).ok()?)),
        _ => return None,
    })
}

/// A row of an export: which of the header's tables it belongs to, and its values.
pub type FileRow = (usize, Vec<Value>);

/// Reads an export line by line, and says "here it ends" only when all of it was there, unchanged.
pub struct FileReader<R> {
    input: R,
    header: Header,
    digest: Sha256,
    line: u64,
    rows: u64,
    table: Option<usize>,
}

impl<R: BufRead> FileReader<R> {
    /// Reads the first line.
    pub fn begin(mut input: R) -> Result<Self, TransferError> {
        let text = read_line(&mut input, 0)?.ok_or(TransferRefusal::NotAnExport)?;
        let header: Header = serde_json::from_slice(&text).map_err(|_| TransferRefusal::NotAnExport)?;
        if header.damda_export != FORMAT {
            return Err(TransferRefusal::NotAnExport.into());
        }
        Ok(Self { input, header, digest: Sha256::new_with_prefix(&text), line: 1, rows: 0, table: None })
    }

    pub fn header(&self) -> &Header {
        &self.header
    }

    /// The number of the line read last.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// The next row; `None` at a good end.
    pub fn next_row(&mut self) -> Result<Option<FileRow>, TransferError> {
        loop {
            let cut_off = TransferRefusal::CutOff { line: self.line };
            let text = read_line(&mut self.input, self.line)?.ok_or(cut_off)?;
            self.line += 1;
            let damaged = TransferRefusal::Damaged { line: self.line };
            match serde_json::from_slice(&text).map_err(|_| damaged.clone())? {
                Line::Row(row) => {
                    let row = self.row_of(row).ok_or(damaged)?;
                    self.rows += 1;
                    self.digest.update(&text);
                    return Ok(Some(row));
                }
                Line::Table { table } => {
                    let place = self.header.tables.iter().position(|known| known.name == table).ok_or(damaged)?;
                    self.table = Some(place);
                    self.digest.update(&text);
                }
                Line::End { end } => {
                    let is_whole = end.rows == self.rows
                        && end.sha256 == hex::encode(self.digest.clone().finalize())
                        && read_line(&mut self.input, self.line)?.is_none();
                    return if is_whole { Ok(None) } else { Err(damaged.into()) };
                }
            }
        }
    }

    fn row_of(&self, row: Vec<Json>) -> Option<FileRow> {
        let place = self.table?;
        let columns = &self.header.tables.get(place)?.columns;
        if row.len() != columns.len() {
            return None;
        }
        let values: Option<Vec<Value>> =
            row.into_iter().zip(columns).map(|(json, column)| value_of(json, column.kind)).collect();
        Some((place, values?))
    }
}

/// One line with its end; `None` where the file ends.
fn read_line(input: &mut impl BufRead, before: u64) -> Result<Option<Vec<u8>>, TransferError> {
    let mut text = Vec::new();
    input.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut text)?;
    match text.last() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(text)),
        Some(_) if before == 0 => Err(TransferRefusal::NotAnExport.into()),
        Some(_) => Err(TransferRefusal::CutOff { line: before }.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Column;
    use super::*;

    fn table() -> Table {
        let column = |name: &str, kind| Column { name: name.to_owned(), kind };
        let columns = vec![column("id", Kind::Int), column("name", Kind::Text), column("mark", Kind::Bytes)];
        Table { name: "things".to_owned(), columns, key: vec!["id".to_owned()] }
    }

    fn rows() -> Vec<Vec<Value>> {
        vec![
            vec![i64::MIN.into(), "담다 \"quoted\"\n".into(), Value::Bytes(Some(vec![0, 255]))],
            vec![Value::Int(None), Value::Text(None), Value::Bytes(None)],
            vec![i64::MAX.into(), "".into(), Value::Bytes(Some(Vec::new()))],
        ]
    }

    fn written() -> Vec<u8> {
        let mut file = Vec::new();
        let next_ids = BTreeMap::from([("things".to_owned(), 9)]);
        let mut writer = FileWriter::begin(&mut file, &Header::new(4, vec![table()], next_ids)).unwrap();
        writer.begin_table("things").unwrap();
        rows().into_iter().for_each(|row| writer.write_row(row).unwrap());
        writer.end().unwrap();
        file
    }

    fn read(file: &[u8]) -> Result<Vec<FileRow>, TransferError> {
        let mut reader = FileReader::begin(file)?;
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row()? {
            rows.push(row);
        }
        Ok(rows)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let file = written();
        assert_eq!(read(&file).unwrap(), rows().into_iter().map(|row| (0, row)).collect::<Vec<_>>());
        assert_eq!(FileReader::begin(&file[..]).unwrap().header().next_ids["things"], 9);
    }

    #[test]
    fn a_file_cut_anywhere_is_refused() {
        let file = written();
        for end in 0..file.len() {
            assert!(matches!(read(&file[..end]), Err(TransferError::Refused(_))), "cut after {end} bytes");
        }
    }

    #[test]
    fn a_changed_byte_anywhere_is_refused() {
        let file = written();
        for place in 0..file.len() {
            for bit in [0x01, 0x20] {
                let mut changed = file.clone();
                changed[place] ^= bit;
                assert!(matches!(read(&changed), Err(TransferError::Refused(_))), "byte {place}, bit {bit}");
            }
        }
        assert!(matches!(read(&[&file[..], b"\n"].concat()), Err(TransferError::Refused(_))), "something follows");
    }

    #[test]
    fn something_else_is_no_export() {
        for file in
            ["", "\n", "{}\n", "SQLite format 3\0", "{\"damda_export\":2,\"schema\":4,\"tables\":[],\"next_ids\":{}}\n"]
        {
            assert!(
                matches!(read(file.as_bytes()), Err(TransferError::Refused(TransferRefusal::NotAnExport))),
                "{file}"
            );
        }
    }
}
