//! The console's forms. Each finds out which operator asks and whether they may, calls one service, and leads back.

use super::parse_won;
use crate::auth::require_operator;
use crate::console::{live_figures, span_of};
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{Answer, form_operator, lead_to_saying, lead_to_with, next_or, or_answer};
use crate::text::moment;
use crate::visit::{set_caching, shop};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use shop::Error;
use shop::adjustment::service::{AdjustmentRequest, adjust_wallet, approve_adjustment, decline_adjustment};
use shop::adjustment::{Adjustment, AdjustmentState};
use shop::alert::AlertName;
use shop::alert::silence::{end_silence, silence};
use shop::digest::parse_digest;
use shop::error::FieldProblem;
use shop::event::Replay;
use shop::event::service::replay_events;
use shop::id::{AdjustmentId, OrderId, ProductId, UserId};
use shop::operator::service::set_operator_role;
use shop::operator::sessions::{end_operators_session, sign_operator_out};
use shop::operator::{By, Operator, OperatorRole, Permission};
use shop::order::Lines;
use shop::order::console::notes::add_notes;
use shop::recovery::by_hand::{ByHand, recover_now};
use shop::refund::service::{RefundRequest, refund_order};
use shop::refund::{Refund, RefundLines, RefundReason};
use shop::request::RequestKey;
use shop::user::service::find_user_by_email;
use shop::user::standing::{end_blocks, freeze_person, unfreeze_person};
use std::time::Duration;

/// The part of the dashboard that is written anew while somebody looks at it, as HTML; blank when there is none for
/// who asks.
#[server(prefix = "/fn", endpoint = "admin_dashboard", input = GetUrl)]
pub async fn dashboard_part(#[server(default)] over: String) -> Result<String, ServerFnError> {
    set_caching(true);
    let (Ok(operator), Ok(span)) = (require_operator(Permission::SeeConsole).await, span_of(Some(&over))) else {
        return Ok(String::new());
    };
    // A fault is logged where the page itself meets it; here it only means to look again.
    Ok(live_figures(&operator, span).await.map(|part| part.to_html()).unwrap_or_default())
}

/// `role` is one of operators', or `none`.
#[server(prefix = "/fn", endpoint = "admin_set_role", input = FormPost, custom = Form)]
pub async fn set_role(
    #[server(default)] email: String,
    #[server(default)] role: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = "/admin/operators";
    let operator = or_answer!(form_operator(&owner, page, Permission::ManageOperators).await);
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
    let operator = or_answer!(form_operator(&owner, page, Permission::RecoverOrders).await);
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
    let operator = or_answer!(form_operator(&owner, page, Permission::NoteOrders).await);
    let noted = match parse_ids(&ids) {
        Ok(ids) => add_notes(&shop(), &operator, &ids, &text).await,
        Err(error) => Err(error),
    };
    match noted {
        Ok(()) => lead_to_saying(page, Note::Done),
        Err(error) => refused(page, &error),
    }
}

/// `pieces`: `PRODUCT:QUANTITY` of each line that something is given back of, with a space between them; `whole`: all
/// that is left instead.
#[server(prefix = "/fn", endpoint = "admin_refund", input = FormPost, custom = Form)]
pub async fn refund_pieces(
    #[server(default)] id: String,
    #[server(default)] pieces: String,
    #[server(default)] whole: String,
    #[server(default)] reason: String,
    #[server(default)] request_id: String,
    #[server(default)] page: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = next_or(&page, "/admin/orders");
    let operator = or_answer!(form_operator(&owner, page, Permission::RefundOrders).await);
    let lines = if whole.is_empty() { parse_pieces(&pieces).map(RefundLines::Of) } else { Ok(RefundLines::Whole) };
    match give_back(&operator, &id, lines, &reason, &request_id).await {
        Ok(refund) => {
            lead_to_saying(page, Note::Refunded { amount: refund.amount, owed: refund.credited_at.is_none() })
        }
        Err(error) => lead_to_with(page, flash_of(&error, "refund").keeping("reason", &reason)),
    }
}

async fn give_back(
    by: &Operator,
    id: &str,
    lines: Result<RefundLines, Error>,
    reason: &str,
    request_id: &str,
) -> Result<Refund, Error> {
    let order = id.parse().map_err(|_| Error::invalid("id", FieldProblem::Malformed))?;
    let reason = RefundReason::parse(reason)?;
    let request = RefundRequest { key: RequestKey::parse(request_id)?, lines: lines?, reason };
    refund_order(&shop(), by, order, &request).await
}

/// # Errors
/// `Invalid` on `pieces` when there are none or one is none, and those of [`Lines::new`].
fn parse_pieces(text: &str) -> Result<Lines, Error> {
    let piece = |text: &str| {
        let (product, quantity) = text.split_once(':')?;
        Some((ProductId::new(product.parse().ok()?), quantity.parse().ok()?))
    };
    let pieces = text.split_whitespace().map(piece).collect::<Option<Vec<(ProductId, i64)>>>();
    match pieces {
        Some(pieces) if pieces.is_empty() => Err(Error::invalid("pieces", FieldProblem::Required)),
        Some(pieces) => Lines::new(pieces),
        None => Err(Error::invalid("pieces", FieldProblem::Malformed)),
    }
}

/// `hours` from now nobody is told of this alert; 0 ends the silence that is there.
#[server(prefix = "/fn", endpoint = "admin_silence", input = FormPost, custom = Form)]
pub async fn silence_alert(
    #[server(default)] name: String,
    #[server(default)] hours: String,
    #[server(default)] reason: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = "/admin/alerts";
    let operator = or_answer!(form_operator(&owner, page, Permission::SilenceAlerts).await);
    match silence_for(&operator, &name, &hours, &reason).await {
        Ok(()) => lead_to_saying(page, Note::Done),
        Err(error) => lead_to_with(page, flash_of(&error, &name).keeping("reason", &reason)),
    }
}

async fn silence_for(by: &Operator, name: &str, hours: &str, reason: &str) -> Result<(), Error> {
    const HOUR: Duration = Duration::from_secs(3_600);
    let alert = AlertName::from_text(name).ok_or_else(|| Error::invalid("name", FieldProblem::Unknown))?;
    let hours: u32 = hours.parse().map_err(|_| Error::invalid("hours", FieldProblem::Malformed))?;
    if hours == 0 {
        return end_silence(&shop(), by, alert).await;
    }
    silence(&shop(), by, alert, shop().now().after(HOUR.saturating_mul(hours)), reason).await.map(drop)
}

/// `events`: places of events, with a space between them; `from` and `until`: instead, a span of time in Seoul.
#[server(prefix = "/fn", endpoint = "admin_replay", input = FormPost, custom = Form)]
pub async fn replay_some(
    #[server(default)] events: String,
    #[server(default)] from: String,
    #[server(default)] until: String,
    #[server(default)] reason: String,
    #[server(default)] page: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = next_or(&page, "/admin/events");
    let operator = or_answer!(form_operator(&owner, page, Permission::ReplayEvents).await);
    let replayed = match parse_replay(&events, &from, &until) {
        Ok(replay) => replay_events(&shop(), &operator, &replay, &reason).await,
        Err(error) => Err(error),
    };
    match replayed {
        Ok(_) => lead_to_saying(page, Note::Done),
        Err(error) => lead_to_with(page, flash_of(&error, "events").keeping("reason", &reason)),
    }
}

/// # Errors
/// `Invalid` on `events`, `from` or `until` when it is none.
fn parse_replay(events: &str, from: &str, until: &str) -> Result<Replay, Error> {
    if from.is_empty() && until.is_empty() {
        let places = events.split_whitespace().map(str::parse).collect::<Result<Vec<i64>, _>>();
        return places.map(Replay::Chosen).map_err(|_| Error::invalid("events", FieldProblem::Malformed));
    }
    let moment = |field: &'static str, text: &str| {
        moment::from_seoul(text).ok_or_else(|| Error::invalid(field, FieldProblem::Malformed))
    };
    Ok(Replay::Between(moment("from", from)?, moment("until", until)?))
}

/// Leads back with what stood in the way.
fn refused(page: &str, error: &Error) -> Answer {
    lead_to_with(page, flash_of(error, "console"))
}

/// What stood in the way of a form.
fn flash_of(error: &Error, form: &str) -> Flash {
    let note = |note| Flash { form: form.to_owned(), note: Some(note), ..Flash::default() };
    match error {
        Error::Invalid(problems) => match problems.first() {
            Some(problem) => note(Note::Wrong { problem: problem.clone() }),
            None => note(Note::Malformed),
        },
        Error::Forbidden => note(Note::NotAllowed),
        error => Flash::of_error(form, error),
    }
}

/// # Errors
/// `Invalid` on `ids` when one is none.
fn parse_ids(text: &str) -> Result<Vec<OrderId>, Error> {
    let ids = text.split_whitespace().map(str::parse).collect::<Result<Vec<OrderId>, _>>();
    ids.map_err(|_| Error::invalid("ids", FieldProblem::Malformed))
}

/// `way` is `up` or `down`. What takes a second operator waits, and the note says so.
#[server(prefix = "/fn", endpoint = "admin_adjust_wallet", input = FormPost, custom = Form)]
pub async fn adjust(
    #[server(default)] user: String,
    #[server(default)] way: String,
    #[server(default)] amount: String,
    #[server(default)] reason: String,
    #[server(default)] request_id: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = customer_page(&user);
    let operator = or_answer!(form_operator(&owner, &page, Permission::AdjustWallets).await);
    match adjust_by_form(&operator, &user, &way, &amount, &reason, &request_id).await {
        Ok(made) if made.state == AdjustmentState::Proposed => lead_to_saying(&page, Note::AdjustmentProposed),
        Ok(_) => lead_to_saying(&page, Note::Done),
        Err(error) => {
            let flash = flash_of(&error, "adjust").keeping("way", &way).keeping("amount", &amount);
            lead_to_with(&page, flash.keeping("reason", &reason))
        }
    }
}

async fn adjust_by_form(
    operator: &Operator,
    user: &str,
    way: &str,
    amount: &str,
    reason: &str,
    request_id: &str,
) -> Result<Adjustment, Error> {
    let amount = parse_won("amount", amount)?;
    if !amount.is_positive() {
        return Err(Error::invalid("amount", FieldProblem::TooSmall { least: 1 }));
    }
    let amount = match way {
        "up" => amount,
        "down" => amount.negated(),
        _ => return Err(Error::invalid("way", FieldProblem::Unknown)),
    };
    let request = AdjustmentRequest { key: RequestKey::parse(request_id)?, amount, reason: reason.to_owned() };
    adjust_wallet(&shop(), operator, parse_user(user)?, &request).await
}

/// `decision` is `approve` or `decline`.
#[server(prefix = "/fn", endpoint = "admin_decide_adjustment", input = FormPost, custom = Form)]
pub async fn decide_adjustment(
    #[server(default)] id: String,
    #[server(default)] decision: String,
    #[server(default)] page: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = next_or(&page, "/admin/adjustments");
    let operator = or_answer!(form_operator(&owner, page, Permission::AdjustWallets).await);
    let decided = match (id.parse::<AdjustmentId>(), decision.as_str()) {
        (Ok(id), "approve") => approve_adjustment(&shop(), &operator, id).await,
        (Ok(id), "decline") => decline_adjustment(&shop(), &operator, id).await,
        _ => Err(Error::invalid("id", FieldProblem::Malformed)),
    };
    match decided {
        Ok(_) => lead_to_saying(page, Note::Done),
        Err(error) => refused(page, &error),
    }
}

/// Keeps a person out.
#[server(prefix = "/fn", endpoint = "admin_freeze", input = FormPost, custom = Form)]
pub async fn freeze(
    #[server(default)] user: String,
    #[server(default)] reason: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    act_on_person(PersonAct::Freeze, &owner, &user, &reason).await
}

/// Lets a person in again.
#[server(prefix = "/fn", endpoint = "admin_unfreeze", input = FormPost, custom = Form)]
pub async fn unfreeze(
    #[server(default)] user: String,
    #[server(default)] reason: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    act_on_person(PersonAct::Unfreeze, &owner, &user, &reason).await
}

/// Ends a person's blocks before their time.
#[server(prefix = "/fn", endpoint = "admin_end_block", input = FormPost, custom = Form)]
pub async fn end_block(
    #[server(default)] user: String,
    #[server(default)] reason: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    act_on_person(PersonAct::EndBlocks, &owner, &user, &reason).await
}

#[derive(Clone, Copy)]
enum PersonAct {
    Freeze,
    Unfreeze,
    EndBlocks,
}

async fn act_on_person(act: PersonAct, owner: &str, user: &str, reason: &str) -> Answer {
    let page = customer_page(user);
    let operator = or_answer!(form_operator(owner, &page, Permission::FreezePeople).await);
    match do_to_person(act, &operator, user, reason).await {
        Ok(()) => lead_to_saying(&page, Note::Done),
        Err(error) => refused(&page, &error),
    }
}

async fn do_to_person(act: PersonAct, operator: &Operator, user: &str, reason: &str) -> Result<(), Error> {
    let id = parse_user(user)?;
    match act {
        PersonAct::Freeze => freeze_person(&shop(), operator, id, reason).await.map(drop),
        PersonAct::Unfreeze => unfreeze_person(&shop(), operator, id, reason).await.map(drop),
        PersonAct::EndBlocks => end_blocks(&shop(), operator, id, reason).await,
    }
}

/// # Errors
/// `Invalid` on `user`.
fn parse_user(text: &str) -> Result<UserId, Error> {
    text.parse().map(UserId::new).map_err(|_| Error::invalid("user", FieldProblem::Malformed))
}

fn customer_page(user: &str) -> String {
    parse_user(user).map_or_else(|_| "/admin/customers".to_owned(), |id| format!("/admin/customers/{id}"))
}

/// One session of another operator.
#[server(prefix = "/fn", endpoint = "admin_end_session", input = FormPost, custom = Form)]
pub async fn end_operator_session(
    #[server(default)] user: String,
    #[server(default)] session: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = operator_page(&user);
    let operator = or_answer!(form_operator(&owner, &page, Permission::ManageOperators).await);
    let ended = match (parse_user(&user), parse_digest(&session)) {
        (Ok(id), Some(digest)) => end_operators_session(&shop(), &operator, id, digest).await,
        _ => Err(Error::invalid("session", FieldProblem::Malformed)),
    };
    match ended {
        // It may have ended by itself meanwhile.
        Ok(()) | Err(Error::NotFound) => lead_to_saying(&page, Note::Done),
        Err(error) => refused(&page, &error),
    }
}

/// All of them, and every token.
#[server(prefix = "/fn", endpoint = "admin_sign_out", input = FormPost, custom = Form)]
pub async fn sign_out(#[server(default)] user: String, #[server(default)] owner: String) -> Result<(), ServerFnError> {
    let page = operator_page(&user);
    let operator = or_answer!(form_operator(&owner, &page, Permission::ManageOperators).await);
    let done = match parse_user(&user) {
        Ok(id) => sign_operator_out(&shop(), &operator, id).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => lead_to_saying(&page, Note::Done),
        Err(error) => refused(&page, &error),
    }
}

fn operator_page(user: &str) -> String {
    parse_user(user).map_or_else(|_| "/admin/operators".to_owned(), |id| format!("/admin/operators/{id}"))
}
