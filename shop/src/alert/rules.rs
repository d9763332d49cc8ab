//! When an alert fires and when it is over; and when a notice that did not go out is tried again.

use super::model::{
    ANSWER_BOUNDS_MICROS, AlertName, AlertPlan, AlertSnapshot, AlertState, Count, Counts, NoticeKind, QUIET_FOR,
    RECENT, Reading, Rule, Stage,
};
use crate::error::{FieldError, FieldProblem};
use crate::time::Timestamp;
use std::time::Duration;

/// What this rule finds (reading 14).
pub fn decide_reading(rule: &Rule, snapshot: &AlertSnapshot) -> Reading {
    let counts = snapshot.counts;
    match rule.name {
        AlertName::PaymentFailures => share_of(rule, counts.of(Count::PaymentsFailed), counts.of(Count::Payments)),
        AlertName::RecoveryFailures => share_of(rule, counts.of(Count::RecoveriesFailed), counts.of(Count::Recoveries)),
        AlertName::SlowAnswers => slowness_of(rule, counts),
        AlertName::ConcurrentUsers => plain(rule, i64::try_from(snapshot.users).unwrap_or(i64::MAX)),
        AlertName::BrokenBooks => plain(rule, snapshot.broken),
        AlertName::VerifyOverdue => match snapshot.unverified_for {
            Some(lasts) => plain(rule, millis_of(lasts)),
            None => Reading { figure: None, samples: 0, is_over: false },
        },
        AlertName::OutboxLag => plain(rule, millis_of(snapshot.oldest_event)),
        AlertName::RowsAfterMonths => plain(rule, snapshot.rows_after_months),
    }
}

fn plain(rule: &Rule, figure: i64) -> Reading {
    Reading { figure: Some(figure), samples: 0, is_over: figure > rule.threshold }
}

fn millis_of(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

/// `part` of `whole` in thousandths of a percent. Compared by multiplying, so that no rounding hides what is over.
fn share_of(rule: &Rule, part: u64, whole: u64) -> Reading {
    const ALL: u128 = 100_000;
    if whole < rule.least_samples.max(1) {
        return Reading { figure: None, samples: whole, is_over: false };
    }
    let (scaled, whole_wide) = (u128::from(part) * ALL, u128::from(whole));
    let threshold = u128::try_from(rule.threshold).unwrap_or(0);
    Reading {
        figure: Some(i64::try_from(scaled / whole_wide).unwrap_or(i64::MAX)),
        samples: whole,
        is_over: scaled > threshold * whole_wide,
    }
}

/// The 95th percentile of the answers. Above a bound of the classes exactly when fewer than 95 in a hundred are
/// below it: as Prometheus' `histogram_quantile` has it, with a straight line within a class.
fn slowness_of(rule: &Rule, counts: Counts) -> Reading {
    let classes = counts.answers();
    let samples = classes.iter().sum::<u64>();
    if samples < rule.least_samples.max(1) {
        return Reading { figure: None, samples, is_over: false };
    }
    let micros = percentile_micros(&classes, samples, 95);
    let threshold = u128::try_from(rule.threshold).unwrap_or(0) * 1_000;
    Reading { figure: Some(i64::try_from(micros / 1_000).unwrap_or(i64::MAX)), samples, is_over: micros > threshold }
}

/// So many in a hundred of these answers took no longer, with a straight line within a class.
pub fn percentile_micros(classes: &[u64], samples: u64, per_cent: u32) -> u128 {
    // In hundredths of an answer, so that the rank is whole.
    let rank = u128::from(samples) * u128::from(per_cent);
    let (mut below, mut floor) = (0u128, 0u128);
    for (count, bound) in classes.iter().zip(ANSWER_BOUNDS_MICROS) {
        let (within, bound) = (u128::from(*count) * 100, u128::from(bound));
        if within > 0 && below + within >= rank {
            // Rounded up: what is above a bound by a hair is above it.
            return floor + ((bound - floor) * (rank - below)).div_ceil(within);
        }
        (below, floor) = (below + within, bound);
    }
    // Beyond the last bound nobody knows how far.
    floor
}

/// Where an alert stands after this reading, and whether anybody is to hear of it. While it is silenced nobody is;
/// who was not told that it fires is told when the silence ends, and never that it is over.
pub fn decide_alert(state: &AlertState, reading: &Reading, is_silenced: bool, now: Timestamp) -> AlertPlan {
    match (state.stage, reading.is_over) {
        (Stage::Firing, true) => {
            let is_due = !state.is_told && !is_silenced;
            let next = AlertState { quiet_since: None, is_told: state.is_told || is_due, ..*state };
            AlertPlan { state: next, notice: is_due.then_some(NoticeKind::Firing) }
        }
        (Stage::Firing, false) => decide_end(state, is_silenced, now),
        (Stage::Inactive | Stage::Resolved, true) => AlertPlan {
            state: AlertState {
                stage: Stage::Firing,
                began_at: Some(now),
                ended_at: None,
                quiet_since: None,
                is_told: !is_silenced,
            },
            notice: (!is_silenced).then_some(NoticeKind::Firing),
        },
        (Stage::Resolved, false) if state.ended_at.is_none_or(|ended| now.since(ended) >= RECENT) => {
            AlertPlan { state: AlertState { stage: Stage::Inactive, ..*state }, notice: None }
        }
        (Stage::Inactive | Stage::Resolved, false) => AlertPlan { state: *state, notice: None },
    }
}

fn decide_end(state: &AlertState, is_silenced: bool, now: Timestamp) -> AlertPlan {
    // A clock that was set back must not keep an alert for ever.
    let since = state.quiet_since.filter(|since| *since <= now).unwrap_or(now);
    if now.since(since) < QUIET_FOR {
        return AlertPlan { state: AlertState { quiet_since: Some(since), ..*state }, notice: None };
    }
    let is_due = state.is_told && !is_silenced;
    AlertPlan {
        state: AlertState {
            stage: Stage::Resolved,
            ended_at: Some(now),
            quiet_since: None,
            is_told: false,
            began_at: state.began_at,
        },
        notice: is_due.then_some(NoticeKind::Resolved),
    }
}

/// How long to wait after each try that failed; after the last there is no other.
const WAITS: [Duration; 5] = [minutes(1), minutes(5), minutes(15), minutes(60), LONGEST_WAIT];
/// No notice waits longer between two tries.
pub const LONGEST_WAIT: Duration = minutes(240);
/// How often a notice is tried in all: one time more than there are waits.
pub const MOST_TRIES: i64 = 6;

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// When the notice is due again if this try, the `tries`th, comes to nothing. Also how long this process has it for
/// itself: longer than any way out may take.
pub fn decide_next_try(tries: i64, now: Timestamp) -> Timestamp {
    let index = usize::try_from(tries - 1).unwrap_or(0).min(WAITS.len() - 1);
    now.after(WAITS[index])
}

/// Whether the `tries`th try was the last.
pub fn decide_given_up(tries: i64) -> bool {
    tries >= MOST_TRIES
}

/// No alert is silenced for longer at once.
pub const LONGEST_SILENCE: Duration = Duration::from_secs(7 * 86_400);
/// The longest reason, in characters.
pub const LONGEST_REASON: usize = 500;

/// Why an alert may not be silenced like this; fields as a form names them.
pub fn check_silence(until: Timestamp, reason: &str, now: Timestamp) -> Vec<FieldError> {
    let mut errors = Vec::new();
    if until <= now || until > now.after(LONGEST_SILENCE) {
        errors.push(FieldError::new("until", FieldProblem::Malformed));
    }
    let reason = reason.trim();
    if reason.is_empty() {
        errors.push(FieldError::new("reason", FieldProblem::Required));
    } else if reason.chars().count() > LONGEST_REASON {
        errors.push(FieldError::new("reason", FieldProblem::TooLong { most: 500 }));
    } else if reason.chars().any(char::is_control) {
        errors.push(FieldError::new("reason", FieldProblem::Malformed));
    }
    errors
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
