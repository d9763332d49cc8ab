//! Judging and telling. Any number of instances may do both at once: each alert changes by a guarded update, in the
//! transaction that also queues who is told of it, and each notice is claimed before it is sent.

use super::model::{
    AlertName, AlertSnapshot, AlertState, Channel, HERE_WITHIN, NoticeKind, Reading, Rule, Silence, Stage, WINDOW,
    rules,
};
use super::people::Sketch;
use super::rules::{decide_alert, decide_given_up, decide_next_try, decide_reading};
use super::store::{self, AlertRow, Fact, NewNotice, QueuedNotice};
use crate::database::{outbox, retried};
use crate::error::{Error, Fault};
use crate::ports::Herald;
use crate::shop::Shop;
use crate::stats::minutes::{Figure, Figures, Lane, store as minutes};
use crate::time::Timestamp;
use crate::watch;
use std::time::Duration;

/// Notices looked at in one turn.
const BATCH: i64 = 32;
/// Silences that are shown, and looked at.
const MOST_SILENCES: i64 = 100;
/// A notice that nobody could send for so long is about the past.
const NOTICES_KEPT: Duration = Duration::from_secs(86_400);

/// Writes down what this instance counted and whom it saw, then judges every alert; gives how many have changed by
/// it. The time between two calls is how late an alert may be.
pub async fn watch_alerts(shop: &Shop, people: &Sketch) -> Result<u64, Error> {
    keep_samples(shop, people).await?;
    judge(shop).await
}

/// Writes down what this instance counted since it last did, and whom it saw within the last minute: for the alerts,
/// and what no row tells for the dashboard too.
pub async fn keep_samples(shop: &Shop, people: &Sketch) -> Result<(), Error> {
    let (samples, batch) = (shop.tally().take(), shop.random_bytes());
    let mut figures = Figures::default();
    for (count, times) in &samples {
        if let Some(figure) = Figure::of_count(*count) {
            figures.add(figure, i64::try_from(*times).unwrap_or(i64::MAX));
        }
    }
    figures.add_count(Figure::LongestQueue, shop.jobs_waiting());
    let kept = retried(|| async {
        let now = shop.now();
        let mut tx = shop.db().begin().await?;
        store::delete_samples_outside(&mut tx, now.before(WINDOW), now.after(WINDOW)).await?;
        store::write_samples(&mut tx, batch, &samples, now).await?;
        store::write_people(&mut tx, shop.instance(), people, now.before(HERE_WITHIN), now).await?;
        minutes::add(shop, &mut tx, Lane::Samples, &figures, now).await?;
        minutes::raise(shop, &mut tx, Lane::Samples, &figures, now).await?;
        Ok(tx.commit().await?)
    })
    .await;
    if kept.is_err() {
        // A database that is away must not swallow the failures it caused.
        samples.iter().for_each(|(count, times)| shop.tally().add(*count, *times));
    }
    kept
}

/// Judges every alert; gives how many this instance has changed.
pub async fn judge(shop: &Shop) -> Result<u64, Error> {
    let now = shop.now();
    let snapshot = take_snapshot(shop, now).await?;
    let silences = store::list_silences(shop.db(), now, MOST_SILENCES).await?;
    let rows = store::list_alerts(shop.db()).await?;
    watch::users_are(snapshot.users, shop.settings().most_users);
    keep_peaks(shop, &snapshot, now).await?;
    let mut changed = 0;
    for rule in rules(shop.settings().most_users) {
        let row = row_of(&rows, rule.name);
        let reading = decide_reading(&rule, &snapshot);
        let is_silenced = silences.iter().any(|silence| silence.name == rule.name);
        let plan = decide_alert(&row.state, &reading, is_silenced, now);
        if plan.state == row.state {
            watch::alert_is(rule.name, row.state.stage == Stage::Firing);
            continue;
        }
        let is_first = retried(|| change(shop, &rule, &row, plan.state, plan.notice, reading, now)).await?;
        if is_first {
            tell_log(&rule, row.state.stage, plan.state.stage, &reading);
            watch::alert_is(rule.name, plan.state.stage == Stage::Firing);
            changed += 1;
        }
    }
    Ok(changed)
}

/// Keeps what was true at this moment for the dashboard.
async fn keep_peaks(shop: &Shop, snapshot: &AlertSnapshot, now: Timestamp) -> Result<(), Error> {
    let mut figures = Figures::default();
    figures.add(Figure::MostUsers, i64::try_from(snapshot.users).unwrap_or(i64::MAX));
    figures.add(Figure::OldestEvent, i64::try_from(snapshot.oldest_event.as_millis()).unwrap_or(i64::MAX));
    if figures.is_empty() {
        return Ok(());
    }
    retried(|| async {
        let mut tx = shop.db().begin().await?;
        minutes::raise(shop, &mut tx, Lane::Samples, &figures, now).await?;
        Ok(tx.commit().await?)
    })
    .await
}

fn row_of(rows: &[AlertRow], name: AlertName) -> AlertRow {
    let fresh = AlertRow { name, state: AlertState::default(), version: 0 };
    rows.iter().find(|row| row.name == name).copied().unwrap_or(fresh)
}

/// Everything the alerts are judged by.
async fn take_snapshot(shop: &Shop, now: Timestamp) -> Result<AlertSnapshot, Fault> {
    let verified = store::find_fact(shop.db(), Fact::BrokenInvariants).await?;
    let months = store::find_fact(shop.db(), Fact::RowsAfterMonths).await?;
    let checked_at = verified.map_or(shop.opened_at(), |(_, checked_at)| checked_at);
    Ok(AlertSnapshot {
        counts: store::sum_samples(shop.db(), now.before(WINDOW)).await?,
        users: store::sum_people(shop.db(), now.before(HERE_WITHIN)).await?.count(),
        broken: verified.map_or(0, |(broken, _)| broken),
        unverified_for: shop.settings().is_verified.then(|| now.since(checked_at)),
        oldest_event: outbox::find_oldest_waiting(shop.db()).await?.map_or(Duration::ZERO, |since| now.since(since)),
        rows_after_months: months.map_or(0, |(rows, _)| rows),
    })
}

/// Changes an alert and queues who hears of it, both or neither; false when another instance was first.
async fn change(
    shop: &Shop,
    rule: &Rule,
    row: &AlertRow,
    state: AlertState,
    kind: Option<NoticeKind>,
    reading: Reading,
    now: Timestamp,
) -> Result<bool, Error> {
    let mut tx = shop.db().begin().await?;
    if !store::change_alert(&mut tx, row, &state).await? {
        return Ok(false);
    }
    if let Some(kind) = kind {
        let new = NewNotice {
            name: rule.name,
            kind,
            figure: reading.figure,
            samples: reading.samples,
            began_at: state.began_at.unwrap_or(now),
            recipients: &shop.settings().alert_recipients,
        };
        store::queue_notices(&mut tx, &new, now).await?;
    }
    tx.commit().await?;
    Ok(true)
}

fn tell_log(rule: &Rule, before: Stage, after: Stage, reading: &Reading) {
    let (alert, figure, samples) = (rule.name.as_str(), reading.figure, reading.samples);
    match (before, after) {
        (Stage::Inactive | Stage::Resolved, Stage::Firing) => {
            tracing::error!(alert, figure, threshold = rule.threshold, samples, "an alert fires");
        }
        (Stage::Firing, Stage::Resolved) => tracing::info!(alert, figure, samples, "an alert is over"),
        _ => {}
    }
}

/// Tells everybody who is due to be told; gives how many were. One that cannot be told keeps nobody else waiting, and
/// is tried again later.
///
/// # Errors
/// The database's. A notice that does not go out is none: it is given up in the end, with a line in the log.
pub async fn send_due_notices(shop: &Shop, herald: &dyn Herald) -> Result<u64, Error> {
    let rules = rules(shop.settings().most_users);
    let channels: Vec<Channel> = shop.settings().alert_recipients.iter().map(|to| to.channel).collect();
    store::delete_notices_before(shop.db(), shop.now().before(NOTICES_KEPT)).await?;
    let mut sent = 0;
    for queued in store::list_due(shop.db(), &rules, &channels, shop.now(), BATCH).await? {
        sent += u64::from(send_notice(shop, herald, &queued).await?);
    }
    Ok(sent)
}

async fn send_notice(shop: &Shop, herald: &dyn Herald, queued: &QueuedNotice) -> Result<bool, Error> {
    let (notice, tries) = (&queued.notice, queued.tries + 1);
    if !store::claim_notice(shop.db(), queued, decide_next_try(tries, shop.now())).await? {
        return Ok(false);
    }
    let told = herald.tell(notice, shop.now()).await;
    watch::notice_sent(notice.recipient.channel, told.is_ok());
    let (alert, channel) = (notice.rule.name.as_str(), notice.recipient.channel.as_str());
    match told {
        Ok(()) => {
            store::delete_notice(shop.db(), notice.id).await?;
            return Ok(true);
        }
        Err(reason) if decide_given_up(tries) => {
            tracing::error!(alert, channel, tries, %reason, "a notice could not be sent and is given up");
            store::delete_notice(shop.db(), notice.id).await?;
        }
        Err(reason) => {
            tracing::warn!(alert, channel, tries, %reason, "a notice could not be sent, it is tried again later");
        }
    }
    Ok(false)
}

/// One alert as an operator sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertView {
    pub rule: Rule,
    pub state: AlertState,
    /// What its figure is now, firing or not.
    pub reading: Reading,
    /// The silence that ends last, when any holds.
    pub silence: Option<Silence>,
}

/// Every alert: those that fire first, then those that lately did, each group in the order of the rules.
pub async fn list_alerts(shop: &Shop) -> Result<Vec<AlertView>, Error> {
    let now = shop.now();
    let snapshot = take_snapshot(shop, now).await?;
    let silences = store::list_silences(shop.db(), now, MOST_SILENCES).await?;
    let rows = store::list_alerts(shop.db()).await?;
    let mut views: Vec<AlertView> = rules(shop.settings().most_users)
        .into_iter()
        .map(|rule| AlertView {
            rule,
            state: row_of(&rows, rule.name).state,
            reading: decide_reading(&rule, &snapshot),
            silence: silences.iter().find(|silence| silence.name == rule.name).cloned(),
        })
        .collect();
    // A stable sort: by the rules otherwise.
    views.sort_by_key(|view| match view.state.stage {
        Stage::Firing => 0,
        Stage::Resolved => 1,
        Stage::Inactive => 2,
    });
    Ok(views)
}

/// Notes how many invariants do not hold, for every instance to know.
pub(crate) async fn note_broken(shop: &Shop, broken: usize) -> Result<(), Error> {
    note(shop, Fact::BrokenInvariants, i64::try_from(broken).unwrap_or(i64::MAX)).await
}

/// Notes how many rows lie after the last month.
pub(crate) async fn note_rows_after_months(shop: &Shop, rows: i64) -> Result<(), Error> {
    note(shop, Fact::RowsAfterMonths, rows).await
}

async fn note(shop: &Shop, fact: Fact, figure: i64) -> Result<(), Error> {
    retried(|| async {
        let mut tx = shop.db().begin().await?;
        store::write_fact(&mut tx, fact, figure, shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}
