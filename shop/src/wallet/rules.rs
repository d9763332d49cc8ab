//! What may be charged (SPEC §5) and when a wallet is full (SPEC reading 3).

use crate::error::{Error, FieldProblem, Refusal};
use crate::money::Won;

/// The least one charge may be.
pub const LEAST_CHARGE: Won = Won::new(1_000);
/// The most one charge may be.
pub const MOST_CHARGE: Won = Won::new(100_000);
/// A charge is a multiple of this.
pub const CHARGE_STEP: i64 = 10;
/// The most a wallet may hold.
pub const WALLET_LIMIT: Won = Won::new(10_000_000);

/// A charge amount that keeps the rules of SPEC §5.
///
/// # Errors
/// `validation_failed` on `amount`.
pub fn check_charge_amount(amount: Won) -> Result<Won, Error> {
    let problem = if amount < LEAST_CHARGE {
        FieldProblem::TooSmall { least: LEAST_CHARGE.get() }
    } else if amount > MOST_CHARGE {
        FieldProblem::TooLarge { most: MOST_CHARGE.get() }
    } else if amount.get() % CHARGE_STEP != 0 {
        FieldProblem::NotAStep { step: CHARGE_STEP }
    } else {
        return Ok(amount);
    };
    Err(Error::invalid("amount", problem))
}

/// A wallet as it stands, and what may still come into it by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletSnapshot {
    pub balance: Won,
    /// What unfinished orders of its owner have paid: that much may be given back.
    pub unfinished: Won,
    /// Refunds that wait for room.
    pub owed: Won,
}

impl WalletSnapshot {
    /// Everything that may still come back.
    fn coming_back(self) -> Option<Won> {
        self.unfinished.plus(self.owed)
    }
}

/// The balance after a charge. Refused when the balance and everything that may come back would pass the limit, so
/// that a give-back always fits, and so that no charge takes the room that a refund waits for.
pub fn decide_charge(wallet: WalletSnapshot, amount: Won) -> Result<Won, Refusal> {
    let coming_back = wallet.coming_back().unwrap_or(WALLET_LIMIT);
    let refusal =
        Refusal::BalanceLimitExceeded { balance: wallet.balance, unfinished: coming_back, limit: WALLET_LIMIT };
    let Some(balance) = wallet.balance.plus(amount) else { return Err(refusal) };
    match balance.plus(coming_back) {
        Some(most) if most <= WALLET_LIMIT => Ok(balance),
        _ => Err(refusal),
    }
}

/// The balance after a payment.
pub fn decide_payment(balance: Won, needed: Won) -> Result<Won, Refusal> {
    match balance.minus(needed) {
        Some(left) if left >= Won::ZERO => Ok(left),
        _ => Err(Refusal::InsufficientBalance { balance, needed }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn snapshot(balance: i64, unfinished: i64, owed: i64) -> WalletSnapshot {
        WalletSnapshot { balance: Won::new(balance), unfinished: Won::new(unfinished), owed: Won::new(owed) }
    }

    #[test]
    fn a_charge_is_a_thousand_to_a_hundred_thousand_in_tens() {
        let table = [
            (-1_000, false),
            (0, false),
            (999, false),
            (1_000, true),
            (1_005, false),
            (1_010, true),
            (100_000, true),
            (100_001, false),
            (100_010, false),
            (i64::MAX, false),
            (i64::MIN, false),
        ];
        for (amount, good) in table {
            assert_eq!(check_charge_amount(Won::new(amount)).is_ok(), good, "{amount}");
        }
    }

    #[test]
    fn a_charge_leaves_room_for_what_may_come_back() {
        let table = [
            (9_990_000, 0, 0, 10_000, true),
            (9_990_000, 0, 0, 10_010, false),
            (9_000_000, 990_000, 0, 10_000, true),
            (9_000_000, 990_000, 0, 10_010, false),
            (9_000_000, 0, 990_000, 10_000, true),
            (9_000_000, 0, 990_000, 10_010, false),
            (9_000_000, 500_000, 490_000, 10_000, true),
            (9_000_000, 500_000, 490_000, 10_010, false),
            // More is owed than fits now: a charge would only make it wait longer.
            (9_500_000, 0, 9_000_000, 1_000, false),
        ];
        for (balance, unfinished, owed, amount, good) in table {
            let wallet = snapshot(balance, unfinished, owed);
            assert_eq!(decide_charge(wallet, Won::new(amount)).is_ok(), good, "{wallet:?} {amount}");
        }
    }

    proptest! {
        #[test]
        fn a_payment_never_leaves_less_than_nothing(balance in 0i64..=10_000_000, needed in 1i64..=20_000_000) {
            match decide_payment(Won::new(balance), Won::new(needed)) {
                Ok(left) => prop_assert!(left.get() >= 0 && left.get() == balance - needed),
                Err(refusal) => prop_assert!(needed > balance && refusal.code() == "insufficient_balance"),
            }
        }

        #[test]
        fn a_charged_wallet_can_always_take_everything_back(
            balance in 0i64..=10_000_000,
            unfinished in 0i64..=10_000_000,
            owed in 0i64..=20_000_000,
            amount in 1_000i64..=100_000,
        ) {
            if let Ok(after) = decide_charge(snapshot(balance, unfinished, owed), Won::new(amount)) {
                prop_assert_eq!(after.get(), balance + amount);
                prop_assert!(after.get() + unfinished + owed <= WALLET_LIMIT.get());
            }
        }
    }
}
