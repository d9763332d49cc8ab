//! The invariants as queries: each lists the rows that break it, and the figure says how much was looked at.

use super::{Check, Gap, Unit};
use crate::database::{Row, Sql, Tx};
use crate::error::Fault;

/// A list of breaking rows stops here.
const MOST_ROWS: usize = 100;

/// One invariant. `figure` gives one number; `broken` gives the rows that break it; `gap` says by how much such a
/// row is off, where two of its figures should be the same.
struct Rule {
    name: &'static str,
    figure: &'static str,
    broken: &'static str,
    gap: Option<(Unit, Difference)>,
}

/// Of the columns `b`, `c` and `d`.
type Difference = fn(i64, i64, i64) -> i64;

const ITS_FIRST_FROM_ITS_SECOND: Difference = |b, c, _| b.saturating_sub(c);

/// `parts` of a message are columns `a` to `e`; the rule's text joins them. Text is joined in Rust, because
/// the engines do not agree on how.
const RULES: &[(Rule, &str)] = &[
    (
        Rule {
            name: "every wallet holds the sum of its postings",
            figure: "SELECT CAST(COALESCE(SUM(balance), 0) AS SIGNED INTEGER) AS figure FROM wallets",
            broken: "SELECT w.user_id AS a, w.balance AS b, CAST(COALESCE(p.amount, 0) AS SIGNED INTEGER) AS c, 0 AS d \
                     FROM wallets w LEFT JOIN (SELECT user_id, SUM(amount) AS amount FROM point_transactions GROUP BY user_id) p \
                     ON p.user_id = w.user_id WHERE w.balance <> COALESCE(p.amount, 0) ORDER BY w.user_id LIMIT 100",
            gap: Some((Unit::Won, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "wallet of user {a}: balance {b} won, postings sum to {c} won",
    ),
    (
        Rule {
            name: "every wallet is between 0 and 10,000,000 won",
            figure: "SELECT COUNT(*) AS figure FROM wallets",
            broken: "SELECT user_id AS a, balance AS b, 0 AS c, 0 AS d FROM wallets \
                     WHERE balance < 0 OR balance > 10000000 ORDER BY user_id LIMIT 100",
            gap: None,
        },
        "wallet of user {a}: balance {b} won",
    ),
    (
        Rule {
            name: "every user has a wallet and every posting a user",
            figure: "SELECT COUNT(*) AS figure FROM users",
            broken: "SELECT u.id AS a, 0 AS b, 0 AS c, 0 AS d FROM users u LEFT JOIN wallets w ON w.user_id = u.id \
                     WHERE w.user_id IS NULL \
                     UNION SELECT p.user_id, 1, 0, 0 FROM point_transactions p LEFT JOIN wallets w ON w.user_id = p.user_id \
                     WHERE w.user_id IS NULL LIMIT 100",
            gap: None,
        },
        "user {a}: no wallet, or postings of nobody",
    ),
    (
        Rule {
            name: "every product's total is its supplies less what was sold",
            figure: "SELECT CAST(COALESCE(SUM(total_stock), 0) AS SIGNED INTEGER) AS figure FROM products",
            broken: "SELECT p.id AS a, p.total_stock AS b, CAST(COALESCE(s.quantity, 0) AS SIGNED INTEGER) AS c, \
                     CAST(COALESCE(o.quantity, 0) AS SIGNED INTEGER) AS d FROM products p \
                     LEFT JOIN (SELECT product_id, SUM(quantity) AS quantity FROM stock_supplies GROUP BY product_id) s ON s.product_id = p.id \
                     LEFT JOIN (SELECT i.product_id, SUM(i.quantity) AS quantity FROM order_items i JOIN orders r ON r.id = i.order_id \
                                WHERE r.status IN ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED') GROUP BY i.product_id) o ON o.product_id = p.id \
                     WHERE p.total_stock <> COALESCE(s.quantity, 0) - COALESCE(o.quantity, 0) ORDER BY p.id LIMIT 100",
            gap: Some((Unit::Pieces, |b, c, d| b.saturating_sub(c.saturating_sub(d)))),
        },
        "product {a}: total_stock {b}, but {c} supplied and {d} sold",
    ),
    (
        Rule {
            name: "every product's reserved stock is what unfinished orders hold",
            figure: "SELECT CAST(COALESCE(SUM(reserved_stock), 0) AS SIGNED INTEGER) AS figure FROM products",
            broken: "SELECT p.id AS a, p.reserved_stock AS b, CAST(COALESCE(o.quantity, 0) AS SIGNED INTEGER) AS c, p.total_stock AS d \
                     FROM products p \
                     LEFT JOIN (SELECT i.product_id, SUM(i.quantity) AS quantity FROM order_items i JOIN orders r ON r.id = i.order_id \
                                WHERE r.status IN ('RESERVED', 'PAID', 'PENDING') GROUP BY i.product_id) o ON o.product_id = p.id \
                     WHERE p.reserved_stock <> COALESCE(o.quantity, 0) OR p.reserved_stock < 0 OR p.reserved_stock > p.total_stock \
                     ORDER BY p.id LIMIT 100",
            gap: Some((Unit::Pieces, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "product {a}: reserved_stock {b}, but unfinished orders hold {c} (total_stock {d})",
    ),
    (
        Rule {
            name: "every order's amounts are the sum of its lines less its discount",
            figure: "SELECT COUNT(*) AS figure FROM orders",
            // Each order's lines by themselves: all lines grouped and joined took MariaDB seven times as long.
            broken: "SELECT o.id AS a, o.total_amount AS b, \
                     CAST(COALESCE((SELECT SUM(i.amount) FROM order_items i WHERE i.order_id = o.id), 0) AS SIGNED INTEGER) AS c, \
                     o.final_amount AS d FROM orders o \
                     WHERE o.total_amount <> COALESCE((SELECT SUM(i.amount) FROM order_items i WHERE i.order_id = o.id), 0) \
                     OR o.final_amount <> o.total_amount - o.discount_amount OR o.final_amount <= 0 OR o.discount_amount < 0 LIMIT 100",
            gap: Some((Unit::Won, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "order {a}: total {b} won, lines {c} won, final {d} won",
    ),
    (
        Rule {
            name: "every order paid exactly what it should and got back exactly what it should",
            figure: "SELECT CAST(COALESCE(SUM(-amount), 0) AS SIGNED INTEGER) AS figure FROM point_transactions WHERE order_id IS NOT NULL",
            broken: "SELECT o.id AS a, o.final_amount AS b, CAST(COALESCE(p.paid, 0) AS SIGNED INTEGER) AS c, \
                     CAST(COALESCE(p.back, 0) AS SIGNED INTEGER) AS d FROM orders o \
                     LEFT JOIN (SELECT order_id, SUM(CASE WHEN type = 'PAYMENT' THEN -amount ELSE 0 END) AS paid, \
                                SUM(CASE WHEN type <> 'PAYMENT' THEN amount ELSE 0 END) AS back \
                                FROM point_transactions WHERE order_id IS NOT NULL GROUP BY order_id) p ON p.order_id = o.id \
                     WHERE COALESCE(p.paid, 0) <> CASE WHEN o.paid_at IS NULL THEN 0 ELSE o.final_amount END \
                     OR COALESCE(p.back, 0) > COALESCE(p.paid, 0) \
                     OR (o.status IN ('RESERVED', 'REJECTED', 'EXPIRED') AND COALESCE(p.paid, 0) <> 0) \
                     OR (o.status IN ('PAID', 'COMPLETED') AND (COALESCE(p.paid, 0) <> o.final_amount OR COALESCE(p.back, 0) <> 0)) \
                     OR (o.status = 'PENDING' AND COALESCE(p.back, 0) <> 0) \
                     OR (o.status = 'FAILED' AND COALESCE(p.back, 0) <> COALESCE(p.paid, 0)) LIMIT 100",
            gap: None,
        },
        "order {a}: final {b} won, paid {c} won, given back {d} won",
    ),
    (
        Rule {
            name: "every posting of an order has its one cause",
            figure: "SELECT COUNT(*) AS figure FROM posting_causes",
            broken: "SELECT p.id AS a, 0 AS b, 0 AS c, 0 AS d FROM point_transactions p \
                     LEFT JOIN posting_causes k ON k.posting_id = p.id AND k.order_id = p.order_id AND k.kind = p.type \
                     WHERE p.order_id IS NOT NULL AND k.posting_id IS NULL LIMIT 100",
            gap: None,
        },
        "posting {a}: no cause",
    ),
    (
        Rule {
            name: "every coupon's issued count is its pieces, within its total",
            figure: "SELECT CAST(COALESCE(SUM(issued_quantity), 0) AS SIGNED INTEGER) AS figure FROM coupons",
            broken: "SELECT c.id AS a, c.issued_quantity AS b, COALESCE(u.pieces, 0) AS c, c.total_quantity AS d FROM coupons c \
                     LEFT JOIN (SELECT coupon_id, COUNT(*) AS pieces FROM user_coupons GROUP BY coupon_id) u ON u.coupon_id = c.id \
                     WHERE c.issued_quantity <> COALESCE(u.pieces, 0) OR c.issued_quantity > c.total_quantity ORDER BY c.id LIMIT 100",
            gap: Some((Unit::Pieces, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "coupon {a}: issued_quantity {b}, but {c} pieces (total {d})",
    ),
    (
        Rule {
            name: "every coupon's used count is its used pieces",
            figure: "SELECT CAST(COALESCE(SUM(used_quantity), 0) AS SIGNED INTEGER) AS figure FROM coupons",
            broken: "SELECT c.id AS a, c.used_quantity AS b, COALESCE(u.pieces, 0) AS c, 0 AS d FROM coupons c \
                     LEFT JOIN (SELECT coupon_id, COUNT(*) AS pieces FROM user_coupons WHERE status = 'USED' GROUP BY coupon_id) u ON u.coupon_id = c.id \
                     WHERE c.used_quantity <> COALESCE(u.pieces, 0) ORDER BY c.id LIMIT 100",
            gap: Some((Unit::Pieces, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "coupon {a}: used_quantity {b}, but {c} used pieces",
    ),
    (
        Rule {
            name: "every held or used piece belongs to the order that says so",
            figure: "SELECT COUNT(*) AS figure FROM user_coupons WHERE status <> 'ISSUED'",
            broken: "SELECT u.user_id AS a, u.coupon_id AS b, 0 AS c, 0 AS d FROM user_coupons u LEFT JOIN orders o ON o.id = u.order_id \
                     WHERE (u.status <> 'ISSUED' AND (o.id IS NULL OR o.user_id <> u.user_id OR o.coupon_id <> u.coupon_id)) \
                     OR (u.status = 'HELD' AND o.status NOT IN ('PAID', 'PENDING')) \
                     OR (u.status = 'USED' AND o.status NOT IN ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED')) \
                     OR (u.status = 'USED' AND EXISTS (SELECT 1 FROM refunds r WHERE r.order_id = u.order_id AND r.coupon_returned = 1)) LIMIT 100",
            gap: None,
        },
        "coupon {b} of user {a}: held or used by no such order",
    ),
    (
        Rule {
            name: "every completed order with a coupon used its piece",
            figure: "SELECT COUNT(*) AS figure FROM orders WHERE coupon_id IS NOT NULL AND status IN ('COMPLETED', 'PARTIALLY_REFUNDED')",
            broken: "SELECT o.id AS a, 0 AS b, 0 AS c, 0 AS d FROM orders o \
                     LEFT JOIN user_coupons u ON u.user_id = o.user_id AND u.coupon_id = o.coupon_id AND u.order_id = o.id AND u.status = 'USED' \
                     WHERE o.coupon_id IS NOT NULL AND o.status IN ('COMPLETED', 'PARTIALLY_REFUNDED') AND u.id IS NULL LIMIT 100",
            gap: None,
        },
        "order {a}: its coupon is not used up",
    ),
    (
        Rule {
            name: "every order has its request and every order request its order",
            figure: "SELECT COUNT(*) AS figure FROM requests WHERE scope = 'order'",
            broken: "SELECT o.id AS a, 0 AS b, 0 AS c, 0 AS d FROM orders o \
                     LEFT JOIN requests r ON r.subject_id = o.id AND r.scope = 'order' AND r.user_id = o.user_id WHERE r.subject_id IS NULL \
                     UNION SELECT r.subject_id, 0, 0, 0 FROM requests r LEFT JOIN orders o ON o.id = r.subject_id \
                     WHERE r.scope = 'order' AND o.id IS NULL LIMIT 100",
            gap: None,
        },
        "order {a}: without its request, or a request without its order",
    ),
    (
        Rule {
            name: "the sales figures are what completed orders sold",
            figure: "SELECT CAST(COALESCE(SUM(quantity), 0) AS SIGNED INTEGER) AS figure FROM sales_buckets",
            broken: "SELECT p.id AS a, CAST(COALESCE(b.quantity, 0) AS SIGNED INTEGER) AS b, \
                     CAST(COALESCE(o.quantity, 0) - COALESCE(f.quantity, 0) AS SIGNED INTEGER) AS c, 0 AS d FROM products p \
                     LEFT JOIN (SELECT product_id, SUM(quantity) AS quantity FROM sales_buckets GROUP BY product_id) b ON b.product_id = p.id \
                     LEFT JOIN (SELECT i.product_id, SUM(i.quantity) AS quantity FROM order_items i JOIN orders r ON r.id = i.order_id \
                                WHERE r.status IN ('COMPLETED', 'PARTIALLY_REFUNDED', 'REFUNDED') GROUP BY i.product_id) o ON o.product_id = p.id \
                     LEFT JOIN (SELECT product_id, SUM(quantity) AS quantity FROM refund_items GROUP BY product_id) f ON f.product_id = p.id \
                     WHERE COALESCE(b.quantity, 0) <> COALESCE(o.quantity, 0) - COALESCE(f.quantity, 0) ORDER BY p.id LIMIT 100",
            gap: Some((Unit::Pieces, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "product {a}: {b} in the sales figures, {c} in completed orders",
    ),
    (
        Rule {
            name: "every refund is a posting, or owed and none",
            figure: "SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED INTEGER) AS figure FROM refunds",
            // By its cause, which one of an order's refunds has once; and every such posting by its refund.
            broken: "SELECT r.id AS a, CASE WHEN r.credited_at IS NULL THEN 0 ELSE r.amount END AS b, COALESCE(p.amount, 0) AS c, 0 AS d \
                     FROM refunds r \
                     LEFT JOIN posting_causes k ON k.order_id = r.order_id AND k.kind = 'REFUND' AND k.part = r.refund_no \
                     LEFT JOIN point_transactions p ON p.id = k.posting_id \
                     WHERE COALESCE(p.amount, 0) <> CASE WHEN r.credited_at IS NULL THEN 0 ELSE r.amount END \
                     OR (p.id IS NOT NULL AND (p.id <> r.posting_id OR p.user_id <> r.user_id OR p.order_id <> r.order_id OR p.type <> 'REFUND')) \
                     UNION SELECT p.id, 0, p.amount, 0 FROM point_transactions p LEFT JOIN refunds r ON r.order_id = p.order_id AND r.posting_id = p.id \
                     WHERE p.type = 'REFUND' AND r.id IS NULL LIMIT 100",
            gap: Some((Unit::Won, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "refund {a}: {b} won should be posted, {c} won are",
    ),
    (
        Rule {
            name: "no line gives back more than it has",
            figure: "SELECT CAST(COALESCE(SUM(quantity), 0) AS SIGNED INTEGER) AS figure FROM refund_items",
            broken: "SELECT f.order_id AS a, f.product_id AS b, f.quantity AS c, COALESCE(i.quantity, 0) AS d \
                     FROM (SELECT order_id, product_id, CAST(SUM(quantity) AS SIGNED INTEGER) AS quantity, SUM(amount) AS amount \
                           FROM refund_items GROUP BY order_id, product_id) f \
                     LEFT JOIN order_items i ON i.order_id = f.order_id AND i.product_id = f.product_id \
                     WHERE i.order_id IS NULL OR f.quantity > i.quantity OR f.amount > i.amount LIMIT 100",
            gap: None,
        },
        "order {a}: {c} pieces of product {b} given back, of {d}",
    ),
    (
        Rule {
            name: "every refund is the sum of its lines",
            figure: "SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED INTEGER) AS figure FROM refund_items",
            broken: "SELECT r.order_id AS a, r.amount AS b, CAST(COALESCE(f.amount, 0) AS SIGNED INTEGER) AS c, 0 AS d FROM refunds r \
                     LEFT JOIN (SELECT order_id, refund_no, SUM(amount) AS amount FROM refund_items GROUP BY order_id, refund_no) f \
                     ON f.order_id = r.order_id AND f.refund_no = r.refund_no \
                     WHERE f.order_id IS NULL OR f.amount <> r.amount \
                     UNION SELECT f.order_id, 0, f.amount, 0 FROM refund_items f \
                     LEFT JOIN refunds r ON r.order_id = f.order_id AND r.refund_no = f.refund_no WHERE r.id IS NULL LIMIT 100",
            gap: Some((Unit::Won, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "a refund of order {a}: {b} won, its lines {c} won",
    ),
    (
        Rule {
            name: "every order's status says what was given back of it, never more than was paid",
            figure: "SELECT COUNT(*) AS figure FROM orders WHERE status IN ('PARTIALLY_REFUNDED', 'REFUNDED')",
            broken: "SELECT o.id AS a, o.final_amount AS b, CAST(COALESCE(r.amount, 0) AS SIGNED INTEGER) AS c, \
                     CAST(i.quantity - COALESCE(f.quantity, 0) AS SIGNED INTEGER) AS d FROM orders o \
                     JOIN (SELECT i.order_id, SUM(i.quantity) AS quantity FROM order_items i JOIN orders r ON r.id = i.order_id \
                           WHERE r.status IN ('PARTIALLY_REFUNDED', 'REFUNDED') GROUP BY i.order_id) i ON i.order_id = o.id \
                     LEFT JOIN (SELECT order_id, SUM(amount) AS amount FROM refunds GROUP BY order_id) r ON r.order_id = o.id \
                     LEFT JOIN (SELECT order_id, SUM(quantity) AS quantity FROM refund_items GROUP BY order_id) f ON f.order_id = o.id \
                     WHERE (o.status = 'REFUNDED' AND (COALESCE(r.amount, 0) <> o.final_amount OR COALESCE(f.quantity, 0) <> i.quantity)) \
                     OR (o.status = 'PARTIALLY_REFUNDED' AND (COALESCE(r.amount, 0) > o.final_amount \
                         OR COALESCE(f.quantity, 0) = 0 OR COALESCE(f.quantity, 0) >= i.quantity)) \
                     UNION SELECT r.order_id, COALESCE(o.final_amount, 0), r.amount, 0 FROM refunds r LEFT JOIN orders o ON o.id = r.order_id \
                     WHERE o.id IS NULL OR o.user_id <> r.user_id OR o.status NOT IN ('PARTIALLY_REFUNDED', 'REFUNDED') LIMIT 100",
            gap: None,
        },
        "order {a}: paid {b} won, given back {c} won, {d} pieces left",
    ),
    (
        Rule {
            name: "every refund has its request and every refund request its refund",
            figure: "SELECT COUNT(*) AS figure FROM requests WHERE scope = 'refund'",
            broken: "SELECT r.id AS a, 0 AS b, 0 AS c, 0 AS d FROM refunds r \
                     LEFT JOIN (SELECT DISTINCT subject_id, user_id FROM requests WHERE scope = 'refund') q \
                     ON q.subject_id = r.id AND q.user_id = r.operator_id WHERE q.subject_id IS NULL \
                     UNION SELECT q.subject_id, 0, 0, 0 FROM requests q LEFT JOIN refunds r ON r.id = q.subject_id \
                     WHERE q.scope = 'refund' AND r.id IS NULL LIMIT 100",
            gap: None,
        },
        "refund {a}: without its request, or a request without its refund",
    ),
    (
        Rule {
            name: "every adjustment that was applied is a posting, and every such posting an adjustment",
            figure: "SELECT CAST(COALESCE(SUM(amount), 0) AS SIGNED INTEGER) AS figure FROM wallet_adjustments WHERE state = 'APPLIED'",
            broken: "SELECT a.id AS a, a.amount AS b, COALESCE(p.amount, 0) AS c, 0 AS d FROM wallet_adjustments a \
                     LEFT JOIN point_transactions p ON p.id = a.posting_id AND p.user_id = a.user_id AND p.type = 'ADJUSTMENT' \
                     WHERE a.state = 'APPLIED' AND COALESCE(p.amount, 0) <> a.amount \
                     UNION SELECT p.id, 0, p.amount, 0 FROM point_transactions p \
                     LEFT JOIN (SELECT posting_id, COUNT(*) AS times FROM wallet_adjustments WHERE state = 'APPLIED' GROUP BY posting_id) a \
                     ON a.posting_id = p.id WHERE p.type = 'ADJUSTMENT' AND COALESCE(a.times, 0) <> 1 LIMIT 100",
            gap: Some((Unit::Won, ITS_FIRST_FROM_ITS_SECOND)),
        },
        "adjustment {a}: {b} won should be posted, {c} won are",
    ),
    (
        Rule {
            name: "every adjustment has its request, and a second operator where it took two",
            figure: "SELECT COUNT(*) AS figure FROM requests WHERE scope = 'adjustment'",
            broken: "SELECT a.id AS a, 0 AS b, 0 AS c, 0 AS d FROM wallet_adjustments a \
                     LEFT JOIN (SELECT DISTINCT subject_id, user_id FROM requests WHERE scope = 'adjustment') q \
                     ON q.subject_id = a.id AND q.user_id = a.operator_id \
                     WHERE (a.operator_id IS NOT NULL AND q.subject_id IS NULL) OR (a.state = 'APPLIED' AND a.decided_by = a.operator_id) \
                     OR a.user_id = a.operator_id OR (a.state = 'APPLIED' AND a.user_id = a.decided_by) \
                     UNION SELECT q.subject_id, 0, 0, 0 FROM requests q LEFT JOIN wallet_adjustments a ON a.id = q.subject_id \
                     WHERE q.scope = 'adjustment' AND a.id IS NULL LIMIT 100",
            gap: None,
        },
        "adjustment {a}: without its request, or by one operator alone",
    ),
];

/// Runs every check within one transaction, so that all of them see the moment it sees.
pub async fn run_checks(tx: &mut Tx) -> Result<Vec<Check>, Fault> {
    let mut checks = Vec::with_capacity(RULES.len());
    for (rule, message) in RULES {
        let mut check = Check { name: rule.name, figure: "0".to_owned(), broken: Vec::new(), gap: None };
        // Read as they come: in a large shop each takes a while, which is no news.
        tx.each_row(Sql::new(rule.figure), |row| {
            check.figure = row.int("figure")?.to_string();
            Ok::<(), Fault>(())
        })
        .await?;
        let mut amount = 0i64;
        tx.each_row(Sql::new(rule.broken), |row| {
            if check.broken.len() < MOST_ROWS {
                let [b, c, d] = [row.int("b")?, row.int("c")?, row.int("d")?];
                amount =
                    amount.saturating_add(rule.gap.map_or(0, |(_, difference)| difference(b, c, d).saturating_abs()));
                check.broken.push(say_row(&row, message, [b, c, d])?);
            }
            Ok::<(), Fault>(())
        })
        .await?;
        // Two figures may agree where a third is wrong: then there is no amount to tell.
        check.gap = rule.gap.filter(|_| amount > 0).map(|(unit, _)| Gap { amount, unit });
        checks.push(check);
    }
    Ok(checks)
}

fn say_row(row: &Row, message: &str, figures: [i64; 3]) -> Result<String, Fault> {
    // The first column is a number or the 16 bytes of an id.
    let name = match row.int("a") {
        Ok(number) => number.to_string(),
        Err(_) => row.id("a", crate::id::OrderId::from_bytes)?.to_string(),
    };
    let mut text = message.replace("{a}", &name);
    for (column, figure) in ["{b}", "{c}", "{d}"].into_iter().zip(figures) {
        text = text.replace(column, &figure.to_string());
    }
    Ok(text)
}
