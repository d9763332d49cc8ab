//! Putting things into the cart and taking them out.

use crate::cart::{Cart, CartFull};
use crate::flash::{Flash, Note};
use crate::form::{Form, FormPost};
use crate::onward::{Answer, lead_to, lead_to_saying, lead_to_with};
use crate::pages::checkout_path;
use crate::visit::{new_request_id, shop};
use leptos::prelude::*;
use shop::id::ProductId;
use shop::product::service::find_product;

#[server(prefix = "/fn", endpoint = "add_to_cart", input = FormPost, custom = Form)]
pub async fn add_to_cart(
    #[server(default)] product_id: String,
    #[server(default)] quantity: String,
) -> Result<(), ServerFnError> {
    let Some((product_id, quantity)) = parse_line(&product_id, &quantity) else { return malformed() };
    let page = format!("/products/{product_id}");
    match find_product(&shop(), product_id).await {
        Ok(Some(product)) if product.available_stock > 0 => {}
        // Gone or sold out: its page says so.
        Ok(_) => return lead_to(&page),
        Err(error) => return lead_to_with(&page, Flash::of_error("cart", &error)),
    }
    match Cart::of_request().with(product_id, quantity) {
        Ok(cart) => {
            cart.keep();
            lead_to_saying(&page, Note::AddedToCart { product_id, quantity })
        }
        Err(full) => lead_to_saying(&page, note_of(full)),
    }
}

/// Straight to the checkout with this product alone; the cart stays as it is.
#[server(prefix = "/fn", endpoint = "buy_now", input = FormPost, custom = Form)]
pub async fn buy_now(
    #[server(default)] product_id: String,
    #[server(default)] quantity: String,
) -> Result<(), ServerFnError> {
    let Some((product_id, quantity)) = parse_line(&product_id, &quantity) else { return malformed() };
    match Cart::default().with(product_id, quantity) {
        Ok(lines) => lead_to(&checkout_path(Some((&lines, &new_request_id())), None)),
        Err(full) => lead_to_saying(&format!("/products/{product_id}"), note_of(full)),
    }
}

/// Makes it so many of a product; none takes it out.
#[server(prefix = "/fn", endpoint = "set_cart_line", input = FormPost, custom = Form)]
pub async fn set_cart_line(
    #[server(default)] product_id: String,
    #[server(default)] quantity: String,
) -> Result<(), ServerFnError> {
    let (Ok(product_id), Ok(quantity)) = (product_id.parse(), quantity.parse()) else { return malformed() };
    let mut cart = Cart::of_request();
    let held = cart.quantity(product_id);
    if held == 0 {
        return lead_to("/cart");
    }
    match cart.change(product_id, quantity) {
        Ok(()) => {
            cart.keep();
            if quantity > 0 { lead_to("/cart") } else { lead_to_saying("/cart", removed(product_id, held).await) }
        }
        Err(full) => lead_to_saying("/cart", note_of(full)),
    }
}

/// Undoes a removal.
#[server(prefix = "/fn", endpoint = "put_back", input = FormPost, custom = Form)]
pub async fn put_back(
    #[server(default)] product_id: String,
    #[server(default)] quantity: String,
) -> Result<(), ServerFnError> {
    let Some((product_id, quantity)) = parse_line(&product_id, &quantity) else { return malformed() };
    match Cart::of_request().with(product_id, quantity) {
        Ok(cart) => {
            cart.keep();
            lead_to_saying("/cart", Note::PutBack)
        }
        Err(full) => lead_to_saying("/cart", note_of(full)),
    }
}

/// What was taken out, by its name while it has one.
async fn removed(product_id: ProductId, quantity: i64) -> Note {
    let product = find_product(&shop(), product_id).await.ok().flatten();
    let (name, name_en) = product.map(|product| (product.name, product.name_en)).unwrap_or_default();
    Note::Removed { product_id, quantity, name, name_en }
}

/// A product and at least one of it; no quantity means one.
fn parse_line(product_id: &str, quantity: &str) -> Option<(ProductId, i64)> {
    let product_id: ProductId = product_id.parse().ok().filter(|id: &ProductId| id.get() > 0)?;
    let quantity = if quantity.is_empty() { 1 } else { quantity.parse().ok()? };
    (quantity > 0).then_some((product_id, quantity))
}

fn malformed() -> Answer {
    lead_to_saying(&crate::onward::page_before(), Note::Malformed)
}

fn note_of(full: CartFull) -> Note {
    match full {
        CartFull::OfThisProduct => Note::TooManyOfOne,
        CartFull::InAll => Note::TooManyInAll,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_a_product_and_at_least_one_of_it() {
        let table = [
            ("3", "2", Some((3, 2))),
            ("3", "", Some((3, 1))),
            ("3", "0", None),
            ("3", "-1", None),
            ("3", "abc", None),
            ("0", "1", None),
            ("-3", "1", None),
            ("", "1", None),
            ("3; DROP", "1", None),
        ];
        for (product, quantity, line) in table {
            let line = line.map(|(id, quantity)| (ProductId::new(id), quantity));
            assert_eq!(parse_line(product, quantity), line, "{product} {quantity}");
        }
    }
}
