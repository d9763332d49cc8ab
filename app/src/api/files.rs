//! The console's forms that bring a file, and what is done with it.

use super::goods::flash_of;
use crate::flash::Note;
use crate::form::{Form, FormPost};
use crate::onward::{form_operator, lead_to, lead_to_saying, lead_to_with};
use crate::upload::{FileBytes, FilePost, Upload};
use crate::visit::shop;
use leptos::prelude::*;
use shop::Error;
use shop::operator::Permission;
use shop::product::console::import::{import_file, keep_file};

const IMPORT: &str = "/admin/products/import";

/// Keeps a file of products and leads to its dry run.
#[server(prefix = "/fn", endpoint = "admin_upload_products", input = FilePost, custom = Upload)]
pub async fn upload_products(
    #[server(default)] file: FileBytes,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let operator = match form_operator(&owner, IMPORT, Permission::EditProducts).await {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    match keep_file(&shop(), &operator, &file.0).await {
        Ok(name) => lead_to(&format!("{IMPORT}/{name}")),
        Err(error) => lead_to_with(IMPORT, flash_of("import", &error)),
    }
}

/// Does what a kept file says.
#[server(prefix = "/fn", endpoint = "admin_import_products", input = FormPost, custom = Form)]
pub async fn import_products(
    #[server(default)] digest: String,
    #[server(default)] seen: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let page = import_page(&digest);
    let operator = match form_operator(&owner, &page, Permission::EditProducts).await {
        Ok(operator) => operator,
        Err(answer) => return answer,
    };
    match import_file(&shop(), &operator, &digest, &seen).await {
        Ok(done) => {
            let note = Note::Imported { made: done.made, edited: done.edited, moved: done.moved };
            lead_to_saying("/admin/products", note)
        }
        Err(Error::NotFound) => lead_to_saying(IMPORT, Note::FileGone),
        // The page of the dry run names each line that is wrong.
        Err(error) => lead_to_with(&page, flash_of("import", &error)),
    }
}

/// The page of a file's dry run; of no file, that where one is chosen.
fn import_page(digest: &str) -> String {
    let is_digest = digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_digest { format!("{IMPORT}/{digest}") } else { IMPORT.to_owned() }
}
