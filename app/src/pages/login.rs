//! Logging in, and back to the page that asked for it.

use crate::components::{Field, Frame, Here, Notice, NoticeKind};
use crate::onward::next_or;
use crate::stop::{Stop, page};
use crate::text::t;
use crate::visit::{Query, Visit, path_with};
use leptos::prelude::*;

#[component]
pub fn LoginPage() -> impl IntoView {
    page(login())
}

async fn login() -> Result<AnyView, Stop> {
    let query = Query::of_request();
    let next = next_or(query.get("next").unwrap_or_default(), "/").to_owned();
    let register = path_with("/register", &[("next", Some(next.as_str()).filter(|next| *next != "/"))]);
    let visit = Visit::begin().await;
    let lang = visit.lang;
    let title = t!(lang, "login-title");
    // A form that was turned away has said so already; a page says nothing by itself.
    let is_sent = next != "/" && visit.flash.note.is_none();
    let why = is_sent.then(|| {
        view! {
            <div class="page-head">
                <Notice kind=NoticeKind::Info title=t!(lang, "note-log-in-first") text=t!(lang, "note-log-in-first-text")/>
            </div>
        }
    });
    Ok(view! {
        <Frame title=title.clone() here=Here::Account heading=title class="page-form" private=true>
            {why}
            <form class="form" method="post" action="/fn/login">
                <input type="hidden" name="next" value=next/>
                <Field form="login" name="email" label=t!(lang, "field-email") kind="email" autocomplete="username"/>
                <Field
                    form="login"
                    name="password"
                    label=t!(lang, "field-password")
                    kind="password"
                    autocomplete="current-password"
                />
                <button class="button button-primary button-large button-wide">{t!(lang, "login-button")}</button>
                <p class="section-note"><a class="link" href="/forgot-password">{t!(lang, "forgot-link")}</a></p>
            </form>
            <p class="section-note page-lead">
                {t!(lang, "login-new-here")}" "<a class="link" href=register>{t!(lang, "register-title")}</a>
            </p>
        </Frame>
    }
    .into_any())
}
