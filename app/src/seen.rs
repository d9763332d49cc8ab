//! What was looked at last: a few product ids in a cookie, and nowhere else. It is untrusted and promises
//! nothing; who does not want it clears it.

use crate::cookies::{find_cookie, forget_cookie, keep_cookie};
use crate::visit::shop;
use shop::id::ProductId;
use shop::product::Product;

/// Products, the last one first, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seen(Vec<ProductId>);

impl Seen {
    const COOKIE: &str = "seen";
    const MOST: usize = 8;
    /// Eight of the longest ids.
    const MOST_BYTES: usize = 160;
    const SECONDS: u32 = 60 * 60 * 24 * 30;

    pub fn of_request() -> Self {
        find_cookie(Self::COOKIE).map(|text| Self::parse(&text)).unwrap_or_default()
    }

    /// `7.3.12`; what cannot be read is left out.
    pub fn parse(text: &str) -> Self {
        let mut seen = Self::default();
        if text.len() <= Self::MOST_BYTES {
            for id in text.split('.').filter_map(|id| id.parse::<ProductId>().ok()).filter(|id| id.get() > 0) {
                if !seen.0.contains(&id) && seen.0.len() < Self::MOST {
                    seen.0.push(id);
                }
            }
        }
        seen
    }

    /// As the cookie holds it.
    pub fn text(&self) -> String {
        self.0.iter().map(ProductId::to_string).collect::<Vec<_>>().join(".")
    }

    /// Puts a product first and keeps the list.
    pub fn add(mut self, product: ProductId) {
        self.0.retain(|id| *id != product);
        self.0.insert(0, product);
        self.0.truncate(Self::MOST);
        keep_cookie(Self::COOKIE, &self.text(), Self::SECONDS);
    }

    pub fn forget() {
        forget_cookie(Self::COOKIE);
    }

    /// Those that are still sold, the last one first, without the one whose page it is.
    pub async fn list(&self, except: Option<ProductId>) -> Result<Vec<Product>, shop::Error> {
        let ids: Vec<ProductId> = self.0.iter().copied().filter(|id| Some(*id) != except).collect();
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut products = shop::product::service::find_products(&shop(), &ids).await?;
        products.sort_by_key(|product| ids.iter().position(|id| *id == product.id));
        Ok(products)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_read_as_far_as_it_makes_sense() {
        let table = [
            ("", ""),
            ("3", "3"),
            ("3.1.3.2", "3.1.2"),
            ("0.-1.x.1e3..7", "7"),
            ("1.2.3.4.5.6.7.8.9.10", "1.2.3.4.5.6.7.8"),
            ("9223372036854775807.99999999999999999999", "9223372036854775807"),
            ("1; Path=/evil", ""),
            ("<script>", ""),
        ];
        for (cookie, seen) in table {
            assert_eq!(Seen::parse(cookie).text(), seen, "{cookie}");
        }
        assert_eq!(Seen::parse(&"1.".repeat(500)), Seen::default());
        let longest = ["9223372036854775807"; 8].join(".");
        assert_eq!(Seen::parse(&longest).text(), "9223372036854775807");
    }
}
