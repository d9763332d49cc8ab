//! Reading products from CSV: one line a product, columns by name, every bad line named at once.

use super::export::as_it_was;
use super::model::{Category, ProductDraft};
use super::rules::find_draft_problems;
use crate::error::{FieldError, FieldProblem};
use crate::money::Won;
use std::collections::{HashMap, HashSet};
use std::io::Read;

/// The most products one file may hold.
pub const MOST_LINES: usize = 10_000;

/// What is wrong with one line; line 1 is the header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImportProblem {
    pub line: u64,
    pub errors: Vec<FieldError>,
}

const REQUIRED: [&str; 5] = ["sku", "category", "name", "price", "stock"];
const OPTIONAL: [&str; 8] =
    ["name_en", "creator", "active", "cover", "summary", "summary_en", "description", "description_en"];

/// A good line of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub number: u64,
    pub draft: ProductDraft,
}

/// What a file says: its good lines, and what is wrong with the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reading {
    pub lines: Vec<Line>,
    pub problems: Vec<ImportProblem>,
}

/// Every product of the file, or everything that is wrong with it. `sku`, `category`, `name`, `price` and
/// `stock` are required columns, an unknown column is refused, `active` is `true` unless said.
pub fn read_products(mut file: impl Read) -> Result<Vec<ProductDraft>, Vec<ImportProblem>> {
    let mut bytes = Vec::new();
    if file.read_to_end(&mut bytes).is_err() {
        return Err(vec![ImportProblem { line: 1, errors: vec![malformed("line")] }]);
    }
    let Reading { lines, problems } = read_lines(&bytes);
    if problems.is_empty() { Ok(lines.into_iter().map(|line| line.draft).collect()) } else { Err(problems) }
}

/// [`read_products`] with every line by its number, good and bad ones side by side.
pub fn read_lines(file: &[u8]) -> Reading {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(file);
    let columns = match read_header(&mut reader) {
        Ok(columns) => columns,
        Err(problems) => return Reading { problems, ..Reading::default() },
    };
    let mut reading = Reading::default();
    let mut seen = HashSet::new();
    let mut counter = LineCounter { file, at: 0, line: 1 };
    for (count, record) in (1..).zip(reader.records()) {
        let (number, errors) = match record {
            Err(error) => (counter.line_of(error.position()), vec![unreadable(&columns, &error)]),
            Ok(record) => {
                let number = counter.line_of(record.position());
                let (draft, mut errors) = read_line(&columns, &record);
                if !draft.sku.is_empty() && !seen.insert(draft.sku.clone()) {
                    errors.push(FieldError::new("sku", FieldProblem::Mismatch));
                }
                if errors.is_empty() {
                    reading.lines.push(Line { number, draft });
                }
                (number, errors)
            }
        };
        if !errors.is_empty() {
            reading.problems.push(ImportProblem { line: number, errors });
        }
        if count > MOST_LINES {
            let most = i64::try_from(MOST_LINES).unwrap_or(i64::MAX);
            let errors = vec![FieldError::new("line", FieldProblem::TooLarge { most })];
            reading.problems.push(ImportProblem { line: number, errors });
            break;
        }
    }
    if reading.problems.is_empty() && reading.lines.is_empty() {
        let errors = vec![FieldError::new("line", FieldProblem::Required)];
        reading.problems.push(ImportProblem { line: 2, errors });
    }
    reading
}

/// Counts lines as editors do. The reader counts only newlines, and sees a record begin where the one before ended: before
/// the second half of its line's end, and before empty lines.
struct LineCounter<'a> {
    file: &'a [u8],
    at: usize,
    line: u64,
}

impl LineCounter<'_> {
    /// The line of a record that begins here, or behind the ends of lines that are here. Positions only grow.
    fn line_of(&mut self, position: Option<&csv::Position>) -> u64 {
        let begin = position.map_or(0, csv::Position::byte);
        let begin = usize::try_from(begin).unwrap_or(usize::MAX);
        while let Some(byte) = self.file.get(self.at) {
            let ends_line = match byte {
                b'\n' => true,
                b'\r' => self.file.get(self.at + 1) != Some(&b'\n'),
                _ if self.at < begin => false,
                _ => break,
            };
            self.line += u64::from(ends_line);
            self.at += 1;
        }
        self.line
    }
}

/// Why a line is none: bytes that are no text, named by their column, or another number of cells than the header has.
fn unreadable(columns: &HashMap<String, usize>, error: &csv::Error) -> FieldError {
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => {
            let column = columns.iter().find(|(_, index)| **index == err.field()).map(|(name, _)| name.as_str());
            FieldError::new(column.unwrap_or("line"), FieldProblem::NotUtf8)
        }
        csv::ErrorKind::UnequalLengths { .. } => FieldError::new("line", FieldProblem::Mismatch),
        _ => malformed("line"),
    }
}

fn malformed(field: &str) -> FieldError {
    FieldError::new(field, FieldProblem::Malformed)
}

fn read_header(reader: &mut csv::Reader<impl Read>) -> Result<HashMap<String, usize>, Vec<ImportProblem>> {
    let refuse = |errors| vec![ImportProblem { line: 1, errors }];
    let headers = reader.headers().map_err(|error| refuse(vec![unreadable(&HashMap::new(), &error)]))?;
    let mut columns = HashMap::new();
    let mut errors = Vec::new();
    for (index, name) in headers.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}');
        if !REQUIRED.contains(&name) && !OPTIONAL.contains(&name) {
            errors.push(FieldError::new(name, FieldProblem::Unknown));
        } else if columns.insert(name.to_owned(), index).is_some() {
            errors.push(FieldError::new(name, FieldProblem::Mismatch));
        }
    }
    let missing = REQUIRED.iter().filter(|name| !columns.contains_key(**name));
    errors.extend(missing.map(|name| FieldError::new(*name, FieldProblem::Required)));
    if errors.is_empty() { Ok(columns) } else { Err(refuse(errors)) }
}

/// The product of one line as far as it reads, and everything that is wrong with it.
fn read_line(columns: &HashMap<String, usize>, record: &csv::StringRecord) -> (ProductDraft, Vec<FieldError>) {
    let cell = |name: &str| columns.get(name).and_then(|index| record.get(*index)).unwrap_or_default();
    let text = |name: &str| as_it_was(cell(name).trim()).to_owned();
    let mut errors = Vec::new();
    let mut number = |name: &str| {
        text(name).parse::<i64>().unwrap_or_else(|_| {
            errors.push(malformed(name));
            0
        })
    };
    let (price, total_stock) = (number("price"), number("stock"));
    let category = Category::from_text(&text("category"));
    if category.is_none() {
        errors.push(FieldError::new("category", FieldProblem::Unknown));
    }
    let is_active = match text("active").as_str() {
        "" | "true" => true,
        "false" => false,
        _ => {
            errors.push(malformed("active"));
            false
        }
    };
    let draft = ProductDraft {
        sku: text("sku"),
        category: category.unwrap_or(Category::Other),
        name: text("name"),
        name_en: text("name_en"),
        creator: text("creator"),
        summary: text("summary"),
        summary_en: text("summary_en"),
        description: text("description"),
        description_en: text("description_en"),
        cover: text("cover"),
        price: Won::new(price),
        total_stock,
        is_active,
    };
    let found: Vec<FieldError> = find_draft_problems(&draft)
        .into_iter()
        .filter(|problem| !errors.iter().any(|error| error.field == problem.field))
        .collect();
    errors.extend(found);
    (draft, errors)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "sku,category,name,price,stock,active\n";

    fn read(lines: &str) -> Result<Vec<ProductDraft>, Vec<ImportProblem>> {
        read_products(format!("{HEADER}{lines}").as_bytes())
    }

    #[test]
    fn a_good_file_gives_every_product() {
        let drafts = read("A-1,ebook,\"책, 둘\",12900,10,true\nA-2,font,글꼴,5000,0,\n").expect("it is good");
        assert_eq!(drafts.len(), 2);
        assert_eq!((drafts[0].name.as_str(), drafts[1].is_active), ("책, 둘", true));
    }

    #[test]
    fn every_bad_line_is_named_with_what_is_wrong() {
        let problems = read("A-1,ebook,책,12950,10,true\nA-2,car,차,xyz,-1,maybe\nA-1,font,글꼴,5000,1,true\n")
            .expect_err("it is bad");
        let named: Vec<(u64, Vec<&str>)> = problems
            .iter()
            .map(|problem| (problem.line, problem.errors.iter().map(|error| error.field.as_str()).collect()))
            .collect();
        assert_eq!(named, [(2, vec!["price"]), (3, vec!["price", "category", "active", "stock"]), (4, vec!["sku"])]);
    }

    #[test]
    fn a_header_must_name_the_required_columns_and_no_others() {
        let problems = read_products("sku,colour\n".as_bytes()).expect_err("it is bad");
        let fields: Vec<&str> = problems[0].errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["colour", "category", "name", "price", "stock"]);
    }

    #[test]
    fn good_lines_stand_beside_what_is_wrong_with_the_others() {
        let mut file = format!("\u{feff}{HEADER}A-1,ebook,책,12900,10,true\nA-2,ebook,").into_bytes();
        // Hangul as an old spreadsheet writes it.
        file.extend([0xb1, 0xdb, b',', b'1', b'0', b'0', b',', b'1', b',', b'\n', b'\n']);
        file.extend(b"A-3,ebook,three,100\nA-4,font,four,100,1,\n");
        for ends in ["\n", "\r\n"] {
            let file: Vec<u8> = match ends {
                "\n" => file.clone(),
                _ => {
                    file.iter().flat_map(|byte| if *byte == b'\n' { vec![b'\r', b'\n'] } else { vec![*byte] }).collect()
                }
            };
            let reading = read_lines(&file);
            let good: Vec<(u64, &str)> =
                reading.lines.iter().map(|line| (line.number, line.draft.sku.as_str())).collect();
            assert_eq!(good, [(2, "A-1"), (6, "A-4")], "{ends:?}");
            let wrong =
                |line, field: &str, problem| ImportProblem { line, errors: vec![FieldError::new(field, problem)] };
            let named = [wrong(3, "name", FieldProblem::NotUtf8), wrong(5, "line", FieldProblem::Mismatch)];
            assert_eq!(reading.problems, named, "{ends:?}");
        }
    }

    #[test]
    fn a_file_that_is_no_text_at_all_is_named_by_its_first_line() {
        let utf_16: Vec<u8> = "\u{feff}sku".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let problems = read_products(utf_16.as_slice()).expect_err("it is bad");
        assert_eq!(problems, [ImportProblem { line: 1, errors: vec![FieldError::new("line", FieldProblem::NotUtf8)] }]);
    }

    #[test]
    fn an_empty_or_binary_file_is_refused() {
        assert!(read("").is_err());
        assert!(read_products([0xff, 0xfe, 0x00, b'\n'].as_slice()).is_err());
        assert!(read("A-1,ebook,\u{fffd}").is_err());
    }
}
