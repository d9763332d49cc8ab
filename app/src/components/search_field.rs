//! The field that finds products, in the bar above every page; products show below it while one types.

use super::{Icon, IconName};
use crate::islands::SearchBox;
use crate::text::{Lang, t};
use crate::visit::lang;
use leptos::prelude::*;

/// The API looks for no longer text.
const MOST_CHARS: &str = "100";

#[component]
pub fn SearchField(
    /// The id of the list; a page may have two fields.
    list: &'static str,
    #[prop(default = "field-input")] class: &'static str,
    label: String,
    /// What was looked for.
    #[prop(optional, into)]
    value: String,
) -> impl IntoView {
    let lang = lang();
    let words = vec![
        list.to_owned(),
        t!(lang, "search-list"),
        t!(lang, "search-found-none"),
        t!(lang, "search-found", count = 1),
        t!(lang, "search-found", count = "#"),
    ];
    view! {
        <SearchBox english=lang == Lang::En words>
            <Icon name=IconName::Search/>
            <input
                class=class
                // Not `search`: that type may be no combobox.
                type="text"
                role="searchbox"
                inputmode="search"
                enterkeyhint="search"
                name="q"
                maxlength=MOST_CHARS
                value=value
                autocapitalize="off"
                spellcheck="false"
                aria-label=label.clone()
                placeholder=label
            />
        </SearchBox>
    }
}
