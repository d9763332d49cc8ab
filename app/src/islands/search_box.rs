//! The search field that answers while one types: a combobox with a list of products below it (WAI-ARIA's
//! pattern "editable combobox with list autocomplete"). Arrows choose, Enter goes there, Escape closes;
//! Enter without a choice sends the form around it, which is all there is without JavaScript. The field
//! itself is the server's; the island listens around it and writes the list.

use super::wire::{fetch_json, get, get_int, get_text, set, sleep, with_number};
use super::{Words, spread};
use leptos::ev::{Event, KeyboardEvent};
use leptos::html::Div;
use leptos::prelude::*;
use leptos::task::spawn_local;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::Element;
use leptos::web_sys::js_sys::{Array, encode_uri_component};
use shop::Won;

/// How long the typing rests before the shop is asked.
const REST_MS: i32 = 200;

#[island]
pub fn SearchBox(
    /// Whether to show English names where there are some.
    english: bool,
    /// The id of the list; its accessible name; what is spoken of nothing, one, and `#` products found.
    words: Words,
    /// The field, with its icon.
    children: Children,
) -> impl IntoView {
    super::note_island();
    let [id, label, none, one, many] = spread(words);
    let around = NodeRef::<Div>::new();
    let list = Combobox { around, id: StoredValue::new(id.clone()) };
    let (spoken, set_spoken) = signal(String::new());
    let found = StoredValue::new([none, one, many]);
    // Whatever was asked before the last question is no longer of interest.
    let asked = StoredValue::new(0_u32);
    Effect::new(move |_| list.wake());

    let ask = move |event: Event| {
        let text = event_target_value(&event).trim().to_owned();
        asked.update_value(|asked| *asked += 1);
        let mine = asked.get_value();
        if text.is_empty() {
            list.fill(&Array::new(), english);
            return;
        }
        spawn_local(async move {
            sleep(REST_MS).await;
            if asked.get_value() != mine {
                return;
            }
            let text = String::from(encode_uri_component(&text));
            let answer = fetch_json(&["/api/v1/products?limit=6&q=", &text].concat()).await;
            let Some(answer) = answer.filter(|_| asked.get_value() == mine) else { return };
            let items = Array::from(&get(&answer, "items"));
            list.fill(&items, english);
            set_spoken.set(found.with_value(|[none, one, many]| match items.length() {
                0 => none.clone(),
                1 => one.clone(),
                count => with_number(many, count.into()),
            }));
        });
    };
    let press = move |event: KeyboardEvent| {
        // Keys that compose a Hangul syllable belong to it.
        if !event.is_composing() && list.press(&event.key()) {
            event.prevent_default();
        }
    };
    view! {
        <div class="search" node_ref=around on:input=ask on:keydown=press on:focusout=move |_| list.close()>
            {children()}
            // The field keeps the focus while a product is pressed.
            <div class="search-list" role="listbox" id=id aria-label=label hidden on:mousedown=|event| event.prevent_default()></div>
            <span class="sr-only" aria-live="polite">{spoken}</span>
        </div>
    }
}

/// A field and its list, as they stand in the page.
#[derive(Clone, Copy)]
struct Combobox {
    around: NodeRef<Div>,
    id: StoredValue<String>,
}

impl Combobox {
    fn field(self) -> Option<Element> {
        self.around.get_untracked()?.query_selector("input").ok()?
    }

    fn list(self) -> Option<Element> {
        document().get_element_by_id(&self.id.get_value())
    }

    /// Says what the field is, now that it is that.
    fn wake(self) {
        let Some(field) = self.field() else { return };
        set(&field, "role", "combobox");
        set(&field, "autocomplete", "off");
        set(&field, "aria-autocomplete", "list");
        set(&field, "aria-controls", &self.id.get_value());
        set(&field, "aria-expanded", "false");
    }

    /// Shows these products of the API, or nothing.
    fn fill(self, items: &Array, english: bool) {
        let Some(list) = self.list() else { return };
        list.set_text_content(None);
        for (index, item) in items.iter().enumerate() {
            if let Some(option) = option_of(&item, english) {
                option.set_id(&[&self.id.get_value(), "-", &index.to_string()].concat());
                let _ = list.append_child(&option);
            }
        }
        if list.child_element_count() > 0 { self.open() } else { self.close() }
    }

    fn open(self) {
        let (Some(field), Some(list)) = (self.field(), self.list()) else { return };
        set(&field, "aria-expanded", "true");
        let _ = list.remove_attribute("hidden");
    }

    fn close(self) {
        let (Some(field), Some(list)) = (self.field(), self.list()) else { return };
        self.choose(None);
        set(&field, "aria-expanded", "false");
        set(&list, "hidden", "");
    }

    fn is_open(self) -> bool {
        self.list().is_some_and(|list| !list.has_attribute("hidden"))
    }

    fn chosen(self) -> Option<Element> {
        self.list()?.query_selector("[aria-selected=true]").ok()?
    }

    fn choose(self, option: Option<Element>) {
        if let Some(before) = self.chosen() {
            set(&before, "aria-selected", "false");
        }
        let Some(field) = self.field() else { return };
        match option {
            Some(option) => {
                set(&option, "aria-selected", "true");
                set(&field, "aria-activedescendant", &option.id());
                option.scroll_into_view_with_bool(false);
            }
            None => drop(field.remove_attribute("aria-activedescendant")),
        }
    }

    /// Whether the key meant something here.
    fn press(self, key: &str) -> bool {
        let Some(list) = self.list().filter(|list| list.child_element_count() > 0) else { return false };
        let chosen = self.chosen();
        match key {
            "ArrowDown" => {
                self.open();
                let next = chosen.and_then(|chosen| chosen.next_element_sibling());
                self.choose(next.or_else(|| list.first_element_child()));
            }
            "ArrowUp" => {
                self.open();
                let previous = chosen.and_then(|chosen| chosen.previous_element_sibling());
                self.choose(previous.or_else(|| list.last_element_child()));
            }
            "Escape" if self.is_open() => self.close(),
            "Enter" => match chosen.and_then(|chosen| chosen.get_attribute("href")) {
                Some(path) => drop(window().location().set_href(&path)),
                None => return false,
            },
            _ => return false,
        }
        true
    }
}

/// A link to a product, as an option of the list. Its texts are put in as text.
fn option_of(item: &JsValue, english: bool) -> Option<Element> {
    let name =
        get_text(item, "name_en").filter(|name| english && !name.is_empty()).or_else(|| get_text(item, "name"))?;
    let (id, price) = (get_int(item, "id")?, get_int(item, "price")?);
    let option = document().create_element("a").ok()?;
    set(&option, "class", "search-hit");
    set(&option, "role", "option");
    set(&option, "tabindex", "-1");
    set(&option, "aria-selected", "false");
    set(&option, "href", &["/products/", &id.to_string()].concat());
    for (tag, class, text) in
        [("bdi", "search-hit-name", name), ("span", "search-hit-price", Won::new(price).to_string())]
    {
        let part = document().create_element(tag).ok()?;
        set(&part, "class", class);
        part.set_text_content(Some(&text));
        option.append_child(&part).ok()?;
    }
    Some(option)
}
