//! What the shop says of its goods and its coupon, before and after.

use crate::connection::{Connection, Shop};
use crate::scenario::{Ask, COUPON, SCARCE_PRODUCT};
use anyhow::{Context, ensure};
use http::HeaderValue;
use serde_json::Value;

/// Read when nobody buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Facts {
    /// Pieces of all goods.
    pub pieces: i64,
    pub scarce_pieces: i64,
    /// Pieces of the coupon that nobody has claimed.
    pub coupons_left: i64,
}

impl Facts {
    /// # Errors
    /// The shop does not answer, or was not filled by `damda seed --load`.
    pub async fn read(shop: &Shop) -> anyhow::Result<Self> {
        let mut connection = Connection::to(shop);
        let (mut pieces, mut scarce_pieces) = (0, None);
        let mut cursor = String::new();
        loop {
            let page = get(&mut connection, format!("/api/v1/products?limit=100{cursor}")).await?;
            for product in page["items"].as_array().context("no list of products")? {
                let stock = product["total_stock"].as_i64().context("a product without a stock")?;
                pieces += stock;
                if product["id"] == SCARCE_PRODUCT {
                    scarce_pieces = Some(stock);
                }
            }
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        let coupons = get(&mut connection, "/api/v1/coupons".to_owned()).await?;
        let coupons = coupons["items"].as_array().context("no list of coupons")?;
        let coupons_left = coupons.iter().find(|coupon| coupon["code"] == COUPON).map(|coupon| &coupon["remaining"]);
        let unfilled = "the shop has no product 101 or no coupon FCFS100: fill it with `damda seed --load`";
        Ok(Self {
            pieces,
            scarce_pieces: scarce_pieces.context(unfilled)?,
            coupons_left: coupons_left.and_then(Value::as_i64).context(unfilled)?,
        })
    }
}

async fn get(connection: &mut Connection, path: String) -> anyhow::Result<Value> {
    let request = Ask::get(path.clone()).into_request(&HeaderValue::from_static(""), "")?;
    let answer = connection.send(request).await?;
    ensure!(answer.status == 200, "{path} answers {}", answer.status);
    serde_json::from_slice(&answer.body).with_context(|| format!("{path} answers no JSON"))
}
