//! The form that charges a wallet, on the wallet's page and wherever an order lacks money.

use super::{FieldError, Owner};
use crate::islands::SubmitOnce;
use crate::text::{field_text, grouped, t};
use crate::visit::{Visit, new_request_id};
use leptos::prelude::*;
use shop::Won;

#[component]
pub fn ChargeForm(
    /// What stands in the field, unless the last try left something there.
    suggested: Option<Won>,
    /// Where to go after.
    next: String,
    hint: String,
    button: String,
    /// Above the field: a heading or a notice.
    above: AnyView,
    /// Between field and button.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let visit = Visit::current();
    let lang = visit.lang;
    let error = visit.flash.error("charge", "amount").map(|error| field_text(lang, error));
    let typed = visit.flash.value("charge", "amount").map(str::to_owned);
    let value = typed.or_else(|| suggested.map(|amount| grouped(amount.get())));
    let described_by = if error.is_some() { "amount-error" } else { "amount-hint" };
    let invalid = error.is_some().then_some("true");
    let below = match error {
        Some(error) => view! { <FieldError field="amount">{error}</FieldError> }.into_any(),
        None => view! { <p class="field-hint" id="amount-hint">{hint}</p> }.into_any(),
    };
    view! {
        <form class="card form" id="charge" method="post" action="/fn/charge_wallet">
            {above}
            <Owner/>
            <input type="hidden" name="request_id" value=new_request_id()/>
            <input type="hidden" name="next" value=next/>
            <div class="field">
                <label class="field-label" for="amount">{t!(lang, "charge-amount")}</label>
                <div class="field-with-unit">
                    <input
                        class="field-input field-money"
                        id="amount"
                        name="amount"
                        inputmode="numeric"
                        autocomplete="off"
                        value=value
                        aria-describedby=described_by
                        aria-invalid=invalid
                        required
                    />
                    <span class="field-unit" aria-hidden="true">{t!(lang, "charge-unit")}</span>
                </div>
                {below}
            </div>
            {children.map(|children| children())}
            <SubmitOnce words=vec![
                button,
                t!(lang, "charge-busy"),
                "button button-primary button-large button-wide".to_owned(),
            ]/>
        </form>
    }
    .into_any()
}
