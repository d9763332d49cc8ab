//! What shoppers do besides ordering, and what they are held to: charges, claims, limits and blocks (SPEC §5, §6,
//! §9).

use super::{ChargeRequest, Held, MINUTE, Millis, Model, Piece, Posting, SECOND, Status, WALLET_LIMIT};
use crate::asks::{ChargeAsk, ClaimAsk};
use std::collections::VecDeque;

const ORDERS: (usize, Millis) = (1, SECOND);
const CLAIMS: (usize, Millis) = (3, MINUTE);
const FAILURES: u32 = 5;
const BLOCK: Millis = 10 * MINUTE;

/// What a request counts against.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {
    Orders,
    Claims,
}

impl Model {
    /// Blocks, then the sliding window of this request. What was counted ahead of a clock that was set back counts as
    /// of now (docs/adr/0008).
    pub fn pass_limits(&mut self, user: usize, window: Window) -> Result<(), String> {
        if !self.has_limits {
            return Ok(());
        }
        let now = self.now;
        let user = &mut self.users[user];
        if let Some((begins, ends)) = &mut user.block {
            if *begins > now {
                (*begins, *ends) = (now, now + BLOCK);
            }
            if *ends > now {
                return Err(format!("temporarily_blocked for {}", *ends - now));
            }
        }
        let ((most, lasts), times) = match window {
            Window::Orders => (ORDERS, &mut user.orders_at),
            Window::Claims => (CLAIMS, &mut user.claims_at),
        };
        take(times, most, lasts, now).map_err(|wait| format!("rate_limited for {wait}"))
    }

    /// A success ends a row of failures; the fifth in a row blocks.
    pub fn count_outcome(&mut self, user: usize, is_success: bool) {
        let user = &mut self.users[user];
        user.failures = if is_success { 0 } else { user.failures + 1 };
        if user.failures == FAILURES {
            user.failures = 0;
            user.block = Some((self.now, self.now + BLOCK));
        }
    }

    /// The moments at which a limit or a block of somebody ends.
    pub fn ends_of_limits(&self) -> Vec<Millis> {
        let mut ends = Vec::new();
        for user in &self.users {
            ends.extend(user.orders_at.front().map(|at| at + ORDERS.1));
            ends.extend(user.claims_at.front().map(|at| at + CLAIMS.1));
            ends.extend(user.block.map(|(_, ends)| ends));
        }
        ends
    }

    /// How much more this wallet may take, so that everything that may come back still fits (SPEC reading 3).
    pub fn room(&self, user: usize) -> i64 {
        WALLET_LIMIT - self.users[user].balance - self.unfinished(user) - self.owed(user)
    }

    pub(super) fn unfinished(&self, user: usize) -> i64 {
        let may_come_back = self.orders.iter().filter(|order| {
            order.user == user && order.paid.is_some() && matches!(order.status, Status::Paid | Status::Pending)
        });
        may_come_back.map(super::Order::amount).sum()
    }

    /// Charges at once, in this order. `stored` says which of them came to be where a fault struck.
    pub fn charge(&mut self, asks: &[ChargeAsk], stored: &dyn Fn(usize) -> bool) -> Vec<String> {
        let mut answers = vec![String::new(); asks.len()];
        for (place, ask) in asks.iter().enumerate() {
            let twin = asks[..place]
                .iter()
                .zip(&answers)
                .find(|(other, _)| (other.user, other.key) == (ask.user, ask.key) && is_good_charge(other.amount));
            answers[place] = if !is_good_charge(ask.amount) {
                "validation_failed".to_owned()
            } else if let Some((first, _)) = twin {
                if first.amount == ask.amount { "request_in_progress" } else { "idempotency_key_reused" }.to_owned()
            } else if let Some(request) = self.charges.get(&(ask.user, ask.key)) {
                if request.amount == ask.amount { request.answer.clone() } else { "idempotency_key_reused".to_owned() }
            } else if stored(place) {
                self.charge_one(*ask)
            } else {
                "internal_error".to_owned()
            };
        }
        answers
    }

    fn charge_one(&mut self, ask: ChargeAsk) -> String {
        let balance = self.users[ask.user].balance;
        let coming = self.unfinished(ask.user) + self.owed(ask.user);
        let after = balance + ask.amount;
        let answer = if after + coming > WALLET_LIMIT {
            format!("balance_limit_exceeded {balance}+{coming}")
        } else {
            self.post(ask.user, "CHARGE", ask.amount, None);
            format!("charged {}, holds {after}", ask.amount)
        };
        let request = ChargeRequest { amount: ask.amount, answer: answer.clone() };
        self.charges.insert((ask.user, ask.key), request);
        answer
    }

    pub(super) fn post(&mut self, user: usize, kind: &'static str, amount: i64, order: Option<usize>) {
        self.users[user].balance += amount;
        let after = self.users[user].balance;
        self.postings.push(Posting { user, kind, amount, after, order });
    }

    /// One claim. `stored` says whether it came to be where a fault struck.
    pub fn claim(&mut self, ask: ClaimAsk, stored: bool) -> String {
        if let Err(limited) = self.pass_limits(ask.user, Window::Claims) {
            return limited;
        }
        let answer = self.claim_unlimited(ask, stored);
        if answer != "internal_error" {
            self.count_outcome(ask.user, answer == "claimed");
        }
        answer
    }

    fn claim_unlimited(&mut self, ask: ClaimAsk, stored: bool) -> String {
        let Some(coupon) = self.coupons.get(ask.coupon) else { return "coupon_not_applicable unknown".to_owned() };
        if let Err(reason) = self.is_running(coupon) {
            return format!("coupon_not_applicable {reason}");
        }
        if self.pieces.contains_key(&(ask.user, ask.coupon)) {
            return "coupon_already_claimed".to_owned();
        }
        if coupon.issued >= coupon.draft.total {
            return "coupon_sold_out".to_owned();
        }
        if !stored {
            return "internal_error".to_owned();
        }
        self.coupons[ask.coupon].issued += 1;
        self.pieces.insert((ask.user, ask.coupon), Piece { held: Held::Issued, claimed_at: self.now });
        "claimed".to_owned()
    }
}

fn is_good_charge(amount: i64) -> bool {
    (1_000..=100_000).contains(&amount) && amount % 10 == 0
}

/// One more in a sliding window, or how long until one more fits.
fn take(times: &mut VecDeque<Millis>, most: usize, lasts: Millis, now: Millis) -> Result<(), Millis> {
    for time in times.iter_mut() {
        *time = (*time).min(now);
    }
    while times.front().is_some_and(|time| time + lasts <= now) {
        times.pop_front();
    }
    if times.len() < most {
        times.push_back(now);
        return Ok(());
    }
    Err(times.front().map_or(0, |time| time + lasts - now))
}
