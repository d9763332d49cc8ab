//! Charging a wallet.

use super::parse_won;
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{form_owner, lead_to_saying, lead_to_with, next_or, or_answer};
use crate::visit::shop;
use leptos::prelude::*;
use shop::id::UserId;
use shop::request::RequestKey;
use shop::wallet::{Charge, service};

/// The request id of the form makes a second click the same charge.
#[server(prefix = "/fn", endpoint = "charge_wallet", input = FormPost, custom = Form)]
pub async fn charge_wallet(
    #[server(default)] amount: String,
    #[server(default)] request_id: String,
    #[server(default)] next: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = next_or(&next, "/wallet");
    let user = or_answer!(form_owner(&owner, page));
    match charge(user.id, &amount, &request_id).await {
        Ok(Charge { amount, .. }) => lead_to_saying(page, Note::Charged { amount }),
        Err(error) => lead_to_with(page, Flash::of_error("charge", &error).keeping("amount", &amount)),
    }
}

async fn charge(user: UserId, amount: &str, request_id: &str) -> Result<Charge, shop::Error> {
    let amount = parse_won("amount", amount)?;
    service::charge_wallet(&shop(), user, amount, RequestKey::parse(request_id)?).await
}
