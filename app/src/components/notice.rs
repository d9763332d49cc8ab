//! A box that says what happened and what to do next.

use super::{Icon, IconName};
use leptos::prelude::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoticeKind {
    Info,
    Success,
    Warning,
    Danger,
}

#[component]
pub fn Notice(
    kind: NoticeKind,
    #[prop(into)] title: String,
    #[prop(optional, into)] text: String,
    /// `alert` or `status` when it answers what was just done.
    #[prop(optional, into)]
    role: Option<&'static str>,
    /// Links and buttons to go on with.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let (class, icon) = match kind {
        NoticeKind::Info => ("notice notice-info", IconName::Info),
        NoticeKind::Success => ("notice notice-success", IconName::CircleCheck),
        NoticeKind::Warning => ("notice notice-warning", IconName::TriangleAlert),
        NoticeKind::Danger => ("notice notice-danger", IconName::CircleAlert),
    };
    view! {
        <div class=class role=role>
            <Icon name=icon/>
            <p class="notice-title">{title}</p>
            {(!text.is_empty()).then(|| view! { <p class="notice-text">{text}</p> })}
            {children.map(|children| view! { <div class="notice-action">{children()}</div> })}
        </div>
    }
    .into_any()
}
