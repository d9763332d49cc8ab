//! A moment: for people in Seoul time with its zone, for machines in UTC.

use crate::text::moment;
use crate::visit::lang;
use leptos::prelude::*;
use shop::Timestamp;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenForm {
    /// With the year.
    #[default]
    Full,
    /// The clock with seconds, beside something that names day and zone.
    Clock,
}

#[component]
pub fn When(
    moment: Timestamp,
    #[prop(optional)] form: WhenForm,
    #[prop(optional, into)] class: Option<&'static str>,
) -> impl IntoView {
    let text = match form {
        WhenForm::Full => moment::full(lang(), moment),
        WhenForm::Clock => moment::clock_seconds(moment),
    };
    view! { <time class=class datetime=moment.rfc3339()>{text}</time> }.into_any()
}
