//! Refunds (SPEC reading 1): what each piece was paid with, what is left of an order, and money that waits for room.

use super::{HOUR, Held, Model, Refund, RefundRequest, Status, WALLET_LIMIT};
use crate::asks::RefundAsk;
use std::cmp::Reverse;

impl Model {
    /// One refund. The same request again is answered as the first one was; a refusal is not remembered.
    pub fn refund(&mut self, ask: &RefundAsk) -> String {
        if let Some(request) = self.refund_requests.get(&ask.key) {
            let is_same = request.ask == *ask;
            return if is_same { request.answer.clone() } else { "idempotency_key_reused".to_owned() };
        }
        if let Some(refusal) = self.find_refund_refusal(ask) {
            return refusal;
        }
        let answer = self.give_back(ask);
        self.refund_requests.insert(ask.key, RefundRequest { ask: ask.clone(), answer: answer.clone() });
        answer
    }

    fn find_refund_refusal(&self, ask: &RefundAsk) -> Option<String> {
        let Some(order) = self.orders.get(ask.order) else { return Some("not_found".to_owned()) };
        if order.user == self.operator {
            return Some("own order".to_owned());
        }
        if !matches!(order.status, Status::Completed | Status::PartiallyRefunded) {
            return Some(format!("is {}", order.status.word()));
        }
        for (product, asked) in ask.lines.iter().flatten() {
            let Some(place) = order.lines.iter().position(|(of, ..)| of == product) else {
                return Some(format!("no {product} in it"));
            };
            let left = order.lines[place].1 - order.back[place];
            if *asked > left {
                return Some(format!("{asked} of {product}, {left} left"));
            }
        }
        None
    }

    fn give_back(&mut self, ask: &RefundAsk) -> String {
        let shares = self.shares(ask.order);
        let order = &mut self.orders[ask.order];
        let (user, coupon, hour) = (order.user, order.coupon, order.finished.unwrap_or(0).div_euclid(HOUR) * HOUR);
        let mut lines = Vec::new();
        for (place, (product, quantity, price)) in order.lines.iter().enumerate() {
            let left = quantity - order.back[place];
            let count = ask.lines.as_ref().map_or(left, |lines| lines.get(product).copied().unwrap_or(0));
            let from = usize::try_from(order.back[place]).expect("a few");
            let given = shares[place].iter().skip(from).take(usize::try_from(count).expect("a few"));
            if count > 0 {
                lines.push((*product, count, given.sum::<i64>()));
                order.back[place] += count;
                let sold = self.sales.entry((hour, *product)).or_default();
                *sold = (sold.0 - count, sold.1 - count * price);
            }
        }
        let is_whole = order.lines.iter().zip(&order.back).all(|((_, quantity, _), back)| quantity == back);
        order.refunds += 1;
        let number = order.refunds;
        let amount: i64 = lines.iter().map(|(.., won)| won).sum();
        let holds = coupon.and_then(|coupon| self.pieces.get(&(user, coupon))).map(|piece| piece.held);
        let is_used = matches!(holds, Some(Held::UsedBy(by, _)) if by == ask.order);
        let ends = coupon.map_or(0, |coupon| self.coupons[coupon].draft.ends);
        let returns_coupon = is_whole && is_used && self.now < ends;
        if returns_coupon && let Some(coupon) = coupon {
            self.coupons[coupon].used -= 1;
            self.hold_piece(ask.order, Held::Issued);
        }
        let fits = self.users[user].balance + self.unfinished(user) + amount <= WALLET_LIMIT;
        let is_credited = amount == 0 || (fits && self.owed(user) == 0);
        if is_credited && amount > 0 {
            self.post(user, "REFUND", amount, Some(ask.order));
        }
        let credited = is_credited.then_some(self.now);
        let created = self.now;
        self.refunds.push(Refund { order: ask.order, number, amount, returns_coupon, created, credited, lines });
        self.change_to(ask.order, if is_whole { Status::Refunded } else { Status::PartiallyRefunded });
        format!("refund {number}: {amount}, coupon {returns_coupon}")
    }

    /// What each piece of each line was paid with: piece by piece its part by price, rounded down; one won more for
    /// those that lost most by it, until all that was paid is shared out.
    fn shares(&self, order: usize) -> Vec<Vec<i64>> {
        let order = &self.orders[order];
        let (paid, total) = (i128::from(order.amount()), i128::from(order.total));
        let mut pieces: Vec<(usize, i64, i128)> = Vec::new();
        for (place, (_, quantity, price)) in order.lines.iter().enumerate() {
            let exact = paid * i128::from(*price);
            let floor = i64::try_from(exact / total).expect("no more than was paid");
            pieces.extend((0..*quantity).map(|_| (place, floor, exact % total)));
        }
        let mut left = order.amount() - pieces.iter().map(|(_, floor, _)| floor).sum::<i64>();
        let mut by_rest: Vec<usize> = (0..pieces.len()).collect();
        by_rest.sort_by_key(|piece| Reverse(pieces[*piece].2));
        for piece in by_rest {
            if left > 0 {
                pieces[piece].1 += 1;
                left -= 1;
            }
        }
        let mut shares = vec![Vec::new(); order.lines.len()];
        for (place, share, _) in pieces {
            shares[place].push(share);
        }
        shares
    }

    /// Refunds of this shopper that wait for room.
    pub fn owed(&self, user: usize) -> i64 {
        let waits = |refund: &&Refund| refund.credited.is_none() && self.orders[refund.order].user == user;
        self.refunds.iter().filter(waits).map(|refund| refund.amount).sum()
    }

    /// Credits what waits and fits, each shopper's oldest first; gives how many.
    pub fn credit(&mut self) -> usize {
        let mut credited = 0;
        for user in 0..self.users.len() {
            for place in 0..self.refunds.len() {
                let (order, amount) = (self.refunds[place].order, self.refunds[place].amount);
                if self.orders[order].user != user || self.refunds[place].credited.is_some() {
                    continue;
                }
                if self.users[user].balance + self.unfinished(user) + amount > WALLET_LIMIT {
                    break;
                }
                self.post(user, "REFUND", amount, Some(order));
                self.refunds[place].credited = Some(self.now);
                credited += 1;
            }
        }
        credited
    }
}
