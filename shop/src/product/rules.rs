//! What a product may be (SPEC §5): a price in steps of 100 won, a stock that is not negative, names a
//! page can show.

use super::model::ProductDraft;
use crate::error::{FieldError, FieldProblem};

/// Prices are multiples of this many won.
pub const PRICE_STEP: i64 = 100;
/// The dearest a product may be: more than a full wallet could never be paid.
pub const MOST_PRICE: i64 = 10_000_000;
/// The most pieces one product may have.
pub const MOST_STOCK: i64 = 1_000_000_000_000;

/// Everything that is wrong with a draft; empty when it may be stored.
pub fn find_draft_problems(draft: &ProductDraft) -> Vec<FieldError> {
    let mut problems = Vec::new();
    let mut check = |field: &str, problem: Option<FieldProblem>| {
        if let Some(problem) = problem {
            problems.push(FieldError::new(field, problem));
        }
    };
    check("sku", sku_problem(&draft.sku));
    check("price", price_problem(draft.price.get()));
    check("stock", range_problem(draft.total_stock, 0, MOST_STOCK));
    check("cover", cover_problem(&draft.cover));
    check("name", length_problem(&draft.name, 1, 200));
    for (field, text, most) in [
        ("name_en", &draft.name_en, 200),
        ("creator", &draft.creator, 100),
        ("summary", &draft.summary, 300),
        ("summary_en", &draft.summary_en, 300),
        ("description", &draft.description, 10_000),
        ("description_en", &draft.description_en, 10_000),
    ] {
        check(field, length_problem(text, 0, most));
    }
    problems
}

fn price_problem(price: i64) -> Option<FieldProblem> {
    range_problem(price, PRICE_STEP, MOST_PRICE)
        .or_else(|| (price % PRICE_STEP != 0).then_some(FieldProblem::NotAStep { step: PRICE_STEP }))
}

fn range_problem(value: i64, least: i64, most: i64) -> Option<FieldProblem> {
    if value < least {
        Some(FieldProblem::TooSmall { least })
    } else if value > most {
        Some(FieldProblem::TooLarge { most })
    } else {
        None
    }
}

/// Counts characters, not bytes; blank counts as empty.
fn length_problem(text: &str, least: i64, most: i64) -> Option<FieldProblem> {
    let length = i64::try_from(text.trim().chars().count()).unwrap_or(i64::MAX);
    if length < least {
        Some(FieldProblem::TooShort { least })
    } else if length > most {
        Some(FieldProblem::TooLong { most })
    } else {
        None
    }
}

fn sku_problem(sku: &str) -> Option<FieldProblem> {
    let good =
        (1..=64).contains(&sku.len()) && sku.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (!good).then_some(FieldProblem::Malformed)
}

/// A bare file name: no folder, so that nothing outside the covers can be named.
fn cover_problem(cover: &str) -> Option<FieldProblem> {
    let bare = cover.len() <= 100
        && !cover.starts_with('.')
        && cover.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
    (!bare).then_some(FieldProblem::Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::money::Won;
    use crate::product::Category;

    fn draft() -> ProductDraft {
        ProductDraft {
            sku: "EBOOK-001".to_owned(),
            category: Category::Ebook,
            name: "책".to_owned(),
            name_en: String::new(),
            creator: String::new(),
            summary: String::new(),
            summary_en: String::new(),
            description: String::new(),
            description_en: String::new(),
            cover: "ebook-001.svg".to_owned(),
            price: Won::new(12_900),
            total_stock: 10,
            is_active: true,
        }
    }

    fn fields(draft: &ProductDraft) -> Vec<String> {
        find_draft_problems(draft).into_iter().map(|problem| problem.field).collect()
    }

    #[test]
    fn a_good_draft_has_no_problem() {
        assert!(fields(&draft()).is_empty());
    }

    #[test]
    fn a_price_is_positive_and_in_hundreds() {
        for price in [-100, 0, 50, 150, 12_901, 10_000_100] {
            assert_eq!(fields(&ProductDraft { price: Won::new(price), ..draft() }), ["price"], "{price}");
        }
    }

    #[test]
    fn a_bad_value_is_named() {
        assert_eq!(fields(&ProductDraft { total_stock: -1, ..draft() }), ["stock"]);
        assert_eq!(fields(&ProductDraft { name: "  ".to_owned(), ..draft() }), ["name"]);
        assert_eq!(fields(&ProductDraft { sku: "한글".to_owned(), ..draft() }), ["sku"]);
        for cover in ["../x.svg", "a/b.svg", ".hidden"] {
            assert_eq!(fields(&ProductDraft { cover: cover.to_owned(), ..draft() }), ["cover"], "{cover}");
        }
    }
}
