//! Opening, entering, changing, leaving and closing an account.

use crate::auth::{begin_session, end_session, keep_pending_login};
use crate::components::TICKED;
use crate::device::{find_device, keep_device};
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{form_owner, form_sender, lead_to, lead_to_saying, lead_to_with, login_path, next_or, or_answer};
use crate::visit::{Caller, lang, path_with, shop};
use leptos::prelude::*;
use shop::Won;
use shop::digest::parse_digest;
use shop::error::{FieldError, FieldProblem};
use shop::ports::Limit;
use shop::user::closing::{self, CloseRequest};
use shop::user::rules::{email_problem, find_registration_problems};
use shop::user::sessions::{end_session_of, sign_out_everywhere};
use shop::user::{NewUser, User, reset, service};

#[server(prefix = "/fn", endpoint = "login", input = FormPost, custom = Form)]
pub async fn login(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    match log_in(&email, &password).await {
        Ok(_) => lead_to(next_or(&next, "/")),
        Err(shop::Error::SecondFactorRequired { user_id, auth_version }) => {
            match keep_pending_login(user_id, auth_version).await {
                Ok(()) => lead_to(&path_with("/login/code", &[("next", Some(next_or(&next, "/")))])),
                Err(error) => lead_to_with(&login_path(&next), Flash::of_error("login", &error)),
            }
        }
        Err(error) => lead_to_with(&login_path(&next), Flash::of_error("login", &error).keeping("email", &email)),
    }
}

/// Counted by address first, whether it will succeed or not.
async fn log_in(email: &str, password: &str) -> Result<User, shop::Error> {
    count_login().await?;
    let user = service::check_login_from(&shop(), email, password, find_device().as_ref()).await?;
    begin_session(user.clone()).await?;
    keep_device(user.id);
    Ok(user)
}

#[server(prefix = "/fn", endpoint = "logout", input = FormPost, custom = Form)]
pub async fn logout() -> Result<(), ServerFnError> {
    match end_session().await {
        Ok(()) => lead_to_saying("/", Note::LoggedOut),
        Err(error) => lead_to_with("/account", Flash::of_error("logout", &error)),
    }
}

#[server(prefix = "/fn", endpoint = "register", input = FormPost, custom = Form)]
pub async fn register(
    #[server(default)] name: String,
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] age_confirmed: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    let age_confirmed = age_confirmed == TICKED;
    let typed = |flash: Flash| flash.keeping("name", &name).keeping("email", &email);
    let typed = |flash: Flash| if age_confirmed { typed(flash).keeping("age_confirmed", TICKED) } else { typed(flash) };
    let person = NewUser { name: name.clone(), email: email.clone(), password, lang: lang().into(), age_confirmed };
    match open_account(person).await {
        Ok(()) => lead_to_saying(next_or(&next, "/"), Note::Welcome),
        Err(error) => {
            let page = path_with("/register", &[("next", Some(next_or(&next, "/")))]);
            lead_to_with(&page, typed(Flash::of_error("register", &error)))
        }
    }
}

/// A form that is filled in wrongly counts against nobody.
async fn open_account(person: NewUser) -> Result<(), shop::Error> {
    let mut problems = find_registration_problems(&person.email, &person.name, &person.password);
    if !person.age_confirmed {
        problems.push(FieldError::new("age_confirmed", FieldProblem::Required));
    }
    if !problems.is_empty() {
        return Err(shop::Error::Invalid(problems));
    }
    count_by_address("register", shop().settings().register_limit).await?;
    let user = service::register_user(&shop(), person).await?;
    let id = user.id;
    begin_session(user).await?;
    keep_device(id);
    Ok(())
}

/// One more step of a login.
pub(super) async fn count_login() -> Result<(), shop::Error> {
    count_by_address("login", shop().settings().login_limit).await
}

/// The same counts as the API's, so that neither is a way around the other.
async fn count_by_address(what: &str, limit: Option<Limit>) -> Result<(), shop::Error> {
    match use_context::<Caller>() {
        Some(caller) => shop::limits::take(&shop(), &format!("{what}:{}", caller.address_key), limit).await,
        None => Ok(()),
    }
}

/// Ends every session of the account; this browser gets a fresh one.
#[server(prefix = "/fn", endpoint = "change_password", input = FormPost, custom = Form)]
pub async fn change_password(
    #[server(default)] current_password: String,
    #[server(default)] new_password: String,
) -> Result<(), ServerFnError> {
    let user = or_answer!(form_sender("/account"));
    match replace_password(&user, &current_password, &new_password).await {
        Ok(()) => lead_to_saying("/account", Note::PasswordChanged),
        Err(error) => lead_to_with("/account", Flash::of_error("password", &error)),
    }
}

async fn replace_password(user: &User, current: &str, new: &str) -> Result<(), shop::Error> {
    let user = service::change_password(&shop(), user.id, current, new).await?;
    begin_session(user).await
}

/// The answer, and the time it takes, are the same whether the address has an account or not.
#[server(prefix = "/fn", endpoint = "forgot_password", input = FormPost, custom = Form)]
pub async fn forgot_password(#[server(default)] email: String) -> Result<(), ServerFnError> {
    match ask_for_link(&email).await {
        Ok(()) => lead_to_saying("/forgot-password", Note::ResetAsked),
        Err(error) => lead_to_with("/forgot-password", Flash::of_error("forgot", &error).keeping("email", &email)),
    }
}

/// A mistyped address counts against nobody.
async fn ask_for_link(email: &str) -> Result<(), shop::Error> {
    if let Some(problem) = email_problem(email.trim()) {
        return Err(shop::Error::invalid("email", problem));
    }
    count_by_address("reset", shop().settings().reset_limit).await?;
    reset::request_password_reset(&shop(), email).await
}

/// Whoever sets a password by a link logs in with it: the link alone opens no session.
#[server(prefix = "/fn", endpoint = "reset_password", input = FormPost, custom = Form)]
pub async fn reset_password(
    #[server(default)] token: String,
    #[server(default)] new_password: String,
) -> Result<(), ServerFnError> {
    let page = path_with("/reset-password", &[("token", Some(token.as_str()))]);
    match reset::reset_password_with(&shop(), &token, &new_password).await {
        Ok(()) => lead_to_saying("/login", Note::PasswordReset),
        // The page says what is wrong with its link.
        Err(shop::Error::NotFound) => lead_to(&page),
        Err(error) => lead_to_with(&page, Flash::of_error("reset", &error)),
    }
}

#[server(prefix = "/fn", endpoint = "rename_account", input = FormPost, custom = Form)]
pub async fn rename_account(#[server(default)] name: String) -> Result<(), ServerFnError> {
    let user = or_answer!(form_sender("/account"));
    match service::rename_user(&shop(), user.id, &name).await {
        Ok(_) => lead_to_saying("/account", Note::Renamed),
        Err(error) => lead_to_with("/account", Flash::of_error("rename", &error).keeping("name", &name)),
    }
}

/// `balance` is the amount that the page showed, in won; it is given up only when `forfeited` is ticked.
#[server(prefix = "/fn", endpoint = "close_account", input = FormPost, custom = Form)]
pub async fn close_account(
    #[server(default)] password: String,
    #[server(default)] forfeited: String,
    #[server(default)] balance: String,
) -> Result<(), ServerFnError> {
    let user = or_answer!(form_sender("/account/close"));
    let shown = balance.parse().ok().map(Won::new).filter(|_| forfeited == TICKED);
    let request = CloseRequest { password, forfeited: shown };
    match close(&user, &request).await {
        Ok(()) => lead_to_saying("/", Note::AccountClosed),
        Err(error) => lead_to_with("/account/close", Flash::of_error("close", &error)),
    }
}

async fn close(user: &User, request: &CloseRequest) -> Result<(), shop::Error> {
    closing::close_account(&shop(), user.id, request).await?;
    end_session().await
}

/// Ends one of one's own sessions; that of this browser ends by logging out.
#[server(prefix = "/fn", endpoint = "end_session", input = FormPost, custom = Form)]
pub async fn end_one_session(
    #[server(default)] session: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let user = or_answer!(form_owner(&owner, "/account"));
    let Some(digest) = parse_digest(&session) else { return lead_to_saying("/account", Note::Malformed) };
    match end_session_of(&shop(), user.id, digest).await {
        // It may have ended by itself meanwhile.
        Ok(()) | Err(shop::Error::NotFound) => lead_to_saying("/account", Note::SessionEnded),
        Err(error) => lead_to_with("/account", Flash::of_error("sessions", &error)),
    }
}

/// Ends every session and token but this browser's, which gets a fresh one.
#[server(prefix = "/fn", endpoint = "end_other_sessions", input = FormPost, custom = Form)]
pub async fn end_other_sessions(#[server(default)] owner: String) -> Result<(), ServerFnError> {
    let user = or_answer!(form_owner(&owner, "/account"));
    let ended = async {
        let user = sign_out_everywhere(&shop(), user.id).await?;
        begin_session(user).await
    };
    match ended.await {
        Ok(()) => lead_to_saying("/account", Note::SessionEnded),
        Err(error) => lead_to_with("/account", Flash::of_error("sessions", &error)),
    }
}
