//! What is left until a moment, counted down; beside the sentence that names the moment itself.

use crate::islands::Countdown;
use crate::text::t;
use crate::visit::{lang, shop};
use leptos::prelude::*;
use shop::Timestamp;

#[component]
pub fn TimeLeft(
    until: Timestamp,
    /// The sentence, with `#` for what is left.
    text: String,
) -> impl IntoView {
    let lang = lang();
    let words = vec![
        text,
        t!(lang, "left-days", count = "#"),
        t!(lang, "left-hours", count = "#"),
        t!(lang, "left-minutes", count = "#"),
        t!(lang, "left-seconds", count = "#"),
    ];
    let left = until.since(shop().now());
    // Rounded up: it is never over before it is over.
    let left_seconds = u32::try_from(left.as_millis().div_ceil(1_000)).unwrap_or(u32::MAX);
    view! { <Countdown left_seconds words/> }
}
