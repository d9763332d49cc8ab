//! Placing an order. The form states what was seen (lines, coupon, amount) under a request id the server
//! made, so that every further sending of it leads to the one order it placed.

#![expect(clippy::too_many_arguments, reason = "a server function has one argument for each field of its form")]

use super::parse_won;
use crate::auth::current_user;
use crate::cart::Cart;
use crate::components::CONSENT_FIELD;
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{Answer, form_owner, lead_to, lead_to_saying, lead_to_with, or_answer};
use crate::pages::{checkout_path, kept_checkout_path};
use crate::visit::{legal, new_request_id, set_caching, shop};
use leptos::prelude::*;
use leptos::server_fn::codec::GetUrl;
use shop::coupon::CouponCode;
use shop::id::{OrderId, UserId};
use shop::notice::NoticeDigest;
use shop::order::{Lines, OrderRequest, service};
use shop::request::RequestKey;
use shop::{Error, FieldError, FieldProblem};
use std::time::Duration;

#[server(prefix = "/fn", endpoint = "place_order", input = FormPost, custom = Form)]
pub async fn place_order(
    #[server(default)] items: String,
    #[server(default)] coupon: String,
    #[server(default)] chosen: Option<String>,
    #[server(default)] expected_amount: String,
    #[server(default)] request_id: String,
    #[server(default)] source: String,
    #[server(default)] seen: String,
    #[server(default)] owner: String,
    #[server(default)] consent: String,
) -> Result<(), ServerFnError> {
    let bought = Bought { lines: Cart::parse(&items), direct: source == "direct" };
    let applied = some_code(&coupon);
    let user = or_answer!(form_owner(&owner, &bought.same_page(applied, &request_id)));
    let chosen = chosen.as_deref().map_or(applied, some_code);
    if chosen != applied {
        // A coupon was picked and pay pressed: the amount is another than the button said.
        let flash = Flash::note(Note::AmountChanged).keeping(CONSENT_FIELD, &consent);
        return lead_to_with(&bought.page(chosen, &request_id), Flash { form: "order".to_owned(), ..flash });
    }
    let Some(notice) = legal().present_notice(&consent).cloned() else {
        return lead_to_with(&bought.page(applied, &request_id), without_consent());
    };
    // After a refusal the next try is another request.
    let page = bought.page(applied, &new_request_id());
    let asked = Asked::parse(&bought.lines, applied, &expected_amount, &request_id, notice);
    match order(user.id, &bought, asked).await {
        Ok(Some(id)) => {
            if !bought.direct {
                Cart::of_request().without(&bought.lines).keep();
            }
            lead_to(&format!("/orders/{id}"))
        }
        Ok(None) => lead_to("/checkout"),
        Err(error) => refused(&page, &error, &seen, &consent),
    }
}

/// The notice was not agreed to, or another one is shown now: said beside the tick.
fn without_consent() -> Flash {
    let error = FieldError::new(CONSENT_FIELD, FieldProblem::Required);
    Flash { form: "order".to_owned(), errors: vec![error], ..Flash::default() }
}

/// Shows the checkout with another coupon, or with none. The radios belong to the pay form, so that what is
/// chosen is known whichever button is pressed.
#[server(prefix = "/fn", endpoint = "apply_coupon", input = FormPost, custom = Form)]
pub async fn apply_coupon(
    #[server(default)] items: String,
    #[server(default)] chosen: String,
    #[server(default)] request_id: String,
    #[server(default)] source: String,
) -> Result<(), ServerFnError> {
    let bought = Bought { lines: Cart::parse(&items), direct: source == "direct" };
    lead_to(&bought.page(some_code(&chosen), &request_id))
}

/// The state of an order of the shopper's own, as the API names it, for the page that waits for it to change;
/// blank when there is none.
#[server(prefix = "/fn", endpoint = "order_state", input = GetUrl)]
pub async fn order_state(#[server(default)] id: String) -> Result<String, ServerFnError> {
    set_caching(true);
    let (Some(user), Ok(id)) = (current_user(), id.parse()) else { return Ok(String::new()) };
    let found = service::find_order(&shop(), user.id, id).await;
    // A fault is logged where the page itself meets it; here it only means to look again.
    Ok(found.ok().flatten().map(|order| order.status.as_str().to_owned()).unwrap_or_default())
}

fn some_code(code: &str) -> Option<&str> {
    Some(code).filter(|code| !code.is_empty())
}

/// What the form is about: the cart, or the lines of a "buy now".
struct Bought {
    lines: Cart,
    direct: bool,
}

impl Bought {
    /// Its checkout. A "buy now" keeps its request id in the address, so that going back and paying again
    /// is the same order.
    fn page(&self, coupon: Option<&str>, request_id: &str) -> String {
        checkout_path(self.direct.then_some((&self.lines, request_id)), coupon)
    }

    /// Its checkout under the very same request id, for whoever had to log in on the way: the request may
    /// have been placed before the session ended.
    fn same_page(&self, coupon: Option<&str>, request_id: &str) -> String {
        if self.direct { self.page(coupon, request_id) } else { kept_checkout_path(coupon, request_id) }
    }

    /// Whether the cart no longer holds what the form says: another tab bought it, or took it out.
    fn is_gone(&self) -> bool {
        let cart = Cart::of_request();
        !self.direct && self.lines.lines().iter().any(|(product, quantity)| cart.quantity(*product) < *quantity)
    }
}

/// An order that was placed under this id before is shown, however it ended.
fn refused(page: &str, error: &Error, seen: &str, consent: &str) -> Answer {
    match error {
        Error::OrderFailed(id) | Error::OrderExpired(id) => lead_to(&format!("/orders/{id}")),
        Error::Invalid(problems) if problems.iter().any(is_not_for_sale) => lead_to(page),
        Error::Invalid(_) => lead_to_saying(page, Note::Malformed),
        // The prices that were seen, so that the page can show what has changed.
        error => {
            let flash = Flash::of_error("order", error).keeping_figures("seen", seen);
            lead_to_with(page, flash.keeping(CONSENT_FIELD, consent))
        }
    }
}

/// The checkout says this by itself, at every look.
fn is_not_for_sale(problem: &FieldError) -> bool {
    matches!(problem.problem, FieldProblem::NotForSale { .. })
}

struct Asked {
    request: OrderRequest,
    key: RequestKey,
}

impl Asked {
    fn parse(
        lines: &Cart,
        coupon: Option<&str>,
        expected_amount: &str,
        request_id: &str,
        notice: NoticeDigest,
    ) -> Result<Self, Error> {
        let request = OrderRequest {
            lines: Lines::new(lines.lines().iter().copied())?,
            coupon_code: coupon.map(CouponCode::parse).transpose()?,
            expected_amount: Some(parse_won("expected_amount", expected_amount)?),
            consent_notice: Some(notice),
        };
        Ok(Self { request, key: RequestKey::parse(request_id)? })
    }
}

/// The order of this form, also when an earlier sending placed it; `None` when the cart it speaks of is
/// gone and it placed none. The impatient second click finds the first still running: it waits for the
/// same answer.
async fn order(user: UserId, bought: &Bought, asked: Result<Asked, Error>) -> Result<Option<OrderId>, Error> {
    const MOST_TRIES: u32 = 20;
    const BETWEEN: Duration = Duration::from_millis(150);
    let Asked { request, key } = asked?;
    let mut tries = 1;
    loop {
        let placed = if bought.is_gone() {
            service::find_placed(&shop(), user, &request, key.clone()).await
        } else {
            service::place_order(&shop(), user, request.clone(), key.clone()).await.map(Some)
        };
        match placed {
            Ok(order) => return Ok(order.map(|order| order.id)),
            Err(Error::RequestInProgress) if tries < MOST_TRIES => tokio::time::sleep(BETWEEN).await,
            Err(error) => return Err(error),
        }
        tries += 1;
    }
}
