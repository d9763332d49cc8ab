//! What the dashboard asks, and the job that keeps the figures few.

use super::model::{Dashboard, Figures, Slot, Span};
use super::store;
use crate::alert::model::HERE_WITHIN;
use crate::alert::rules::percentile_micros;
use crate::alert::store as samples;
use crate::database::{outbox, retried};
use crate::error::Error;
use crate::operator::{Operator, Permission};
use crate::shop::Shop;
use crate::time::Timestamp;
use std::collections::BTreeMap;
use std::time::Duration;

/// Minutes of this age are folded into quarter-hours: longer ago than any span that is shown by the minute.
pub const FOLDED_AFTER: Duration = Duration::from_secs(61 * 60);
const QUARTER: Duration = Duration::from_secs(900);
/// The longest span, and the slot that it begins within. So there are at most 45 figures of 293 quarter-hours, and of
/// 77 minutes those of each instance: 13,000 rows, and 3,500 more for each instance if everything happened in every
/// minute of it.
const KEPT: Duration = Duration::from_secs(73 * 3_600);
/// Minutes folded in one run: a shop that stood still catches up over several.
const MOST_FOLDED: usize = 60;

/// How the shop does, over this span.
///
/// # Errors
/// `Forbidden`.
pub async fn look_at_dashboard(shop: &Shop, operator: &Operator, span: Span) -> Result<Dashboard, Error> {
    operator.must(Permission::SeeConsole)?;
    let (db, now) = (shop.db(), shop.now());
    let last = now.slot_start(span.slot());
    let first = last.before(span.slot() * (span.slots() - 1));
    let end = last.after(span.slot());
    let known = store::list_slots(db, first, end, span.slot()).await?;
    let oldest = outbox::find_oldest_waiting(db).await?;
    Ok(Dashboard {
        span,
        now,
        total: total_of(&known, first, now),
        slots: slots_of(known, span, first, now),
        users: samples::sum_people(db, now.before(HERE_WITHIN)).await?.count(),
        oldest_event: oldest.map_or(Duration::ZERO, |since| now.since(since)),
        waiting: shop.jobs_waiting(),
    })
}

fn total_of(known: &BTreeMap<Timestamp, Figures>, first: Timestamp, now: Timestamp) -> Slot {
    let mut total = Slot { start: first, millis: passed(now.since(first)), figures: Figures::default() };
    known.values().for_each(|figures| total.figures.add_all(figures));
    total
}

fn slots_of(mut known: BTreeMap<Timestamp, Figures>, span: Span, first: Timestamp, now: Timestamp) -> Vec<Slot> {
    let slot_of = |number| {
        let start = first.after(span.slot() * number);
        let millis = passed(now.since(start).min(span.slot()));
        Slot { start, millis, figures: known.remove(&start).unwrap_or_default() }
    };
    (0..span.slots()).map(slot_of).collect()
}

/// A slot that has only begun says nothing of its rate.
fn passed(time: Duration) -> i64 {
    const LEAST_MS: i64 = 1_000;
    i64::try_from(time.as_millis()).unwrap_or(i64::MAX).max(LEAST_MS)
}

/// So many in a hundred answers took no longer, in microseconds: as Prometheus' `histogram_quantile` has it. `None`
/// when nobody was answered.
pub fn answered_within(figures: &Figures, per_cent: u32) -> Option<u64> {
    let classes = figures.answers();
    let samples: u64 = classes.iter().sum();
    (samples > 0).then(|| u64::try_from(percentile_micros(&classes, samples, per_cent)).unwrap_or(u64::MAX))
}

/// Folds minutes that are shown by the quarter-hour from now on, and strikes what is shown no more; gives how many
/// minutes it folded. Any number of instances may do it at once.
pub async fn fold_minutes(shop: &Shop) -> Result<u64, Error> {
    let now = shop.now();
    let before = now.before(FOLDED_AFTER).slot_start(QUARTER);
    let mut folded = 0;
    while folded < MOST_FOLDED
        && let Some(minute) = store::find_unfolded(shop.db(), before).await?
    {
        retried(|| async {
            let mut tx = shop.db().begin().await?;
            store::fold_minute(&mut tx, minute, minute.slot_start(QUARTER)).await?;
            Ok(tx.commit().await?)
        })
        .await?;
        folded += 1;
    }
    store::delete_before(shop.db(), now.before(KEPT)).await?;
    Ok(u64::try_from(folded).unwrap_or(u64::MAX))
}
