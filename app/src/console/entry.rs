//! A labelled field of the console's longer forms, which holds what is there now, or what was typed before a refusal.

use crate::components::FieldError;
use crate::text::field_text;
use crate::visit::Visit;
use leptos::prelude::*;

/// What a browser itself asks of a field, before it sends the form.
#[derive(Clone, Debug, Default)]
pub(super) struct Asks {
    pub required: bool,
    pub least: Option<i64>,
    pub most: Option<i64>,
    pub step: Option<i64>,
    pub most_chars: Option<i64>,
    pub pattern: Option<&'static str>,
    /// It is shown, sent and not to be changed.
    pub settled: bool,
}

/// One field.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// Which form it belongs to, as the flash names it.
    pub form: &'static str,
    /// Also its id: a page has each name once.
    pub name: &'static str,
    pub label: String,
    /// What stands in it, unless something was typed before.
    pub value: String,
    pub hint: String,
    pub asks: Asks,
}

impl Entry {
    pub fn new(form: &'static str, name: &'static str, label: String, value: impl Into<String>, asks: Asks) -> Self {
        Self { form, name, label, value: value.into(), hint: String::new(), asks }
    }

    pub fn hinting(self, hint: String) -> Self {
        Self { hint, ..self }
    }

    /// One line, of this kind of input.
    pub fn line(self, kind: &'static str) -> AnyView {
        let (value, below) = (self.shown(), self.below());
        let invalid = below.is_error.then_some("true");
        let asks = self.asks;
        view! {
            <div class="field">
                <label class="field-label" for=self.name>{self.label}</label>
                <input
                    class="field-input"
                    id=self.name
                    name=self.name
                    type=kind
                    value=value
                    autocomplete="off"
                    required=asks.required
                    readonly=asks.settled
                    min=asks.least
                    max=asks.most
                    step=asks.step
                    maxlength=asks.most_chars
                    pattern=asks.pattern
                    aria-invalid=invalid
                    aria-describedby=below.id
                />
                {below.view}
            </div>
        }
        .into_any()
    }

    /// A file of these kinds. A browser keeps none for the next page.
    pub fn file(self, accept: &'static str) -> AnyView {
        let below = self.below();
        let invalid = below.is_error.then_some("true");
        view! {
            <div class="field">
                <label class="field-label" for=self.name>{self.label}</label>
                <input
                    class="field-input"
                    id=self.name
                    name=self.name
                    type="file"
                    accept=accept
                    required=self.asks.required
                    aria-invalid=invalid
                    aria-describedby=below.id
                />
                {below.view}
            </div>
        }
        .into_any()
    }

    /// Several lines.
    pub fn lines(self, rows: u8) -> AnyView {
        let (value, below) = (self.shown(), self.below());
        let invalid = below.is_error.then_some("true");
        view! {
            <div class="field">
                <label class="field-label" for=self.name>{self.label}</label>
                <textarea
                    class="field-input"
                    id=self.name
                    name=self.name
                    rows=i64::from(rows)
                    maxlength=self.asks.most_chars
                    required=self.asks.required
                    aria-invalid=invalid
                    aria-describedby=below.id
                >
                    {escaped(&value)}
                </textarea>
                {below.view}
            </div>
        }
        .into_any()
    }

    /// One of these: values and what they are called.
    pub fn choice(self, options: Vec<(&'static str, String)>) -> AnyView {
        let (chosen, below) = (self.shown(), self.below());
        let invalid = below.is_error.then_some("true");
        let options = options
            .into_iter()
            .map(|(value, name)| view! { <option value=value selected=chosen == value>{name}</option> })
            .collect_view();
        view! {
            <div class="field">
                <label class="field-label" for=self.name>{self.label}</label>
                <select
                    class="field-select"
                    id=self.name
                    name=self.name
                    aria-invalid=invalid
                    aria-describedby=below.id
                >
                    {options}
                </select>
                {below.view}
            </div>
        }
        .into_any()
    }

    fn shown(&self) -> String {
        Visit::current().flash.value(self.form, self.name).map_or_else(|| self.value.clone(), str::to_owned)
    }

    /// Its error or else its hint.
    fn below(&self) -> Below {
        let visit = Visit::current();
        if let Some(error) = visit.flash.error(self.form, self.name) {
            let (name, text) = (self.name, field_text(visit.lang, error));
            let view = view! { <FieldError field=name>{text}</FieldError> }.into_any();
            return Below { is_error: true, id: Some(format!("{name}-error")), view: Some(view) };
        }
        let id = (!self.hint.is_empty()).then(|| format!("{}-hint", self.name));
        let hint = self.hint.clone();
        let view = id.clone().map(|id| view! { <p class="field-hint" id=id>{hint}</p> }.into_any());
        Below { is_error: false, id, view }
    }
}

/// The text within a `textarea`: what stands in one is written as it is, so whatever could end it or begin something else
/// is spelt out here.
pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

struct Below {
    is_error: bool,
    id: Option<String>,
    view: Option<AnyView>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_a_textarea_cannot_end_it() {
        assert_eq!(escaped("</textarea><b>&amp;"), "&lt;/textarea&gt;&lt;b&gt;&amp;amp;");
    }
}
