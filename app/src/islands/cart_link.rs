//! The count beside the way to the cart. The cart is a cookie, so the count is read from there whenever the
//! page comes back into sight: after back and forward, and when another tab changed it. Without JavaScript
//! it says what the server knew.

use super::wire::{get, set, with_number};
use super::{Words, spread};
use leptos::prelude::*;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::js_sys::Reflect;

/// Where a tab leaves the cart for the others to notice. They read the cookie, not this.
const NOTICE: &str = "damda.cart";

#[island]
pub fn CartLink(
    /// The accessible name of an empty cart, of one piece, and of `#` pieces.
    words: Words,
    /// The link, of the class `cart-link`, with the count in it.
    children: Children,
) -> impl IntoView {
    super::note_island();
    let words = StoredValue::new(spread(words));
    Effect::new(move |_| {
        let look = move || words.with_value(show);
        look();
        tell_other_tabs();
        for event in ["pageshow", "visibilitychange", "focus", "storage"] {
            // Lives as long as the page: the bar is on all of it.
            std::mem::forget(window_event_listener_untyped(event, move |_| look()));
        }
    });
    children()
}

fn show([empty, one, many]: &[String; 3]) {
    let pieces = pieces_in_cookie();
    let Ok(Some(link)) = document().query_selector(".cart-link") else { return };
    match pieces {
        0 => set(&link, "aria-label", empty),
        1 => set(&link, "aria-label", one),
        pieces => set(&link, "aria-label", &with_number(many, pieces)),
    }
    if let Ok(Some(count)) = link.query_selector(".cart-count") {
        count.set_text_content(Some(&pieces.to_string()));
        let _ = count.toggle_attribute_with_force("hidden", pieces == 0);
    }
}

fn cart_cookie() -> String {
    let cookies = get(&document(), "cookie").as_string().unwrap_or_default();
    let cart = cookies.split(';').find_map(|pair| pair.trim_start().strip_prefix("cart="));
    cart.unwrap_or_default().to_owned()
}

/// `3:1,7:2` is three pieces.
fn pieces_in_cookie() -> i64 {
    let cart = cart_cookie();
    cart.split(',').filter_map(|line| line.split_once(':')?.1.parse::<i64>().ok()).sum()
}

/// Changing what is stored makes every other tab hear of it.
fn tell_other_tabs() {
    let storage = get(&window(), "localStorage");
    if storage.is_object() {
        // Whoever keeps no storage still sees the count when the tab is looked at.
        let _ = Reflect::set(&storage, &NOTICE.into(), &JsValue::from(cart_cookie()));
    }
}
