//! What notices of alerts say, in the language their owner chose: what it is, how bad, what to do. A letter, a chat
//! and a webhook say the same words.

use super::letters::{LetterWords, empty_letter};
use super::{Lang, grouped, moment, t};
use shop::alert::{AlertName, Notice, NoticeKind, Severity, Unit};

/// The words of one notice. Plain text throughout: nothing in it is markup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AlertWords {
    pub subject: String,
    /// When, how much, how urgent.
    pub facts: Vec<String>,
    pub todo: String,
    pub link_label: String,
    /// The alert's page: what it means, what to look at, what to do.
    pub link: String,
}

/// Where an alert's page is.
pub fn runbook_path(name: AlertName) -> String {
    format!("/runbooks/{}", name.as_str().replace('_', "-"))
}

/// The same from elsewhere.
pub fn runbook_link(public_url: &str, name: AlertName) -> String {
    format!("{public_url}{}", runbook_path(name))
}

/// What the alert is called.
pub fn alert_name(lang: Lang, name: AlertName) -> String {
    match name {
        AlertName::PaymentFailures => t!(lang, "alert-payment-failures"),
        AlertName::RecoveryFailures => t!(lang, "alert-recovery-failures"),
        AlertName::SlowAnswers => t!(lang, "alert-slow-answers"),
        AlertName::ConcurrentUsers => t!(lang, "alert-concurrent-users"),
        AlertName::BrokenBooks => t!(lang, "alert-broken-books"),
        AlertName::VerifyOverdue => t!(lang, "alert-verify-overdue"),
        AlertName::OutboxLag => t!(lang, "alert-outbox-lag"),
        AlertName::RowsAfterMonths => t!(lang, "alert-rows-after-months"),
    }
}

/// What it watches over, said of a thing that may be well.
pub fn alert_topic(lang: Lang, name: AlertName) -> String {
    match name {
        AlertName::PaymentFailures => t!(lang, "alert-topic-payments"),
        AlertName::RecoveryFailures => t!(lang, "alert-topic-recovery"),
        AlertName::SlowAnswers => t!(lang, "alert-topic-answers"),
        AlertName::ConcurrentUsers => t!(lang, "alert-topic-users"),
        AlertName::BrokenBooks => t!(lang, "alert-topic-books"),
        AlertName::VerifyOverdue => t!(lang, "alert-topic-verify"),
        AlertName::OutboxLag => t!(lang, "alert-topic-events"),
        AlertName::RowsAfterMonths => t!(lang, "alert-topic-months"),
    }
}

/// What to do about it, in a sentence or two.
pub fn alert_todo(lang: Lang, name: AlertName) -> String {
    match name {
        AlertName::PaymentFailures => t!(lang, "alert-payment-failures-todo"),
        AlertName::RecoveryFailures => t!(lang, "alert-recovery-failures-todo"),
        AlertName::SlowAnswers => t!(lang, "alert-slow-answers-todo"),
        AlertName::ConcurrentUsers => t!(lang, "alert-concurrent-users-todo"),
        AlertName::BrokenBooks => t!(lang, "alert-broken-books-todo"),
        AlertName::VerifyOverdue => t!(lang, "alert-verify-overdue-todo"),
        AlertName::OutboxLag => t!(lang, "alert-outbox-lag-todo"),
        AlertName::RowsAfterMonths => t!(lang, "alert-rows-after-months-todo"),
    }
}

/// `15.0 %`, `4.2 s`, `1,001 people`: a figure of an alert with its unit.
pub fn figure_text(lang: Lang, unit: Unit, figure: i64) -> String {
    const MINUTE_MS: i64 = 60_000;
    const HOUR_MS: i64 = 60 * MINUTE_MS;
    let figure = figure.max(0);
    match unit {
        Unit::MilliPercent => t!(lang, "alert-unit-percent", figure = tenths(figure)),
        Unit::Milliseconds if figure < 2 * MINUTE_MS => t!(lang, "alert-unit-seconds", figure = tenths(figure)),
        Unit::Milliseconds if figure < 2 * HOUR_MS => {
            t!(lang, "alert-unit-minutes", figure = (figure / MINUTE_MS).to_string())
        }
        Unit::Milliseconds => t!(lang, "alert-unit-hours", figure = grouped(figure / HOUR_MS)),
        Unit::People => t!(lang, "alert-unit-people", figure = grouped(figure)),
        Unit::Rows => t!(lang, "alert-unit-rows", figure = grouped(figure)),
        Unit::Invariants => t!(lang, "alert-unit-invariants", figure = grouped(figure)),
    }
}

/// Thousandths as `15.2`, rounded down; a whole one as `15`.
fn tenths(thousandths: i64) -> String {
    match (thousandths / 1_000, thousandths % 1_000 / 100) {
        (whole, 0) => grouped(whole),
        (whole, tenth) => format!("{}.{tenth}", grouped(whole)),
    }
}

/// What a notice says. `public_url` is the shop's origin.
pub fn alert_words(lang: Lang, notice: &Notice, public_url: &str) -> AlertWords {
    let rule = &notice.rule;
    let name = alert_name(lang, rule.name);
    let since = moment::full(lang, notice.began_at);
    let threshold = figure_text(lang, rule.unit, rule.threshold);
    let figure = match notice.figure {
        Some(figure) => {
            t!(lang, "alert-figure", figure = figure_text(lang, rule.unit, figure), threshold = threshold)
        }
        None => t!(lang, "alert-figure-none", threshold = threshold),
    };
    let samples = (notice.figure.is_some() && rule.least_samples > 0)
        .then(|| t!(lang, "alert-samples", samples = grouped(i64::try_from(notice.samples).unwrap_or(i64::MAX))));
    let urgency = match rule.severity {
        Severity::Critical => t!(lang, "alert-severity-critical"),
        Severity::Warning => t!(lang, "alert-severity-warning"),
    };
    let (subject, when, urgency) = match notice.kind {
        NoticeKind::Firing => {
            (t!(lang, "alert-firing-subject", name = name), t!(lang, "alert-firing-text", since = since), Some(urgency))
        }
        NoticeKind::Resolved => (
            t!(lang, "alert-resolved-subject", name = name),
            t!(lang, "alert-resolved-text", since = since, ended = moment::full(lang, notice.happened_at)),
            None,
        ),
    };
    AlertWords {
        subject,
        facts: [when, figure].into_iter().chain(samples).chain(urgency).collect(),
        todo: alert_todo(lang, rule.name),
        link_label: t!(lang, "alert-runbook"),
        link: runbook_link(public_url, rule.name),
    }
}

/// The same as a letter.
pub fn alert_letter_words(lang: Lang, notice: &Notice, public_url: &str) -> LetterWords {
    let words = alert_words(lang, notice, public_url);
    let todo = (notice.kind == NoticeKind::Firing).then_some(words.todo);
    LetterWords {
        heading: words.subject.clone(),
        subject: words.subject,
        before: words.facts.into_iter().chain(todo).collect(),
        link_label: words.link_label,
        link: words.link,
        ..empty_letter(lang, public_url)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_has_its_unit_and_is_rounded_down() {
        let table = [
            (Unit::MilliPercent, 10_000, "10 %", "10%"),
            (Unit::MilliPercent, 14_285, "14.2 %", "14.2%"),
            (Unit::MilliPercent, 99, "0 %", "0%"),
            (Unit::Milliseconds, 3_000, "3 s", "3초"),
            (Unit::Milliseconds, 4_250, "4.2 s", "4.2초"),
            (Unit::Milliseconds, 300_000, "5 min", "5분"),
            (Unit::Milliseconds, 2 * 86_400_000, "48 h", "48시간"),
            (Unit::People, 1_001, "1,001 people", "1,001명"),
            (Unit::Rows, 3, "3 rows", "3행"),
            (Unit::Invariants, 1, "1 of the invariants", "1건"),
        ];
        for (unit, figure, en, ko) in table {
            assert_eq!(figure_text(Lang::En, unit, figure).replace(['\u{2068}', '\u{2069}'], ""), en);
            assert_eq!(figure_text(Lang::Ko, unit, figure).replace(['\u{2068}', '\u{2069}'], ""), ko);
        }
    }

    #[test]
    fn every_alert_has_words_of_its_own_in_both_languages() {
        for lang in Lang::ALL {
            let words: std::collections::BTreeSet<String> =
                AlertName::ALL.iter().flat_map(|name| [alert_name(lang, *name), alert_todo(lang, *name)]).collect();
            assert_eq!(words.len(), AlertName::ALL.len() * 2);
        }
    }
}
