//! stub
use crate::product::{Category, PopularProduct};
use crate::{Error, Shop};
pub async fn list_popular(_s: &Shop, _d: i64, _c: Option<Category>, _l: usize) -> Result<Vec<PopularProduct>, Error> {
    todo!()
}
