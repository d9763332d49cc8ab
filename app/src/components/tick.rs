//! A box to tick: something a person says or agrees to, in a sentence that is all label. After a refusal it
//! stays as it was and says beside it what is wrong.

use super::field::below_field;
use crate::text::field_text;
use crate::visit::Visit;
use leptos::prelude::*;

/// What a ticked box sends.
pub const TICKED: &str = "yes";

#[component]
pub fn Tick(
    /// Which form it belongs to, as the flash names it.
    form: &'static str,
    /// Also its id: a page has each name once.
    name: &'static str,
    label: String,
    #[prop(optional, into)] hint: String,
) -> impl IntoView {
    let visit = Visit::current();
    let error = visit.flash.error(form, name).map(|error| field_text(visit.lang, error).into_any());
    let is_ticked = visit.flash.value(form, name) == Some(TICKED);
    let invalid = error.is_some().then_some("true");
    let (below, described_by) = below_field(name, error, hint);
    view! {
        <div class="field">
            <label class="tick" for=name>
                <input
                    class="tick-box"
                    type="checkbox"
                    id=name
                    name=name
                    value=TICKED
                    checked=is_ticked
                    aria-invalid=invalid
                    aria-describedby=described_by
                    required
                />
                <span>{label}</span>
            </label>
            {below}
        </div>
    }
    .into_any()
}
