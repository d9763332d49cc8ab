//! Opening an account.

use crate::components::{Field, Frame, Here, Tick};
use crate::flash::Note;
use crate::onward::{login_path, next_or};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Query, Visit};
use leptos::prelude::*;
use shop::user::rules::{LEAST_AGE, LEAST_PASSWORD, MOST_PASSWORD};

#[component]
pub fn RegisterPage() -> impl IntoView {
    page(register())
}

async fn register() -> Result<AnyView, Stop> {
    let query = Query::of_request();
    let next = next_or(query.get("next").unwrap_or_default(), "/").to_owned();
    let login = login_path(&next);
    let visit = Visit::begin().await;
    let lang = visit.lang;
    let taken = visit.flash.note == Some(Note::EmailTaken);
    let email_error = taken.then(|| email_taken(lang, login.clone()));
    let title = t!(lang, "register-title");
    Ok(view! {
        <Frame title=title.clone() here=Here::Account heading=title class="page-form" private=true>
            <form class="form" method="post" action="/fn/register">
                <input type="hidden" name="next" value=next/>
                <Field form="register" name="name" label=t!(lang, "field-name") autocomplete="name"/>
                {email_field(lang, email_error)}
                <Field
                    form="register"
                    name="password"
                    label=t!(lang, "field-password")
                    kind="password"
                    autocomplete="new-password"
                    hint=t!(lang, "password-hint", least = LEAST_PASSWORD, most = MOST_PASSWORD)
                />
                <Tick form="register" name="age_confirmed" label=t!(lang, "register-age", least = LEAST_AGE)/>
                <button class="button button-primary button-large button-wide">{t!(lang, "register-button")}</button>
                <p class="faint">
                    {t!(lang, "register-terms-before")}
                    <a class="link" href="/terms">{t!(lang, "register-terms")}</a>
                    {t!(lang, "register-terms-between")}
                    <a class="link" href="/privacy">{t!(lang, "register-privacy")}</a>
                    {t!(lang, "register-terms-after")}
                </p>
            </form>
            <p class="section-note page-lead">
                {t!(lang, "register-known")}" "<a class="link" href=login>{t!(lang, "login-title")}</a>
            </p>
        </Frame>
    }
    .into_any())
}

fn email_field(lang: Lang, error: Option<AnyView>) -> AnyView {
    let label = t!(lang, "field-email");
    match error {
        Some(error) => view! {
            <Field form="register" name="email" label kind="email" autocomplete="username" error/>
        }
        .into_any(),
        None => view! { <Field form="register" name="email" label kind="email" autocomplete="username"/> }.into_any(),
    }
}

fn email_taken(lang: Lang, login: String) -> AnyView {
    view! { {t!(lang, "error-email-taken")}" "<a class="link" href=login>{t!(lang, "go-login")}</a> }.into_any()
}
