//! Placing an order. The form states what was seen (lines, coupon, amount) under a request id the server
//! made, so that every further sending of it leads to the one order it placed.

use super::parse_won;
use crate::cart::Cart;
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{Answer, form_sender, lead_to, lead_to_saying, lead_to_with};
use crate::pages::checkout_path;
use crate::visit::shop;
use leptos::prelude::*;
use shop::coupon::CouponCode;
use shop::id::{OrderId, UserId};
use shop::order::{Lines, OrderRequest, service};
use shop::request::RequestKey;
use shop::{Error, FieldError, FieldProblem};
use std::time::Duration;

#[server(prefix = "/fn", endpoint = "place_order", input = FormPost, custom = Form)]
pub async fn place_order(
    #[server(default)] items: String,
    #[server(default)] coupon: String,
    #[server(default)] expected_amount: String,
    #[server(default)] request_id: String,
    #[server(default)] source: String,
) -> Result<(), ServerFnError> {
    let lines = Cart::parse(&items);
    let chosen = Some(coupon.as_str()).filter(|code| !code.is_empty());
    let page = checkout_path((source == "direct").then_some(&lines), chosen);
    let user = match form_sender(&page) {
        Ok(user) => user,
        Err(answer) => return answer,
    };
    let asked = Asked::parse(&lines, chosen, &expected_amount, &request_id);
    match order(user.id, asked).await {
        Ok(id) => {
            if source != "direct" {
                Cart::of_request().without(&lines).keep();
            }
            lead_to(&format!("/orders/{id}"))
        }
        Err(error) => refused(&page, &error),
    }
}

/// An order that was placed under this id before is shown, however it ended.
fn refused(page: &str, error: &Error) -> Answer {
    match error {
        Error::OrderFailed(id) | Error::OrderExpired(id) => lead_to(&format!("/orders/{id}")),
        Error::Invalid(problems) if problems.iter().any(is_not_for_sale) => lead_to(page),
        Error::Invalid(_) => lead_to_saying(page, Note::Malformed),
        error => lead_to_with(page, Flash::of_error("order", error)),
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
    fn parse(lines: &Cart, coupon: Option<&str>, expected_amount: &str, request_id: &str) -> Result<Self, Error> {
        let request = OrderRequest {
            lines: Lines::new(lines.lines().iter().copied())?,
            coupon_code: coupon.map(CouponCode::parse).transpose()?,
            expected_amount: Some(parse_won("expected_amount", expected_amount)?),
        };
        Ok(Self { request, key: RequestKey::parse(request_id)? })
    }
}

/// The impatient second click finds the first still running: it waits for the same answer.
async fn order(user: UserId, asked: Result<Asked, Error>) -> Result<OrderId, Error> {
    const MOST_TRIES: u32 = 20;
    const BETWEEN: Duration = Duration::from_millis(150);
    let Asked { request, key } = asked?;
    let mut tries = 1;
    loop {
        match service::place_order(&shop(), user, request.clone(), key.clone()).await {
            Ok(order) => return Ok(order.id),
            Err(Error::RequestInProgress) if tries < MOST_TRIES => tokio::time::sleep(BETWEEN).await,
            Err(error) => return Err(error),
        }
        tries += 1;
    }
}
