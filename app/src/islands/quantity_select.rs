//! The quantity of a cart line: choosing one sends the form. Without JavaScript the button beside it does.

use leptos::prelude::*;
use leptos::wasm_bindgen::JsCast;
use leptos::web_sys::{Event, HtmlSelectElement};

#[island]
pub fn QuantitySelect(
    /// The accessible name.
    label: String,
    /// What each choice reads, from one piece on.
    choices: Vec<String>,
    /// Which of them it is now, counted from one.
    chosen: u32,
) -> impl IntoView {
    super::note_island();
    let send = |event: Event| {
        let select = event.target().and_then(|target| target.dyn_into::<HtmlSelectElement>().ok());
        if let Some(form) = select.and_then(|select| select.form()) {
            // Only a form that is gone cannot be sent.
            let _ = form.request_submit();
        }
    };
    let options = (1u32..)
        .zip(choices)
        .map(
            |(quantity, text)| view! { <option value=quantity.to_string() selected=quantity == chosen>{text}</option> },
        )
        .collect_view();
    view! {
        <select class="field-select field-small" name="quantity" aria-label=label on:change=send>
            {options}
        </select>
    }
}
