//! Orders: the three stages (SPEC §4), what an order gives back, and what the same request is answered.

use super::people::Window;
use super::{Event, HOUR, Held, Model, Order, RESERVATION, Request, Status, Went};
use crate::asks::OrderAsk;
use std::collections::BTreeMap;

const MOST_OF_ONE: i64 = 10;
const MOST_IN_ALL: i64 = 30;

impl Model {
    /// Orders at once, in this order, by the whole service: each stage does all of them before the next begins.
    pub fn place(&mut self, asks: &[OrderAsk], went: &dyn Fn(usize) -> Went) -> Vec<String> {
        let mut answers: Vec<Option<String>> = asks.iter().map(|ask| self.answer_at_once(ask)).collect();
        let mut under_way = BTreeMap::new();
        for (place, ask) in asks.iter().enumerate() {
            if answers[place].is_some() {
                continue;
            }
            answers[place] = match under_way.get(&(ask.user, ask.key)) {
                Some(body) if *body == ask.body() => Some("request_in_progress".to_owned()),
                Some(_) => Some("idempotency_key_reused".to_owned()),
                None => {
                    under_way.insert((ask.user, ask.key), ask.body());
                    self.find_placed(ask)
                }
            };
        }
        for (place, ask) in asks.iter().enumerate().filter(|(place, _)| answers[*place].is_none()).collect::<Vec<_>>() {
            answers[place] = self.pass_limits(ask.user, Window::Orders).err();
        }
        let fresh: Vec<usize> = (0..asks.len()).filter(|place| answers[*place].is_none()).collect();
        let mut placed = Vec::new();
        for place in fresh {
            match self.reserve(&asks[place], false, went(place)) {
                Ok(order) => placed.push((place, order)),
                Err(code) => answers[place] = Some(code.to_owned()),
            }
        }
        // Who is refused hears it before the next stage begins.
        self.count_refused(&placed);
        let is_reserved = |(_, order): &&(usize, usize)| self.orders[*order].status == Status::Reserved;
        let reserved: Vec<(usize, usize)> = placed.iter().filter(is_reserved).copied().collect();
        for (place, order) in &reserved {
            match went(*place) {
                Went::Nowhere | Went::ToReserved => {}
                Went::ToPendingUnpaid => self.pend(*order),
                Went::ToPaid | Went::ToPendingPaid | Went::ToTheEnd => drop(self.pay(*order)),
            }
        }
        self.count_refused(&reserved);
        for (place, order) in &placed {
            match went(*place) {
                Went::ToPendingPaid => self.pend(*order),
                Went::ToTheEnd => drop(self.confirm(*order)),
                _ => {}
            }
            if self.orders[*order].status == Status::Completed {
                self.count_outcome(self.orders[*order].user, true);
            }
            answers[*place] = Some(self.outcome(*order));
        }
        answers.into_iter().flatten().collect()
    }

    fn count_refused(&mut self, placed: &[(usize, usize)]) {
        for (_, order) in placed {
            if self.orders[*order].status == Status::Rejected {
                self.count_outcome(self.orders[*order].user, false);
            }
        }
    }

    /// What a request placed before, or that none can be like this.
    pub fn find_placed_or_malformed(&self, ask: &OrderAsk) -> Option<String> {
        self.answer_at_once(ask).or_else(|| self.find_placed(ask))
    }

    /// What needs no look at the shop: the rules of SPEC §5 on quantities.
    fn answer_at_once(&self, ask: &OrderAsk) -> Option<String> {
        let pieces = ask.pieces();
        let is_good = !pieces.is_empty()
            && ask.lines.iter().all(|(_, quantity)| *quantity >= 1)
            && pieces.values().all(|quantity| *quantity <= MOST_OF_ONE)
            && pieces.values().sum::<i64>() <= MOST_IN_ALL;
        (!is_good).then(|| "validation_failed".to_owned())
    }

    /// The answer to a request that placed an order before (SPEC reading 6).
    pub fn find_placed(&self, ask: &OrderAsk) -> Option<String> {
        let request = self.requests.get(&(ask.user, ask.key))?;
        if request.is_staged || request.body != ask.body() {
            return Some("idempotency_key_reused".to_owned());
        }
        let order = &self.orders[request.order];
        let is_under_way = matches!(order.status, Status::Reserved | Status::Paid)
            && order.waits().is_some_and(|(since, _)| self.now < since + RESERVATION);
        Some(if is_under_way { "request_in_progress".to_owned() } else { self.outcome(request.order) })
    }

    fn outcome(&self, order: usize) -> String {
        let order = &self.orders[order];
        match order.status {
            Status::Rejected => order.refusal.clone(),
            Status::Expired => "order_expired".to_owned(),
            Status::Failed => "order_failed".to_owned(),
            status => format!("{} {}-{}={}", status.word(), order.total, order.discount, order.amount()),
        }
    }

    /// The reserving stage alone, for a batch in arrival order; what it placed is worked on from then on.
    pub fn reserve_batch(&mut self, asks: &[OrderAsk]) -> Vec<String> {
        let mut claimed = Vec::new();
        let seen: Vec<Option<usize>> =
            asks.iter().map(|ask| self.requests.get(&(ask.user, ask.key)).map(|request| request.order)).collect();
        let mut answers = Vec::new();
        for (ask, seen) in asks.iter().zip(seen) {
            answers.push(if let Some(order) = seen {
                format!("seen {order}")
            } else if claimed.contains(&(ask.user, ask.key)) {
                "request_in_progress".to_owned()
            } else {
                claimed.push((ask.user, ask.key));
                match self.reserve(ask, true, Went::ToReserved) {
                    Ok(order) => self.outcome(order),
                    Err(code) => code.to_owned(),
                }
            });
        }
        answers
    }

    /// Stock, coupon, the amount the shopper saw, in this order. What is not for sale leaves nothing behind.
    fn reserve(&mut self, ask: &OrderAsk, is_staged: bool, went: Went) -> Result<usize, &'static str> {
        let is_sold = |product: &usize| self.products.get(*product).is_some_and(|product| product.is_active);
        let pieces = ask.pieces();
        if !pieces.keys().all(is_sold) {
            return Err("validation_failed");
        }
        if went == Went::Nowhere {
            return Err("internal_error");
        }
        let lines: Vec<(usize, i64, i64)> =
            pieces.iter().map(|(product, quantity)| (*product, *quantity, self.products[*product].price)).collect();
        let total: i64 = lines.iter().map(|(_, quantity, price)| quantity * price).sum();
        let mut order = Order {
            user: ask.user,
            lines,
            total,
            discount: 0,
            coupon: None,
            status: Status::Rejected,
            refusal: String::new(),
            created: self.now,
            paid: None,
            pending: None,
            finished: None,
            events: Vec::new(),
            back: Vec::new(),
            refunds: 0,
        };
        order.back = vec![0; order.lines.len()];
        match self.find_refusal(ask, &mut order) {
            Some(refusal) => (order.refusal, order.finished) = (refusal, Some(self.now)),
            None => order.status = Status::Reserved,
        }
        order.events.push(Event { status: order.status, sent_at: None, is_deleted: false });
        let place = self.orders.len();
        self.orders.push(order);
        if self.orders[place].status == Status::Reserved {
            self.move_stock(place, 1);
        }
        let request = Request { body: ask.body(), ask: ask.clone(), is_staged, order: place };
        self.requests.insert((ask.user, ask.key), request);
        Ok(place)
    }

    fn find_refusal(&self, ask: &OrderAsk, order: &mut Order) -> Option<String> {
        for (product, quantity, _) in &order.lines {
            let available = self.products[*product].total - self.products[*product].reserved;
            if available < *quantity {
                return Some(format!("insufficient_stock of {product}: {quantity} of {available}"));
            }
        }
        if let Some(coupon) = ask.coupon {
            match self.discount(ask.user, coupon, order.total) {
                Ok(off) => (order.discount, order.coupon) = (off, Some(coupon)),
                Err(reason) => return Some(format!("coupon_not_applicable {reason}")),
            }
        }
        let actual = order.amount();
        let expected = ask.expected.filter(|expected| *expected != actual)?;
        Some(format!("price_changed {expected} to {actual}"))
    }

    fn move_stock(&mut self, order: usize, sign: i64) {
        for (product, quantity, _) in &self.orders[order].lines {
            self.products[*product].reserved += sign * quantity;
        }
    }

    pub(super) fn change_to(&mut self, order: usize, status: Status) {
        let now = self.now;
        let order = &mut self.orders[order];
        order.status = status;
        order.events.push(Event { status, sent_at: None, is_deleted: false });
        match status {
            Status::Paid => order.paid = Some(now),
            Status::Pending => order.pending = Some(now),
            // It was finished when it was sold.
            Status::PartiallyRefunded | Status::Refunded => {}
            _ => order.finished = Some(now),
        }
    }

    /// In time, coupon, balance. What is refused gives its stock back.
    pub fn pay(&mut self, place: usize) -> String {
        let order = &self.orders[place];
        if order.status != Status::Reserved {
            return format!("moved to {}", order.status.word());
        }
        let (user, amount) = (order.user, order.amount());
        if self.now >= order.created + RESERVATION {
            self.expire(place);
            return "EXPIRED".to_owned();
        }
        let balance = self.users[user].balance;
        let coupon = order.coupon.map(|coupon| self.discount(user, coupon, order.total));
        let refusal = match coupon {
            Some(Err(reason)) => Some(format!("coupon_not_applicable {reason}")),
            _ if balance < amount => Some(format!("insufficient_balance {balance} of {amount}")),
            _ => None,
        };
        if let Some(refusal) = refusal {
            self.orders[place].refusal.clone_from(&refusal);
            self.move_stock(place, -1);
            self.change_to(place, Status::Rejected);
            return refusal;
        }
        self.post(user, "PAYMENT", -amount, Some(place));
        self.hold_piece(place, Held::By(place));
        self.change_to(place, Status::Paid);
        "PAID".to_owned()
    }

    pub(super) fn hold_piece(&mut self, place: usize, held: Held) {
        let (user, coupon) = (self.orders[place].user, self.orders[place].coupon);
        if let Some(piece) = coupon.and_then(|coupon| self.pieces.get_mut(&(user, coupon))) {
            piece.held = held;
        }
    }

    /// Stock out, coupon used, sales counted.
    pub fn confirm(&mut self, place: usize) -> String {
        if self.orders[place].status != Status::Paid {
            return format!("moved to {}", self.orders[place].status.word());
        }
        self.move_stock(place, -1);
        for (product, quantity, price) in self.orders[place].lines.clone() {
            self.products[product].total -= quantity;
            let hour = self.now.div_euclid(HOUR) * HOUR;
            let sold = self.sales.entry((hour, product)).or_default();
            *sold = (sold.0 + quantity, sold.1 + quantity * price);
        }
        self.hold_piece(place, Held::UsedBy(place, self.now));
        if let Some(coupon) = self.orders[place].coupon {
            self.coupons[coupon].used += 1;
        }
        self.change_to(place, Status::Completed);
        "COMPLETED".to_owned()
    }

    /// A stage was not successful: the order keeps what it holds.
    pub(super) fn pend(&mut self, place: usize) {
        if matches!(self.orders[place].status, Status::Reserved | Status::Paid) {
            self.change_to(place, Status::Pending);
        }
    }

    pub(super) fn expire(&mut self, place: usize) {
        self.move_stock(place, -1);
        self.change_to(place, Status::Expired);
    }

    /// Everything is given back.
    pub(super) fn recover(&mut self, place: usize) {
        let order = &self.orders[place];
        let (user, amount, is_paid) = (order.user, order.amount(), order.paid.is_some());
        self.move_stock(place, -1);
        if is_paid {
            self.hold_piece(place, Held::Issued);
            self.post(user, "RECOVERY", amount, Some(place));
        }
        self.change_to(place, Status::Failed);
    }
}
