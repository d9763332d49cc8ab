//! Figures by the minute in the database.

use super::model::{Figure, Figures, Lane};
use crate::database::{Db, Sql, Tx, dialect, insert_rows};
use crate::error::Fault;
use crate::shop::Shop;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// How long a minute is.
pub const MINUTE: Duration = Duration::from_secs(60);
/// The shard of what was folded.
const FOLDED: [u8; 16] = [0; 16];

/// Adds to the figures of this minute, as the last statement of the transaction that makes them true: whoever writes
/// to the same shard waits for nothing else, and for no longer than the commit takes. One statement, or none.
pub async fn add(shop: &Shop, tx: &mut Tx, lane: Lane, figures: &Figures, now: Timestamp) -> Result<(), Fault> {
    let (minute, shard) = (now.slot_start(MINUTE), lane.shard(shop.instance()));
    write(tx, minute, shard, figures.iter().filter(|(figure, _)| !figure.is_peak()), false).await
}

/// Raises the peaks of this minute. One statement, or none.
pub async fn raise(shop: &Shop, tx: &mut Tx, lane: Lane, figures: &Figures, now: Timestamp) -> Result<(), Fault> {
    let (minute, shard) = (now.slot_start(MINUTE), lane.shard(shop.instance()));
    write(tx, minute, shard, figures.iter().filter(|(figure, _)| figure.is_peak()), true).await
}

/// In the order of the figures, so that two who write never wait for each other.
async fn write(
    tx: &mut Tx,
    minute: Timestamp,
    shard: [u8; 16],
    figures: impl Iterator<Item = (Figure, i64)>,
    are_peaks: bool,
) -> Result<(), Fault> {
    let rows = figures
        .map(|(figure, amount)| vec![minute.into(), shard.into(), figure.name().into(), amount.into()])
        .collect();
    let tail = if are_peaks { dialect::raise_minute(tx.engine()) } else { dialect::add_to_minute(tx.engine()) };
    insert_rows(tx, "INSERT INTO minute_figures (minute_start, shard, figure, amount)", rows, tail).await
}

/// The figures since then in slots of this length. One statement, whose answer is as many rows as there are slots and
/// figures. Figures of a newer program are left to it.
pub async fn list_slots(
    db: &Db,
    since: Timestamp,
    until: Timestamp,
    length: Duration,
) -> Result<BTreeMap<Timestamp, Figures>, Fault> {
    let length = i64::try_from(length.as_millis()).unwrap_or(i64::MAX);
    let sql = Sql::new(
        "SELECT minute_start - minute_start % ? AS slot_start, figure, CAST(SUM(amount) AS SIGNED INTEGER) AS amount, \
         MAX(amount) AS peak FROM minute_figures WHERE minute_start >= ? AND minute_start < ? \
         GROUP BY slot_start, figure",
    )
    .bind(length)
    .bind(since)
    .bind(until);
    let known: BTreeMap<String, Figure> = Figure::all().map(|figure| (figure.name(), figure)).collect();
    let mut slots: BTreeMap<Timestamp, Figures> = BTreeMap::new();
    for row in db.fetch_all(sql).await? {
        if let Some(figure) = known.get(&row.text("figure")?).copied() {
            let amount = row.int(if figure.is_peak() { "peak" } else { "amount" })?;
            slots.entry(row.time("slot_start")?).or_default().add(figure, amount);
        }
    }
    Ok(slots)
}

/// The oldest minute before then that is not folded.
pub async fn find_unfolded(db: &Db, before: Timestamp) -> Result<Option<Timestamp>, Fault> {
    let sql = Sql::new(
        "SELECT minute_start FROM minute_figures WHERE minute_start < ? AND shard <> ? ORDER BY minute_start LIMIT 1",
    );
    let row = db.fetch_optional(sql.bind(before).bind(FOLDED)).await?;
    row.map(|row| row.time("minute_start")).transpose()
}

/// Moves the figures of one minute into those of `slot`, all shards into one. Whoever else does it meanwhile finds
/// nothing left; the guard is that what is struck is what was read.
pub async fn fold_minute(tx: &mut Tx, minute: Timestamp, slot: Timestamp) -> Result<(), Fault> {
    let sql = Sql::new(
        "SELECT figure, amount FROM minute_figures WHERE minute_start = ? AND shard <> ? \
         ORDER BY minute_start, shard, figure FOR UPDATE",
    );
    let rows = tx.fetch_all(sql.bind(minute).bind(FOLDED)).await?;
    let (mut sums, mut peaks): (BTreeMap<String, i64>, BTreeMap<String, i64>) = (BTreeMap::new(), BTreeMap::new());
    for row in &rows {
        let (name, amount) = (row.text("figure")?, row.int("amount")?);
        match Figure::from_text(&name) {
            Some(figure) if figure.is_peak() => {
                let peak = peaks.entry(name).or_default();
                *peak = amount.max(*peak);
            }
            // One that a newer program counts is a sum as far as this one knows.
            _ => *sums.entry(name).or_default() += amount,
        }
    }
    let head = "INSERT INTO minute_figures (minute_start, shard, figure, amount)";
    let row_of = |(name, amount): (String, i64)| vec![slot.into(), FOLDED.into(), name.into(), amount.into()];
    let (add, raise) = (dialect::add_to_minute(tx.engine()), dialect::raise_minute(tx.engine()));
    insert_rows(tx, head, sums.into_iter().map(row_of).collect(), add).await?;
    insert_rows(tx, head, peaks.into_iter().map(row_of).collect(), raise).await?;
    let sql = Sql::new("DELETE FROM minute_figures WHERE minute_start = ? AND shard <> ?").bind(minute).bind(FOLDED);
    tx.execute_exactly(rows.len(), "figures of a minute that is folded", sql).await
}

/// Strikes what is older than this; gives how many rows.
pub async fn delete_before(db: &Db, before: Timestamp) -> Result<u64, Fault> {
    db.execute(Sql::new("DELETE FROM minute_figures WHERE minute_start < ?").bind(before)).await
}
