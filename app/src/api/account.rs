//! Opening, entering and leaving an account.

use crate::auth::{begin_session, end_session};
use crate::components::TICKED;
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{form_sender, lead_to, lead_to_saying, lead_to_with, login_path, next_or};
use crate::visit::{Caller, lang, path_with, shop};
use leptos::prelude::*;
use shop::error::{FieldError, FieldProblem};
use shop::ports::Limit;
use shop::user::rules::find_registration_problems;
use shop::user::{NewUser, User, service};

#[server(prefix = "/fn", endpoint = "login", input = FormPost, custom = Form)]
pub async fn login(
    #[server(default)] email: String,
    #[server(default)] password: String,
    #[server(default)] next: String,
) -> Result<(), ServerFnError> {
    match log_in(&email, &password).await {
        Ok(_) => lead_to(next_or(&next, "/")),
        Err(error) => lead_to_with(&login_path(&next), Flash::of_error("login", &error).keeping("email", &email)),
    }
}

/// Counted by address first, whether it will succeed or not.
async fn log_in(email: &str, password: &str) -> Result<User, shop::Error> {
    count_by_address("login", shop().settings().login_limit).await?;
    let user = service::check_login(&shop(), email, password).await?;
    begin_session(user.clone()).await?;
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
    begin_session(user).await
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
    let user = match form_sender("/account") {
        Ok(user) => user,
        Err(answer) => return answer,
    };
    match replace_password(&user, &current_password, &new_password).await {
        Ok(()) => lead_to_saying("/account", Note::PasswordChanged),
        Err(error) => lead_to_with("/account", Flash::of_error("password", &error)),
    }
}

async fn replace_password(user: &User, current: &str, new: &str) -> Result<(), shop::Error> {
    let user = service::change_password(&shop(), user.id, current, new).await?;
    begin_session(user).await
}
