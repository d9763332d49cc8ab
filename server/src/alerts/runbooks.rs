//! The alerts' pages: what each means, what to look at, what to do. They are Markdown in `docs/runbooks` and part of
//! the program, so that the link of a notice leads to the page of the version that runs. They hold nothing that the
//! public source does not.

use crate::dress::theme_of;
use crate::problem::Problem;
use crate::rest::extract::PathText;
use crate::state::Web;
use app::legal::markdown;
use askama::Template;
use axum::Router;
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use http::HeaderMap;
use shop::alert::AlertName;

/// By the alert's name with dashes.
macro_rules! pages {
    ($($name:ident => $page:literal),* $(,)?) => {
        /// The page of an alert, as it is written.
        pub fn runbook(name: AlertName) -> &'static str {
            match name {
                $(AlertName::$name => include_str!(concat!("../../../docs/runbooks/", $page, ".md")),)*
            }
        }

        fn alert_of(page: &str) -> Option<AlertName> {
            match page {
                $($page => Some(AlertName::$name),)*
                _ => None,
            }
        }
    };
}

pages! {
    PaymentFailures => "payment-failures",
    RecoveryFailures => "recovery-failures",
    SlowAnswers => "slow-answers",
    ConcurrentUsers => "concurrent-users",
    BrokenBooks => "broken-books",
    VerifyOverdue => "verify-overdue",
    OutboxLag => "outbox-lag",
    RowsAfterMonths => "rows-after-months",
}

#[derive(Template)]
#[template(path = "runbook.html")]
struct RunbookPage<'a> {
    theme: Option<&'static str>,
    title: &'a str,
    /// Written by our own Markdown, which refuses raw HTML.
    html: &'a str,
}

pub fn routes() -> Router<Web> {
    Router::new().route("/runbooks/{name}", get(show))
}

async fn show(PathText(name): PathText, headers: HeaderMap) -> Result<Response, Problem> {
    let alert = alert_of(&name).ok_or_else(Problem::not_found)?;
    let broken = |what: String| shop::Fault::Other(format!("the page of {name}: {what}"));
    let page = markdown::render(runbook(alert)).map_err(|problem| broken(problem.what.to_owned()))?;
    let title = page.title.unwrap_or_default();
    let page = RunbookPage { theme: theme_of(&headers), title: &title, html: &page.html };
    Ok(Html(page.render().map_err(|error| broken(error.to_string()))?).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;
    use std::path::Path;

    #[test]
    fn every_alert_has_a_page_that_says_what_it_means_and_what_to_do() {
        for name in AlertName::ALL {
            let page = markdown::render(runbook(name)).unwrap_or_else(|problem| panic!("{name:?}: {problem:?}"));
            assert!(page.title.is_some(), "{name:?}");
            let parts: Vec<&str> = page.contents.iter().map(|part| part.text.as_str()).collect();
            assert_eq!(parts, ["What it means", "What to look at", "What to do"], "{name:?}");
            assert_eq!(alert_of(&name.as_str().replace('_', "-")), Some(name));
            assert!(runbook(name).contains(&format!("`{}`", name.as_str())), "{name:?} names itself");
        }
    }

    #[test]
    fn no_page_is_about_an_alert_that_is_gone() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/runbooks");
        let pages: BTreeSet<String> = std::fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        let names: BTreeSet<String> =
            AlertName::ALL.iter().map(|name| format!("{}.md", name.as_str().replace('_', "-"))).collect();
        assert_eq!(pages, names);
    }
}
