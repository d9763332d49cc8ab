//! Setting a new password by a link. The link is worth something once, for an hour; its page says which of
//! the two is over.

use crate::components::{Field, Frame, Here, Notice, NoticeKind};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Query, Visit, shop};
use leptos::prelude::*;
use shop::user::reset::{ResetState, find_reset_state};
use shop::user::rules::{LEAST_PASSWORD, MOST_PASSWORD};

#[component]
pub fn ResetPasswordPage() -> impl IntoView {
    page(reset_password())
}

async fn reset_password() -> Result<AnyView, Stop> {
    let query = Query::of_request();
    let token = query.get("token").unwrap_or_default().to_owned();
    let state = find_reset_state(&shop(), &token).await?;
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "reset-title");
    let body = match state {
        ResetState::Good => form(lang, token),
        ResetState::Used => over(lang, t!(lang, "reset-used"), t!(lang, "reset-used-text")),
        ResetState::Expired => over(lang, t!(lang, "reset-expired"), t!(lang, "reset-expired-text")),
        ResetState::Unknown => over(lang, t!(lang, "reset-unknown"), t!(lang, "reset-unknown-text")),
    };
    Ok(view! {
        <Frame title=title.clone() here=Here::Account heading=title class="page-form" private=true>
            {body}
        </Frame>
    }
    .into_any())
}

fn form(lang: Lang, token: String) -> AnyView {
    view! {
        <form class="form" method="post" action="/fn/reset_password">
            <input type="hidden" name="token" value=token/>
            <Field
                form="reset"
                name="new_password"
                label=t!(lang, "field-new-password")
                kind="password"
                autocomplete="new-password"
                hint=t!(lang, "password-hint", least = LEAST_PASSWORD, most = MOST_PASSWORD)
            />
            <button class="button button-primary button-large button-wide">{t!(lang, "reset-button")}</button>
            <p class="faint">{t!(lang, "reset-note")}</p>
        </form>
    }
    .into_any()
}

fn over(lang: Lang, title: String, text: String) -> AnyView {
    view! {
        <Notice kind=NoticeKind::Warning title text>
            <a class="button button-secondary" href="/forgot-password">{t!(lang, "reset-again")}</a>
            <a class="button button-secondary" href="/login">{t!(lang, "go-login")}</a>
        </Notice>
    }
    .into_any()
}
