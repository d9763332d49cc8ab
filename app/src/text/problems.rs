//! What a page says that stands for another: a problem of HTTP, or a shop that is closed for a while.

use super::{Lang, moment, t};
use shop::Timestamp;

/// The words of such a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProblemWords {
    pub title: String,
    pub text: String,
    /// Where to go on: path and name.
    pub action: Option<(&'static str, String)>,
}

/// For a code of API.md; `until` is when trying again can help.
pub fn problem_words(lang: Lang, code: &str, until: Option<Timestamp>) -> ProblemWords {
    let home = Some(("/", t!(lang, "go-home")));
    let words = |title: String, text: String| ProblemWords { title, text, action: home.clone() };
    match (code, until) {
        ("forbidden", _) => words(t!(lang, "forbidden-title"), t!(lang, "forbidden-text")),
        ("not_found", _) => words(t!(lang, "not-found-title"), t!(lang, "not-found-text")),
        ("method_not_allowed", _) => words(t!(lang, "not-this-way-title"), t!(lang, "not-this-way-text")),
        ("payload_too_large", _) => words(t!(lang, "too-large-title"), t!(lang, "too-large-text")),
        ("rate_limited" | "temporarily_blocked", Some(until)) => {
            words(t!(lang, "note-limited"), t!(lang, "note-limited-text", until = moment::clock_seconds(until)))
        }
        ("service_unavailable", _) => words(t!(lang, "busy-title"), t!(lang, "busy-text")),
        ("internal_error", _) => words(t!(lang, "failed-title"), t!(lang, "failed-text")),
        _ => words(t!(lang, "unreadable-request-title"), t!(lang, "unreadable-request-text")),
    }
}

/// The shop is closed for a while, until about this moment.
pub fn maintenance_words(lang: Lang) -> ProblemWords {
    ProblemWords { title: t!(lang, "maintenance-title"), text: t!(lang, "maintenance-text"), action: None }
}

/// What stands around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameWords {
    pub brand: String,
    pub skip: String,
    pub nav: String,
    pub products: String,
    pub coupons: String,
    pub orders: String,
    pub line: String,
    pub number: String,
    pub legal: [(&'static str, String); 3],
    pub legal_links: String,
}

pub fn frame_words(lang: Lang) -> FrameWords {
    FrameWords {
        brand: t!(lang, "brand"),
        skip: t!(lang, "skip-to-content"),
        nav: t!(lang, "nav-main"),
        products: t!(lang, "nav-products"),
        coupons: t!(lang, "nav-coupons"),
        orders: t!(lang, "nav-orders"),
        line: t!(lang, "footer-line"),
        number: t!(lang, "failed-number"),
        legal: [
            ("/terms", t!(lang, "legal-terms")),
            ("/privacy", t!(lang, "legal-privacy")),
            ("/refunds", t!(lang, "legal-refunds")),
        ],
        legal_links: t!(lang, "legal-links"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_has_its_own_words_in_both_languages() {
        let codes = [
            "forbidden",
            "not_found",
            "method_not_allowed",
            "payload_too_large",
            "rate_limited",
            "service_unavailable",
            "internal_error",
            "malformed_request",
        ];
        for lang in Lang::ALL {
            let titles: std::collections::BTreeSet<String> = codes
                .iter()
                .map(|code| problem_words(lang, code, Some(Timestamp::from_millis(0))).title)
                .chain([maintenance_words(lang).title])
                .collect();
            assert_eq!(titles.len(), codes.len() + 1, "{titles:?}");
        }
    }

    #[test]
    fn who_is_limited_reads_until_when() {
        let until = Timestamp::from_millis(1_795_412_117_123);
        for lang in Lang::ALL {
            assert!(problem_words(lang, "rate_limited", Some(until)).text.contains("14:35:17"));
        }
    }
}
