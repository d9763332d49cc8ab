//! Asking for a link to set a new password. Says the same whoever asks for whom.

use crate::components::{Field, Frame, Here, Notice, NoticeKind};
use crate::stop::{Stop, page};
use crate::text::{Lang, t};
use crate::visit::{Visit, legal, shop};
use leptos::prelude::*;

#[component]
pub fn ForgotPasswordPage() -> impl IntoView {
    page(forgot_password())
}

async fn forgot_password() -> Result<AnyView, Stop> {
    let mail_on = shop().settings().mail_on;
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "forgot-title");
    let body = if mail_on { form(lang) } else { no_mail(lang) };
    Ok(view! {
        <Frame title=title.clone() here=Here::Account heading=title class="page-form" private=true>
            {body}
            <p class="section-note page-lead"><a class="link" href="/login">{t!(lang, "forgot-back")}</a></p>
        </Frame>
    }
    .into_any())
}

fn form(lang: Lang) -> AnyView {
    view! {
        <form class="form" method="post" action="/fn/forgot_password">
            <Field
                form="forgot"
                name="email"
                label=t!(lang, "field-email")
                kind="email"
                autocomplete="username"
                hint=t!(lang, "forgot-hint")
            />
            <button class="button button-primary button-large button-wide">{t!(lang, "forgot-button")}</button>
        </form>
    }
    .into_any()
}

/// Whom to ask, as far as the seller has said how to be reached.
fn no_mail(lang: Lang) -> AnyView {
    let legal = legal();
    let seller = legal.seller(lang);
    let email = Some(seller.email.clone()).filter(|email| !email.is_empty() && !seller.is_example);
    let title = t!(lang, "note-mail-off");
    let text = t!(lang, "error-mail-off");
    match email {
        Some(email) => view! {
            <Notice kind=NoticeKind::Info title text>
                <a class="button button-secondary" href=format!("mailto:{email}")>{email.clone()}</a>
            </Notice>
        }
        .into_any(),
        None => view! { <Notice kind=NoticeKind::Info title text/> }.into_any(),
    }
}
