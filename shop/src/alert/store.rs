//! Alerts in the database: what every instance counted, where each alert stands, who is not told, who is to be told.

use super::model::{
    AlertName, AlertState, Channel, Count, Counts, Notice, NoticeKind, Recipient, Rule, Silence, Stage,
};
use super::people::Sketch;
use super::rules::LONGEST_WAIT;
use crate::database::{Db, Row, Sql, Tx, Value, insert_rows};
use crate::error::Fault;
use crate::id::UserId;
use crate::time::Timestamp;

/// An instance, by a number it rolled when it started.
pub type Instance = [u8; 16];

/// What an instance counted since it last did, under a number that it rolled for this.
pub async fn write_samples(
    tx: &mut Tx,
    batch: [u8; 16],
    samples: &[(Count, u64)],
    now: Timestamp,
) -> Result<(), Fault> {
    let rows = samples
        .iter()
        .map(|(count, times)| {
            let times = i64::try_from(*times).unwrap_or(i64::MAX);
            vec![now.into(), batch.into(), count.name().into(), times.into()]
        })
        .collect();
    insert_rows(tx, "INSERT INTO alert_samples (noted_at, batch, figure, times)", rows, "").await
}

/// What all instances counted since then. Figures of a newer program are left to it.
pub async fn sum_samples(db: &Db, since: Timestamp) -> Result<Counts, Fault> {
    let sql = Sql::new(
        "SELECT figure, CAST(SUM(times) AS SIGNED INTEGER) AS times FROM alert_samples WHERE noted_at > ? GROUP BY figure",
    );
    let mut counts = Counts::default();
    for row in db.fetch_all(sql.bind(since)).await? {
        if let Some(count) = Count::from_text(&row.text("figure")?) {
            counts.add(count, u64::try_from(row.int("times")?).unwrap_or(0));
        }
    }
    Ok(counts)
}

/// Strikes samples from before the window, and those that a clock which was set back since dates ahead of it.
pub async fn delete_samples_outside(tx: &mut Tx, from: Timestamp, to: Timestamp) -> Result<(), Fault> {
    let sql = Sql::new("DELETE FROM alert_samples WHERE noted_at <= ? OR noted_at > ?").bind(from).bind(to);
    tx.execute(sql).await.map(drop)
}

/// Whom an instance saw within the last minute, in place of what it said before; `others_from` is when an instance
/// must have said something to be there still.
pub async fn write_people(
    tx: &mut Tx,
    instance: Instance,
    people: &Sketch,
    others_from: Timestamp,
    now: Timestamp,
) -> Result<(), Fault> {
    let old = Sql::new("DELETE FROM alert_people WHERE instance = ? OR noted_at <= ?").bind(instance).bind(others_from);
    tx.execute(old).await?;
    let row = vec![instance.into(), now.into(), people.to_bytes().as_slice().into()];
    insert_rows(tx, "INSERT INTO alert_people (instance, noted_at, people)", vec![row], "").await
}

/// Whom all instances saw that said so since then.
pub async fn sum_people(db: &Db, since: Timestamp) -> Result<Sketch, Fault> {
    let sql = Sql::new("SELECT people FROM alert_people WHERE noted_at > ?").bind(since);
    let mut all = Sketch::default();
    for row in db.fetch_all(sql).await? {
        all.add_all(&Sketch::from_bytes(&row.bytes("people")?));
    }
    Ok(all)
}

/// Something a job found out, for every instance to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    /// Invariants that did not hold; noted when they were checked.
    BrokenInvariants,
    RowsAfterMonths,
}

impl Fact {
    fn as_str(self) -> &'static str {
        match self {
            Fact::BrokenInvariants => "broken_invariants",
            Fact::RowsAfterMonths => "rows_after_months",
        }
    }
}

/// Writes a fact over what was known before.
pub async fn write_fact(tx: &mut Tx, fact: Fact, figure: i64, now: Timestamp) -> Result<(), Fault> {
    let known = Sql::new("UPDATE alert_facts SET figure = ?, noted_at = ? WHERE name = ?");
    if tx.execute(known.bind(figure).bind(now).bind(fact.as_str())).await? == 0 {
        let row = vec![fact.as_str().into(), figure.into(), now.into()];
        insert_rows(tx, "INSERT INTO alert_facts (name, figure, noted_at)", vec![row], "").await?;
    }
    Ok(())
}

/// A fact and when it was found out.
pub async fn find_fact(db: &Db, fact: Fact) -> Result<Option<(i64, Timestamp)>, Fault> {
    let sql = Sql::new("SELECT figure, noted_at FROM alert_facts WHERE name = ?").bind(fact.as_str());
    let row = db.fetch_optional(sql).await?;
    row.map(|row| Ok((row.int("figure")?, row.time("noted_at")?))).transpose()
}

/// Where an alert stands, and how often that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertRow {
    pub name: AlertName,
    pub state: AlertState,
    /// 0: it never changed, and has no row.
    pub version: i64,
}

/// Every alert that ever fired. Those of a newer program are left to it.
pub async fn list_alerts(db: &Db) -> Result<Vec<AlertRow>, Fault> {
    let sql =
        Sql::new("SELECT name, stage, began_at, ended_at, quiet_since, is_told, version FROM alerts WHERE name IN ")
            .list(AlertName::ALL.map(AlertName::as_str));
    db.fetch_all(sql).await?.iter().map(alert_of).collect()
}

fn alert_of(row: &Row) -> Result<AlertRow, Fault> {
    Ok(AlertRow {
        name: row.parsed("name", AlertName::from_text)?,
        state: AlertState {
            stage: row.parsed("stage", Stage::from_text)?,
            began_at: row.maybe_time("began_at")?,
            ended_at: row.maybe_time("ended_at")?,
            quiet_since: row.maybe_time("quiet_since")?,
            is_told: row.flag("is_told")?,
        },
        version: row.int("version")?,
    })
}

/// Changes an alert that stands as `row` says; false when another instance was first.
pub async fn change_alert(tx: &mut Tx, row: &AlertRow, next: &AlertState) -> Result<bool, Fault> {
    let millis = |moment: Option<Timestamp>| Value::from(moment.map(Timestamp::millis));
    if row.version == 0 {
        let values = vec![
            row.name.as_str().into(),
            next.stage.as_str().into(),
            millis(next.began_at),
            millis(next.ended_at),
            millis(next.quiet_since),
            next.is_told.into(),
            1i64.into(),
        ];
        let head = "INSERT INTO alerts (name, stage, began_at, ended_at, quiet_since, is_told, version)";
        return match insert_rows(tx, head, vec![values], "").await {
            Err(fault) if crate::database::is_duplicate(&fault) => Ok(false),
            inserted => inserted.map(|()| true),
        };
    }
    let sql = Sql::new(
        "UPDATE alerts SET stage = ?, began_at = ?, ended_at = ?, quiet_since = ?, is_told = ?, version = version + 1 \
         WHERE name = ? AND version = ?",
    )
    .bind(next.stage.as_str())
    .bind(millis(next.began_at))
    .bind(millis(next.ended_at))
    .bind(millis(next.quiet_since))
    .bind(next.is_told)
    .bind(row.name.as_str())
    .bind(row.version);
    Ok(tx.execute(sql).await? == 1)
}

/// A notice for each of these recipients.
pub struct NewNotice<'a> {
    pub name: AlertName,
    pub kind: NoticeKind,
    pub figure: Option<i64>,
    pub samples: u64,
    pub began_at: Timestamp,
    pub recipients: &'a [Recipient],
}

pub async fn queue_notices(tx: &mut Tx, new: &NewNotice<'_>, now: Timestamp) -> Result<(), Fault> {
    let rows = new
        .recipients
        .iter()
        .map(|recipient| {
            vec![
                new.name.as_str().into(),
                new.kind.as_str().into(),
                new.figure.into(),
                i64::try_from(new.samples).unwrap_or(i64::MAX).into(),
                new.began_at.into(),
                recipient.channel.as_str().into(),
                recipient.address.clone().into(),
                now.into(),
                now.into(),
            ]
        })
        .collect();
    let head =
        "INSERT INTO alert_notices (name, kind, figure, samples, began_at, channel, address, created_at, due_at)";
    insert_rows(tx, head, rows, "").await
}

/// A notice that waits.
pub struct QueuedNotice {
    pub notice: Notice,
    /// How often it was tried before.
    pub tries: i64,
}

/// Notices whose moment has come, by these channels, longest due first; and those that would wait longer than any
/// does, because the clock was set back.
pub async fn list_due(
    db: &Db,
    rules: &[Rule],
    channels: &[Channel],
    now: Timestamp,
    most: i64,
) -> Result<Vec<QueuedNotice>, Fault> {
    let sql = Sql::new(
        "SELECT id, name, kind, figure, samples, began_at, channel, address, created_at, tries FROM alert_notices \
         WHERE (due_at <= ? OR due_at > ?) AND name IN ",
    )
    .bind(now)
    .bind(now.after(LONGEST_WAIT))
    .list(rules.iter().map(|rule| rule.name.as_str()))
    .then(" AND channel IN ")
    .list(channels.iter().map(|channel| channel.as_str()))
    .then(" ORDER BY due_at, id LIMIT ?")
    .bind(most);
    db.fetch_all(sql).await?.iter().map(|row| notice_of(row, rules)).collect()
}

fn notice_of(row: &Row, rules: &[Rule]) -> Result<QueuedNotice, Fault> {
    let rule = row.parsed("name", |text| rules.iter().find(|rule| rule.name.as_str() == text).copied())?;
    let notice = Notice {
        id: row.int("id")?,
        rule,
        kind: row.parsed("kind", NoticeKind::from_text)?,
        figure: row.maybe_int("figure")?,
        samples: u64::try_from(row.int("samples")?).unwrap_or(0),
        began_at: row.time("began_at")?,
        happened_at: row.time("created_at")?,
        recipient: Recipient {
            channel: row.parsed("channel", Channel::from_text)?,
            address: row.maybe_text("address")?,
        },
    };
    Ok(QueuedNotice { notice, tries: row.int("tries")? })
}

/// Takes the notice for this process until `until`; false when another process was first.
pub async fn claim_notice(db: &Db, queued: &QueuedNotice, until: Timestamp) -> Result<bool, Fault> {
    let sql = Sql::new("UPDATE alert_notices SET tries = tries + 1, due_at = ? WHERE id = ? AND tries = ?")
        .bind(until)
        .bind(queued.notice.id)
        .bind(queued.tries);
    db.execute(sql).await.map(|rows| rows == 1)
}

/// Strikes a notice that has gone out or was given up.
pub async fn delete_notice(db: &Db, id: i64) -> Result<(), Fault> {
    db.execute(Sql::new("DELETE FROM alert_notices WHERE id = ?").bind(id)).await.map(drop)
}

/// Strikes notices of before then, which no instance has a way to send any more; gives how many.
pub async fn delete_notices_before(db: &Db, before: Timestamp) -> Result<u64, Fault> {
    let old = Sql::new("SELECT id FROM alert_notices WHERE created_at < ? ORDER BY id LIMIT 100").bind(before);
    let old: Vec<i64> = db.fetch_all(old).await?.iter().map(|row| row.int("id")).collect::<Result<_, _>>()?;
    if old.is_empty() {
        return Ok(0);
    }
    db.execute(Sql::new("DELETE FROM alert_notices WHERE id IN ").list(old)).await
}

/// Silences an alert; gives the silence's number.
pub async fn write_silence(tx: &mut Tx, silence: &Silence) -> Result<i64, Fault> {
    let row = vec![
        silence.name.as_str().into(),
        silence.until.into(),
        silence.by.into(),
        silence.reason.as_str().into(),
        silence.created_at.into(),
    ];
    let head = "INSERT INTO alert_silences (name, until_at, by_user_id, reason, created_at)";
    insert_rows(tx, head, vec![row], "").await?;
    tx.last_inserted_id().await
}

/// Ends every silence of this alert that still holds; gives how many.
pub async fn end_silences(tx: &mut Tx, name: AlertName, now: Timestamp) -> Result<u64, Fault> {
    let sql = Sql::new("UPDATE alert_silences SET until_at = ? WHERE name = ? AND until_at > ?");
    tx.execute(sql.bind(now).bind(name.as_str()).bind(now)).await
}

/// The silences that hold now, the one that ends last first.
pub async fn list_silences(db: &Db, now: Timestamp, most: i64) -> Result<Vec<Silence>, Fault> {
    let sql = Sql::new(
        "SELECT id, name, until_at, by_user_id, reason, created_at FROM alert_silences WHERE until_at > ? AND name IN ",
    )
    .bind(now)
    .list(AlertName::ALL.map(AlertName::as_str))
    .then(" ORDER BY until_at DESC, id LIMIT ?")
    .bind(most);
    db.fetch_all(sql).await?.iter().map(silence_of).collect()
}

fn silence_of(row: &Row) -> Result<Silence, Fault> {
    Ok(Silence {
        id: row.int("id")?,
        name: row.parsed("name", AlertName::from_text)?,
        until: row.time("until_at")?,
        by: UserId::new(row.int("by_user_id")?),
        reason: row.text("reason")?,
        created_at: row.time("created_at")?,
    })
}
