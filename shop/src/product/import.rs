//! stub
use super::model::ProductDraft;
use crate::FieldError;
#[derive(Clone, Debug)]
pub struct ImportProblem {
    pub line: u64,
    pub errors: Vec<FieldError>,
}
pub fn read_products(_r: impl std::io::Read) -> Result<Vec<ProductDraft>, Vec<ImportProblem>> {
    todo!()
}
