//! Files of the owner: a list of products as CSV, and an export of a whole shop.

use shop::database::Value;
use shop::product::export::write_products;
use shop::product::import::{MOST_LINES, read_products};
use shop::product::rules::find_draft_problems;
use shop::transfer::file::{FileReader, FileRow, FileWriter, Header};
use shop::transfer::{Column, Kind, Table, TransferError};
use std::collections::{BTreeMap, BTreeSet};

pub fn check(bytes: &[u8]) {
    check_products(bytes);
    check_export(bytes);
    check_rows(bytes);
}

/// What is taken may be sold, and reads the same when it is written again.
fn check_products(bytes: &[u8]) {
    let drafts = match read_products(bytes) {
        Ok(drafts) => drafts,
        Err(problems) => {
            assert!(!problems.is_empty() && problems.iter().all(|problem| !problem.errors.is_empty()));
            return;
        }
    };
    assert!((1..=MOST_LINES).contains(&drafts.len()));
    assert!(drafts.iter().all(|draft| find_draft_problems(draft).is_empty()), "{drafts:?}");
    let skus: BTreeSet<&str> = drafts.iter().map(|draft| draft.sku.as_str()).collect();
    assert_eq!(skus.len(), drafts.len(), "one line a product");
    let written = write_products(&drafts).expect("drafts have a CSV form");
    assert_eq!(read_products(&written[..]).as_ref(), Ok(&drafts));
}

/// Bytes of anybody's making are read to a good end only when they are a whole export.
fn check_export(bytes: &[u8]) {
    let Ok((header, rows)) = read(bytes) else { return };
    let written = write(&header, &rows).expect("an export can be written");
    assert_eq!(read(&written).ok(), Some((header, rows)));
}

fn read(bytes: &[u8]) -> Result<(Header, Vec<FileRow>), TransferError> {
    let mut reader = FileReader::begin(bytes)?;
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row()? {
        rows.push(row);
    }
    Ok((reader.header().clone(), rows))
}

fn write(header: &Header, rows: &[FileRow]) -> Result<Vec<u8>, TransferError> {
    let mut file = Vec::new();
    let mut writer = FileWriter::begin(&mut file, header)?;
    let mut table = None;
    for (place, row) in rows {
        if table.replace(place) != Some(place) {
            writer.begin_table(&header.tables[*place].name)?;
        }
        writer.write_row(row.clone())?;
    }
    writer.end()?;
    Ok(file)
}

/// Rows of any content come back as they were, and no byte of them is changed unnoticed.
fn check_rows(bytes: &[u8]) {
    let column = |name: &str, kind| Column { name: name.to_owned(), kind };
    let columns = vec![column("id", Kind::Int), column("name", Kind::Text), column("mark", Kind::Bytes)];
    let things = Table { name: "things".to_owned(), columns, key: vec!["id".to_owned()] };
    let header = Header::new(1, vec![things], BTreeMap::new());
    let rows: Vec<FileRow> = bytes.chunks(40).take(20).map(|chunk| (0, row_of(chunk))).collect();
    let mut file = write(&header, &rows).expect("rows can be written");
    assert_eq!(read(&file).ok(), Some((header, rows)));
    let place =
        bytes.iter().fold(0, |sum: usize, byte| sum.wrapping_mul(31).wrapping_add(usize::from(*byte))) % file.len();
    file[place] ^= 1 << (bytes.len() % 7);
    assert!(read(&file).is_err(), "byte {place} of the file was changed");
}

fn row_of(chunk: &[u8]) -> Vec<Value> {
    let number = chunk.iter().take(8).fold(0i64, |number, byte| (number << 8) | i64::from(*byte));
    let text = String::from_utf8(chunk.to_vec()).ok();
    vec![Value::Int(chunk.first().map(|_| number)), Value::Text(text), Value::Bytes(Some(chunk.to_vec()))]
}
