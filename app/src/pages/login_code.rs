//! The second step of an operator's login: the code.

use crate::auth::find_pending_login;
use crate::components::{Field, Frame, Here};
use crate::onward::next_or;
use crate::stop::{Stop, page};
use crate::text::t;
use crate::visit::{Query, Visit};
use leptos::prelude::*;

#[component]
pub fn LoginCodePage() -> impl IntoView {
    page(login_code())
}

async fn login_code() -> Result<AnyView, Stop> {
    let next = next_or(Query::of_request().get("next").unwrap_or_default(), "/").to_owned();
    if find_pending_login().await.is_none() {
        return Err(Stop::PasswordFirst { next });
    }
    let lang = Visit::begin().await.lang;
    let title = t!(lang, "login-code-title");
    Ok(view! {
        <Frame title=title.clone() here=Here::Account heading=title class="page-form" private=true>
            <form class="form" method="post" action="/fn/login_code">
                <input type="hidden" name="next" value=next/>
                <Field form="login-code" name="code" label=t!(lang, "field-code") autocomplete="one-time-code" hint=t!(lang, "login-code-hint")/>
                <button class="button button-primary button-large button-wide">{t!(lang, "login-button")}</button>
                <p class="section-note"><a class="link" href="/login">{t!(lang, "login-code-other")}</a></p>
            </form>
        </Frame>
    }
    .into_any())
}
