//! The account: who it is, its language and password, and the ways out.

use crate::auth::{current_session, require_user};
use crate::components::{Field, Frame, Here, Icon, IconName, Owner, SessionList};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use shop::user::rules::{LEAST_PASSWORD, MOST_PASSWORD};
use shop::user::sessions::{KnownSession, list_sessions};
use shop::user::{Role, User};

#[component]
pub fn AccountPage() -> impl IntoView {
    page(account())
}

async fn account() -> Result<AnyView, Stop> {
    let user = require_user()?;
    let sessions = list_sessions(&shop(), user.id).await?;
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "account-title");
    let is_operator = user.role == Role::Operator;
    let email = user.email.clone();
    Ok(view! {
        <Frame title=title.clone() here=Here::Account heading=title class="page-reading" private=true>
            <div class="stack stack-wide">
                {profile(lang, user)}
                {language(lang)}
                {is_operator.then(|| operator(lang))}
                {is_operator.then(|| second_factor(lang))}
                {password(lang, email)}
                {sessions_of(lang, sessions)}
                {logout(lang)}
                {close(lang)}
            </div>
        </Frame>
    }
    .into_any())
}

fn profile(lang: Lang, user: User) -> AnyView {
    view! {
        <section class="card">
            <h2 class="card-title">{t!(lang, "account-profile")}</h2>
            <div class="stack">
                <dl><div class="field"><dt class="field-label">{t!(lang, "field-email")}</dt><dd>{user.email}</dd></div></dl>
                <form class="form" method="post" action="/fn/rename_account">
                    <Field form="rename" name="name" label=t!(lang, "field-name") autocomplete="name" value=user.name/>
                    <div><button class="button button-secondary">{t!(lang, "account-rename")}</button></div>
                </form>
            </div>
        </section>
    }
    .into_any()
}

/// Pages and letters speak this language from then on.
fn language(lang: Lang) -> AnyView {
    let choice = |one: Lang, text: &'static str| {
        let pressed = if one == lang { "true" } else { "false" };
        view! {
            <button class="button button-secondary" name="lang" value=one.code() lang=one.code() aria-pressed=pressed>
                {(one == lang).then(|| view! { <Icon name=IconName::Check class="icon icon-small"/> })}
                {text}
            </button>
        }
    };
    view! {
        <section class="card stack">
            <h2 class="card-title">{t!(lang, "account-language")}</h2>
            <p class="faint">{t!(lang, "account-language-text")}</p>
            <form class="row" method="post" action="/fn/set_language">
                <input type="hidden" name="next" value="/account"/>
                {choice(Lang::Ko, "한국어")}
                {choice(Lang::En, "English")}
            </form>
        </section>
    }
    .into_any()
}

fn close(lang: Lang) -> AnyView {
    view! {
        <section class="card row row-between">
            <div>
                <h2 class="field-label">{t!(lang, "close-title")}</h2>
                <p class="faint">{t!(lang, "account-close-text")}</p>
            </div>
            <a class="button button-secondary" href="/account/close">{t!(lang, "account-close")}</a>
        </section>
    }
    .into_any()
}

fn operator(lang: Lang) -> AnyView {
    view! {
        <section class="card row row-between">
            <div>
                <h2 class="field-label">{t!(lang, "account-operator")}</h2>
                <p class="faint">{t!(lang, "account-operator-text")}</p>
            </div>
            <a class="button button-secondary" href="/admin">{t!(lang, "admin-title")}</a>
        </section>
    }
    .into_any()
}

fn second_factor(lang: Lang) -> AnyView {
    view! {
        <section class="card row row-between">
            <div>
                <h2 class="field-label">{t!(lang, "account-second-factor")}</h2>
                <p class="faint">{t!(lang, "account-second-factor-text")}</p>
            </div>
            <a class="button button-secondary" href="/account/second-factor">{t!(lang, "second-factor-title")}</a>
        </section>
    }
    .into_any()
}

/// Where the account is logged in. Programs' tokens are ended with the others.
fn sessions_of(lang: Lang, sessions: Vec<KnownSession>) -> AnyView {
    view! {
        <section class="card stack">
            <h2 class="card-title">{t!(lang, "sessions-title")}</h2>
            <p class="faint">{t!(lang, "sessions-text")}</p>
            <SessionList lang sessions current=current_session() action="/fn/end_session"/>
            <form method="post" action="/fn/end_other_sessions">
                <Owner/>
                <button class="button button-secondary">{t!(lang, "sessions-end-others")}</button>
            </form>
        </section>
    }
    .into_any()
}

/// The hidden e-mail tells password managers whose password it is.
fn password(lang: Lang, email: String) -> AnyView {
    view! {
        <section class="card">
            <h2 class="card-title">{t!(lang, "account-password")}</h2>
            <form class="form" method="post" action="/fn/change_password">
                <input type="text" name="username" autocomplete="username" value=email readonly hidden/>
                <Field
                    form="password"
                    name="current_password"
                    label=t!(lang, "field-current-password")
                    kind="password"
                    autocomplete="current-password"
                />
                <Field
                    form="password"
                    name="new_password"
                    label=t!(lang, "field-new-password")
                    kind="password"
                    autocomplete="new-password"
                    hint=t!(lang, "account-password-hint", least = LEAST_PASSWORD, most = MOST_PASSWORD)
                />
                <div><button class="button button-secondary">{t!(lang, "account-password")}</button></div>
            </form>
        </section>
    }
    .into_any()
}

fn logout(lang: Lang) -> AnyView {
    view! {
        <section class="card row row-between">
            <div>
                <h2 class="field-label">{t!(lang, "account-logout")}</h2>
                <p class="faint">{t!(lang, "account-logout-text")}</p>
            </div>
            <form method="post" action="/fn/logout">
                <button class="button button-secondary"><Icon name=IconName::LogOut/>{t!(lang, "account-logout")}</button>
            </form>
        </section>
    }
    .into_any()
}
