//! What an operator does about orders that did not come through: the very steps of the jobs, under the same locks and
//! never sooner than they, for those orders that are named; and the operator learns what became of each. However many
//! operators and jobs are at it at once, each order is given back once: see [`service`](super::service).

use super::model::{Standing, Step, TryError};
use super::rules::decide_standing;
use super::service::{Turn, keep_tries, lock_each, lock_name, take_step, unlock_each};
use super::store::{self, StandingRow};
use crate::database::retried;
use crate::error::{Error, Fault, FieldProblem};
use crate::id::OrderId;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::{Operator, Permission};
use crate::order::OrderStatus;
use crate::ports::LockHolder;
use crate::shop::Shop;
use crate::time::Timestamp;
use crate::trace::TraceId;
use serde::Serialize;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use tracing::Instrument;

/// Orders that are named at once, at most: the rows of the longest page.
pub const MOST_AT_ONCE: usize = 100;

/// What became of one order that an operator wanted recovered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum ByHand {
    /// It is over, by this very call: FAILED with everything given back, or EXPIRED with its stock released.
    Recovered { status: OrderStatus },
    /// It was PAID and its process is gone: it is PENDING now, and everything comes back after this moment.
    BecamePending { due_at: Timestamp },
    /// Its time is not over (SPEC reading 1): nothing was done, and nothing can be before this moment.
    NotYetDue { until: Timestamp },
    /// Somebody else is at it; `None` when they were done before it could be seen who.
    BeingRecovered { holder: Option<LockHolder> },
    /// Nothing is left to do: this is what it came to.
    AlreadyFinished { status: OrderStatus },
    /// It was tried and nothing of it was done; the shop goes on trying.
    Failed { error: TryError },
    /// There is no such order.
    Unknown,
}

/// Recovers these orders now, up to [`MOST_AT_ONCE`] of them, each once however often it is named: what is due of them
/// is done, and each has its answer, in the order in which they were named.
///
/// # Errors
/// `Forbidden`; `Invalid` for no order or too many; a fault when not even that could be looked at.
pub async fn recover_now(shop: &Shop, operator: &Operator, ids: &[OrderId]) -> Result<Vec<(OrderId, ByHand)>, Error> {
    operator.must(Permission::RecoverOrders)?;
    let ids = check_named(ids)?;
    let (shop, operator, trace) = (shop.clone(), operator.clone(), TraceId::current());
    let work = async move { recover_named(&shop, &operator, ids).await };
    // A task of its own: an operator who hangs up leaves no lock behind and no batch half done.
    let task = match trace {
        Some(trace) => tokio::spawn(trace.scope(work).in_current_span()),
        None => tokio::spawn(work.in_current_span()),
    };
    task.await.unwrap_or_else(|error| Err(Fault::Broken(format!("a recovery by hand ended badly: {error}")).into()))
}

/// These orders, each once.
///
/// # Errors
/// When they are none, or more than anybody sees at once.
pub(crate) fn check_named(ids: &[OrderId]) -> Result<Vec<OrderId>, Error> {
    let mut seen = BTreeSet::new();
    let ids: Vec<OrderId> = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
    if ids.is_empty() {
        return Err(Error::invalid("ids", FieldProblem::Required));
    }
    if ids.len() > MOST_AT_ONCE {
        return Err(Error::invalid("ids", FieldProblem::TooLarge { most: MOST_AT_ONCE as i64 }));
    }
    Ok(ids)
}

async fn recover_named(shop: &Shop, operator: &Operator, ids: Vec<OrderId>) -> Result<Vec<(OrderId, ByHand)>, Error> {
    let mut due: BTreeMap<OrderId, Step> = BTreeMap::new();
    let mut outcomes = find_answers(shop, &ids, |id, step| {
        due.insert(id, step);
    })
    .await?;

    let named: Vec<OrderId> = due.keys().copied().collect();
    let (locked, locks) = lock_each(shop, &named).await?;
    let (mut failed, mut keep_after, mut stalled) = (Vec::new(), Vec::new(), BTreeSet::new());
    for step in [Step::Recover, Step::Expire, Step::Stall] {
        let ids: Vec<OrderId> = locked.iter().copied().filter(|id| due[id] == step).collect();
        if !ids.is_empty() {
            let turn = take_step(shop, &ids, step, Some(operator)).await;
            outcomes.extend(outcomes_of(&turn, step));
            keep_after.push((step, turn.failed.clone()));
            failed.extend(turn.failed);
            if step == Step::Stall {
                stalled.extend(turn.moved);
            }
        }
    }
    unlock_each(shop, &locks).await?;
    for (step, failed) in keep_after {
        keep_tries(shop, step, &failed).await;
    }
    audit_failures(shop, operator, &failed).await;

    let missed: Vec<OrderId> = ids.iter().copied().filter(|id| !outcomes.contains_key(id)).collect();
    for (id, outcome) in find_who_was_first(shop, &missed).await? {
        let outcome = match outcome {
            ByHand::NotYetDue { until } if stalled.contains(&id) => ByHand::BecamePending { due_at: until },
            // Where the shop waits for no minute it is due at once.
            ByHand::BeingRecovered { .. } if stalled.contains(&id) => ByHand::BecamePending { due_at: shop.now() },
            outcome => outcome,
        };
        outcomes.insert(id, outcome);
    }
    Ok(ids.into_iter().filter_map(|id| outcomes.remove(&id).map(|outcome| (id, outcome))).collect())
}

/// The answers to those orders that nothing can be done about now; `due` hears of the others.
async fn find_answers(
    shop: &Shop,
    ids: &[OrderId],
    mut due: impl FnMut(OrderId, Step),
) -> Result<BTreeMap<OrderId, ByHand>, Error> {
    let rows = store::find_standings(shop.db(), ids).await?;
    let mut rows: BTreeMap<OrderId, StandingRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    let (settings, now) = (shop.settings(), shop.now());
    let mut answers = BTreeMap::new();
    for id in ids {
        let standing = rows
            .remove(id)
            .map(|row| decide_standing(&row.snapshot, settings.reservation_ttl, settings.recovery_delay, now));
        match standing {
            None => drop(answers.insert(*id, ByHand::Unknown)),
            Some(Standing::Due(step)) => due(*id, step),
            Some(Standing::NotYetDue { until }) => drop(answers.insert(*id, ByHand::NotYetDue { until })),
            Some(Standing::Finished(status)) => drop(answers.insert(*id, ByHand::AlreadyFinished { status })),
        }
    }
    Ok(answers)
}

/// What is sure of a step. When an order that is PENDING now is due, its row says.
fn outcomes_of(turn: &Turn, step: Step) -> Vec<(OrderId, ByHand)> {
    let over = match step {
        Step::Recover => Some(OrderStatus::Failed),
        Step::Expire => Some(OrderStatus::Expired),
        Step::Stall => None,
    };
    let moved = turn.moved.iter().filter_map(|id| over.map(|status| (*id, ByHand::Recovered { status })));
    let failed = turn.failed.iter().map(|(id, error)| (*id, ByHand::Failed { error: *error }));
    moved.chain(failed).collect()
}

/// What became of orders that were due a moment ago and that somebody else had locked, or moved on first.
async fn find_who_was_first(shop: &Shop, ids: &[OrderId]) -> Result<Vec<(OrderId, ByHand)>, Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut still_due = Vec::new();
    let mut outcomes: Vec<(OrderId, ByHand)> =
        find_answers(shop, ids, |id, _| still_due.push(id)).await?.into_iter().collect();
    for id in still_due {
        let holder = shop.ports().gate.find_holder(&lock_name(id), shop.now()).await?;
        outcomes.push((id, ByHand::BeingRecovered { holder }));
    }
    Ok(outcomes)
}

/// A try that failed took its own row of the log back with it: this one stands beside it, as well as it goes.
async fn audit_failures(shop: &Shop, operator: &Operator, failed: &[(OrderId, TryError)]) {
    if failed.is_empty() {
        return;
    }
    let entry = |(id, error): &(OrderId, TryError)| Entry {
        after: Some(json!({ "error": error.as_str() })),
        ..Entry::new(Act::OrderRecoveryFailed, Subject::Order(*id))
    };
    let entries: Vec<Entry> = failed.iter().map(entry).collect();
    let written = retried(|| async {
        let mut tx = shop.db().begin().await?;
        audit::write(&mut tx, operator, &entries, shop.now()).await?;
        Ok(tx.commit().await?)
    });
    if let Err(error) = written.await {
        tracing::error!(orders = failed.len(), %error, "failed recoveries by hand are not in the audit log");
    }
}
