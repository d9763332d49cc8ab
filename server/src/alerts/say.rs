//! A notice as a program reads it, and as a chat shows it.

use app::text::alerts::AlertWords;
use serde::Serialize;
use serde_json::json;
use shop::alert::{Notice, NoticeKind, Unit};

/// The body of the webhook. Fields are only ever added.
#[derive(Serialize)]
struct WebhookBody<'a> {
    /// The same however often this is sent.
    id: String,
    alert: &'static str,
    state: &'static str,
    severity: &'static str,
    title: &'a str,
    text: String,
    /// In `unit`; null when there is too little to judge by.
    figure: Option<f64>,
    threshold: f64,
    unit: &'static str,
    samples: u64,
    began_at: String,
    happened_at: String,
    runbook: &'a str,
    shop: &'a str,
}

pub fn webhook_body(words: &AlertWords, notice: &Notice, public_url: &str) -> Vec<u8> {
    let (scale, unit) = match notice.rule.unit {
        Unit::MilliPercent => (1_000.0, "percent"),
        Unit::Milliseconds => (1_000.0, "seconds"),
        Unit::People => (1.0, "people"),
        Unit::Rows => (1.0, "rows"),
        Unit::Invariants => (1.0, "invariants"),
    };
    let body = WebhookBody {
        id: notice.id.to_string(),
        alert: notice.rule.name.as_str(),
        state: notice.kind.as_str(),
        severity: notice.rule.severity.as_str(),
        title: &words.subject,
        text: text_of(words, notice),
        figure: notice.figure.map(|figure| float(figure) / scale),
        threshold: float(notice.rule.threshold) / scale,
        unit,
        samples: notice.samples,
        began_at: notice.began_at.rfc3339(),
        happened_at: notice.happened_at.rfc3339(),
        runbook: &words.link,
        shop: public_url,
    };
    serde_json::to_vec(&body).unwrap_or_default()
}

/// What incoming webhooks of Slack take, and those of others that speak like it.
pub fn slack_body(words: &AlertWords, notice: &Notice) -> Vec<u8> {
    let mark = match notice.kind {
        NoticeKind::Firing => ":red_circle:",
        NoticeKind::Resolved => ":white_check_mark:",
    };
    let text = format!(
        "{mark} *{}*\n{}\n<{}|{}>",
        escaped(&words.subject),
        escaped(&text_of(words, notice)),
        words.link,
        escaped(&words.link_label)
    );
    json!({ "text": text }).to_string().into_bytes()
}

/// The facts and, while it fires, what to do.
fn text_of(words: &AlertWords, notice: &Notice) -> String {
    let todo = (notice.kind == NoticeKind::Firing).then_some(&words.todo);
    words.facts.iter().chain(todo).map(String::as_str).collect::<Vec<_>>().join("\n")
}

/// The three characters that mean something to Slack.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Figures of alerts are far below what a float holds exactly.
fn float(figure: i64) -> f64 {
    const MOST: i64 = 1 << 52;
    figure.clamp(-MOST, MOST) as f64
}

#[cfg(test)]
#[path = "say_tests.rs"]
mod tests;
