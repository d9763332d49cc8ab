//! The console's forms that bring a file, and what is done with it.

use super::goods::{flash_of, product_page};
use crate::flash::Note;
use crate::form::{Form, FormPost};
use crate::onward::{Answer, form_operator, lead_to, lead_to_saying, lead_to_with, or_answer};
use crate::upload::{FileBytes, FilePost, Upload};
use crate::visit::shop;
use leptos::prelude::*;
use shop::Error;
use shop::digest::{parse_digest, write_digest};
use shop::error::FieldProblem;
use shop::id::ProductId;
use shop::operator::{Operator, Permission};
use shop::product::console::import::{import_file, keep_file};
use shop::product::images::ImageDigest;
use shop::product::images::model::Way;
use shop::product::images::service::{add_image, move_image, remove_image};

const IMPORT: &str = "/admin/products/import";

/// Keeps a file of products and leads to its dry run.
#[server(prefix = "/fn", endpoint = "admin_upload_products", input = FilePost, custom = Upload)]
pub async fn upload_products(
    #[server(default)] file: FileBytes,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let operator = or_answer!(form_operator(&owner, IMPORT, Permission::EditProducts).await);
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
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditProducts).await);
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
    parse_digest(digest).map_or_else(|| IMPORT.to_owned(), |digest| format!("{IMPORT}/{}", write_digest(&digest)))
}

/// The form of a product's pictures, as the flash names it.
const IMAGES: &str = "images";

/// Adds a picture to a product.
#[server(prefix = "/fn", endpoint = "admin_add_image", input = FilePost, custom = Upload)]
pub async fn add_picture(
    #[server(default)] id: String,
    #[server(default)] image: FileBytes,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let (page, id) = product_page(&id);
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditProducts).await);
    let Some(id) = id else { return lead_to_saying(&page, Note::Malformed) };
    answer(&page, add_image(&shop(), &operator, id, image.0).await.map(drop))
}

/// `way`: `first`, `earlier` or `later`.
#[server(prefix = "/fn", endpoint = "admin_move_image", input = FormPost, custom = Form)]
pub async fn move_picture(
    #[server(default)] id: String,
    #[server(default)] image: String,
    #[server(default)] way: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let (page, id) = product_page(&id);
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditProducts).await);
    let Some(id) = id else { return lead_to_saying(&page, Note::Malformed) };
    answer(&page, go(&operator, id, &image, &way).await)
}

async fn go(by: &Operator, id: ProductId, image: &str, way: &str) -> Result<(), Error> {
    let way = Way::from_text(way).ok_or_else(|| Error::invalid("way", FieldProblem::Malformed))?;
    move_image(&shop(), by, id, ImageDigest::parse(image).ok_or(Error::NotFound)?, way).await
}

/// Takes a picture from a product.
#[server(prefix = "/fn", endpoint = "admin_remove_image", input = FormPost, custom = Form)]
pub async fn remove_picture(
    #[server(default)] id: String,
    #[server(default)] image: String,
    #[server(default)] owner: String,
) -> Result<(), ServerFnError> {
    let (page, id) = product_page(&id);
    let operator = or_answer!(form_operator(&owner, &page, Permission::EditProducts).await);
    let Some(id) = id else { return lead_to_saying(&page, Note::Malformed) };
    let done = match ImageDigest::parse(&image) {
        Some(image) => remove_image(&shop(), &operator, id, image).await,
        None => Err(Error::NotFound),
    };
    answer(&page, done)
}

fn answer(page: &str, done: Result<(), Error>) -> Answer {
    match done {
        Ok(()) => lead_to_saying(page, Note::Done),
        Err(error) => lead_to_with(page, flash_of(IMAGES, &error)),
    }
}
