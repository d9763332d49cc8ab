//! stub
use super::model::*;
use crate::id::ProductId;
use crate::page::Slice;
use crate::{Error, Shop};
#[derive(Clone, Copy, Debug)]
pub struct SavedProducts {
    pub added: u64,
    pub updated: u64,
}
pub async fn list_products(_s: &Shop, _q: &ProductQuery) -> Result<Slice<Product>, Error> {
    todo!()
}
pub async fn find_product(_s: &Shop, _i: ProductId) -> Result<Option<Product>, Error> {
    todo!()
}
pub async fn find_products(_s: &Shop, _i: &[ProductId]) -> Result<Vec<Product>, Error> {
    todo!()
}
pub async fn save_products(_s: &Shop, _d: Vec<ProductDraft>) -> Result<SavedProducts, Error> {
    todo!()
}
