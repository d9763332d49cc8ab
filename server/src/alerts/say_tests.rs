//! What a program and a chat get, word for word.

use super::*;
use app::text::Lang;
use app::text::alerts::alert_words;
use shop::Timestamp;
use shop::alert::model::{MOST_USERS, rules};
use shop::alert::{AlertName, Channel, Recipient};

/// 2026-11-23 14:35 in Seoul.
const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_123);
const SITE: &str = "https://shop.example";

fn notice(name: AlertName, kind: NoticeKind, figure: Option<i64>) -> Notice {
    Notice {
        id: 7,
        rule: rules(MOST_USERS).into_iter().find(|rule| rule.name == name).unwrap(),
        kind,
        figure,
        samples: 1_234,
        began_at: NOW,
        happened_at: NOW,
        recipient: Recipient { channel: Channel::Webhook, address: None },
    }
}

#[test]
fn a_program_gets_the_facts_and_the_words() {
    let fires = notice(AlertName::PaymentFailures, NoticeKind::Firing, Some(15_250));
    let body = webhook_body(&alert_words(Lang::En, &fires, SITE), &fires, SITE);
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    for (field, value) in [
        ("id", json!("7")),
        ("alert", json!("payment_failures")),
        ("state", json!("firing")),
        ("severity", json!("critical")),
        ("figure", json!(15.25)),
        ("threshold", json!(10.0)),
        ("unit", json!("percent")),
        ("samples", json!(1_234)),
        ("began_at", json!("2026-11-23T05:35:17.123Z")),
        ("runbook", json!("https://shop.example/runbooks/payment-failures")),
        ("shop", json!(SITE)),
    ] {
        assert_eq!(body[field], value, "{field}");
    }
    let text = body["text"].as_str().unwrap();
    assert!(text.contains("15.2 %") && text.contains("1,234") && text.contains("a stage was not successful"), "{text}");
}

#[test]
fn a_chat_gets_one_text_with_a_link() {
    let fires = notice(AlertName::OutboxLag, NoticeKind::Firing, Some(301_000));
    let body: serde_json::Value =
        serde_json::from_slice(&slack_body(&alert_words(Lang::Ko, &fires, SITE), &fires)).unwrap();
    let text = body["text"].as_str().unwrap();
    assert_eq!(body.as_object().unwrap().len(), 1);
    assert!(text.starts_with(":red_circle: *경보: 주문 이벤트가 밀려 있습니다*\n"), "{text}");
    assert!(text.ends_with("<https://shop.example/runbooks/outbox-lag|무슨 뜻이고 무엇을 할지 보기>"), "{text}");
    let over = notice(AlertName::OutboxLag, NoticeKind::Resolved, None);
    let body = slack_body(&alert_words(Lang::En, &over, SITE), &over);
    let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
    let text = body["text"].as_str().unwrap();
    assert!(text.starts_with(":white_check_mark: *Over: ") && !text.contains("Kafka"), "{text}");
    assert_eq!(escaped("a <b> & c"), "a &lt;b&gt; &amp; c");
}
