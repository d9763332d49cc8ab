//! Text of anybody's on its way out: into pages, letters, feeds, data blocks and the log. Whatever it is, it stays
//! text.

use super::markup::check_html;
use app::components::data_block;
use app::legal::{Legal, Seller, markdown};
use app::text::problems::problem_words;
use app::text::{Lang, isolated};
use lettre::message::Mailbox;
use serde_json::{Value, json};
use server::dress::{Reader, problem_page};
use server::found::xml;
use server::logs::{Escaping, is_unsafe, write_json_text};
use server::mail::envelope::message_of;
use server::mail::letters::write_letter;
use shop::coupon::CouponCode;
use shop::id::{OrderId, ProductId, UserId};
use shop::mail::LetterFacts;
use shop::order::{Order, OrderItem, OrderStatus};
use shop::user::rules::{email_problem, name_problem};
use shop::user::{Language, Role, User};
use shop::{Timestamp, Won};
use std::fmt::Write;
use std::sync::LazyLock;

const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_123);
static FROM: LazyLock<Mailbox> = LazyLock::new(|| "담다 <no-reply@shop.example>".parse().expect("a sender"));

pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_log(text);
    check_xml(text);
    check_data_block(text);
    check_isolated(text);
    check_markdown(text);
    check_pages(text);
    check_letters(text);
}

/// A line stays one line, and nothing steers the terminal it is shown on.
fn check_log(text: &str) {
    let mut line = String::new();
    write!(Escaping(&mut line), "{text}").expect("a text is written");
    assert!(!line.contains(is_unsafe), "{line:?}");
    assert!(text.contains(is_unsafe) || line == text, "what is harmless stays as it is");
    let mut member = String::new();
    write_json_text(&mut member, text).expect("a text is written");
    assert!(!member.contains(is_unsafe), "{member:?}");
    assert_eq!(serde_json::from_str::<String>(&member).ok().as_deref(), Some(text));
}

fn check_xml(text: &str) {
    let escaped = xml::escape(text);
    assert!(!escaped.contains(['<', '>', '"', '\'']), "{escaped}");
    let plain = escaped.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&#39;", "'");
    let plain = plain.replace("&amp;", "&");
    let known = |c: &char| *c >= ' ' && !['\u{fffe}', '\u{ffff}'].contains(c) || ['\t', '\n', '\r'].contains(c);
    assert_eq!(plain, text.chars().filter(known).collect::<String>());
}

fn check_data_block(text: &str) {
    let facts = json!({ "name": text, text: [text] });
    let block = data_block(&facts);
    assert!(!block.contains(['<', '>', '&', '\u{2028}', '\u{2029}']), "{block}");
    assert_eq!(serde_json::from_str::<Value>(&block).ok(), Some(facts));
}

/// Whatever turns text around is undone before the rest of the sentence.
fn check_isolated(text: &str) {
    let shown = isolated(text);
    let mut depth = 0_i32;
    for c in shown.chars() {
        match c {
            '\u{2066}'..='\u{2068}' => depth += 1,
            '\u{2069}' => depth -= 1,
            '\u{202a}'..='\u{202e}' => panic!("{shown:?}"),
            _ => {}
        }
        assert!(depth >= 0, "{shown:?}");
    }
    assert_eq!(depth, 0, "{shown:?}");
    assert_eq!(isolated(&shown), shown, "once is enough");
}

/// The owner's Markdown gives tags of Markdown and nothing else.
fn check_markdown(text: &str) {
    const KNOWN: [&str; 27] = [
        "p",
        "a",
        "strong",
        "em",
        "code",
        "pre",
        "blockquote",
        "ul",
        "ol",
        "li",
        "hr",
        "br",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "del",
        "input",
        "div",
    ];
    let Ok((_, rest)) = markdown::split_date(text) else { return };
    let Ok(rendered) = markdown::render(rest) else { return };
    for tag in check_html(&rendered.html) {
        assert!(KNOWN.contains(&tag.name.as_str()), "{tag:?}");
        let known = |name: &str| ["href", "id", "class", "style", "start", "title"].contains(&name);
        assert!(tag.attributes.iter().all(|(name, _)| known(name)), "{tag:?}");
        assert!(tag.value("href").is_none_or(|href| !href.starts_with("//")), "{tag:?}");
    }
    for part in &rendered.contents {
        assert!(part.id.starts_with("part-"));
    }
}

fn check_pages(text: &str) {
    let seller =
        Seller { name: text.to_owned(), address: text.to_owned(), email: text.to_owned(), ..Seller::default() };
    for lang in Lang::ALL {
        let reader = Reader { lang, theme: None, seller: &seller };
        let page = problem_page(&reader, &problem_words(lang, "not_found", None), text);
        let plain = problem_page(&reader_of_nobody(lang), &problem_words(lang, "not_found", None), "x");
        let scripts = |page: &str| check_html(page).iter().filter(|tag| tag.name == "script").count();
        assert_eq!(scripts(&page), scripts(&plain));
    }
    // The seller's details go into the owner's texts before these become pages.
    if let Ok(legal) = Legal::read(seller, |_| Some("# {seller_name}\n\n{seller_name}, {seller_address}\n".to_owned()))
    {
        for kind in [app::legal::DocumentKind::Terms, app::legal::DocumentKind::Privacy] {
            let document = legal.document(kind, Lang::Ko).expect("a text");
            check_html(&document.html);
        }
    }
}

fn reader_of_nobody(lang: Lang) -> Reader<'static> {
    static NOBODY: LazyLock<Seller> = LazyLock::new(Seller::default);
    Reader { lang, theme: None, seller: &NOBODY }
}

/// A letter about somebody of this name and address who bought something of this name.
fn check_letters(text: &str) {
    let (name, address) = text.split_once('\n').unwrap_or((text, "kim@example.com"));
    let address = if email_problem(address).is_none() { address } else { "kim@example.com" };
    if name_problem(name).is_some() {
        return;
    }
    for lang in [Language::Ko, Language::En] {
        let user = user(lang, name, address);
        let order = order(name);
        for facts in [LetterFacts::Welcome { user: user.clone() }, LetterFacts::OrderCompleted { user, order }] {
            let letter = write_letter(&facts, "https://shop.example", NOW).expect("a letter");
            assert!(!letter.subject.contains(char::is_control), "{:?}", letter.subject);
            for tag in check_html(&letter.html) {
                assert_ne!(tag.name, "script");
                let ours = |href: &str| href.starts_with("https://shop.example");
                assert!(tag.value("href").is_none_or(ours), "a link that is none of ours: {tag:?}");
            }
            if let Ok(message) = message_of(&FROM, &letter) {
                check_head(&message.formatted());
            }
        }
    }
}

/// The head of a message holds each of our headers once and no line of anybody else's.
fn check_head(message: &[u8]) {
    const OURS: [&str; 8] =
        ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"];
    let text = String::from_utf8_lossy(message);
    let (head, _) = text.split_once("\r\n\r\n").expect("a head and a body");
    let lines: Vec<&str> = head.split("\r\n").collect();
    assert!(lines.iter().all(|line| !line.contains(['\r', '\n', '\0']) && line.len() <= 998), "{head:?}");
    let names = lines.iter().filter(|line| !line.starts_with([' ', '\t']));
    let mut names: Vec<&str> = names.map(|line| line.split(':').next().unwrap_or_default()).collect();
    names.sort_unstable();
    let mut ours = OURS;
    ours.sort_unstable();
    assert_eq!(names, ours, "{head}");
}

fn user(lang: Language, name: &str, address: &str) -> User {
    User {
        id: UserId::new(7),
        email: address.to_owned(),
        name: name.to_owned(),
        role: Role::Shopper,
        lang,
        auth_version: 1,
        frozen_at: None,
        created_at: NOW,
    }
}

fn order(name: &str) -> Order {
    let item = OrderItem {
        product_id: ProductId::new(1),
        name: name.to_owned(),
        name_en: name.to_owned(),
        unit_price: Won::new(12_900),
        quantity: 1,
        amount: Won::new(12_900),
    };
    Order {
        id: OrderId::new(NOW, [7; 10]),
        user_id: UserId::new(7),
        status: OrderStatus::Completed,
        total_amount: Won::new(12_900),
        discount_amount: Won::new(1_290),
        final_amount: Won::new(11_610),
        coupon_code: CouponCode::parse("WELCOME10").ok(),
        items: vec![item],
        refusal: None,
        created_at: NOW,
        paid_at: Some(NOW),
        pending_at: None,
        finished_at: Some(NOW),
        consent_notice: None,
        refunds: None,
    }
}
