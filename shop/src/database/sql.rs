//! Building statements: one `?` text and its values. Lists are padded, and rows cut, to a few lengths, so
//! that a handful of texts serves every batch and the statement cache holds.

use super::{Engine, Tx, dialect};
use crate::error::Fault;
use crate::guards::{self, Guard};
use sqlx::mysql::MySqlArguments;
use sqlx::query::Query;
use sqlx::sqlite::SqliteArguments;
use sqlx::{AssertSqlSafe, MySql, Sqlite};

/// The most values one statement may bind: bundled SQLite takes 32,766.
const MOST_VALUES: usize = 30_000;

/// One bound value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Value::Int(Some(value))
    }
}

impl From<Option<i64>> for Value {
    fn from(value: Option<i64>) -> Self {
        Value::Int(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Value::Int(Some(i64::from(value)))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Value::Text(Some(value.to_owned()))
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Value::Text(Some(value))
    }
}

impl From<Option<String>> for Value {
    fn from(value: Option<String>) -> Self {
        Value::Text(value)
    }
}

impl From<&[u8]> for Value {
    fn from(value: &[u8]) -> Self {
        Value::Bytes(Some(value.to_vec()))
    }
}

impl<const N: usize> From<[u8; N]> for Value {
    fn from(value: [u8; N]) -> Self {
        Value::Bytes(Some(value.to_vec()))
    }
}

impl<const N: usize> From<Option<[u8; N]>> for Value {
    fn from(value: Option<[u8; N]>) -> Self {
        Value::Bytes(value.map(|bytes| bytes.to_vec()))
    }
}

macro_rules! value_of_newtype {
    ($($name:ty => $part:ident),* $(,)?) => {
        $(impl From<$name> for Value {
            fn from(value: $name) -> Self {
                value.$part().into()
            }
        })*
    };
}

value_of_newtype!(
    crate::Won => get,
    crate::Timestamp => millis,
    crate::id::UserId => get,
    crate::id::ProductId => get,
    crate::id::CouponId => get,
    crate::product::images::ImageDigest => bytes,
    crate::id::OrderId => bytes,
    crate::id::PostingId => bytes,
    crate::id::EventId => bytes,
    crate::id::RefundId => bytes,
    crate::id::AdjustmentId => bytes,
    crate::order::OrderStatus => as_str,
    crate::wallet::PostingType => as_str,
    crate::coupon::UserCouponStatus => as_str,
);

/// A statement and its values.
#[derive(Clone, Debug)]
pub struct Sql {
    text: String,
    values: Vec<Value>,
}

impl Sql {
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), values: Vec::new() }
    }

    /// Adds text.
    pub fn then(mut self, text: &str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Gives the next `?` its value.
    pub fn bind(mut self, value: impl Into<Value>) -> Self {
        self.values.push(value.into());
        self
    }

    /// Adds `(?, ?, …)` holding these values, the last repeated up to a power of two. An empty list holds
    /// NULL and matches nothing.
    pub fn list<V: Into<Value>>(mut self, values: impl IntoIterator<Item = V>) -> Self {
        let before = self.values.len();
        self.values.extend(values.into_iter().map(Into::into));
        if self.values.len() == before {
            self.values.push(Value::Int(None));
        }
        let count = self.values.len() - before;
        self.pad_values(count, 1);
        let marks = self.values.len() - before;
        self.text.push('(');
        self.text.push_str(&vec!["?"; marks].join(", "));
        self.text.push(')');
        self
    }

    /// Adds a test for these rows of values, the last repeated up to a power of two. No rows match nothing.
    pub fn rows<const N: usize>(
        mut self,
        engine: Engine,
        columns: [&str; N],
        rows: impl IntoIterator<Item = [Value; N]>,
    ) -> Self {
        let before = self.values.len();
        self.values.extend(rows.into_iter().flatten());
        if self.values.len() == before {
            self.values.extend(vec![Value::Int(None); N]);
        }
        let count = (self.values.len() - before) / N;
        self.pad_values(count, N);
        self.text.push_str(&dialect::is_one_of(engine, columns, count.next_power_of_two()));
        self
    }

    /// Adds `CASE column WHEN ? THEN ? … END`, the last pair repeated up to a power of two.
    pub fn case<K: Into<Value>, V: Into<Value>>(
        mut self,
        column: &str,
        pairs: impl IntoIterator<Item = (K, V)>,
    ) -> Self {
        let before = self.values.len();
        for (key, value) in pairs {
            self.values.push(key.into());
            self.values.push(value.into());
        }
        let count = (self.values.len() - before) / 2;
        self.pad_values(count, 2);
        let pairs = (self.values.len() - before) / 2;
        self.text.push_str("CASE ");
        self.text.push_str(column);
        self.text.push_str(&" WHEN ? THEN ?".repeat(pairs));
        self.text.push_str(" END");
        self
    }

    /// Repeats the last `width` values until `count` groups have become a power of two.
    fn pad_values(&mut self, count: usize, width: usize) {
        let last = self.values[self.values.len() - width..].to_vec();
        for _ in count..count.next_power_of_two() {
            self.values.extend_from_slice(&last);
        }
    }

    /// Enough of the text to know it by.
    pub(super) fn first_words(&self) -> String {
        const MOST: usize = 60;
        self.text.chars().take(MOST).collect()
    }

    pub(super) fn sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        let text = match self.text.strip_suffix(" FOR UPDATE") {
            // BEGIN IMMEDIATE has already locked everything.
            Some(unlocked) => unlocked.to_owned(),
            None => self.text,
        };
        self.values.into_iter().fold(sqlx::query(AssertSqlSafe(text)), |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
    }

    pub(super) fn mysql(self) -> Query<'static, MySql, MySqlArguments> {
        let text = match self.text.strip_suffix(" FOR UPDATE") {
            // Without the guard every other statement takes its locks from the other end.
            Some(locking) if !guards::is_on(Guard::SortedLocks) && locking.contains(" ORDER BY ") && rand::random() => {
                format!("{locking} DESC FOR UPDATE")
            }
            _ => self.text,
        };
        self.values.into_iter().fold(sqlx::query(AssertSqlSafe(text)), |query, value| match value {
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
        })
    }
}

/// Inserts rows: `head` is `INSERT INTO table (columns)`, `tail` follows the values. Two statements for up to 256
/// rows, and one for up to 16 or a multiple of that.
pub async fn insert_rows(tx: &mut Tx, head: &str, rows: Vec<Vec<Value>>, tail: &str) -> Result<(), Fault> {
    let mut rows = rows.into_iter();
    while rows.len() > 0 {
        let columns = rows.as_slice()[0].len();
        let at_once = rows_at_once(rows.len(), MOST_VALUES / columns);
        let row_marks = format!("({})", vec!["?"; columns].join(", "));
        let text = format!("{head} VALUES {}{tail}", vec![row_marks.as_str(); at_once].join(", "));
        let values = rows.by_ref().take(at_once).flatten().collect();
        tx.execute(Sql { text, values }).await?;
    }
    Ok(())
}

/// How many of `rows` rows the next statement takes, of at most `most`: rows cannot be padded as lists can, and a
/// statement for each remaining bit would cost the common small batch more than a few more texts do.
fn rows_at_once(rows: usize, most: usize) -> usize {
    const STEP: usize = 16;
    const STEPPED: usize = 256;
    match rows.min(most) {
        few @ ..STEP => few,
        some @ STEP..=STEPPED => some - some % STEP,
        many => 1 << many.ilog2(),
    }
}

/// Cuts work on distinct rows so that `values_per_row` of each stay within one statement.
pub fn chunks_of<T>(rows: &[T], values_per_row: usize) -> impl Iterator<Item = &[T]> {
    // Padding may double the values.
    let most = (MOST_VALUES / values_per_row / 2).max(1);
    rows.chunks(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_padded_to_a_power_of_two_with_its_last_value() {
        let sql = Sql::new("SELECT 1 WHERE id IN ").list([1i64, 2, 3]);
        assert_eq!(sql.text, "SELECT 1 WHERE id IN (?, ?, ?, ?)");
        assert_eq!(sql.values, [1i64, 2, 3, 3].map(Value::from));
    }

    #[test]
    fn two_statements_insert_any_batch_of_a_desk() {
        for rows in 1..=256 {
            let first = rows_at_once(rows, 30_000);
            let rest = rows - first;
            assert!(rest == 0 || rows_at_once(rest, 30_000) == rest, "{rows} rows: {first}, then {rest}");
        }
        let texts: std::collections::BTreeSet<usize> = (1..=30_000).map(|rows| rows_at_once(rows, 30_000)).collect();
        assert!(texts.len() < 40, "{} texts a table", texts.len());
        assert_eq!((rows_at_once(1_000, 7), rows_at_once(1_000, 300)), (7, 256));
    }

    #[test]
    fn an_empty_list_matches_nothing() {
        let sql = Sql::new("SELECT 1 WHERE id IN ").list(Vec::<i64>::new());
        assert_eq!((sql.text.as_str(), sql.values), ("SELECT 1 WHERE id IN (?)", vec![Value::Int(None)]));
    }

    #[test]
    fn rows_are_padded_with_the_last_row_and_no_rows_match_nothing() {
        let rows = [[1i64, 2], [3, 4], [5, 6]].map(|row| row.map(Value::from));
        let sql = Sql::new("SELECT 1 WHERE ").rows(Engine::MySql, ["a", "b"], rows.clone());
        assert_eq!(sql.text, "SELECT 1 WHERE (a, b) IN ((?, ?), (?, ?), (?, ?), (?, ?))");
        assert_eq!(sql.values, [1i64, 2, 3, 4, 5, 6, 5, 6].map(Value::from));
        let sql = Sql::new("SELECT 1 WHERE ").rows(Engine::Sqlite, ["a", "b"], rows.into_iter().take(2));
        assert_eq!(sql.text, "SELECT 1 WHERE ((a = ? AND b = ?) OR (a = ? AND b = ?))");
        let sql = Sql::new("SELECT 1 WHERE ").rows(Engine::MySql, ["a", "b"], []);
        assert_eq!((sql.text.as_str(), sql.values.len()), ("SELECT 1 WHERE (a, b) IN ((?, ?))", 2));
    }

    #[test]
    fn a_case_is_padded_with_its_last_pair() {
        let sql = Sql::new("").case("id", [(1i64, 10i64), (2, 20), (3, 30)]);
        assert_eq!(sql.text, "CASE id WHEN ? THEN ? WHEN ? THEN ? WHEN ? THEN ? WHEN ? THEN ? END");
        assert_eq!(sql.values, [1i64, 10, 2, 20, 3, 30, 3, 30].map(Value::from));
    }
}
