//! Months. On MySQL the tables that only grow are cut by the UTC month in their ids, so that a lookup by id
//! opens one piece however old the shop is, and a list by user opens the latest ones first. The job here
//! makes the months from the oldest row to half a year ahead; what comes after them falls into the piece
//! without an end, which must stay empty: an alert says when it does not.
//!
//! On SQLite there are no pieces, and nothing here does anything.

use super::connect::take_named_lock;
use super::{Db, Engine, Row, Sql, retried};
use crate::alert::service::note_rows_after_months;
use crate::error::{Error, Fault};
use crate::failpoints::{Point, reach};
use crate::id::OrderId;
use crate::shop::Shop;
use crate::time::{Month, Timestamp};
use crate::watch;
use sqlx::{AssertSqlSafe, Connection, Executor, MySqlConnection, Row as _};

/// The tables that are cut, and the id they are cut by.
const CUT: [(&str, &str); 3] = [("orders", "id"), ("order_items", "order_id"), ("point_transactions", "id")];
/// The piece without an end.
const LATER: &str = "later";
/// Months that stand ready after the present one.
const AHEAD: i32 = 6;
/// The oldest month that gets a piece of its own, before the present one: ten years. Older rows lie with it.
const MOST_BACK: i32 = 120;
/// Rows after the last month are counted up to this many.
const MOST_COUNTED: i64 = 1_000;
/// Cutting waits this long for the transactions on a table, in seconds, because every new one waits behind it. One
/// of them may in turn wait for rows of one that waits behind it, which no server notices: then it lets all of them
/// go on, and tries again.
const TABLE_PATIENCE: u32 = 1;

/// The job: makes the months that are missing, then looks whether anything lies after the last one. Gives
/// how many pieces were made.
pub async fn keep_months(shop: &Shop) -> Result<u64, Error> {
    let made = make_months(shop.db(), shop.now()).await;
    let rows = watch_months(shop.db()).await?;
    if shop.db().engine() == Engine::MySql {
        note_rows_after_months(shop, rows).await?;
    }
    made
}

/// Makes the months that are missing; gives how many pieces. Several processes may do it at once: the
/// database lets one, and the others make none.
///
/// # Errors
/// When the account may not change tables, or a table was busy at every try; then nothing is lost, and the
/// next turn tries again.
pub async fn make_months(db: &Db, now: Timestamp) -> Result<u64, Error> {
    let Db::MySql(mysql) = db else { return Ok(0) };
    retried(|| async {
        let mut connection = mysql.connect_as_owner().await?;
        let made = make_all(&mut connection, now.month()).await?;
        // Closing frees the lock; so does dropping it, when making them failed.
        connection.close().await?;
        Ok(made)
    })
    .await
}

async fn make_all(connection: &mut MySqlConnection, present: Month) -> Result<u64, Fault> {
    if !take_named_lock(connection, "months", 0).await? {
        return Ok(0);
    }
    let patience = format!("SET SESSION lock_wait_timeout = {TABLE_PATIENCE}");
    connection.execute(AssertSqlSafe(patience)).await?;
    let mut made = 0;
    for (table, id) in CUT {
        let pieces = list_pieces(connection, table).await?;
        let oldest = find_oldest(connection, table, id).await?;
        for cut in plan_cuts(table, &pieces, oldest, present)? {
            reach(Point::MonthsCut).await?;
            connection.execute(AssertSqlSafe(cut.text(table))).await?;
            tracing::info!(table, from = %cut.first, to = %cut.last, "months were made");
            made += cut.made();
        }
    }
    if made > 0 {
        reach(Point::MonthsDone).await?;
    }
    Ok(made)
}

/// The names of a table's pieces, oldest first; none when it is not cut.
async fn list_pieces(connection: &mut MySqlConnection, table: &str) -> Result<Vec<String>, Fault> {
    let sql = format!(
        "SELECT partition_name AS name FROM information_schema.partitions WHERE table_schema = DATABASE() \
         AND table_name = '{table}' AND partition_name IS NOT NULL ORDER BY partition_ordinal_position"
    );
    let rows = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(connection).await?;
    rows.iter().map(|row| Ok(row.try_get("name")?)).collect()
}

/// The month of a table's oldest row.
async fn find_oldest(connection: &mut MySqlConnection, table: &str, id: &str) -> Result<Option<Month>, Fault> {
    let sql = format!("SELECT {id} AS id FROM {table} ORDER BY {id} LIMIT 1");
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_optional(connection).await?;
    let Some(row) = row else { return Ok(None) };
    let bytes: Vec<u8> = row.try_get("id")?;
    let id =
        OrderId::from_bytes(&bytes).ok_or_else(|| Fault::Broken(format!("{table} holds an id of another form")))?;
    Ok(Some(id.moment().month()))
}

/// One piece that becomes several: the months `first` to `last`, of which the last keeps the name of the
/// piece where that was a month, and else what comes after stays in [`LATER`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Cut {
    first: Month,
    last: Month,
    is_end: bool,
}

impl Cut {
    fn made(&self) -> u64 {
        let months = self.first.up_to(self.last).count() as u64;
        if self.is_end { months } else { months - 1 }
    }

    fn text(&self, table: &str) -> String {
        let mut pieces: Vec<String> = self
            .first
            .up_to(self.last)
            .map(|month| {
                // Written as the server itself shows it.
                let end = least_id(month.plus(1));
                format!("PARTITION {} VALUES LESS THAN (_binary 0x{})", piece_name(month), hex::encode(end))
            })
            .collect();
        let cut = if self.is_end { LATER.to_owned() } else { piece_name(self.last) };
        if self.is_end {
            pieces.push(format!("PARTITION {LATER} VALUES LESS THAN (MAXVALUE)"));
        }
        format!("ALTER TABLE {table} REORGANIZE PARTITION {cut} INTO ({})", pieces.join(", "))
    }
}

fn piece_name(month: Month) -> String {
    format!("p{month}")
}

/// What must be cut so that every month from the oldest row's to [`AHEAD`] of the present has its piece.
fn plan_cuts(table: &str, pieces: &[String], oldest: Option<Month>, present: Month) -> Result<Vec<Cut>, Fault> {
    let Some((LATER, months)) = pieces.split_last().map(|(last, months)| (last.as_str(), months)) else {
        return Err(Fault::Broken(format!("{table} is not cut into months: `damda migrate` does that")));
    };
    let month_of = |name: &String| {
        let month = name.strip_prefix('p').and_then(|name| name.parse::<Month>().ok());
        month.ok_or_else(|| Fault::Broken(format!("{table} has a partition {name}, which is no month")))
    };
    let oldest = oldest.unwrap_or(present).clamp(present.plus(-MOST_BACK), present);
    let newest = present.plus(AHEAD);
    let (Some(first), Some(last)) = (months.first(), months.last()) else {
        return Ok(vec![Cut { first: oldest, last: newest, is_end: true }]);
    };
    let (first, last) = (month_of(first)?, month_of(last)?);
    let mut cuts = Vec::new();
    if oldest < first {
        // Older orders were brought in from elsewhere after the first months were made.
        cuts.push(Cut { first: oldest, last: first, is_end: false });
    }
    if last < newest {
        cuts.push(Cut { first: last.plus(1), last: newest, is_end: true });
    }
    Ok(cuts)
}

/// Tells the figures, and whoever reads the log, when rows lie after the last month; gives how many.
async fn watch_months(db: &Db) -> Result<i64, Fault> {
    if !matches!(db, Db::MySql(_)) {
        return Ok(0);
    }
    let mut all = 0;
    for (table, id) in CUT {
        let sql = format!("SELECT COUNT(*) AS n FROM (SELECT {id} FROM {table} PARTITION ({LATER}) LIMIT ?) l");
        let row = db.fetch_optional(Sql::new(sql).bind(MOST_COUNTED)).await?;
        let rows = row.map_or(Ok(0), |row| row.int("n"))?;
        watch::rows_after_months(table, rows);
        all += rows;
        if rows > 0 {
            tracing::error!(
                table,
                rows,
                "rows lie after the last month: run `damda migrate` with an account that may ALTER"
            );
        }
    }
    Ok(all)
}

/// Months that the first statements of a list look back, before one looks at everything: most lists are of
/// what happened lately.
const WALK: [i32; 2] = [2, 12];

/// Reads a newest-first list of a user that begins at `from` and wants so many rows. `sql` takes the least id
/// to look at. Up to three statements, each further back; the first that finds enough is the last.
pub async fn walk_back(
    db: &Db,
    from: Timestamp,
    wanted: i64,
    sql: impl Fn([u8; 16]) -> Sql,
) -> Result<Vec<Row>, Fault> {
    for months in WALK {
        let rows = db.fetch_all(sql(least_id(from.month().plus(-months)))).await?;
        if i64::try_from(rows.len()).unwrap_or(i64::MAX) >= wanted {
            return Ok(rows);
        }
    }
    db.fetch_all(sql([0; 16])).await
}

/// Below every id of this month and above every id of the one before.
fn least_id(month: Month) -> [u8; 16] {
    let millis = u128::try_from(month.start().millis()).unwrap_or(0);
    const RANDOM_BITS: u32 = 80;
    (millis << RANDOM_BITS).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    fn plan(pieces: &[&str], oldest: Option<&str>, present: &str) -> Vec<(String, String, bool)> {
        let pieces: Vec<String> = pieces.iter().map(ToString::to_string).collect();
        let cuts = plan_cuts("orders", &pieces, oldest.map(month), month(present)).unwrap();
        cuts.iter().map(|cut| (cut.first.to_string(), cut.last.to_string(), cut.is_end)).collect()
    }

    fn cut(first: &str, last: &str, is_end: bool) -> (String, String, bool) {
        (first.to_owned(), last.to_owned(), is_end)
    }

    #[test]
    fn the_months_from_the_oldest_row_to_half_a_year_ahead_are_made_once() {
        assert_eq!(plan(&["later"], None, "202611"), [cut("202611", "202705", true)]);
        assert_eq!(plan(&["later"], Some("202609"), "202611"), [cut("202609", "202705", true)]);
        assert_eq!(plan(&["p202611", "p202705", "later"], Some("202611"), "202611"), []);
        assert_eq!(plan(&["p202611", "p202705", "later"], Some("202611"), "202612"), [cut("202706", "202706", true)]);
        // The job did not run for a year: what fell into the last piece gets its months.
        assert_eq!(plan(&["p202611", "p202705", "later"], Some("202611"), "202711"), [cut("202706", "202805", true)]);
    }

    #[test]
    fn older_rows_get_months_before_the_first_and_a_broken_clock_does_not() {
        assert_eq!(plan(&["p202611", "p202705", "later"], Some("202501"), "202611"), [cut("202501", "202611", false)]);
        assert_eq!(plan(&["later"], Some("197001"), "202611"), [cut("201611", "202705", true)]);
        assert_eq!(plan(&["later"], Some("209901"), "202611"), [cut("202611", "202705", true)]);
    }

    #[test]
    fn a_table_that_is_not_cut_or_cut_otherwise_is_said_and_left_alone() {
        for pieces in [&[][..], &["p202611".to_owned()], &["y2026".to_owned(), "later".to_owned()]] {
            assert!(plan_cuts("orders", pieces, None, month("202611")).is_err(), "{pieces:?}");
        }
    }

    #[test]
    fn the_least_id_of_a_month_parts_it_from_the_one_before() {
        let december = month("202612");
        let least = least_id(december);
        let id_at = |moment, random| OrderId::new(moment, [random; 10]).bytes();
        assert!(id_at(december.start(), 0) >= least);
        assert!(id_at(december.start().before(std::time::Duration::from_millis(1)), 0xff) < least);
    }

    #[test]
    fn a_cut_names_its_pieces_by_month_and_ends_each_where_the_next_begins() {
        let end = Cut { first: month("202612"), last: month("202701"), is_end: true };
        assert_eq!(
            end.text("orders"),
            "ALTER TABLE orders REORGANIZE PARTITION later INTO (\
             PARTITION p202612 VALUES LESS THAN (_binary 0x01a2ce8bd40000000000000000000000), \
             PARTITION p202701 VALUES LESS THAN (_binary 0x01a36e30f80000000000000000000000), \
             PARTITION later VALUES LESS THAN (MAXVALUE))"
        );
        let past = Cut { is_end: false, ..end };
        assert!(past.text("orders").starts_with("ALTER TABLE orders REORGANIZE PARTITION p202701 INTO ("));
        assert_eq!((end.made(), past.made()), (2, 1));
    }
}
