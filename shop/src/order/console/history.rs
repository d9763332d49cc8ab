//! The whole story of one order: what [`rules`](super::rules) tells from everything that is kept of it.

use super::model::{HistoryEntry, OperatorsAct};
use super::rules::{HistorySnapshot, tell_history};
use super::store;
use crate::database::Tx;
use crate::error::{Error, Fault};
use crate::id::OrderId;
use crate::operator::audit::Subject;
use crate::operator::store::{AuditRow, read_entries_of};
use crate::operator::{Operator, Permission};
use crate::recovery::store::read_tries;
use crate::shop::Shop;

/// Everything that happened to an order, in the order in which it happened, as it was at one moment; `None` when there
/// is no such order. What operators wrote in words may name people, so only those who may see people read it. Ten
/// statements, each by a key of this order.
///
/// # Errors
/// `Forbidden`.
pub async fn find_order_history(
    shop: &Shop,
    operator: &Operator,
    id: OrderId,
) -> Result<Option<Vec<HistoryEntry>>, Error> {
    operator.must(Permission::SeeConsole)?;
    let sees_people = operator.may(Permission::SeePeople);
    let mut tx = shop.db().begin_reading().await?;
    let Some(facts) = store::read_facts(&mut tx, id).await? else { return Ok(None) };
    let snapshot = HistorySnapshot {
        postings: store::read_postings(&mut tx, id).await?,
        events: store::read_events(&mut tx, id).await?,
        letters: store::read_letters(&mut tx, facts.order.user_id, id).await?,
        notes: if sees_people { store::read_notes(&mut tx, id).await? } else { Vec::new() },
        acts: list_acts(&mut tx, id, sees_people).await?,
        tries: read_tries(&mut tx, id).await?,
        is_coupon_back: store::is_coupon_back(&mut tx, &facts).await?,
        facts,
    };
    tx.commit().await?;
    Ok(Some(tell_history(&snapshot)))
}

async fn list_acts(tx: &mut Tx, id: OrderId, with_reasons: bool) -> Result<Vec<OperatorsAct>, Fault> {
    let rows = read_entries_of(tx, Subject::Order(id), store::MOST_OF_A_KIND).await?;
    let act_of = |row: AuditRow| OperatorsAct {
        operator_id: row.operator_id,
        act: row.act,
        before: row.before,
        after: row.after,
        reason: row.reason.filter(|_| with_reasons),
        created_at: row.created_at,
    };
    Ok(rows.into_iter().map(act_of).collect())
}
