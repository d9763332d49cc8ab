//! A part of a page that is written anew by the server every few seconds while somebody looks at it: what a person
//! reads stays where it is, what they opened stays open, and where the keyboard is nothing moves. Without JavaScript
//! the page is as it was when it was asked for.

use super::wire::watch;
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::Element;

#[island]
pub fn LivePart(
    /// Where the part is to be had, as a JSON string of HTML; blank when there is none now.
    path: String,
    /// What the server knew.
    children: Children,
) -> impl IntoView {
    super::note_island();
    let around = NodeRef::<Div>::new();
    Effect::new(move |_| {
        let heed = move |answer: &JsValue| {
            let html = answer.as_string().filter(|html| !html.is_empty());
            if let (Some(html), Some(around)) = (html, around.get_untracked()) {
                renew(&around, &html);
            }
            // Figures move all the time: asked as often as it goes.
            true
        };
        spawn_local(watch(path.clone(), Box::new(heed)));
    });
    view! { <div node_ref=around>{children()}</div> }
}

fn renew(around: &Element, html: &str) {
    let is_used = document().active_element().is_some_and(|active| around.contains(Some(&active)));
    if is_used {
        return;
    }
    let open = open_details(around);
    around.set_inner_html(html);
    for (index, was_open) in open.into_iter().enumerate() {
        if was_open && let Some(details) = details_of(around, index) {
            // Fails only for names that are none.
            let _ = details.set_attribute("open", "");
        }
    }
    #[cfg(feature = "hydrate")]
    super::times::localise();
}

/// Which of its tables are open, in their order.
fn open_details(around: &Element) -> Vec<bool> {
    let mut open = Vec::new();
    while let Some(details) = details_of(around, open.len()) {
        open.push(details.has_attribute("open"));
    }
    open
}

fn details_of(around: &Element, index: usize) -> Option<Element> {
    around.get_elements_by_tag_name("details").item(u32::try_from(index).ok()?)
}
