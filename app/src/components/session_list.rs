//! Where somebody is logged in: since when, used last, from where, in what browser; each can be ended.

use super::{Owner, When};
use crate::text::{Lang, t};
use leptos::prelude::*;
use shop::digest::write_digest;
use shop::user::sessions::KnownSession;

#[component]
pub fn SessionList(
    lang: Lang,
    sessions: Vec<KnownSession>,
    /// The one of this browser: it is left by logging out.
    #[prop(optional_no_strip)]
    current: Option<[u8; 32]>,
    /// The form that ends one.
    action: &'static str,
    /// Whose they are, where they are somebody else's.
    #[prop(optional, into)]
    user: Option<String>,
) -> impl IntoView {
    let row = |one: KnownSession| {
        let browser = one.browser.filter(|name| !name.is_empty()).unwrap_or_else(|| t!(lang, "session-unknown"));
        let is_current = current == Some(one.digest);
        let badge = is_current
            .then(|| view! { " "<span class="badge" data-state="COMPLETED">{t!(lang, "session-this")}</span> });
        let address = one.address.filter(|address| !address.is_empty());
        let since =
            one.begun_at.map(|moment| view! { <p class="faint">{t!(lang, "session-since")}" "<When moment/></p> });
        let seen = one.seen_at.map(|moment| view! { <p class="faint">{t!(lang, "session-seen")}" "<When moment/></p> });
        let label = t!(lang, "session-end-of", browser = browser.clone());
        let user = user.clone().map(|user| view! { <input type="hidden" name="user" value=user/> });
        let end = (!is_current).then(|| {
            view! {
                <form method="post" action=action>
                    <Owner/>
                    {user}
                    <input type="hidden" name="session" value=write_digest(&one.digest)/>
                    <button class="button button-secondary" aria-label=label>{t!(lang, "session-end")}</button>
                </form>
            }
        });
        view! {
            <li class="console-row">
                <div>
                    <strong>{browser}</strong>{badge}
                    {address.map(|address| view! { <p class="console-facts">{address}</p> })}
                    {since}
                    {seen}
                </div>
                {end}
            </li>
        }
    };
    let rows = sessions.into_iter().map(row).collect_view();
    view! { <ul class="console-list">{rows}</ul> }.into_any()
}
