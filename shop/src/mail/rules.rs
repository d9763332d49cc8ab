//! When a letter that did not go out is tried again, and when it is given up.

use super::model::LetterKind;
use crate::time::Timestamp;
use std::time::Duration;

/// How long to wait after each try that failed; after the last there is no other.
const WAITS: [Duration; 6] = [minutes(1), minutes(5), minutes(15), minutes(60), minutes(240), LONGEST_WAIT];
/// No letter waits longer between two tries.
pub const LONGEST_WAIT: Duration = minutes(720);
/// How often a letter is tried in all: one time more than there are waits.
pub const MOST_TRIES: i64 = 7;
/// A link to reset a password is asked for by somebody who waits for it; later than this it is not sent.
const RESET_STILL_WANTED: Duration = minutes(60);

const fn minutes(count: u64) -> Duration {
    Duration::from_secs(count * 60)
}

/// When the letter is due again if this try, the `tries`th, comes to nothing. Also how long this process has
/// the letter for itself: longer than any mailer may take.
pub fn decide_next_try(tries: i64, now: Timestamp) -> Timestamp {
    let index = usize::try_from(tries - 1).unwrap_or(0).min(WAITS.len() - 1);
    now.after(WAITS[index])
}

/// Whether the `tries`th try was the last.
pub fn decide_given_up(tries: i64) -> bool {
    tries >= MOST_TRIES
}

/// Whether the letter has waited so long that nobody wants it any more.
pub fn decide_too_late(kind: LetterKind, created_at: Timestamp, now: Timestamp) -> bool {
    kind == LetterKind::PasswordReset && created_at.after(RESET_STILL_WANTED) <= now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_waits_grow_and_end() {
        let now = Timestamp::from_millis(0);
        let waits: Vec<_> = (1..MOST_TRIES).map(|tries| decide_next_try(tries, now)).collect();
        assert!(waits.windows(2).all(|pair| pair[0] < pair[1]), "{waits:?}");
        assert_eq!(waits[0].since(now), minutes(1));
        assert_eq!(waits.last().unwrap().since(now), LONGEST_WAIT);
        assert!((1..MOST_TRIES).all(|tries| !decide_given_up(tries)));
        assert!(decide_given_up(MOST_TRIES) && decide_given_up(MOST_TRIES + 1));
        assert_eq!(decide_next_try(99, now), decide_next_try(MOST_TRIES, now));
    }

    #[test]
    fn only_a_link_to_reset_a_password_comes_too_late() {
        let asked = Timestamp::from_millis(0);
        let table = [
            (LetterKind::PasswordReset, 59, false),
            (LetterKind::PasswordReset, 60, true),
            (LetterKind::Welcome, 10_000, false),
            (LetterKind::OrderCompleted, 10_000, false),
            (LetterKind::PasswordChanged, 10_000, false),
        ];
        for (kind, after, late) in table {
            assert_eq!(decide_too_late(kind, asked, asked.after(minutes(after))), late, "{kind:?} {after}");
        }
    }
}
