//! The second factor: its step of the login, setting it up, taking it away.

use super::account::count_login;
use crate::auth::{address_of_caller, begin_session, find_pending_login, forget_pending_login, keep_recovery_codes};
use crate::device::keep_device;
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{Answer, form_owner, lead_to, lead_to_saying, lead_to_with, login_path, next_or, or_answer};
use crate::visit::{path_with, shop};
use leptos::prelude::*;
use shop::Error;
use shop::operator::Operator;
use shop::second_factor::service::{
    begin_enrolment, confirm_enrolment, find_owner, finish_login, remove_second_factor, renew_recovery_codes,
};

const PAGE: &str = "/account/second-factor";

/// Counted by address like a password, whether it will be right or not.
#[server(prefix = "/fn", endpoint = "login_code", input = FormPost, custom = Form)]
pub async fn login_code(#[server(default)] code: String, #[server(default)] next: String) -> Result<(), ServerFnError> {
    let Some((id, auth_version)) = find_pending_login().await else { return lead_to(&login_path(&next)) };
    let finished = async {
        count_login().await?;
        let user = finish_login(&shop(), id, auth_version, &code).await?;
        begin_session(user).await?;
        keep_device(id);
        Ok(())
    };
    match finished.await {
        Ok(()) => lead_to(next_or(&next, "/")),
        Err(Error::InvalidCredentials) => {
            forget_pending_login().await;
            lead_to(&login_path(&next))
        }
        Err(error) => {
            let page = path_with("/login/code", &[("next", Some(next_or(&next, "/")))]);
            lead_to_with(&page, Flash::of_error("login-code", &error))
        }
    }
}

/// The operator who sent a form of that page.
async fn sender(owner: &str) -> Result<Operator, Answer> {
    let user = form_owner(owner, PAGE)?;
    match find_owner(&shop(), &user, &address_of_caller()).await {
        Ok(operator) => Ok(operator),
        Err(Error::NotFound) => Err(lead_to(PAGE)),
        Err(error) => Err(lead_to_with(PAGE, Flash::of_error("second-factor", &error))),
    }
}

#[server(prefix = "/fn", endpoint = "begin_second_factor", input = FormPost, custom = Form)]
pub async fn begin_second_factor(#[server(default)] owner: String) -> Result<(), ServerFnError> {
    let operator = or_answer!(sender(&owner).await);
    match begin_enrolment(&shop(), &operator).await {
        // One that counts already: the page shows it.
        Ok(()) | Err(Error::Forbidden) => lead_to(PAGE),
        Err(error) => lead_to_with(PAGE, Flash::of_error("second-factor", &error)),
    }
}

/// This browser gets a fresh session; every other one ends.
#[server(prefix = "/fn", endpoint = "confirm_second_factor", input = FormPost, custom = Form)]
pub async fn confirm_second_factor(
    #[server(default)] code: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let operator = or_answer!(sender(&owner).await);
    let confirmed = async {
        let (user, codes) = confirm_enrolment(&shop(), &operator, &code).await?;
        let id = user.id;
        begin_session(user).await?;
        keep_recovery_codes(id, &codes).await
    };
    match confirmed.await {
        Ok(()) => lead_to_saying(PAGE, Note::SecondFactorSet),
        Err(Error::NotFound) => lead_to(PAGE),
        Err(error) => lead_to_with(PAGE, Flash::of_error("second-factor", &error)),
    }
}

#[server(prefix = "/fn", endpoint = "renew_recovery_codes", input = FormPost, custom = Form)]
pub async fn renew_codes(
    #[server(default)] code: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let operator = or_answer!(sender(&owner).await);
    let renewed = async {
        let codes = renew_recovery_codes(&shop(), &operator, &code).await?;
        keep_recovery_codes(operator.id(), &codes).await
    };
    match renewed.await {
        Ok(()) => lead_to_saying(PAGE, Note::RecoveryCodesRenewed),
        Err(Error::NotFound) => lead_to(PAGE),
        Err(error) => lead_to_with(PAGE, Flash::of_error("second-factor", &error)),
    }
}

#[server(prefix = "/fn", endpoint = "remove_second_factor", input = FormPost, custom = Form)]
pub async fn remove(#[server(default)] code: String, #[server(default)] owner: String) -> Result<(), ServerFnError> {
    let operator = or_answer!(sender(&owner).await);
    match remove_second_factor(&shop(), &operator, &code).await {
        Ok(()) => lead_to_saying(PAGE, Note::Done),
        Err(error) => lead_to_with(PAGE, Flash::of_error("second-factor", &error)),
    }
}
