//! What is left of the product of this page. While some is left it keeps the number and the choice of
//! quantities true; when the last piece goes, or one comes back, the server shows the page anew. Without
//! JavaScript it says what the server knew.

use super::wire::{get_int, reload, watch, with_number};
use super::{Words, spread};
use leptos::html::Span;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::HtmlSelectElement;
use leptos::web_sys::js_sys::Reflect;
use std::cell::Cell;

#[island]
pub fn StockLeft(
    /// The product in the public API; the badge of `#` pieces; beside the quantity: one is left, `#` are left.
    words: Words,
    available: i64,
    /// From so few on, the number is shown.
    few: i64,
    /// What the server knew: a badge, hidden while plenty is left.
    children: Children,
) -> impl IntoView {
    super::note_island();
    let [path, left, hint_one, hint_many] = spread(words);
    let around = NodeRef::<Span>::new();
    let (spoken, set_spoken) = signal(String::new());
    Effect::new(move |_| {
        let (left, hint_one, hint_many) = (left.clone(), hint_one.clone(), hint_many.clone());
        let shown = Cell::new(available);
        let heed = move |answer: &JsValue| {
            let before = shown.get();
            let Some(after) = get_int(answer, "available_stock").filter(|after| *after != before) else { return false };
            if (before < 1) != (after < 1) {
                reload();
                return true;
            }
            shown.set(after);
            let text = with_number(&left, after);
            let badge = around.get_untracked().and_then(|around| around.query_selector(".badge").ok()?);
            if let Some(badge) = badge {
                badge.set_text_content(Some(&text));
                let _ = badge.toggle_attribute_with_force("hidden", after > few);
            }
            if after <= few {
                offer_at_most(after, &if after == 1 { hint_one.clone() } else { with_number(&hint_many, after) });
            }
            // Spoken when it becomes few and when it becomes the last; not at every piece between.
            if after == 1 || (after <= few && before > few) {
                set_spoken.set(text);
            }
            true
        };
        spawn_local(watch(path.clone(), Box::new(heed)));
    });
    view! {
        <span node_ref=around>
            {children()}
            <span class="sr-only" aria-live="polite">{spoken}</span>
        </span>
    }
}

/// Switches off the quantities beyond what is left, and says why.
fn offer_at_most(available: i64, hint: &str) {
    let choice = document().get_element_by_id("quantity").and_then(|found| found.dyn_into::<HtmlSelectElement>().ok());
    let Some(choice) = choice else { return };
    for index in 0..choice.length() {
        if let Some(option) = choice.item(index) {
            let beyond = i64::from(index) >= available;
            let _ = Reflect::set(&option, &"disabled".into(), &beyond.into());
        }
    }
    let last = i32::try_from(available - 1).unwrap_or(0);
    if choice.selected_index() > last {
        choice.set_selected_index(last);
    }
    if let Some(beside) = document().get_element_by_id("quantity-hint") {
        beside.set_text_content(Some(hint));
    }
}
