//! Ways through a long list: on, and back to its beginning.

use super::{Icon, IconName};
use crate::text::t;
use crate::visit::lang;
use leptos::prelude::*;

#[component]
pub fn Pager(
    /// The next page, when there is one.
    next: Option<String>,
    /// The first page, when this is a later one.
    first: Option<String>,
    /// What the way on is called.
    more: String,
) -> impl IntoView {
    let lang = lang();
    if next.is_none() && first.is_none() {
        return ().into_any();
    }
    view! {
        <nav class="pager" aria-label=t!(lang, "pager")>
            {first.map(|path| view! { <a class="button button-secondary" href=path>{t!(lang, "pager-first")}</a> })}
            {next.map(|path| view! {
                <a class="button button-secondary" href=path rel="next">{more}<Icon name=IconName::ChevronRight/></a>
            })}
        </nav>
    }
    .into_any()
}
