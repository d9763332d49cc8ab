//! stub
use crate::error::Fault;
#[derive(Clone)]
pub struct Db;
impl Db {
    pub async fn open(_url: &str) -> Result<Self, Fault> {
        todo!()
    }
    pub async fn migrate(&self) -> Result<(), Fault> {
        todo!()
    }
    pub async fn ping(&self) -> Result<(), Fault> {
        todo!()
    }
}
pub mod outbox {
    use crate::{Error, Shop};
    pub async fn relay(_shop: &Shop) -> Result<u64, Error> {
        todo!()
    }
}
