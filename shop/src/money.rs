//! Money: whole won, never a float. The bounds of SPEC §5 live with the rules that use them.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An amount in won. May be negative in the ledger (a payment is a negative posting).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Won(i64);

impl Won {
    pub const ZERO: Won = Won(0);

    pub const fn new(won: i64) -> Self {
        Self(won)
    }

    /// The bare figure, for the database and the wire.
    pub const fn get(self) -> i64 {
        self.0
    }

    /// The sum, or `None` past what 64 bits hold.
    pub fn plus(self, other: Won) -> Option<Won> {
        self.0.checked_add(other.0).map(Won)
    }

    /// The difference, or `None` past what 64 bits hold. May be negative.
    pub fn minus(self, other: Won) -> Option<Won> {
        self.0.checked_sub(other.0).map(Won)
    }

    /// The price of `quantity` pieces, or `None` past what 64 bits hold.
    pub fn times(self, quantity: i64) -> Option<Won> {
        self.0.checked_mul(quantity).map(Won)
    }

    /// `rate` percent, rounded down (SPEC §5): 10 % of 1,235 won is 123 won.
    pub fn percent(self, rate: i64) -> Option<Won> {
        self.0.checked_mul(rate).map(|product| Won(product / 100))
    }

    pub const fn negated(self) -> Won {
        Won(-self.0)
    }

    pub const fn is_positive(self) -> bool {
        self.0 > 0
    }
}

/// `₩12,900`, `-₩500`: the same in every language.
impl fmt::Display for Won {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.unsigned_abs().to_string();
        let mut grouped = String::with_capacity(digits.len() + digits.len() / 3 + 4);
        if self.0 < 0 {
            grouped.push('-');
        }
        grouped.push('₩');
        for (index, digit) in digits.chars().enumerate() {
            if index > 0 && (digits.len() - index).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        f.pad(&grouped)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn won_reads_as_shoppers_write_it() {
        let table = [(0, "₩0"), (900, "₩900"), (12_900, "₩12,900"), (10_000_000, "₩10,000,000"), (-1_500, "-₩1,500")];
        for (won, text) in table {
            assert_eq!(Won::new(won).to_string(), text);
        }
    }

    #[test]
    fn a_percentage_is_rounded_down() {
        let table = [(1_235, 10, 123), (1_000, 33, 330), (99, 1, 0), (10_000, 99, 9_900)];
        for (price, rate, discount) in table {
            assert_eq!(Won::new(price).percent(rate), Some(Won::new(discount)));
        }
    }

    #[test]
    fn sums_past_64_bits_are_refused() {
        assert_eq!(Won::new(i64::MAX).plus(Won::new(1)), None);
        assert_eq!(Won::new(i64::MAX).times(2), None);
        assert_eq!(Won::new(i64::MAX).percent(2), None);
    }
}
