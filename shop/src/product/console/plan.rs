//! What a file of products comes to, before anything of it is written. Pure: facts in, plan out. Nothing here knows
//! where the facts are from; the dry run and the import itself decide by the same words.

use crate::error::{FieldError, FieldProblem};
use crate::id::ProductId;
use crate::product::import::{ImportProblem, Reading};
use crate::product::{Product, ProductDraft};
use std::collections::HashMap;

/// A product that the file says something else of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedEdit {
    pub id: ProductId,
    pub draft: ProductDraft,
    /// What differs, by the names of the columns.
    pub columns: Vec<&'static str>,
}

/// Pieces that come in or go out, so that a product has as many as the file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedMove {
    pub id: ProductId,
    pub sku: String,
    pub from: i64,
    pub to: i64,
}

/// What would be done. Nothing is while there is a problem.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportPlan {
    /// Each comes in with its own stock.
    pub made: Vec<ProductDraft>,
    pub edited: Vec<PlannedEdit>,
    pub moved: Vec<PlannedMove>,
    /// Products of which the file says what they are already.
    pub unchanged: usize,
    /// By line.
    pub problems: Vec<ImportProblem>,
}

impl ImportPlan {
    /// Whether there is anything to do.
    pub fn is_empty(&self) -> bool {
        self.made.is_empty() && self.edited.is_empty() && self.moved.is_empty()
    }
}

/// `present` are the products of the file's skus, as they are now.
pub fn decide_import(reading: Reading, present: &HashMap<String, Product>) -> ImportPlan {
    let mut plan = ImportPlan { problems: reading.problems, ..ImportPlan::default() };
    for line in reading.lines {
        let Some(product) = present.get(&line.draft.sku) else {
            plan.made.push(line.draft);
            continue;
        };
        if line.draft.total_stock < product.reserved_stock {
            let least = FieldProblem::TooSmall { least: product.reserved_stock };
            let errors = vec![FieldError::new("stock", least)];
            plan.problems.push(ImportProblem { line: line.number, errors });
            continue;
        }
        let columns = differing(product, &line.draft);
        let moves = line.draft.total_stock != product.total_stock;
        if moves {
            let (from, to) = (product.total_stock, line.draft.total_stock);
            plan.moved.push(PlannedMove { id: product.id, sku: product.sku.clone(), from, to });
        }
        match columns.is_empty() {
            true => plan.unchanged += usize::from(!moves),
            false => plan.edited.push(PlannedEdit { id: product.id, draft: line.draft, columns }),
        }
    }
    plan.problems.sort_by_key(|problem| problem.line);
    plan
}

/// The columns but that of the stock in which a draft is not what the product is.
fn differing(product: &Product, draft: &ProductDraft) -> Vec<&'static str> {
    let table = [
        ("category", product.category != draft.category),
        ("name", product.name != draft.name),
        ("name_en", product.name_en != draft.name_en),
        ("creator", product.creator != draft.creator),
        ("summary", product.summary != draft.summary),
        ("summary_en", product.summary_en != draft.summary_en),
        ("description", product.description != draft.description),
        ("description_en", product.description_en != draft.description_en),
        ("cover", product.cover != draft.cover),
        ("price", product.price != draft.price),
        ("active", product.is_active != draft.is_active),
    ];
    table.into_iter().filter(|(_, differs)| *differs).map(|(column, _)| column).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Won;
    use crate::product::Category;
    use crate::product::import::Line;
    use crate::time::Timestamp;

    fn draft(sku: &str, price: i64, stock: i64) -> ProductDraft {
        ProductDraft {
            sku: sku.to_owned(),
            category: Category::Ebook,
            name: "책".to_owned(),
            name_en: String::new(),
            creator: String::new(),
            summary: String::new(),
            summary_en: String::new(),
            description: String::new(),
            description_en: String::new(),
            cover: String::new(),
            price: Won::new(price),
            total_stock: stock,
            is_active: true,
        }
    }

    fn product(id: i64, draft: ProductDraft, reserved: i64) -> Product {
        Product {
            id: ProductId::new(id),
            sku: draft.sku,
            category: draft.category,
            name: draft.name,
            name_en: draft.name_en,
            creator: draft.creator,
            summary: draft.summary,
            summary_en: draft.summary_en,
            description: draft.description,
            description_en: draft.description_en,
            cover: draft.cover,
            price: draft.price,
            total_stock: draft.total_stock,
            reserved_stock: reserved,
            available_stock: draft.total_stock - reserved,
            is_active: draft.is_active,
            created_at: Timestamp::from_millis(0),
            picture: None,
        }
    }

    #[test]
    fn each_line_makes_edits_moves_or_leaves_its_product() {
        let present: HashMap<String, Product> =
            [product(1, draft("A", 100, 5), 2), product(2, draft("B", 100, 5), 0), product(3, draft("C", 100, 5), 0)]
                .into_iter()
                .map(|product| (product.sku.clone(), product))
                .collect();
        let lines = [draft("A", 100, 2), draft("B", 200, 5), draft("C", 100, 5), draft("D", 100, 1)];
        let lines = (2..).zip(lines).map(|(number, draft)| Line { number, draft }).collect();
        let plan = decide_import(Reading { lines, problems: Vec::new() }, &present);
        assert_eq!(plan.made, [draft("D", 100, 1)]);
        assert_eq!(
            plan.edited.iter().map(|edit| (edit.id.get(), edit.columns.clone())).collect::<Vec<_>>(),
            [(2, vec!["price"])]
        );
        assert_eq!(plan.moved, [PlannedMove { id: ProductId::new(1), sku: "A".to_owned(), from: 5, to: 2 }]);
        assert_eq!((plan.unchanged, plan.problems.len()), (1, 0));
    }

    #[test]
    fn a_stock_below_what_orders_hold_is_named_by_its_line() {
        let present = HashMap::from([("A".to_owned(), product(1, draft("A", 100, 5), 3))]);
        let other = ImportProblem { line: 9, errors: vec![FieldError::new("sku", FieldProblem::Mismatch)] };
        let lines = vec![Line { number: 4, draft: draft("A", 100, 2) }];
        let plan = decide_import(Reading { lines, problems: vec![other.clone()] }, &present);
        let low = FieldError::new("stock", FieldProblem::TooSmall { least: 3 });
        assert_eq!(plan.problems, [ImportProblem { line: 4, errors: vec![low] }, other]);
        assert!(plan.is_empty());
    }
}
