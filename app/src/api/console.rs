//! The console's forms. Each finds out which operator asks and whether they may, calls one service, and leads back.

use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{form_operator, lead_to_saying, lead_to_with};
use crate::visit::shop;
use leptos::prelude::*;
use shop::Error;
use shop::error::FieldProblem;
use shop::operator::service::set_operator_role;
use shop::operator::{By, Operator, OperatorRole, Permission};
use shop::user::service::find_user_by_email;

/// `role` is one of operators', or `none`.
#[server(prefix = "/fn", endpoint = "admin_set_role", input = FormPost, custom = Form)]
pub async fn set_role(
    #[server(default)] email: String,
    #[server(default)] role: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = "/admin/operators";
    let operator = match form_operator(&owner, page, Permission::ManageOperators).await {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    match change_role(&operator, &email, &role).await {
        Ok(()) => lead_to_saying(page, Note::Done),
        Err(error) => lead_to_with(page, Flash::of_error("operator", &error).keeping("email", &email)),
    }
}

async fn change_role(operator: &Operator, email: &str, role: &str) -> Result<(), Error> {
    let wanted = match role {
        "none" => None,
        role => Some(OperatorRole::from_text(role).ok_or_else(|| Error::invalid("role", FieldProblem::Unknown))?),
    };
    let user = find_user_by_email(&shop(), email).await?;
    let user = user.ok_or_else(|| Error::invalid("email", FieldProblem::Unknown))?;
    set_operator_role(&shop(), By::Operator(operator), user.id, wanted).await
}
