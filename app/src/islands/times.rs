//! Moments in the reader's own zone. The server writes every `<time>` in the time of Seoul and names the
//! zone; where the reader's clock shows another hour, this writes the reader's, names that zone, and keeps
//! Seoul's as the title. No island: it only goes over the page once.

use super::wire::get_text;
use leptos::prelude::document;
use leptos::wasm_bindgen::JsValue;
use leptos::web_sys::Element;
use leptos::web_sys::js_sys::{Array, Date, Intl, Object, Reflect};

/// What Seoul is ahead of UTC, as JavaScript counts it.
const SEOUL_MINUTES: f64 = -540.0;

pub fn localise() {
    let times = document().get_elements_by_tag_name("time");
    let lang = document().document_element().and_then(|html| get_text(&html, "lang")).unwrap_or_default();
    // British English writes a date as the shop's own English does.
    let locale = if lang == "en" { "en-GB" } else { "ko-KR" };
    for index in 0..times.length() {
        if let Some(time) = times.item(index) {
            localise_one(&time, locale);
        }
    }
}

fn localise_one(time: &Element, locale: &str) {
    let moment = Date::new(&time.get_attribute("datetime").map_or(JsValue::UNDEFINED, JsValue::from));
    let offset = moment.get_timezone_offset();
    // Not a number for a moment that cannot be read.
    if offset.is_nan() || (offset - SEOUL_MINUTES).abs() < 1.0 {
        return;
    }
    let form = time.get_attribute("data-when").unwrap_or_default();
    let parts: &[(&str, &str)] = match form.as_str() {
        "clock" => &[("hour", "2-digit"), ("minute", "2-digit"), ("second", "2-digit")],
        "near" => &[NEAR[0], NEAR[1], NEAR[2], NEAR[3], NEAR[4]],
        _ => &[NEAR[0], NEAR[1], NEAR[2], NEAR[3], NEAR[4], ("year", "numeric")],
    };
    let options = Object::new();
    for (name, value) in parts.iter().chain(&[("hourCycle", "h23")]) {
        let _ = Reflect::set(&options, &(*name).into(), &(*value).into());
    }
    let locales = Array::of1(&locale.into());
    let format = Intl::DateTimeFormat::new(&locales, &options).format();
    if let Ok(text) = format.call1(&JsValue::UNDEFINED, &moment) {
        let seoul = time.text_content().unwrap_or_default();
        let _ = time.set_attribute("title", &seoul);
        time.set_text_content(text.as_string().as_deref());
    }
}

const NEAR: [(&str, &str); 5] =
    [("month", "short"), ("day", "numeric"), ("hour", "2-digit"), ("minute", "2-digit"), ("timeZoneName", "short")];
