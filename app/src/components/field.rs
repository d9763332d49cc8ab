//! A labelled field of a form. After a refusal it keeps what was typed (never a password) and says beside
//! it what is wrong.

use super::{Icon, IconName};
use crate::text::field_text;
use crate::visit::Visit;
use leptos::prelude::*;

#[component]
pub fn Field(
    /// Which form it belongs to, as the flash names it.
    form: &'static str,
    /// Also its id: a page has each name once.
    name: &'static str,
    label: String,
    #[prop(default = "text")] kind: &'static str,
    autocomplete: &'static str,
    #[prop(optional, into)] hint: String,
    /// What stands in it at first.
    #[prop(optional, into)]
    value: Option<String>,
    /// What is wrong, when the flash does not say it.
    #[prop(optional)]
    error: Option<AnyView>,
) -> impl IntoView {
    let visit = Visit::current();
    let said = visit.flash.error(form, name).map(|error| field_text(visit.lang, error).into_any());
    let error = error.or(said);
    let typed = visit.flash.value(form, name).filter(|_| kind != "password").map(str::to_owned);
    let value = typed.or(value);
    let invalid = error.is_some().then_some("true");
    let (below, described_by) = below_field(name, error, hint);
    view! {
        <div class="field">
            <label class="field-label" for=name>{label}</label>
            <input
                class="field-input"
                id=name
                name=name
                type=kind
                value=value
                autocomplete=autocomplete
                aria-invalid=invalid
                aria-describedby=described_by
                required
            />
            {below}
        </div>
    }
    .into_any()
}

/// What stands below a field, its error or else its hint, and the id by which the field is described.
pub(super) fn below_field(name: &'static str, error: Option<AnyView>, hint: String) -> (AnyView, Option<String>) {
    let described_by = match (&error, hint.is_empty()) {
        (Some(_), _) => Some(format!("{name}-error")),
        (None, false) => Some(format!("{name}-hint")),
        (None, true) => None,
    };
    let below = match error {
        Some(error) => view! { <FieldError field=name>{error}</FieldError> }.into_any(),
        None => {
            (!hint.is_empty()).then(|| view! { <p class="field-hint" id=format!("{name}-hint")>{hint}</p> }).into_any()
        }
    };
    (below, described_by)
}

/// What is wrong with a field, tied to it by `{field}-error`.
#[component]
pub fn FieldError(field: &'static str, children: Children) -> impl IntoView {
    view! {
        <p class="field-error" id=format!("{field}-error")>
            <Icon name=IconName::CircleAlert class="icon icon-small"/>
            <span>{children()}</span>
        </p>
    }
    .into_any()
}
