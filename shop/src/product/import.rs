//! Reading products from CSV: one line a product, columns by name, every bad line named at once.

use super::export::as_it_was;
use super::model::{Category, ProductDraft};
use super::rules::find_draft_problems;
use crate::error::{FieldError, FieldProblem};
use crate::money::Won;
use std::collections::HashMap;
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

/// Every product of the file, or everything that is wrong with it. `sku`, `category`, `name`, `price` and
/// `stock` are required columns, an unknown column is refused, `active` is `true` unless said.
pub fn read_products(file: impl Read) -> Result<Vec<ProductDraft>, Vec<ImportProblem>> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_reader(file);
    let columns = read_header(&mut reader)?;
    let mut drafts = Vec::new();
    let mut problems = Vec::new();
    let mut first_line_of: HashMap<String, u64> = HashMap::new();
    for record in reader.records() {
        let (line, errors) = match record {
            Err(error) => (error.position().map_or(0, csv::Position::line), vec![malformed("line")]),
            Ok(record) => {
                let line = record.position().map_or(0, csv::Position::line);
                let (draft, mut errors) = read_line(&columns, &record);
                if first_line_of.insert(draft.sku.clone(), line).is_some() {
                    errors.push(FieldError::new("sku", FieldProblem::Mismatch));
                }
                drafts.push(draft);
                (line, errors)
            }
        };
        if !errors.is_empty() {
            problems.push(ImportProblem { line, errors });
        }
        if drafts.len() > MOST_LINES {
            let most = i64::try_from(MOST_LINES).unwrap_or(i64::MAX);
            problems
                .push(ImportProblem { line, errors: vec![FieldError::new("line", FieldProblem::TooLarge { most })] });
            break;
        }
    }
    if problems.is_empty() && drafts.is_empty() {
        problems.push(ImportProblem { line: 2, errors: vec![FieldError::new("line", FieldProblem::Required)] });
    }
    if problems.is_empty() { Ok(drafts) } else { Err(problems) }
}

fn malformed(field: &str) -> FieldError {
    FieldError::new(field, FieldProblem::Malformed)
}

fn read_header(reader: &mut csv::Reader<impl Read>) -> Result<HashMap<String, usize>, Vec<ImportProblem>> {
    let refuse = |errors| vec![ImportProblem { line: 1, errors }];
    let headers = reader.headers().map_err(|_| refuse(vec![malformed("line")]))?;
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
    fn an_empty_or_binary_file_is_refused() {
        assert!(read("").is_err());
        assert!(read_products([0xff, 0xfe, 0x00, b'\n'].as_slice()).is_err());
        assert!(read("A-1,ebook,\u{fffd}").is_err());
    }
}
