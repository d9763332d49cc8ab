//! The cart: a list of products in a cookie, so that it outlives logins and sessions. It promises nothing
//! and holds no price; what it costs is asked of the shop at every look. The cookie is untrusted.

use crate::cookies::{LONG_SECONDS, find_cookie, forget_cookie, keep_open_cookie};
use shop::id::ProductId;
use shop::order::model::{MOST_IN_ONE_ORDER, MOST_OF_ONE_PRODUCT};
use std::fmt;

/// Products in the order they were put in, each once, 1…10 of it, 30 pieces in all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cart(Vec<(ProductId, i64)>);

/// Why something does not fit in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CartFull {
    OfThisProduct,
    InAll,
}

impl Cart {
    pub const COOKIE: &str = "cart";
    /// More than 30 pieces never need; what is longer was not written by us.
    const MOST_BYTES: usize = 1_000;

    /// The cart of this request.
    pub fn of_request() -> Self {
        find_cookie(Self::COOKIE).map(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// `id:quantity,id:quantity`. What cannot be read is left out, what is too much is cut.
    pub fn parse(text: &str) -> Self {
        let mut cart = Self::default();
        if text.len() > Self::MOST_BYTES {
            return cart;
        }
        for part in text.split(',') {
            let read = part.split_once(':').and_then(|(id, quantity)| Some((id.parse().ok()?, quantity.parse().ok()?)));
            if let Some((product, quantity)) = read {
                cart.add_what_fits(product, quantity);
            }
        }
        cart
    }

    fn add_what_fits(&mut self, product: ProductId, quantity: i64) {
        let room = (MOST_OF_ONE_PRODUCT - self.quantity(product)).min(MOST_IN_ONE_ORDER - self.pieces());
        let quantity = quantity.min(room);
        if product.get() > 0 && quantity > 0 {
            self.set(product, self.quantity(product) + quantity);
        }
    }

    fn set(&mut self, product: ProductId, quantity: i64) {
        if quantity < 1 {
            self.0.retain(|(held, _)| *held != product);
        } else if let Some(line) = self.0.iter_mut().find(|(held, _)| *held == product) {
            line.1 = quantity;
        } else {
            self.0.push((product, quantity));
        }
    }

    /// With so many more of a product.
    pub fn with(mut self, product: ProductId, quantity: i64) -> Result<Self, CartFull> {
        let held = self.quantity(product);
        self.change(product, held.saturating_add(quantity))?;
        Ok(self)
    }

    /// Makes it so many of a product; none takes it out.
    pub fn change(&mut self, product: ProductId, quantity: i64) -> Result<(), CartFull> {
        let others = self.pieces() - self.quantity(product);
        if quantity > MOST_OF_ONE_PRODUCT {
            return Err(CartFull::OfThisProduct);
        }
        if others + quantity.max(0) > MOST_IN_ONE_ORDER {
            return Err(CartFull::InAll);
        }
        self.set(product, quantity);
        Ok(())
    }

    /// What remains after these were bought.
    pub fn without(mut self, bought: &Cart) -> Self {
        for (product, quantity) in &bought.0 {
            let left = self.quantity(*product) - quantity;
            if self.quantity(*product) > 0 {
                self.set(*product, left);
            }
        }
        self
    }

    pub fn quantity(&self, product: ProductId) -> i64 {
        self.0.iter().find(|(held, _)| *held == product).map_or(0, |(_, quantity)| *quantity)
    }

    pub fn pieces(&self) -> i64 {
        self.0.iter().map(|(_, quantity)| quantity).sum()
    }

    pub fn lines(&self) -> &[(ProductId, i64)] {
        &self.0
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes the cookie. The bar above the pages reads it too, to count in every tab what is in the cart.
    pub fn keep(&self) {
        if self.is_empty() {
            forget_cookie(Self::COOKIE);
        } else {
            keep_open_cookie(Self::COOKIE, &self.to_string(), LONG_SECONDS);
        }
    }
}

/// As the cookie and hidden fields hold it.
impl fmt::Display for Cart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (product, quantity)) in self.0.iter().enumerate() {
            let comma = if index > 0 { "," } else { "" };
            write!(f, "{comma}{product}:{quantity}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(id: i64) -> ProductId {
        ProductId::new(id)
    }

    #[test]
    fn a_cookie_is_read_as_far_as_it_makes_sense() {
        let table = [
            ("", ""),
            ("3:1", "3:1"),
            ("3:1,1:2", "3:1,1:2"),
            ("3:1,3:2", "3:3"),
            ("3:99", "3:10"),
            ("3:9,3:9", "3:10"),
            ("3:0,4:-1,0:1,-5:1", ""),
            ("abc,1,1:,:1,1:x,2:2", "2:2"),
            ("1:10,2:10,3:10,4:10", "1:10,2:10,3:10"),
            ("1:10,2:10,3:9,4:5", "1:10,2:10,3:9,4:1"),
            ("9223372036854775807:9223372036854775807", "9223372036854775807:10"),
            ("99999999999999999999:1", ""),
            ("1:1;evil=1", ""),
        ];
        for (cookie, cart) in table {
            assert_eq!(Cart::parse(cookie).to_string(), cart, "{cookie}");
        }
        assert!(Cart::parse(&"1:1,".repeat(1_000)).is_empty());
        let many: Vec<String> = (1..=60).map(|id| format!("{id}:1")).collect();
        assert_eq!(Cart::parse(&many.join(",")).lines().len(), 30);
    }

    #[test]
    fn a_cart_takes_ten_of_one_and_thirty_in_all() {
        let cart = Cart::parse("1:9");
        assert_eq!(cart.clone().with(id(1), 1).map(|cart| cart.pieces()), Ok(10));
        assert_eq!(cart.with(id(1), 2), Err(CartFull::OfThisProduct));
        let full = Cart::parse("1:10,2:10,3:10");
        assert_eq!(full.clone().with(id(4), 1), Err(CartFull::InAll));
        let mut full = full;
        assert_eq!(full.change(id(3), 0), Ok(()));
        assert_eq!(full.to_string(), "1:10,2:10");
        assert_eq!(full.change(id(1), i64::MAX), Err(CartFull::OfThisProduct));
        assert_eq!(full.change(id(1), i64::MIN), Ok(()));
    }

    #[test]
    fn what_was_bought_leaves_the_cart() {
        let cart = Cart::parse("1:3,2:1");
        assert_eq!(cart.clone().without(&Cart::parse("1:1,2:1,9:1")).to_string(), "1:2");
        assert_eq!(cart.without(&Cart::parse("1:10")).to_string(), "2:1");
    }
}
