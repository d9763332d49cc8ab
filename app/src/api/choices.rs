//! The choices of the footer: language and brightness; and forgetting what was looked at. They go back to
//! the page they were made on.

use crate::cookies::{LONG_SECONDS, forget_cookie, keep_cookie};
use crate::form::{Form, FormPost};
use crate::onward::{lead_to, next_or, page_before};
use crate::seen::Seen;
use crate::text::Lang;
use crate::visit::Theme;
use leptos::prelude::*;

/// An unknown language changes nothing.
#[server(prefix = "/fn", endpoint = "set_language", input = FormPost, custom = Form)]
pub async fn set_language(
    #[server(default)] lang: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    if let Some(lang) = Lang::from_code(&lang) {
        keep_cookie(Lang::COOKIE, lang.code(), LONG_SECONDS);
    }
    lead_to(next_or(&next, &page_before()))
}

/// Anything but light and dark leaves it to the device.
#[server(prefix = "/fn", endpoint = "set_theme", input = FormPost, custom = Form)]
pub async fn set_theme(#[server(default)] theme: String, #[server(default)] next: String) -> Result<(), ServerFnError> {
    match Theme::from_code(&theme) {
        Some(theme) => keep_cookie(Theme::COOKIE, theme.code(), LONG_SECONDS),
        None => forget_cookie(Theme::COOKIE),
    }
    lead_to(next_or(&next, &page_before()))
}

/// Forgets which products were looked at.
#[server(prefix = "/fn", endpoint = "forget_seen", input = FormPost, custom = Form)]
pub async fn forget_seen(#[server(default)] next: String) -> Result<(), ServerFnError> {
    Seen::forget();
    lead_to(next_or(&next, &page_before()))
}
