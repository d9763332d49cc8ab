//! Writing products as CSV, one line a product, to be read back by [`import`](super::import) as they were. A cell that a
//! spreadsheet would take for a formula gets an apostrophe before it, and loses it when it is read.

use super::model::ProductDraft;
use crate::error::Fault;
use std::borrow::Cow;

const COLUMNS: [&str; 13] = [
    "sku",
    "category",
    "name",
    "name_en",
    "price",
    "stock",
    "active",
    "creator",
    "cover",
    "summary",
    "summary_en",
    "description",
    "description_en",
];

/// By this a spreadsheet knows that the file is UTF-8.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// The file.
///
/// # Errors
/// A fault of ours only: every draft has a CSV form.
pub fn write_products(drafts: &[ProductDraft]) -> Result<Vec<u8>, Fault> {
    let broken = |error: &dyn std::fmt::Display| Fault::Broken(format!("products do not write as CSV: {error}"));
    let mut writer = csv::Writer::from_writer(BYTE_ORDER_MARK.to_vec());
    writer.write_record(COLUMNS).map_err(|error| broken(&error))?;
    for draft in drafts {
        let (price, stock) = (draft.price.get().to_string(), draft.total_stock.to_string());
        let active = draft.is_active.to_string();
        let cells: [&str; 13] = [
            &draft.sku,
            draft.category.as_str(),
            &draft.name,
            &draft.name_en,
            &price,
            &stock,
            &active,
            &draft.creator,
            &draft.cover,
            &draft.summary,
            &draft.summary_en,
            &draft.description,
            &draft.description_en,
        ];
        writer.write_record(cells.map(|cell| harmless(cell).into_owned())).map_err(|error| broken(&error))?;
    }
    writer.into_inner().map_err(|error| broken(&error))
}

/// The cell as a spreadsheet shows it and never computes it.
fn harmless(cell: &str) -> Cow<'_, str> {
    if is_formula(cell.trim_start_matches('\'')) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// What [`harmless`] was given.
pub(super) fn as_it_was(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(rest.trim_start_matches('\'')) => rest,
        _ => cell,
    }
}

fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Won;
    use crate::product::Category;
    use crate::product::import::read_products;
    use proptest::prelude::*;

    fn draft(name: &str) -> ProductDraft {
        ProductDraft {
            sku: "-A.1".to_owned(),
            category: Category::Font,
            name: name.to_owned(),
            name_en: String::new(),
            creator: "담다".to_owned(),
            summary: String::new(),
            summary_en: String::new(),
            description: "한 줄\n\"둘째\", 줄".to_owned(),
            description_en: String::new(),
            cover: String::new(),
            price: Won::new(1_200),
            total_stock: 3,
            is_active: false,
        }
    }

    #[test]
    fn a_cell_that_begins_like_a_formula_is_made_harmless_and_reads_back() {
        for name in ["=1+1", "+82", "-1", "@SUM(A1)", "'=1", "''@x", "'quoted'", "it's", "글꼴"] {
            let file = write_products(&[draft(name)]).expect("a file");
            let text = String::from_utf8(file.clone()).expect("UTF-8");
            let begins = |cell: &str| ["=", "+", "-", "@"].iter().any(|sign| cell.starts_with(sign));
            assert!(text.lines().nth(1).is_some_and(|line| line.split(',').all(|cell| !begins(cell))), "{text}");
            assert_eq!(read_products(file.as_slice()), Ok(vec![draft(name)]), "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_name_reads_back_as_it_was(name in "['=+@\\-\t\r\n,\"a-z가-힣 ]{1,20}") {
            let name = name.trim();
            prop_assume!(!name.is_empty());
            let file = write_products(&[draft(name)]).expect("a file");
            prop_assert_eq!(read_products(file.as_slice()), Ok(vec![draft(name)]));
        }
    }
}
