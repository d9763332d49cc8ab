//! The alerts as tables.

use super::*;
use crate::alert::model::{LEAST_SAMPLES, MOST_USERS, rules};

const SECOND: Duration = Duration::from_secs(1);
const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_123);

fn rule(name: AlertName) -> Rule {
    rules(MOST_USERS).into_iter().find(|rule| rule.name == name).unwrap()
}

fn counted(counts: &[(Count, u64)]) -> AlertSnapshot {
    let mut snapshot = AlertSnapshot::default();
    counts.iter().for_each(|(count, times)| snapshot.counts.add(*count, *times));
    snapshot
}

/// The class of answers that took so long.
fn class(micros: u64) -> Count {
    Count::Answers(ANSWER_BOUNDS_MICROS.iter().position(|bound| micros <= *bound).unwrap_or(ANSWER_BOUNDS_MICROS.len()))
}

#[test]
fn every_alert_has_one_rule_and_the_specifications_have_its_figures() {
    let rules = rules(MOST_USERS);
    assert_eq!(rules.map(|rule| rule.name), AlertName::ALL);
    let table = [
        (AlertName::PaymentFailures, 10_000, 20),
        (AlertName::RecoveryFailures, 1_000, 20),
        (AlertName::SlowAnswers, 3_000, 20),
        (AlertName::ConcurrentUsers, 1_000, 0),
    ];
    for (name, threshold, samples) in table {
        assert_eq!((rule(name).threshold, rule(name).least_samples), (threshold, samples), "{name:?}");
    }
    assert_eq!(LEAST_SAMPLES, 20);
    for name in AlertName::ALL {
        assert_eq!(AlertName::from_text(name.as_str()), Some(name));
    }
    for count in Count::all() {
        assert_eq!(Count::from_text(&count.name()), Some(count));
    }
    assert_eq!(Count::all().count(), Count::KINDS);
}

#[test]
fn a_share_is_over_above_its_threshold_and_with_twenty_samples() {
    // Failed, tried, over, thousandths of a percent.
    let payments = [
        (0, 0, false, None),
        (19, 19, false, None),
        (2, 20, false, Some(10_000)),
        (3, 20, true, Some(15_000)),
        (0, 20, false, Some(0)),
        (100, 1_000, false, Some(10_000)),
        (101, 1_000, true, Some(10_100)),
        (10_000_001, 100_000_000, true, Some(10_000)),
    ];
    for (failed, tried, is_over, figure) in payments {
        let snapshot = counted(&[(Count::PaymentsFailed, failed), (Count::Payments, tried)]);
        let expected = Reading { figure, samples: tried, is_over };
        assert_eq!(decide_reading(&rule(AlertName::PaymentFailures), &snapshot), expected, "{failed} of {tried}");
    }
    let recoveries =
        [(1, 19, false, None), (1, 100, false, Some(1_000)), (2, 100, true, Some(2_000)), (1, 20, true, Some(5_000))];
    for (failed, tried, is_over, figure) in recoveries {
        let snapshot = counted(&[(Count::RecoveriesFailed, failed), (Count::Recoveries, tried)]);
        let expected = Reading { figure, samples: tried, is_over };
        assert_eq!(decide_reading(&rule(AlertName::RecoveryFailures), &snapshot), expected, "{failed} of {tried}");
    }
}

#[test]
fn answers_are_slow_when_more_than_five_in_a_hundred_take_longer_than_three_seconds() {
    // Quick ones (40 ms), slow ones (4 s), over.
    for (quick, slow, is_over) in [
        (0, 19, false),
        (0, 20, true),
        (19, 1, false),
        (18, 2, true),
        (95, 5, false),
        (94, 6, true),
        (9_500, 500, false),
    ] {
        let reading = decide_reading(
            &rule(AlertName::SlowAnswers),
            &counted(&[(class(40_000), quick), (class(4_000_000), slow)]),
        );
        assert_eq!(reading.is_over, is_over, "{quick} {slow}: {reading:?}");
        assert_eq!(reading.samples, quick + slow);
    }
    let at_the_bound = counted(&[(class(3_000_000), 100)]);
    assert!(!decide_reading(&rule(AlertName::SlowAnswers), &at_the_bound).is_over, "three seconds are not over three");
}

#[test]
fn the_percentile_is_the_one_that_prometheus_tells() {
    // histogram_quantile(0.95, …) of the same classes.
    let table: [(&[(u64, u64)], i64); 5] = [
        (&[(1_000, 100)], 0),                       // 0.95 ms
        (&[(5_000_000, 100)], 4_900),               // 3 s + 2 s × 0.95
        (&[(1_000, 90), (10_000_000, 10)], 7_500),  // 5 s + 5 s × (95 − 90) ÷ 10
        (&[(1_000, 95), (10_000_000, 5)], 1),       // the rank is the last of the quick ones
        (&[(1_000, 50), (60_000_000, 50)], 30_000), // beyond the last bound: that bound
    ];
    for (classes, millis) in table {
        let counts: Vec<(Count, u64)> = classes.iter().map(|(micros, count)| (class(*micros), *count)).collect();
        assert_eq!(
            decide_reading(&rule(AlertName::SlowAnswers), &counted(&counts)).figure,
            Some(millis),
            "{classes:?}"
        );
    }
}

#[test]
fn plain_figures_are_over_above_their_threshold() {
    let none = AlertSnapshot::default();
    let minutes = |count: u64| Duration::from_secs(count * 60);
    let days = |count: u64| Duration::from_secs(count * 86_400);
    let table = [
        (AlertName::ConcurrentUsers, AlertSnapshot { users: 1_000, ..none }, false),
        (AlertName::ConcurrentUsers, AlertSnapshot { users: 1_001, ..none }, true),
        (AlertName::BrokenBooks, none, false),
        (AlertName::BrokenBooks, AlertSnapshot { broken: 1, ..none }, true),
        (AlertName::VerifyOverdue, none, false),
        (AlertName::VerifyOverdue, AlertSnapshot { unverified_for: Some(days(2)), ..none }, false),
        (AlertName::VerifyOverdue, AlertSnapshot { unverified_for: Some(days(2) + SECOND), ..none }, true),
        (AlertName::OutboxLag, AlertSnapshot { oldest_event: minutes(5), ..none }, false),
        (AlertName::OutboxLag, AlertSnapshot { oldest_event: minutes(5) + SECOND, ..none }, true),
        (AlertName::RowsAfterMonths, none, false),
        (AlertName::RowsAfterMonths, AlertSnapshot { rows_after_months: 1, ..none }, true),
    ];
    for (name, snapshot, is_over) in table {
        assert_eq!(decide_reading(&rule(name), &snapshot).is_over, is_over, "{name:?} {snapshot:?}");
    }
}

fn firing(is_told: bool, quiet_since: Option<Timestamp>) -> AlertState {
    AlertState { stage: Stage::Firing, began_at: Some(NOW.before(10 * SECOND)), ended_at: None, quiet_since, is_told }
}

fn resolved(ago: Duration) -> AlertState {
    AlertState {
        stage: Stage::Resolved,
        began_at: Some(NOW.before(ago * 2)),
        ended_at: Some(NOW.before(ago)),
        quiet_since: None,
        is_told: false,
    }
}

#[test]
fn every_step_of_an_alert() {
    use NoticeKind::{Firing, Resolved};
    let begun = |is_told| AlertState { began_at: Some(NOW), ..firing(is_told, None) };
    let over = |state: AlertState| AlertState {
        stage: Stage::Resolved,
        ended_at: Some(NOW),
        quiet_since: None,
        is_told: false,
        ..state
    };
    let inactive = AlertState::default();
    let quiet = Some(NOW.before(QUIET_FOR));
    let almost = Some(NOW.before(QUIET_FOR - SECOND));
    let old = resolved(RECENT);
    // From, over, silenced, to, told.
    let table = [
        (inactive, false, false, inactive, None),
        (inactive, true, false, begun(true), Some(Firing)),
        (inactive, true, true, begun(false), None),
        (resolved(SECOND), true, false, begun(true), Some(Firing)),
        (resolved(SECOND), false, false, resolved(SECOND), None),
        (old, false, false, AlertState { stage: Stage::Inactive, ..old }, None),
        // It goes on, and nobody hears of it twice.
        (firing(true, None), true, false, firing(true, None), None),
        (firing(true, almost), true, false, firing(true, None), None),
        // A silence that ends tells; one that begins later takes nothing back.
        (firing(false, None), true, true, firing(false, None), None),
        (firing(false, None), true, false, firing(true, None), Some(Firing)),
        (firing(true, None), true, true, firing(true, None), None),
        // It is over only after a quiet minute.
        (firing(true, None), false, false, firing(true, Some(NOW)), None),
        (firing(true, almost), false, false, firing(true, almost), None),
        (firing(true, quiet), false, false, over(firing(true, None)), Some(Resolved)),
        (firing(true, quiet), false, true, over(firing(true, None)), None),
        (firing(false, quiet), false, false, over(firing(true, None)), None),
        // A clock that was set back begins the minute anew.
        (firing(true, Some(NOW.after(SECOND))), false, false, firing(true, Some(NOW)), None),
    ];
    for (from, is_over, is_silenced, state, notice) in table {
        let reading = Reading { figure: None, samples: 0, is_over };
        let plan = decide_alert(&from, &reading, is_silenced, NOW);
        assert_eq!(plan, AlertPlan { state, notice }, "{from:?} {is_over} {is_silenced}");
    }
}

#[test]
fn a_figure_that_wavers_tells_once_and_resolves_once() {
    let mut state = AlertState::default();
    let mut told = Vec::new();
    // Over every other ten seconds for ten minutes, then well.
    for turn in 0..90u32 {
        let reading = Reading { figure: None, samples: 20, is_over: turn < 60 && turn % 2 == 0 };
        let plan = decide_alert(&state, &reading, false, NOW.after(10 * SECOND * turn));
        state = plan.state;
        told.extend(plan.notice);
    }
    assert_eq!(told, [NoticeKind::Firing, NoticeKind::Resolved]);
}

#[test]
fn the_waits_of_a_notice_grow_and_end() {
    let waits: Vec<_> = (1..MOST_TRIES).map(|tries| decide_next_try(tries, NOW)).collect();
    assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
    assert_eq!(waits.last().unwrap().since(NOW), LONGEST_WAIT);
    assert!((1..MOST_TRIES).all(|tries| !decide_given_up(tries)) && decide_given_up(MOST_TRIES));
    assert_eq!(decide_next_try(99, NOW), decide_next_try(MOST_TRIES, NOW));
}

#[test]
fn a_silence_has_an_end_and_a_reason() {
    let hour = Duration::from_secs(3_600);
    let long = "가".repeat(LONGEST_REASON);
    let table: [(Timestamp, &str, &[&str]); 9] = [
        (NOW.after(hour), "a sale is on", &[]),
        (NOW.after(LONGEST_SILENCE), &long, &[]),
        (NOW, "late", &["until"]),
        (NOW.before(hour), "late", &["until"]),
        (NOW.after(LONGEST_SILENCE + SECOND), "for ever", &["until"]),
        (NOW.after(hour), "", &["reason"]),
        (NOW.after(hour), "  ", &["reason"]),
        (NOW.after(hour), "two\nlines", &["reason"]),
        (NOW, "", &["until", "reason"]),
    ];
    for (until, reason, wrong) in table {
        let errors = check_silence(until, reason, NOW);
        let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, wrong, "{until:?} {reason}");
    }
    assert_eq!(check_silence(NOW.after(hour), &format!("{long}가"), NOW).len(), 1);
}
