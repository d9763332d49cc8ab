//! Keyset paging: every list has a limit, and a cursor says where the last page ended.

use crate::error::{Error, FieldProblem};
use serde::Serialize;
use std::str::FromStr;

/// How many rows one page may hold (API.md: 1…100, 24 unless said).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageLimit(u16);

impl PageLimit {
    pub const MOST: u16 = 100;
    pub const DEFAULT: PageLimit = PageLimit(24);

    /// `None` outside 1…100.
    pub fn new(limit: i64) -> Option<Self> {
        u16::try_from(limit).ok().filter(|limit| (1..=Self::MOST).contains(limit)).map(Self)
    }

    pub fn rows(self) -> usize {
        usize::from(self.0)
    }

    /// One row more than a page, to learn whether another page follows.
    pub fn rows_and_one(self) -> i64 {
        i64::from(self.0) + 1
    }
}

/// What part of a list is asked for. The cursor is opaque: it is what an earlier [`Slice`] gave.
#[derive(Clone, Debug)]
pub struct Page {
    pub limit: PageLimit,
    pub cursor: Option<String>,
}

impl Page {
    pub fn first(limit: PageLimit) -> Self {
        Self { limit, cursor: None }
    }

    /// The cursor as what it names.
    ///
    /// # Errors
    /// When it names no such thing.
    pub fn parsed_cursor<T: FromStr>(&self) -> Result<Option<T>, Error> {
        let malformed = |_| Error::invalid("cursor", FieldProblem::Malformed);
        self.cursor.as_deref().map(str::parse).transpose().map_err(malformed)
    }
}

impl Default for Page {
    fn default() -> Self {
        Self::first(PageLimit::DEFAULT)
    }
}

/// One page of a list and the cursor of the next one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Slice<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Slice<T> {
    /// Cuts `rows_and_one` rows to a page; `cursor_of` names the place after its last row.
    pub fn cut(mut rows: Vec<T>, limit: PageLimit, cursor_of: impl Fn(&T) -> String) -> Self {
        let more = rows.len() > limit.rows();
        rows.truncate(limit.rows());
        let next_cursor = if more { rows.last().map(cursor_of) } else { None };
        Self { items: rows, next_cursor }
    }

    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Slice<U> {
        Slice { items: self.items.into_iter().map(each).collect(), next_cursor: self.next_cursor }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_limit_is_one_to_a_hundred() {
        let table = [(-1, false), (0, false), (1, true), (100, true), (101, false), (i64::MAX, false)];
        for (limit, good) in table {
            assert_eq!(PageLimit::new(limit).is_some(), good, "{limit}");
        }
    }

    #[test]
    fn only_a_page_that_has_a_next_one_gives_a_cursor() {
        let limit = PageLimit::new(2).expect("two is a limit");
        let full = Slice::cut(vec![1, 2, 3], limit, i32::to_string);
        assert_eq!((full.items, full.next_cursor), (vec![1, 2], Some("2".to_owned())));
        let last = Slice::cut(vec![1, 2], limit, i32::to_string);
        assert_eq!((last.items, last.next_cursor), (vec![1, 2], None));
    }
}
