//! One operator's sessions, for owners.

use super::frame::{ConsoleFrame, Part};
use crate::auth::{current_session, require_operator};
use crate::components::{Owner, SessionList};
use crate::stop::{Stop, page};
use crate::text::t;
use crate::visit::{Visit, shop};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use shop::id::UserId;
use shop::operator::sessions::list_sessions_of;

#[component]
pub fn OperatorPage() -> impl IntoView {
    let id = use_params_map().read_untracked().get("id").unwrap_or_default();
    page(operator(id))
}

async fn operator(id: String) -> Result<AnyView, Stop> {
    let operator = require_operator(Part::Operators.permission()).await?;
    let id: UserId = id.parse().map(UserId::new).map_err(|_| Stop::NotFound)?;
    let (person, sessions) = list_sessions_of(&shop(), &operator, id).await?;
    let lang = Visit::begin().await.lang;
    let name = person.map(|person| format!("{} · {}", person.name, person.email)).unwrap_or_default();
    let user = id.to_string();
    let all = (!sessions.is_empty()).then(|| {
        view! {
            <form class="section" method="post" action="/fn/admin_sign_out">
                <Owner/>
                <input type="hidden" name="user" value=user.clone()/>
                <button class="button button-secondary">{t!(lang, "sessions-end-all")}</button>
            </form>
        }
    });
    let list = if sessions.is_empty() {
        view! { <p class="muted">{t!(lang, "sessions-none")}</p> }.into_any()
    } else {
        view! { <SessionList lang sessions current=current_session() action="/fn/admin_end_session" user/> }.into_any()
    };
    Ok(view! {
        <ConsoleFrame operator part=Part::Operators title=t!(lang, "sessions-title") lead=name>
            {list}
            {all}
        </ConsoleFrame>
    }
    .into_any())
}
