//! Everything the shop keeps, as one text: one line a fact. [`SQL`] makes the same text of the first shop's database.

use super::{Held, Model};
use std::fmt::{Display, Write};

/// One row of one column for each kind of fact, in the order of [`Model::picture`]. Orders are counted in the order
/// of their ids, which is the order in which they were placed, whatever the clock said.
pub const SQL: &str = "\
WITH numbered AS MATERIALIZED (SELECT id AS order_id, ROW_NUMBER() OVER (ORDER BY id) - 1 AS n FROM orders) \
SELECT 1 AS part, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'wallet ' || (user_id - 1) || ': ' || balance AS line FROM wallets ORDER BY user_id)) AS facts \
UNION ALL SELECT 2, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'product ' || (id - 1) || ': ' || price || ' won, ' || total_stock || ' of them ' || reserved_stock || ' held, active ' || is_active \
|| ', supplied ' || (SELECT COALESCE(SUM(quantity), 0) FROM stock_supplies s WHERE s.product_id = p.id) AS line FROM products p ORDER BY id)) \
UNION ALL SELECT 3, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'coupon ' || (id - 1) || ': issued ' || issued_quantity || ', used ' || used_quantity || ', active ' || is_active AS line \
FROM coupons ORDER BY id)) \
UNION ALL SELECT 4, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'piece of ' || (coupon_id - 1) || ' of user ' || (user_id - 1) || ': ' || status || ' ' \
|| COALESCE((SELECT n FROM numbered o WHERE o.order_id = u.order_id), '-') || ' ' || claimed_at || ' ' || COALESCE(used_at, '-') AS line \
FROM user_coupons u ORDER BY user_id, coupon_id)) \
UNION ALL SELECT 5, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'order ' || (ROW_NUMBER() OVER (ORDER BY id) - 1) || ' of user ' || (user_id - 1) || ': ' || status || ' ' || total_amount || '-' \
|| discount_amount || '=' || final_amount || ' coupon ' || COALESCE(coupon_id - 1, '-') || ' at ' || created_at || ' ' \
|| COALESCE(paid_at, '-') || ' ' || COALESCE(pending_at, '-') || ' ' || COALESCE(finished_at, '-') || ' ' \
|| COALESCE(json_extract(refusal, '$.code'), '-') || ' [' || (SELECT group_concat(quantity || ' of ' || (product_id - 1) || ' for ' || unit_price, ', ') \
FROM order_items i WHERE i.order_id = o.id) || ']' AS line FROM orders o ORDER BY id)) \
UNION ALL SELECT 6, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'posting of user ' || (user_id - 1) || ': ' || type || ' ' || amount || ' to ' || balance_after || ' order ' \
|| COALESCE((SELECT n FROM numbered o WHERE o.order_id = t.order_id), '-') AS line FROM point_transactions t ORDER BY user_id, id)) \
UNION ALL SELECT 7, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'sales of ' || (product_id - 1) || ' at ' || hour_start || ': ' || quantity || ' for ' || amount AS line \
FROM sales_buckets ORDER BY hour_start, product_id)) \
UNION ALL SELECT 8, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'event of order ' || n || ': ' || upper(substr(kind, 7)) || ' ' || COALESCE(sent_at, '-') AS line \
FROM outbox e JOIN numbered o ON o.order_id = e.order_id ORDER BY n, place)) \
UNION ALL SELECT 9, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'request of user ' || (user_id - 1) || ': ' || scope || ' ' || CAST(request_id AS TEXT) || ' ' \
|| COALESCE((SELECT n FROM numbered o WHERE o.order_id = r.subject_id), '-') AS line FROM requests r \
ORDER BY scope, user_id, CAST(CAST(request_id AS TEXT) AS INTEGER))) \
UNION ALL SELECT 10, (SELECT group_concat(line, char(10)) FROM (\
SELECT 'refund ' || refund_no || ' of order ' || n || ': ' || amount || ' coupon ' || coupon_returned || ' at ' || created_at || ' ' \
|| COALESCE(credited_at, '-') || ' [' || (SELECT group_concat(i.quantity || ' of ' || (i.product_id - 1) || ' for ' || i.amount, ', ') \
FROM refund_items i WHERE i.order_id = f.order_id AND i.refund_no = f.refund_no) || ']' AS line \
FROM refunds f JOIN numbered o ON o.order_id = f.order_id ORDER BY f.id)) \
ORDER BY part";

impl Model {
    /// The same facts in the same words.
    pub fn picture(&self) -> String {
        let mut text = String::with_capacity(8_192);
        self.write_people(&mut text).expect("a text takes all");
        self.write_orders(&mut text).expect("a text takes all");
        text
    }

    fn write_people(&self, text: &mut String) -> std::fmt::Result {
        for (number, user) in self.users.iter().enumerate() {
            writeln!(text, "wallet {number}: {}", user.balance)?;
        }
        for (number, product) in self.products.iter().enumerate() {
            let active = i64::from(product.is_active);
            writeln!(
                text,
                "product {number}: {} won, {} of them {} held, active {active}, supplied {}",
                product.price, product.total, product.reserved, product.supplied
            )?;
        }
        for (number, coupon) in self.coupons.iter().enumerate() {
            let active = i64::from(coupon.is_active);
            writeln!(text, "coupon {number}: issued {}, used {}, active {active}", coupon.issued, coupon.used)?;
        }
        for ((user, coupon), piece) in &self.pieces {
            let (status, order, used_at) = match piece.held {
                Held::Issued => ("ISSUED", None, None),
                Held::By(order) => ("HELD", Some(order), None),
                Held::UsedBy(order, at) => ("USED", Some(order), Some(at)),
            };
            let (order, used_at) = (dash(order), dash(used_at));
            writeln!(text, "piece of {coupon} of user {user}: {status} {order} {} {used_at}", piece.claimed_at)?;
        }
        Ok(())
    }

    fn write_orders(&self, text: &mut String) -> std::fmt::Result {
        for (number, order) in self.orders.iter().enumerate() {
            write!(text, "order {number} of user {}: {} ", order.user, order.status.word())?;
            write!(text, "{}-{}={} coupon {}", order.total, order.discount, order.amount(), dash(order.coupon))?;
            let (paid, pending, finished) = (dash(order.paid), dash(order.pending), dash(order.finished));
            write!(text, " at {} {paid} {pending} {finished} ", order.created)?;
            write!(text, "{} [", order.refusal.split(' ').next().filter(|code| !code.is_empty()).unwrap_or("-"))?;
            for (place, (product, quantity, price)) in order.lines.iter().enumerate() {
                write!(text, "{}{quantity} of {product} for {price}", if place == 0 { "" } else { ", " })?;
            }
            writeln!(text, "]")?;
        }
        let mut postings: Vec<&super::Posting> = self.postings.iter().collect();
        postings.sort_by_key(|posting| posting.user);
        for posting in postings {
            let order = dash(posting.order);
            write!(text, "posting of user {}: {} {} ", posting.user, posting.kind, posting.amount)?;
            writeln!(text, "to {} order {order}", posting.after)?;
        }
        for ((hour, product), (quantity, amount)) in &self.sales {
            writeln!(text, "sales of {product} at {hour}: {quantity} for {amount}")?;
        }
        for (number, order) in self.orders.iter().enumerate() {
            for event in order.events.iter().filter(|event| !event.is_deleted) {
                writeln!(text, "event of order {number}: {} {}", event.status.word(), dash(event.sent_at))?;
            }
        }
        for (user, key) in self.charges.keys() {
            writeln!(text, "request of user {user}: charge {key} -")?;
        }
        for ((user, key), request) in &self.requests {
            writeln!(text, "request of user {user}: order {key} {}", request.order)?;
        }
        for key in self.refund_requests.keys() {
            writeln!(text, "request of user {}: refund {key} -", self.operator)?;
        }
        for refund in &self.refunds {
            let (coupon, credited) = (i64::from(refund.returns_coupon), dash(refund.credited));
            write!(text, "refund {} of order {}: {} coupon {coupon} ", refund.number, refund.order, refund.amount)?;
            let line = |(product, quantity, won): &(usize, i64, i64)| format!("{quantity} of {product} for {won}");
            let lines = refund.lines.iter().map(line).collect::<Vec<_>>().join(", ");
            writeln!(text, "at {} {credited} [{lines}]", refund.created)?;
        }
        Ok(())
    }

    /// A shopper's ledger, newest first.
    pub fn ledger(&self, user: usize) -> String {
        let mine = self.postings.iter().rev().filter(|posting| posting.user == user);
        let say = |posting: &super::Posting| {
            format!("{} {} to {} order {}", posting.kind, posting.amount, posting.after, dash(posting.order))
        };
        mine.map(say).collect::<Vec<_>>().join("\n")
    }

    /// A shopper's orders, newest first.
    pub fn orders_of(&self, user: usize) -> String {
        let mine = self.orders.iter().enumerate().rev().filter(|(_, order)| order.user == user);
        let say = |(number, order): (usize, &super::Order)| {
            format!("{number} {} {}-{}={}", order.status.word(), order.total, order.discount, order.amount())
        };
        mine.map(say).collect::<Vec<_>>().join("\n")
    }

    /// A shopper's coupons as they see them, by their number.
    pub fn coupons_of(&self, user: usize) -> String {
        let mine = self.pieces.iter().filter(|((owner, _), _)| *owner == user);
        let say = |((_, coupon), piece): (&(usize, usize), &super::Piece)| {
            let state = match piece.held {
                Held::Issued if self.now >= self.coupons[*coupon].draft.ends => "Expired",
                Held::Issued => "Issued",
                Held::By(_) => "Held",
                Held::UsedBy(..) => "Used",
            };
            format!("{coupon} {state}")
        };
        mine.map(say).collect::<Vec<_>>().join("\n")
    }
}

fn dash<T: Display>(value: Option<T>) -> String {
    value.map_or_else(|| "-".to_owned(), |value| value.to_string())
}
