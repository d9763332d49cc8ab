//! The shop could not show the page: an address it cannot read, too much to do, or a fault of ours.

use crate::components::{Empty, Frame, Here, IconName};
use crate::text::problems::{ProblemWords, problem_words};
use crate::text::t;
use crate::visit::{Caller, Visit, here, set_retry_after, set_status, shop};
use http::StatusCode;
use leptos::prelude::*;
use shop::Error;
use std::time::Duration;

pub async fn view(error: Error) -> AnyView {
    match error {
        Error::Invalid(_) => unreadable().await,
        error => broken(error).await,
    }
}

/// A value in the address makes no sense.
async fn unreadable() -> AnyView {
    set_status(StatusCode::UNPROCESSABLE_ENTITY);
    let lang = Visit::begin().await.lang;
    let path = here();
    let clean = path.split('?').next().unwrap_or("/").to_owned();
    view! {
        <Frame title=t!(lang, "unreadable-title") here=Here::Elsewhere private=true>
            <Empty icon=IconName::Search title=t!(lang, "unreadable-title") text=t!(lang, "unreadable-text") is_heading=true>
                <div class="empty-action">
                    <a class="button button-primary" href=clean>{t!(lang, "unreadable-action")}</a>
                </div>
            </Empty>
        </Frame>
    }
    .into_any()
}

async fn broken(error: Error) -> AnyView {
    let is_away = matches!(&error, Error::Fault(fault) if fault.is_away());
    let status = match &error {
        Error::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Error::Fault(_) if is_away => StatusCode::SERVICE_UNAVAILABLE,
        Error::Forbidden => StatusCode::FORBIDDEN,
        Error::RateLimited { .. } | Error::Blocked { .. } => StatusCode::TOO_MANY_REQUESTS,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    if is_away || status == StatusCode::INTERNAL_SERVER_ERROR {
        tracing::error!(path = here(), %error, "a page could not be shown");
    }
    set_status(status);
    let lang = Visit::begin().await.lang;
    let wait = match &error {
        Error::RateLimited { retry_after } | Error::Blocked { retry_after } => Some(*retry_after),
        Error::Busy => Some(Duration::from_secs(1)),
        Error::Fault(_) if is_away => Some(Duration::from_secs(1)),
        _ => None,
    };
    let until = wait.map(|wait| shop().now().after(wait));
    if let Some(wait) = wait {
        set_retry_after(wait);
    }
    // A database that is away is a fault of ours: there are not too many shoppers.
    let code = if is_away { "internal_error" } else { error.code() };
    let ProblemWords { title, text, .. } = problem_words(lang, code, until);
    let number = use_context::<Caller>().map(|caller| caller.request_number.to_string());
    view! {
        <Frame title=title.clone() here=Here::Elsewhere private=true>
            <Empty icon=IconName::TriangleAlert title text is_heading=true>
                <div class="empty-action">
                    <a class="button button-primary" href=here()>{t!(lang, "failed-again")}</a>
                    <a class="button button-secondary" href="/orders">{t!(lang, "go-orders")}</a>
                </div>
                {number.map(|number| view! { <p class="faint">{t!(lang, "failed-number")}" "<code>{number}</code></p> })}
            </Empty>
        </Frame>
    }
    .into_any()
}
