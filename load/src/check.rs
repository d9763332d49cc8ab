//! What must hold after a run, whatever the load was.

use crate::facts::Facts;
use crate::scenario::{SCARCE_PIECES, Scenario};
use crate::tally::Tally;
use serde::Serialize;

/// How an order that came through is counted.
pub const COMPLETED: &str = "201 COMPLETED";
/// How a request without an answer is counted.
pub const NO_ANSWER: &str = "no answer";

/// One thing that must hold, with what was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Check {
    pub name: &'static str,
    pub holds: bool,
    pub seen: String,
}

/// Everything that can be told from the answers and from what the shop says of itself.
pub fn check_run(scenario: Scenario, tally: &Tally, before: Facts, after: Facts) -> Vec<Check> {
    let count = |answer: &str| i64::try_from(tally.all_that_are(answer)).unwrap_or(i64::MAX);
    let (faults, lost) = (count("5"), count(NO_ANSWER));
    let mut checks = vec![
        Check { name: "no fault of the shop", holds: faults == 0, seen: format!("{faults} answers of 5xx") },
        Check { name: "every request was answered", holds: lost == 0, seen: format!("{lost} were not") },
    ];
    let (completed, sold) = (count(COMPLETED), before.pieces - after.pieces);
    // What was not answered may have been sold all the same.
    let is_exact = lost == 0 && count("202") == 0;
    checks.push(Check {
        name: "as many pieces sold as orders completed",
        holds: if is_exact { sold == completed } else { sold >= completed },
        seen: format!("{sold} sold, {completed} completed"),
    });
    if scenario == Scenario::Scarce {
        let (left, refused) = (after.scarce_pieces, count("409 insufficient_stock"));
        checks.push(Check {
            name: "the last piece is sold once, and before anybody is refused",
            holds: (0..=SCARCE_PIECES).contains(&left) && (refused == 0 || left == 0),
            seen: format!("{left} left, {refused} refused"),
        });
    }
    if scenario == Scenario::Claims {
        let (issued, gone) = (count("201"), before.coupons_left - after.coupons_left);
        let due = before.coupons_left.min(i64::try_from(tally.count()).unwrap_or(i64::MAX));
        checks.push(Check {
            name: "every piece of the coupon is claimed once, and no more",
            holds: issued == gone && (issued == due || lost > 0),
            seen: format!("{issued} claimed, {} left", after.coupons_left),
        });
    }
    checks
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn tally(answers: &[(&str, usize)]) -> Tally {
        let mut tally = Tally::default();
        for (answer, count) in answers {
            (0..*count).for_each(|_| tally.add(answer, Duration::from_millis(1), true));
        }
        tally
    }

    fn broken(scenario: Scenario, answers: &[(&str, usize)], sold: i64, coupons: i64) -> Vec<&'static str> {
        let before = Facts { pieces: 10_500, scarce_pieces: 500, coupons_left: 100 };
        let after = Facts { pieces: 10_500 - sold, scarce_pieces: 500 - sold, coupons_left: 100 - coupons };
        let checks = check_run(scenario, &tally(answers), before, after);
        checks.into_iter().filter(|check| !check.holds).map(|check| check.name).collect()
    }

    #[test]
    fn what_adds_up_holds() {
        assert!(broken(Scenario::Orders, &[(COMPLETED, 7)], 7, 0).is_empty());
        assert!(broken(Scenario::Scarce, &[(COMPLETED, 500), ("409 insufficient_stock", 9)], 500, 0).is_empty());
        assert!(broken(Scenario::Claims, &[("201 ISSUED", 100), ("409 coupon_sold_out", 9)], 0, 100).is_empty());
        assert!(broken(Scenario::Claims, &[("201 ISSUED", 30)], 0, 30).is_empty(), "thirty shoppers, thirty pieces");
    }

    #[test]
    fn what_does_not_add_up_is_named() {
        let table = [
            (Scenario::Orders, vec![(COMPLETED, 7), ("500 internal_error", 1)], 7, 0, "no fault"),
            (Scenario::Orders, vec![(COMPLETED, 7), ("503 service_unavailable", 1)], 7, 0, "no fault"),
            (Scenario::List, vec![(NO_ANSWER, 1)], 0, 0, "every request"),
            (Scenario::Orders, vec![(COMPLETED, 7)], 8, 0, "as many pieces"),
            (Scenario::Hot, vec![(COMPLETED, 7)], 6, 0, "as many pieces"),
            (Scenario::Scarce, vec![(COMPLETED, 501)], 501, 0, "the last piece"),
            (Scenario::Scarce, vec![(COMPLETED, 499), ("409 insufficient_stock", 1)], 499, 0, "the last piece"),
            (Scenario::Claims, vec![("201 ISSUED", 101)], 0, 101, "every piece of the coupon"),
            (Scenario::Claims, vec![("201 ISSUED", 100)], 0, 99, "every piece of the coupon"),
            (
                Scenario::Claims,
                vec![("201 ISSUED", 99), ("409 coupon_sold_out", 9)],
                0,
                99,
                "every piece of the coupon",
            ),
        ];
        for (scenario, answers, sold, coupons, name) in table {
            let broken = broken(scenario, &answers, sold, coupons);
            assert!(broken.len() == 1 && broken[0].starts_with(name), "{answers:?}: {broken:?}");
        }
    }
}
