//! Where a form leads. Every form is answered by a redirect to a page (post, redirect, get), perhaps with a
//! [`Flash`] for it, so that reloading never sends a form again.

use crate::auth::{address_of_caller, current_user};
use crate::flash::{Flash, Note};
use crate::local_path::{local_path, referer_path};
use crate::visit::shop;
use http::header::{LOCATION, REFERER};
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use leptos::prelude::{ServerFnError, use_context};
use leptos_axum::ResponseOptions;
use shop::operator::service::find_operator;
use shop::operator::{Operator, Permission};
use shop::user::User;

/// The answer of a server function: the page to go to has been said already.
pub type Answer = Result<(), ServerFnError>;

/// What is in `Ok`; an answer in `Err` is given at once. `?` would take that for a fault of the server function.
macro_rules! or_answer {
    ($found:expr) => {
        match $found {
            Ok(found) => found,
            Err(answer) => return answer,
        }
    };
}
pub(crate) use or_answer;

/// Leads to a page of this shop.
pub fn lead_to(path: &str) -> Answer {
    let path = local_path(path).unwrap_or("/");
    if let (Some(response), Ok(location)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        response.set_status(StatusCode::SEE_OTHER);
        response.insert_header(LOCATION, location);
    }
    Ok(())
}

/// Leads to a page with something to say there.
pub fn lead_to_with(path: &str, flash: Flash) -> Answer {
    flash.keep();
    lead_to(path)
}

/// Leads to a page with a note.
pub fn lead_to_saying(path: &str, note: Note) -> Answer {
    lead_to_with(path, Flash::note(note))
}

/// The login page that leads back to `next`.
pub fn login_path(next: &str) -> String {
    let next = local_path(next).unwrap_or("/");
    let query = serde_urlencoded::to_string([("next", next)]).unwrap_or_default();
    format!("/login?{query}")
}

/// Who sent the form; else the login page, which leads back to `page`, where the form is.
pub fn form_sender(page: &str) -> Result<User, Answer> {
    current_user().ok_or_else(|| lead_to_saying(&login_path(page), Note::LogInFirst))
}

/// Who sent a form that was written for `owner`. Another account may have logged in since, in another tab:
/// then nothing is done, and `page` says so. A form that names no owner is its sender's.
pub fn form_owner(owner: &str, page: &str) -> Result<User, Answer> {
    let user = form_sender(page)?;
    if owner.is_empty() || owner == user.id.to_string() {
        Ok(user)
    } else {
        Err(lead_to_saying(page, Note::OtherAccount))
    }
}

/// The operator who sent a form of the console that was written for `owner`, and who may do this. To a shopper the
/// console does not exist; an operator who may not reads so on its first page.
pub async fn form_operator(owner: &str, page: &str, permission: Permission) -> Result<Operator, Answer> {
    let user = form_owner(owner, page)?;
    match find_operator(&shop(), &user, &address_of_caller()).await {
        Ok(Some(operator)) if operator.must(permission).is_ok() => Ok(operator),
        Ok(Some(_)) => Err(lead_to_saying("/admin", Note::NotAllowed)),
        Ok(None) => Err(lead_to("/admin")),
        Err(error) => Err(lead_to_with(page, Flash::of_error("console", &error))),
    }
}

/// The page a form was sent from, as its browser says; the home page when it does not.
pub fn page_before() -> String {
    let parts = use_context::<Parts>();
    let referer = parts.as_ref().and_then(|parts| parts.headers.get(REFERER)).and_then(|text| text.to_str().ok());
    referer.and_then(referer_path).unwrap_or("/").to_owned()
}

/// A page a form names to go on to, if it is one of ours.
pub fn next_or<'a>(next: &'a str, otherwise: &'a str) -> &'a str {
    local_path(next).unwrap_or(otherwise)
}
