//! A moment: for people in Seoul time with its zone, for machines in UTC.

use crate::text::moment;
use crate::visit::{lang, shop};
use leptos::prelude::*;
use shop::Timestamp;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum WhenForm {
    /// With the year.
    #[default]
    Full,
    /// With the year only when it is another than this one.
    Near,
    /// The clock with seconds, beside something that names day and zone.
    Clock,
}

impl WhenForm {
    /// What tells the script that localises moments how to write this one.
    fn word(self) -> &'static str {
        match self {
            WhenForm::Full => "full",
            WhenForm::Near => "near",
            WhenForm::Clock => "clock",
        }
    }
}

#[component]
pub fn When(
    moment: Timestamp,
    #[prop(optional)] form: WhenForm,
    #[prop(optional, into)] class: Option<&'static str>,
) -> impl IntoView {
    let text = match form {
        WhenForm::Full => moment::full(lang(), moment),
        WhenForm::Near => moment::near(lang(), moment, shop().now()),
        WhenForm::Clock => moment::clock_seconds(moment),
    };
    let word = if form == WhenForm::Near && has_year(moment) { WhenForm::Full.word() } else { form.word() };
    view! { <time class=class datetime=moment.rfc3339() data-when=word>{text}</time> }.into_any()
}

fn has_year(moment: Timestamp) -> bool {
    moment.in_seoul().year() != shop().now().in_seoul().year()
}

/// A sentence of the catalogue with its moment as a `<time>` in it: `sentence` gets a mark to put there.
pub fn sentence_with(moment: Timestamp, sentence: impl FnOnce(&'static str) -> String) -> AnyView {
    const MARK: &str = "\u{1}";
    let text = sentence(MARK);
    match text.split_once(MARK) {
        Some((before, after)) => {
            let (before, after) = (before.to_owned(), after.to_owned());
            view! { {before}<When moment form=WhenForm::Near/>{after} }.into_any()
        }
        None => text.into_any(),
    }
}
