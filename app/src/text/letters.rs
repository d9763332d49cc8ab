//! What letters say, in the language of whoever gets them. The server gives these words their form.

use super::{Lang, moment, t, words};
use shop::Won;
use shop::mail::LetterFacts;
use shop::order::Order;

/// The words of one letter, from top to bottom. Plain text throughout: nothing in it is markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterWords {
    pub lang: &'static str,
    pub brand: String,
    pub subject: String,
    pub heading: String,
    pub before: Vec<String>,
    pub lines: Vec<LetterLine>,
    /// The last is the total.
    pub sums: Vec<LetterSum>,
    pub link_label: String,
    /// Where to go on.
    pub link: String,
    pub after: Vec<String>,
    pub footer: String,
}

/// One line of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterLine {
    pub name: String,
    /// `₩12,900 × 2`
    pub detail: String,
    pub amount: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LetterSum {
    pub label: String,
    pub amount: String,
}

/// What a letter about these facts says. `public_url` is the shop's origin.
pub fn letter_words(lang: Lang, facts: &LetterFacts, public_url: &str) -> LetterWords {
    let name = unlinked(&plain(&facts.user().name));
    let words = match facts {
        LetterFacts::Welcome { user } => LetterWords {
            subject: t!(lang, "letter-welcome-subject"),
            heading: t!(lang, "letter-welcome-heading", name = name),
            before: vec![t!(lang, "letter-welcome-text", email = plain(&user.email))],
            link_label: t!(lang, "go-products"),
            link: format!("{public_url}/products"),
            after: vec![t!(lang, "letter-welcome-not-you")],
            ..empty_letter(lang, public_url)
        },
        LetterFacts::PasswordReset { token, expires_at, .. } => LetterWords {
            subject: t!(lang, "letter-reset-subject"),
            heading: t!(lang, "letter-reset-heading", name = name),
            before: vec![t!(lang, "letter-reset-text", until = moment::short(lang, *expires_at))],
            link_label: t!(lang, "letter-reset-link"),
            link: format!("{public_url}/reset-password?token={token}"),
            after: vec![t!(lang, "letter-reset-not-you")],
            ..empty_letter(lang, public_url)
        },
        LetterFacts::PasswordChanged { changed_at, .. } => LetterWords {
            subject: t!(lang, "letter-changed-subject"),
            heading: t!(lang, "letter-changed-heading", name = name),
            before: vec![
                t!(lang, "letter-changed-text", moment = moment::full(lang, *changed_at)),
                t!(lang, "letter-changed-not-you"),
            ],
            link_label: t!(lang, "letter-reset-link"),
            link: format!("{public_url}/forgot-password"),
            ..empty_letter(lang, public_url)
        },
        LetterFacts::OrderCompleted { order, .. } => order_words(lang, &name, order, public_url),
        LetterFacts::OrderRefunded { order, .. } => refund_words(lang, &name, order, public_url),
    };
    LetterWords { subject: plain(&words.subject), ..words }
}

fn order_words(lang: Lang, name: &str, order: &Order, public_url: &str) -> LetterWords {
    let line = |item: &shop::order::OrderItem| LetterLine {
        name: plain(&words::item_name(lang, item)),
        detail: t!(lang, "line-detail", price = item.unit_price.to_string(), count = item.quantity),
        amount: item.amount.to_string(),
    };
    let discount = (order.discount_amount != Won::ZERO).then(|| LetterSum {
        label: match &order.coupon_code {
            Some(code) => t!(lang, "sum-discount-coupon", code = code.to_string()),
            None => t!(lang, "sum-discount"),
        },
        amount: order.discount_amount.negated().to_string(),
    });
    let sums = [LetterSum { label: t!(lang, "sum-items"), amount: order.total_amount.to_string() }]
        .into_iter()
        .chain(discount)
        .chain([LetterSum { label: t!(lang, "sum-paid"), amount: order.final_amount.to_string() }]);
    let finished_at = order.finished_at.unwrap_or(order.created_at);
    LetterWords {
        subject: t!(lang, "letter-order-subject", name = words::order_name(lang, &order.items)),
        heading: t!(lang, "letter-order-heading", name = name),
        before: vec![moment::full(lang, finished_at), t!(lang, "letter-order-number", id = order.id.to_string())],
        lines: order.items.iter().map(line).collect(),
        sums: sums.collect(),
        link_label: t!(lang, "letter-order-link"),
        link: format!("{public_url}/orders/{}", order.id),
        ..empty_letter(lang, public_url)
    }
}

/// What was given back of an order so far: a letter comes with each part of it, and when what waited arrives.
fn refund_words(lang: Lang, name: &str, order: &Order, public_url: &str) -> LetterWords {
    let refunds = order.refunds.as_ref();
    let line = |item: &shop::order::OrderItem| {
        let pieces = refunds?.lines.get(&item.product_id)?;
        Some(LetterLine {
            name: plain(&words::item_name(lang, item)),
            detail: t!(lang, "letter-refund-pieces", count = pieces.quantity),
            amount: pieces.amount.to_string(),
        })
    };
    let (amount, owed) = refunds.map_or((Won::ZERO, Won::ZERO), |refunds| (refunds.amount, refunds.owed));
    let waits = owed.is_positive();
    let sums = [LetterSum { label: t!(lang, "sum-refunded"), amount: amount.to_string() }]
        .into_iter()
        .chain(waits.then(|| LetterSum { label: t!(lang, "sum-refund-waits"), amount: owed.to_string() }));
    let coupon = order.coupon_code.as_ref().filter(|_| refunds.is_some_and(|refunds| refunds.coupon_returned));
    let after = [
        coupon.map(|code| t!(lang, "letter-refund-coupon", code = code.to_string())),
        Some(if waits { t!(lang, "letter-refund-waits") } else { t!(lang, "letter-refund-credited") }),
    ];
    let last_at = refunds.map_or(order.created_at, |refunds| refunds.last_at);
    LetterWords {
        subject: t!(lang, "letter-refund-subject", name = words::order_name(lang, &order.items)),
        heading: t!(lang, "letter-refund-heading", name = name),
        before: vec![moment::full(lang, last_at), t!(lang, "letter-order-number", id = order.id.to_string())],
        lines: order.items.iter().filter_map(line).collect(),
        sums: sums.collect(),
        link_label: t!(lang, "letter-order-link"),
        link: format!("{public_url}/orders/{}", order.id),
        after: after.into_iter().flatten().collect(),
        ..empty_letter(lang, public_url)
    }
}

/// A letter that an operator sends to see whether letters arrive.
pub fn test_words(lang: Lang, public_url: &str) -> LetterWords {
    LetterWords {
        subject: t!(lang, "letter-test-subject"),
        heading: t!(lang, "letter-test-heading"),
        before: vec![t!(lang, "letter-test-text")],
        link_label: t!(lang, "go-home"),
        link: format!("{public_url}/"),
        ..empty_letter(lang, public_url)
    }
}

/// A letter without words but for whose it is.
pub(super) fn empty_letter(lang: Lang, public_url: &str) -> LetterWords {
    LetterWords {
        lang: lang.code(),
        brand: t!(lang, "brand"),
        subject: String::new(),
        heading: String::new(),
        before: Vec::new(),
        lines: Vec::new(),
        sums: Vec::new(),
        link_label: String::new(),
        link: String::new(),
        after: Vec::new(),
        footer: t!(lang, "letter-footer", site = public_url),
    }
}

/// What somebody typed, as one line that reads in the order it is written: without control characters and
/// without those that turn the direction of the text around them.
fn plain(text: &str) -> String {
    let turns = |c: char| matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let kept = text.chars().filter(|c| !turns(*c)).map(|c| if c.is_control() { ' ' } else { c });
    kept.collect::<String>().trim().to_owned()
}

/// A name that no reader of mail makes a link of. Anybody may register anybody's address, and what they call
/// themselves stands in a letter of ours to somebody who never asked for one.
fn unlinked(name: &str) -> String {
    let mut rest = name.chars().peekable();
    let mut kept = String::with_capacity(name.len());
    while let Some(c) = rest.next() {
        let joins =
            matches!(c, '.' | '\u{3002}' | '\u{ff0e}' | '\u{ff61}') && rest.peek().is_some_and(|c| c.is_alphanumeric());
        let leads = matches!(c, '/' | '\\' | ':' | '@' | '\u{ff0f}' | '\u{ff1a}' | '\u{ff20}');
        kept.push(if joins || leads { ' ' } else { c });
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_in_a_letter_is_a_link() {
        let table = [
            ("김담이", "김담이"),
            ("St. John, Jr.", "St. John, Jr."),
            ("You won! https://evil.example/x", "You won! https   evil example x"),
            ("www.evil.example", "www evil example"),
            ("evil。example", "evil example"),
            ("me@evil.example", "me evil example"),
        ];
        for (name, written) in table {
            assert_eq!(unlinked(name), written, "{name}");
        }
    }

    #[test]
    fn what_was_typed_becomes_one_line() {
        let table = [
            ("김담이", "김담이"),
            ("a\r\nBcc: b@c.co", "a  Bcc: b@c.co"),
            ("\u{1b}[31mred\u{7}", "[31mred"),
            ("\u{202e}live\u{2066}x", "livex"),
            ("<script>alert(1)</script> \"O'Neil\"", "<script>alert(1)</script> \"O'Neil\""),
        ];
        for (typed, line) in table {
            assert_eq!(plain(typed), line, "{typed:?}");
        }
    }
}
