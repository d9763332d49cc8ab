//! The words of a receipt.

use super::{Lang, moment, t, words};
use shop::Won;
use shop::order::{Order, OrderItem, OrderStatus};
use shop::refund::OrderRefunds;

/// A row with a name and a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    pub value: String,
}

/// A line of the order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    pub name: String,
    pub unit_price: String,
    pub quantity: i64,
    pub amount: String,
}

/// Everything a receipt says, in one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceiptWords {
    pub title: String,
    pub brand: String,
    pub back: String,
    pub print_hint: String,
    pub facts_title: String,
    pub facts: Vec<Row>,
    pub lines_title: String,
    pub columns: [String; 4],
    pub lines: Vec<Line>,
    pub sums_title: String,
    pub sums: Vec<Row>,
    pub total: Row,
    /// What was given back of it later.
    pub refunds: Vec<Row>,
    pub seller_title: String,
    /// That a payment from the wallet is no tax invoice.
    pub note: String,
}

/// Whether an order has a receipt: only what was sold, also when some of it was given back later.
pub fn has_receipt(status: OrderStatus) -> bool {
    matches!(status, OrderStatus::Completed | OrderStatus::PartiallyRefunded | OrderStatus::Refunded)
}

pub fn receipt_words(lang: Lang, order: &Order) -> ReceiptWords {
    let row = |name: String, value: String| Row { name, value };
    let mut facts = vec![
        row(t!(lang, "receipt-number"), order.id.to_string()),
        row(t!(lang, "receipt-ordered"), moment::full(lang, order.created_at)),
    ];
    facts.extend(order.paid_at.map(|paid| row(t!(lang, "receipt-paid"), moment::full(lang, paid))));
    facts.push(row(t!(lang, "receipt-means"), t!(lang, "receipt-wallet")));
    facts.push(row(t!(lang, "receipt-state"), words::order_status(lang, order.status)));
    let mut sums = vec![row(t!(lang, "sum-items"), order.total_amount.to_string())];
    if order.discount_amount != Won::ZERO {
        let name = match &order.coupon_code {
            Some(code) => t!(lang, "sum-discount-coupon", code = code.to_string()),
            None => t!(lang, "sum-discount"),
        };
        sums.push(row(name, order.discount_amount.negated().to_string()));
    }
    ReceiptWords {
        title: t!(lang, "receipt-title"),
        brand: t!(lang, "brand"),
        back: t!(lang, "receipt-back"),
        print_hint: t!(lang, "receipt-print"),
        facts_title: t!(lang, "receipt-facts"),
        facts,
        lines_title: t!(lang, "receipt-lines"),
        columns: [
            t!(lang, "receipt-column-name"),
            t!(lang, "receipt-column-price"),
            t!(lang, "receipt-column-quantity"),
            t!(lang, "receipt-column-amount"),
        ],
        lines: order.items.iter().map(|item| line(lang, item)).collect(),
        sums_title: t!(lang, "order-amounts"),
        sums,
        total: row(t!(lang, "sum-paid"), order.final_amount.to_string()),
        refunds: order.refunds.as_ref().map(|refunds| refund_rows(lang, refunds)).unwrap_or_default(),
        seller_title: t!(lang, "receipt-seller"),
        note: t!(lang, "receipt-note"),
    }
}

fn refund_rows(lang: Lang, refunds: &OrderRefunds) -> Vec<Row> {
    let refunded = Row { name: t!(lang, "sum-refunded"), value: refunds.amount.negated().to_string() };
    let last = Row { name: t!(lang, "receipt-refunded"), value: moment::full(lang, refunds.last_at) };
    vec![refunded, last]
}

fn line(lang: Lang, item: &OrderItem) -> Line {
    Line {
        name: words::item_name(lang, item),
        unit_price: item.unit_price.to_string(),
        quantity: item.quantity,
        amount: item.amount.to_string(),
    }
}
