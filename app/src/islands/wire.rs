//! What the islands share: reading the shop's own answers, a clock that no wrong date disturbs, and looking
//! again without being a nuisance. Values of JavaScript are read by name, which costs the bundle less than
//! a type for each.

use leptos::prelude::{document, window};
use leptos::wasm_bindgen::{JsCast, JsValue};
use leptos::web_sys::js_sys::{Date, Function, Promise, Reflect, futures::JsFuture};
use leptos::web_sys::{Element, Response};

/// A property of a JavaScript value; `undefined` where there is none.
pub fn get(value: &JsValue, name: &str) -> JsValue {
    Reflect::get(value, &name.into()).unwrap_or(JsValue::UNDEFINED)
}

/// A whole number of an answer.
pub fn get_int(value: &JsValue, name: &str) -> Option<i64> {
    get(value, name).as_f64().map(whole)
}

/// A text of an answer.
pub fn get_text(value: &JsValue, name: &str) -> Option<String> {
    get(value, name).as_string()
}

/// JavaScript's numbers are exact as far as money and counts go (2⁵³).
#[expect(clippy::cast_possible_truncation, reason = "the shop's numbers are whole and far below 2^53")]
pub fn whole(number: f64) -> i64 {
    number as i64
}

/// The JSON that a path of this shop answers; `None` when there is none to be had now.
pub async fn fetch_json(path: &str) -> Option<JsValue> {
    let answer: Response = JsFuture::from(window().fetch_with_str(path)).await.ok()?.dyn_into().ok()?;
    if !answer.ok() {
        return None;
    }
    JsFuture::from(answer.json().ok()?).await.ok()
}

/// Waits.
pub async fn sleep(wait_ms: i32) {
    let timer = Promise::new(&mut |done: Function, _| {
        // Only a window that is gone has no timers.
        let _ = window().set_timeout_with_callback_and_timeout_and_arguments_0(&done, wait_ms);
    });
    let _ = JsFuture::from(timer).await;
}

/// Waits until somebody can see the page.
pub async fn until_seen() {
    const AGAIN_MS: i32 = 1_000;
    while document().hidden() {
        sleep(AGAIN_MS).await;
    }
}

/// Milliseconds since the page was asked for, whatever the date is said to be.
pub fn page_age_ms() -> f64 {
    let performance = get(&window(), "performance");
    let now = get(&performance, "now").dyn_into::<Function>().ok();
    now.and_then(|now| now.call0(&performance).ok()).and_then(|age| age.as_f64()).unwrap_or(0.0)
}

/// Milliseconds by the device's date, right or wrong: good for differences only.
pub fn date_ms() -> f64 {
    Date::now()
}

/// Shows the page anew, as the server sees it now.
pub fn reload() {
    // A failed reload leaves the page as it is; its own links still work.
    let _ = window().location().reload();
}

/// Asks `path` for as long as the page is open and hands its answers to `heed`, which says whether anything
/// was new. Asks only while the page is seen, soon after news and ever more rarely without.
pub async fn watch(path: String, heed: Box<dyn Fn(&JsValue) -> bool>) {
    const SOONEST_MS: i32 = 5_000;
    const LATEST_MS: i32 = 60_000;
    let mut wait_ms = SOONEST_MS;
    loop {
        sleep(wait_ms).await;
        until_seen().await;
        let news = fetch_json(&path).await.is_some_and(|answer| heed(&answer));
        wait_ms = if news { SOONEST_MS } else { (wait_ms + wait_ms / 2).min(LATEST_MS) };
    }
}

/// The text with its number in the place of `#`.
pub fn with_number(text: &str, number: i64) -> String {
    with_text(text, &number.to_string())
}

/// The text with a part in the place of `#`.
pub fn with_text(text: &str, part: &str) -> String {
    match text.split_once('#') {
        Some((before, after)) => [before, part, after].concat(),
        None => text.to_owned(),
    }
}

/// Sets an attribute.
pub fn set(element: &Element, name: &str, value: &str) {
    // Fails only for names that are none.
    let _ = element.set_attribute(name, value);
}
