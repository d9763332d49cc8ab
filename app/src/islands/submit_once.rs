//! The button of a form that must not be sent twice by an impatient finger. Without JavaScript it is a
//! plain button, and the request id in the form keeps the second click from counting.

use super::{Words, spread};
use leptos::prelude::*;
use std::time::Duration;

/// How long a sent form is given to leave the page before the button works again.
const GIVE_UP: Duration = Duration::from_secs(8);

#[island]
pub fn SubmitOnce(
    /// What it says; what it says while the answer is awaited; its class; the id of what explains it, or blank.
    words: Words,
) -> impl IntoView {
    super::note_island();
    let [label, busy_label, class, described_by] = spread(words);
    let (busy, set_busy) = signal(false);
    let once = move |event: leptos::ev::MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if form_is_valid(&event) {
            set_busy.set(true);
            set_timeout(move || set_busy.set(false), GIVE_UP);
        }
    };
    // Coming back to the page is not sending it again.
    Effect::new(move |_| std::mem::forget(window_event_listener_untyped("pageshow", move |_| set_busy.set(false))));
    let described_by = (!described_by.is_empty()).then_some(described_by);
    view! {
        <button
            class=class
            on:click=once
            aria-describedby=described_by
            aria-disabled=move || busy.get().then_some("true")
        >
            {move || if busy.get() { busy_label.clone() } else { label.clone() }}
        </button>
    }
}

/// Whether the browser will send the form; if not, it says why beside the field.
fn form_is_valid(event: &leptos::ev::MouseEvent) -> bool {
    use leptos::wasm_bindgen::JsCast;
    let button = event.current_target().and_then(|target| target.dyn_into::<leptos::web_sys::HtmlButtonElement>().ok());
    button.and_then(|button| button.form()).is_none_or(|form| form.check_validity())
}
