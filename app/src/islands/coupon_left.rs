//! How many pieces of a running coupon are left, and the way to claim one for as long as there is one. All
//! tickets of a page share one question to `/api/v1/coupons`. Without JavaScript it says what the server
//! knew, and a claim that comes too late is refused with the reason.

use super::wire::{get, get_int, get_text, set, watch, with_text};
use super::{Words, spread};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::js_sys::Array;
use shop::Won;
use std::cell::RefCell;

#[island]
pub fn CouponLeft(
    /// The coupon's code; what is left, with `#` for the number; what is said once nothing can be claimed.
    words: Words,
    /// What the server knew: a `progress`, a `.left` and the `.coupon-action` that claims.
    children: Children,
) -> impl IntoView {
    super::note_island();
    let around = NodeRef::<Div>::new();
    let words = StoredValue::new(spread(words));
    let (gone, set_gone) = signal(String::new());
    Effect::new(move |_| {
        heed(move |answer| {
            words.with_value(|[code, text, no_more]| {
                let left = left_of(answer, code);
                let is_news = show(around, text, left);
                if is_news && left < 1 {
                    set_gone.set(no_more.clone());
                }
                is_news
            })
        });
    });
    view! {
        <div class="coupon-live" node_ref=around>
            {children()}
            // Spoken once, when it matters: not at every piece that goes.
            <p class="coupon-gone" aria-live="polite">{gone}</p>
        </div>
    }
}

/// Writes what is left into the ticket; whether that is news.
fn show(around: NodeRef<Div>, text: &str, left: i64) -> bool {
    let find = |what: &str| around.get_untracked()?.query_selector(what).ok()?;
    let (Some(bar), Some(beside)) = (find("progress"), find(".left")) else { return false };
    let value = left.to_string();
    if bar.get_attribute("value").as_deref() == Some(&value) {
        return false;
    }
    set(&bar, "value", &value);
    let grouped = Won::new(left).to_string();
    beside.set_text_content(Some(&with_text(text, grouped.trim_start_matches('₩'))));
    if let Some(action) = find(".coupon-action") {
        let _ = action.toggle_attribute_with_force("hidden", left < 1);
    }
    true
}

/// What the answer says is left; a coupon that is not listed any more has ended.
fn left_of(answer: &JsValue, code: &str) -> i64 {
    let items = Array::from(&get(answer, "items"));
    let mine = items.iter().find(|item| get_text(item, "code").as_deref() == Some(code));
    mine.and_then(|item| get_int(&item, "remaining")).unwrap_or(0)
}

type Heed = Box<dyn Fn(&JsValue) -> bool>;

thread_local! {
    static LISTENERS: RefCell<Vec<Heed>> = const { RefCell::new(Vec::new()) };
}

/// Hands every later answer to `listener`; the first listener begins to ask.
fn heed(listener: impl Fn(&JsValue) -> bool + 'static) {
    let is_first = LISTENERS.with_borrow_mut(|listeners| {
        listeners.push(Box::new(listener));
        listeners.len() == 1
    });
    if is_first {
        let tell = |answer: &JsValue| {
            LISTENERS.with_borrow(|listeners| listeners.iter().filter(|listener| listener(answer)).count() > 0)
        };
        spawn_local(watch("/api/v1/coupons?limit=100".to_owned(), Box::new(tell)));
    }
}
