//! Nothing is here: why, and where to go.

use super::{Icon, IconName};
use leptos::prelude::*;

#[component]
pub fn Empty(
    icon: IconName,
    title: String,
    text: String,
    /// The page has no other heading.
    #[prop(optional)]
    is_heading: bool,
    /// Where to go on.
    children: Children,
) -> impl IntoView {
    let title = if is_heading {
        view! { <h1 class="empty-title">{title}</h1> }.into_any()
    } else {
        view! { <h2 class="empty-title">{title}</h2> }.into_any()
    };
    view! {
        <div class="empty">
            <span class="empty-mark"><Icon name=icon class="icon icon-large"/></span>
            {title}
            <p class="empty-text">{text}</p>
            {children()}
        </div>
    }
    .into_any()
}
