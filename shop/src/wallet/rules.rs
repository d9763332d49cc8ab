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

/// A wallet as it stands, and what unfinished orders of its owner have paid: that much may still come back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WalletSnapshot {
    pub balance: Won,
    pub unfinished: Won,
}

/// The balance after a charge. Refused when the balance and everything that may be given back would pass
/// the limit, so that a give-back always fits.
pub fn decide_charge(wallet: WalletSnapshot, amount: Won) -> Result<Won, Refusal> {
    let refusal =
        Refusal::BalanceLimitExceeded { balance: wallet.balance, unfinished: wallet.unfinished, limit: WALLET_LIMIT };
    let Some(balance) = wallet.balance.plus(amount) else { return Err(refusal) };
    match balance.plus(wallet.unfinished) {
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
            (9_990_000, 0, 10_000, true),
            (9_990_000, 0, 10_010, false),
            (9_000_000, 990_000, 10_000, true),
            (9_000_000, 990_000, 10_010, false),
        ];
        for (balance, unfinished, amount, good) in table {
            let wallet = WalletSnapshot { balance: Won::new(balance), unfinished: Won::new(unfinished) };
            assert_eq!(decide_charge(wallet, Won::new(amount)).is_ok(), good, "{balance} {unfinished} {amount}");
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
            amount in 1_000i64..=100_000,
        ) {
            let wallet = WalletSnapshot { balance: Won::new(balance), unfinished: Won::new(unfinished) };
            if let Ok(after) = decide_charge(wallet, Won::new(amount)) {
                prop_assert_eq!(after.get(), balance + amount);
                prop_assert!(after.get() + unfinished <= WALLET_LIMIT.get());
            }
        }
    }
}
