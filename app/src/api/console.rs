//! The console's forms. Each finds out which operator asks and whether they may, calls one service, and leads back.

use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{Answer, form_operator, lead_to_saying, lead_to_with, next_or};
use crate::visit::shop;
use leptos::prelude::*;
use shop::Error;
use shop::error::FieldProblem;
use shop::id::OrderId;
use shop::operator::service::set_operator_role;
use shop::operator::{By, Operator, OperatorRole, Permission};
use shop::order::console::notes::add_notes;
use shop::recovery::by_hand::{ByHand, recover_now};
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

/// `ids`: orders, with a space between them. `page` is where the form stands.
#[server(prefix = "/fn", endpoint = "admin_recover", input = FormPost, custom = Form)]
pub async fn recover(
    #[server(default)] ids: String,
    #[server(default)] page: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = next_or(&page, "/admin/recovery");
    let operator = match form_operator(&owner, page, Permission::RecoverOrders).await {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    let outcomes = match parse_ids(&ids) {
        Ok(ids) => recover_now(&shop(), &operator, &ids).await,
        Err(error) => Err(error),
    };
    match outcomes {
        Ok(outcomes) => lead_to_saying(page, summed_up(&outcomes)),
        Err(error) => refused(page, &error),
    }
}

/// How many orders came to what.
fn summed_up(outcomes: &[(OrderId, ByHand)]) -> Note {
    let count = |is: fn(&ByHand) -> bool| outcomes.iter().filter(|(_, outcome)| is(outcome)).count();
    Note::RecoveredByHand {
        recovered: count(|outcome| matches!(outcome, ByHand::Recovered { .. })),
        pending: count(|outcome| matches!(outcome, ByHand::BecamePending { .. })),
        not_due: count(|outcome| matches!(outcome, ByHand::NotYetDue { .. })),
        elsewhere: count(|outcome| matches!(outcome, ByHand::BeingRecovered { .. })),
        finished: count(|outcome| matches!(outcome, ByHand::AlreadyFinished { .. })),
        failed: count(|outcome| matches!(outcome, ByHand::Failed { .. } | ByHand::Unknown)),
    }
}

/// The same note to each of these orders.
#[server(prefix = "/fn", endpoint = "admin_add_notes", input = FormPost, custom = Form)]
pub async fn note_orders(
    #[server(default)] ids: String,
    #[server(default)] text: String,
    #[server(default)] page: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = next_or(&page, "/admin/recovery");
    let operator = match form_operator(&owner, page, Permission::NoteOrders).await {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    let noted = match parse_ids(&ids) {
        Ok(ids) => add_notes(&shop(), &operator, &ids, &text).await,
        Err(error) => Err(error),
    };
    match noted {
        Ok(()) => lead_to_saying(page, Note::Done),
        Err(error) => refused(page, &error),
    }
}

/// Leads back with what stood in the way.
fn refused(page: &str, error: &Error) -> Answer {
    match error {
        Error::Invalid(problems) => match problems.first() {
            Some(problem) => lead_to_saying(page, Note::Wrong { problem: problem.clone() }),
            None => lead_to_saying(page, Note::Malformed),
        },
        Error::Forbidden => lead_to_saying(page, Note::NotAllowed),
        error => lead_to_with(page, Flash::of_error("console", error)),
    }
}

/// # Errors
/// `Invalid` on `ids` when one is none.
fn parse_ids(text: &str) -> Result<Vec<OrderId>, Error> {
    let ids = text.split_whitespace().map(str::parse).collect::<Result<Vec<OrderId>, _>>();
    ids.map_err(|_| Error::invalid("ids", FieldProblem::Malformed))
}
