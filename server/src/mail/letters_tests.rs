//! Each letter in both languages, word for word, in `snapshots/`. After a change that is meant:
//! `UPDATE_LETTERS=1 cargo test -p server letters`, and read what git says has changed.

use super::*;
use shop::Won;
use shop::alert::model::{MOST_USERS, rules};
use shop::alert::{Channel, NoticeKind, Recipient};
use shop::coupon::CouponCode;
use shop::id::{OrderId, ProductId, UserId};
use shop::order::{Order, OrderItem, OrderStatus};
use shop::refund::{OrderRefunds, RefundedPieces};
use shop::user::{Language, Role, User};
use std::path::Path;

/// 2026-11-23 14:35 in Seoul.
const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_123);
const SITE: &str = "https://shop.example";

fn user(lang: Language, name: &str) -> User {
    User {
        id: UserId::new(7),
        email: "kim@example.com".to_owned(),
        name: name.to_owned(),
        role: Role::Shopper,
        lang,
        auth_version: 1,
        frozen_at: None,
        created_at: NOW,
    }
}

fn item(product: i64, (name, name_en): (&str, &str), price: i64, quantity: i64) -> OrderItem {
    OrderItem {
        product_id: ProductId::new(product),
        name: name.to_owned(),
        name_en: name_en.to_owned(),
        unit_price: Won::new(price),
        quantity,
        amount: Won::new(price * quantity),
    }
}

fn order() -> Order {
    Order {
        id: OrderId::new(NOW, [7; 10]),
        user_id: UserId::new(7),
        status: OrderStatus::Completed,
        total_amount: Won::new(38_700),
        discount_amount: Won::new(3_870),
        final_amount: Won::new(34_830),
        coupon_code: CouponCode::parse("WELCOME10").ok(),
        items: vec![
            item(1, ("느린 아침의 기록", "A Record of Slow Mornings"), 12_900, 2),
            item(2, ("밤 버스", ""), 12_900, 1),
        ],
        refusal: None,
        created_at: NOW,
        paid_at: Some(NOW),
        pending_at: None,
        finished_at: Some(NOW),
        consent_notice: None,
        refunds: None,
    }
}

/// One of two books was given back: it fits the wallet, or waits.
fn partly_refunded(owed: i64) -> Order {
    let pieces = RefundedPieces { quantity: 1, amount: Won::new(11_610) };
    let refunds = OrderRefunds {
        amount: Won::new(11_610),
        owed: Won::new(owed),
        coupon_returned: false,
        last_at: NOW,
        lines: [(ProductId::new(1), pieces)].into(),
    };
    Order { status: OrderStatus::PartiallyRefunded, refunds: Some(refunds), ..order() }
}

fn refunded() -> Order {
    let pieces = |quantity, amount| RefundedPieces { quantity, amount: Won::new(amount) };
    let refunds = OrderRefunds {
        amount: Won::new(34_830),
        owed: Won::ZERO,
        coupon_returned: true,
        last_at: NOW,
        lines: [(ProductId::new(1), pieces(2, 23_220)), (ProductId::new(2), pieces(1, 11_610))].into(),
    };
    Order { status: OrderStatus::Refunded, refunds: Some(refunds), ..order() }
}

fn every_letter(lang: Language, name: &str) -> Vec<(&'static str, LetterFacts)> {
    let user = user(lang, name);
    vec![
        ("welcome", LetterFacts::Welcome { user: user.clone() }),
        ("order-completed", LetterFacts::OrderCompleted { user: user.clone(), order: order() }),
        ("order-refunded", LetterFacts::OrderRefunded { user: user.clone(), order: refunded() }),
        ("refund-waits", LetterFacts::OrderRefunded { user: user.clone(), order: partly_refunded(11_610) }),
        ("refund-credited", LetterFacts::OrderRefunded { user: user.clone(), order: partly_refunded(0) }),
        (
            "password-reset",
            LetterFacts::PasswordReset {
                user: user.clone(),
                token: "0123456789abcdef".to_owned(),
                expires_at: NOW.after(std::time::Duration::from_secs(3_600)),
            },
        ),
        ("password-changed", LetterFacts::PasswordChanged { user, changed_at: NOW }),
    ]
}

fn compare(name: &str, letter: &Letter) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/mail/snapshots/{name}.txt"));
    let said = format!("{}\n\n{}", letter.subject, letter.text);
    if std::env::var_os("UPDATE_LETTERS").is_some() {
        std::fs::write(&path, &said).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert_eq!(said, expected, "{name}");
}

#[test]
fn every_letter_reads_as_it_should_in_both_languages() {
    for (lang, name) in [(Language::Ko, "김담이"), (Language::En, "Dami Kim")] {
        for (kind, facts) in every_letter(lang, name) {
            let letter = write_letter(&facts, SITE, NOW).unwrap();
            compare(&format!("{kind}.{}", lang.as_str()), &letter);
            assert_eq!((letter.name.as_str(), letter.address.as_str()), (name, "kim@example.com"));
        }
        let test = write_test_letter(lang.into(), "kim@example.com", SITE, NOW).unwrap();
        compare(&format!("test.{}", lang.as_str()), &test);
    }
}

fn alert(kind: NoticeKind) -> Notice {
    Notice {
        id: 7,
        rule: rules(MOST_USERS)[0],
        kind,
        figure: (kind == NoticeKind::Firing).then_some(15_250),
        samples: 1_234,
        began_at: NOW,
        happened_at: NOW.after(std::time::Duration::from_secs(600)),
        recipient: Recipient { channel: Channel::Mail, address: Some("owner@example.com".to_owned()) },
    }
}

#[test]
fn a_notice_of_an_alert_reads_as_it_should_in_both_languages() {
    for lang in [Lang::Ko, Lang::En] {
        for kind in [NoticeKind::Firing, NoticeKind::Resolved] {
            let letter = write_alert_letter(&alert(kind), lang, "owner@example.com", SITE, NOW).unwrap();
            compare(&format!("alert-{}.{}", kind.as_str(), lang.code()), &letter);
            assert!(letter.html.contains("https://shop.example/runbooks/payment-failures"), "{}", letter.html);
            assert_eq!(letter.address, "owner@example.com");
        }
    }
}

#[test]
fn the_html_says_what_the_text_says() {
    for lang in [Language::Ko, Language::En] {
        for (kind, facts) in every_letter(lang, "Kim") {
            let words = letter_words(lang.into(), &facts, SITE);
            let html = write_letter(&facts, SITE, NOW).unwrap().html;
            let cells = words.lines.iter().flat_map(|line| [&line.name, &line.detail, &line.amount]);
            let sums = words.sums.iter().flat_map(|sum| [&sum.label, &sum.amount]);
            let said = [&words.heading, &words.link_label, &words.link, &words.footer]
                .into_iter()
                .chain(&words.before)
                .chain(&words.after)
                .chain(cells)
                .chain(sums);
            for part in said {
                assert!(html.contains(part.as_str()), "{kind}: {part}");
            }
            assert!(html.contains(&format!("<html lang=\"{}\">", lang.as_str())));
        }
    }
}

#[test]
fn nothing_a_person_typed_becomes_markup_or_a_second_line() {
    let name = "</p><script>alert(\"x\")</script>\r\nBcc: all@example.com\u{1b}[31m & 'O'";
    for (kind, facts) in every_letter(Language::En, name) {
        let letter = write_letter(&facts, SITE, NOW).unwrap();
        assert!(!letter.html.contains("<script"), "{kind}");
        assert!(letter.html.contains("&#60;script&#62;"), "{kind}: {}", letter.html);
        assert!(!letter.text.lines().any(|line| line.starts_with("Bcc:")), "{kind}: {}", letter.text);
        assert!(!letter.subject.contains(['\r', '\n', '\u{1b}']) && !letter.text.contains('\u{1b}'), "{kind}");
    }
    let mut hostile = order();
    hostile.items = vec![item(1, ("", "Book\r\nBcc: all@example.com <b>bold</b>"), 100, 1)];
    let facts = LetterFacts::OrderCompleted { user: user(Language::En, "Kim"), order: hostile };
    let letter = write_letter(&facts, SITE, NOW).unwrap();
    assert_eq!(letter.subject.lines().count(), 1, "{}", letter.subject);
    assert!(!letter.html.contains("<b>bold"), "{}", letter.html);
}
