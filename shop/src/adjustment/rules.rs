//! What may be adjusted, and what takes two.
//!
//! Both sums are looked at, because each alone has a way around it: a sum per customer lets one operator take a little
//! from the till for each of many accounts, a sum per operator lets many give to one account. Ups and downs do not
//! cancel each other out: what is moved back and forth is moved.

use super::model::{AdjustmentRefusal, AdjustmentState};
use crate::error::{Error, FieldProblem};
use crate::id::UserId;
use crate::money::Won;
use crate::time::Timestamp;
use crate::wallet::rules::{WALLET_LIMIT, WalletSnapshot, decide_charge};
use std::time::Duration;

/// What one operator may adjust alone, unless the owner says otherwise.
pub const ADJUSTMENT_LIMIT: Won = Won::new(100_000);
/// Sums are of so long.
pub const SUMMED_OVER: Duration = Duration::from_secs(24 * 3_600);
/// A proposal is over after so long.
pub const PROPOSAL_LASTS: Duration = Duration::from_secs(24 * 3_600);

/// An amount that moves a wallet, and fits one.
///
/// # Errors
/// `validation_failed` on `amount`.
pub fn check_adjustment_amount(amount: Won) -> Result<Won, Error> {
    let problem = match amount.get() {
        0 => FieldProblem::Required,
        won if won > WALLET_LIMIT.get() => FieldProblem::TooLarge { most: WALLET_LIMIT.get() },
        won if won < -WALLET_LIMIT.get() => FieldProblem::TooSmall { least: -WALLET_LIMIT.get() },
        _ => return Ok(amount),
    };
    Err(Error::invalid("amount", problem))
}

/// A wallet and its owner, read under lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnerSnapshot {
    pub user_id: UserId,
    pub wallet: WalletSnapshot,
    pub is_closed: bool,
    pub is_frozen: bool,
}

impl OwnerSnapshot {
    /// The balance after it.
    fn adjusted(&self, by: UserId, amount: Won) -> Result<Won, AdjustmentRefusal> {
        if self.user_id == by {
            return Err(AdjustmentRefusal::OwnWallet);
        }
        if self.is_closed {
            return Err(AdjustmentRefusal::AccountClosed);
        }
        if self.is_frozen {
            return Err(AdjustmentRefusal::AccountFrozen);
        }
        let balance = self.wallet.balance;
        if amount.is_positive() {
            let coming_back = self.wallet.unfinished.plus(self.wallet.owed).unwrap_or(WALLET_LIMIT);
            let no_room = AdjustmentRefusal::NoRoom { balance, coming_back, limit: WALLET_LIMIT };
            return decide_charge(self.wallet, amount).map_err(|_| no_room);
        }
        let after = balance.plus(amount).filter(|after| *after >= Won::ZERO);
        after.ok_or(AdjustmentRefusal::NotEnough { balance })
    }
}

/// What was adjusted within [`SUMMED_OVER`] before, without signs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AdjustedBefore {
    /// Of this wallet, by anybody.
    pub of_owner: Won,
    /// By this operator alone, of any wallet.
    pub by_operator: Won,
}

impl AdjustedBefore {
    /// Whether this much more stays within the limit.
    fn leaves_room_for(self, amount: Won, limit: Won) -> bool {
        let size = if amount.is_positive() { amount } else { amount.negated() };
        let fits = |before: Won| before.plus(size).is_some_and(|sum| sum <= limit);
        fits(self.of_owner) && fits(self.by_operator)
    }
}

/// What becomes of an adjustment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdjustmentPlan {
    Apply {
        balance_after: Won,
    },
    /// It waits for another operator.
    Propose,
}

/// Decides one adjustment by one operator. What cannot be is not proposed either.
pub fn decide_adjustment(
    owner: &OwnerSnapshot,
    before: AdjustedBefore,
    by: UserId,
    amount: Won,
    limit: Won,
) -> Result<AdjustmentPlan, AdjustmentRefusal> {
    let balance_after = owner.adjusted(by, amount)?;
    let is_within = before.leaves_room_for(amount, limit);
    Ok(if is_within { AdjustmentPlan::Apply { balance_after } } else { AdjustmentPlan::Propose })
}

/// A proposal, read under its wallet's lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProposalSnapshot {
    pub state: AdjustmentState,
    pub proposed_by: Option<UserId>,
    pub created_at: Timestamp,
    pub amount: Won,
}

impl ProposalSnapshot {
    /// Whether anybody can still decide it.
    fn check_open(&self, now: Timestamp) -> Result<(), AdjustmentRefusal> {
        if self.state != AdjustmentState::Proposed {
            return Err(AdjustmentRefusal::Decided { state: self.state });
        }
        if is_over(self.created_at, now) { Err(AdjustmentRefusal::Over) } else { Ok(()) }
    }
}

/// Whether a proposal of that moment can no longer be decided. One made ahead of a clock that was set back lasts no
/// longer for it.
pub fn is_over(created_at: Timestamp, now: Timestamp) -> bool {
    now >= created_at.after(PROPOSAL_LASTS) || created_at >= now.after(PROPOSAL_LASTS)
}

/// The balance after a proposal that another operator approves: everything is looked at anew.
pub fn decide_approval(
    proposal: &ProposalSnapshot,
    owner: &OwnerSnapshot,
    by: UserId,
    now: Timestamp,
) -> Result<Won, AdjustmentRefusal> {
    proposal.check_open(now)?;
    if proposal.proposed_by == Some(by) {
        return Err(AdjustmentRefusal::OwnProposal);
    }
    owner.adjusted(by, proposal.amount)
}

/// Whether a proposal may be declined: by anybody who may decide, also by who made it, who takes it back.
pub fn decide_decline(proposal: &ProposalSnapshot, now: Timestamp) -> Result<(), AdjustmentRefusal> {
    proposal.check_open(now)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OPERATOR: UserId = UserId::new(1);
    const OTHER: UserId = UserId::new(2);
    const OWNER: UserId = UserId::new(3);
    const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_123);

    fn owner(balance: i64, unfinished: i64, owed: i64) -> OwnerSnapshot {
        let wallet =
            WalletSnapshot { balance: Won::new(balance), unfinished: Won::new(unfinished), owed: Won::new(owed) };
        OwnerSnapshot { user_id: OWNER, wallet, is_closed: false, is_frozen: false }
    }

    fn before(of_owner: i64, by_operator: i64) -> AdjustedBefore {
        AdjustedBefore { of_owner: Won::new(of_owner), by_operator: Won::new(by_operator) }
    }

    fn proposal() -> ProposalSnapshot {
        let (state, amount) = (AdjustmentState::Proposed, Won::new(500_000));
        ProposalSnapshot { state, proposed_by: Some(OPERATOR), created_at: NOW, amount }
    }

    #[test]
    fn an_amount_moves_something_and_fits_a_wallet() {
        let table = [(0, false), (1, true), (-1, true), (10_000_000, true), (-10_000_000, true), (10_000_001, false)];
        for (amount, good) in table {
            assert_eq!(check_adjustment_amount(Won::new(amount)).is_ok(), good, "{amount}");
        }
        assert!(check_adjustment_amount(Won::new(i64::MIN)).is_err());
    }

    #[test]
    fn what_passes_the_limit_of_either_sum_takes_a_second_operator_whatever_its_sign() {
        let table = [
            (before(0, 0), 100_000, true),
            (before(0, 0), -100_000, true),
            (before(0, 0), 100_001, false),
            (before(0, 0), -100_001, false),
            (before(60_000, 0), 40_000, true),
            (before(60_000, 0), 40_001, false),
            (before(60_000, 0), -40_001, false),
            (before(0, 60_000), 40_000, true),
            (before(0, 60_000), 40_001, false),
            (before(200_000, 0), 1, false),
        ];
        for (before, amount, alone) in table {
            let plan = decide_adjustment(&owner(500_000, 0, 0), before, OPERATOR, Won::new(amount), ADJUSTMENT_LIMIT);
            let is_applied = matches!(plan, Ok(AdjustmentPlan::Apply { .. }));
            assert!(plan.is_ok());
            assert_eq!(is_applied, alone, "{before:?} {amount}");
        }
    }

    #[test]
    fn what_cannot_be_is_refused_and_not_proposed() {
        let open = owner(5_000, 0, 0);
        let full = owner(9_000_000, 600_000, 390_000);
        let limit = WALLET_LIMIT;
        let no_room = AdjustmentRefusal::NoRoom { balance: Won::new(9_000_000), coming_back: Won::new(990_000), limit };
        let table = [
            (open, OWNER, 1_000, AdjustmentRefusal::OwnWallet),
            (OwnerSnapshot { is_closed: true, ..open }, OPERATOR, 1_000, AdjustmentRefusal::AccountClosed),
            (OwnerSnapshot { is_frozen: true, ..open }, OPERATOR, -1_000, AdjustmentRefusal::AccountFrozen),
            (open, OPERATOR, -5_001, AdjustmentRefusal::NotEnough { balance: Won::new(5_000) }),
            (full, OPERATOR, 10_001, no_room),
            (full, OPERATOR, 1_000_001, no_room),
        ];
        for (owner, by, amount, refusal) in table {
            let said = decide_adjustment(&owner, before(0, 0), by, Won::new(amount), ADJUSTMENT_LIMIT);
            assert_eq!(said, Err(refusal));
        }
        let fits = decide_adjustment(&full, before(0, 0), OPERATOR, Won::new(10_000), ADJUSTMENT_LIMIT);
        assert_eq!(fits, Ok(AdjustmentPlan::Apply { balance_after: Won::new(9_010_000) }));
    }

    #[test]
    fn a_proposal_is_approved_by_another_within_a_day_and_once() {
        let day = NOW.after(PROPOSAL_LASTS);
        let (open, wallet) = (proposal(), owner(0, 0, 0));
        assert_eq!(decide_approval(&open, &wallet, OTHER, day.before(Duration::from_millis(1))), Ok(Won::new(500_000)));
        assert_eq!(decide_approval(&open, &wallet, OTHER, day), Err(AdjustmentRefusal::Over));
        assert_eq!(decide_approval(&open, &wallet, OPERATOR, NOW), Err(AdjustmentRefusal::OwnProposal));
        assert_eq!(decide_approval(&open, &wallet, OWNER, NOW), Err(AdjustmentRefusal::OwnWallet));
        let frozen = OwnerSnapshot { is_frozen: true, ..wallet };
        assert_eq!(decide_approval(&open, &frozen, OTHER, NOW), Err(AdjustmentRefusal::AccountFrozen));
        for state in [AdjustmentState::Applied, AdjustmentState::Declined] {
            let decided = ProposalSnapshot { state, ..open };
            assert_eq!(decide_approval(&decided, &wallet, OTHER, NOW), Err(AdjustmentRefusal::Decided { state }));
            assert_eq!(decide_decline(&decided, NOW), Err(AdjustmentRefusal::Decided { state }));
        }
        assert_eq!(decide_decline(&open, NOW), Ok(()));
    }

    proptest! {
        #[test]
        fn an_adjusted_wallet_is_never_below_nothing_nor_without_room_for_what_comes_back(
            balance in 0i64..=10_000_000,
            unfinished in 0i64..=10_000_000,
            owed in 0i64..=20_000_000,
            amount in -10_000_000i64..=10_000_000,
        ) {
            if let Ok(after) = owner(balance, unfinished, owed).adjusted(OPERATOR, Won::new(amount)) {
                prop_assert_eq!(after.get(), balance + amount);
                prop_assert!(after.get() >= 0);
                prop_assert!(amount <= 0 || after.get() + unfinished + owed <= WALLET_LIMIT.get());
            }
        }
    }
}
