//! stub
use crate::{database::Db, error::Fault};
#[derive(Clone, Debug)]
pub struct Check {
    pub name: &'static str,
    pub figure: String,
    pub broken: Vec<String>,
}
impl Check {
    pub fn holds(&self) -> bool {
        self.broken.is_empty()
    }
}
pub async fn verify_shop(_db: &Db) -> Result<Vec<Check>, Fault> {
    todo!()
}
