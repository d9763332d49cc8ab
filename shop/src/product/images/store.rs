//! Pictures in the database. Their bytes are read by [`find_bytes`] alone.

use super::model::{ImageDigest, MediaType, Picture, Rendition};
use crate::database::{Db, Row, Sql, Tx};
use crate::error::Fault;
use crate::id::ProductId;
use crate::product::Product;
use crate::time::Timestamp;
use std::collections::HashMap;

const COLUMNS: &str =
    "product_id, digest, small_digest, position, media_type, width, height, small_width, small_height";

fn picture_of(row: &Row) -> Result<Picture, Fault> {
    let rendition = |digest: &str, width: &str, height: &str| {
        Ok::<_, Fault>(Rendition {
            digest: row.id(digest, ImageDigest::from_bytes)?,
            width: row.int(width)?,
            height: row.int(height)?,
        })
    };
    Ok(Picture {
        large: rendition("digest", "width", "height")?,
        small: rendition("small_digest", "small_width", "small_height")?,
        media_type: row.parsed("media_type", MediaType::from_text)?,
    })
}

/// A product's pictures, the cover first.
pub async fn list(db: &Db, id: ProductId) -> Result<Vec<Picture>, Fault> {
    let sql = Sql::new(format!("SELECT {COLUMNS} FROM product_images WHERE product_id = ? ORDER BY position, digest"))
        .bind(id);
    db.fetch_all(sql).await?.iter().map(picture_of).collect()
}

/// Gives these products the pictures on their covers. One statement.
pub async fn add_pictures(db: &Db, products: Vec<&mut Product>) -> Result<(), Fault> {
    if products.is_empty() {
        return Ok(());
    }
    let sql = Sql::new(format!("SELECT {COLUMNS} FROM product_images WHERE position = 0 AND product_id IN "))
        .list(products.iter().map(|product| product.id));
    let rows = db.fetch_all(sql).await?;
    let covers = rows
        .iter()
        .map(|row| Ok((ProductId::new(row.int("product_id")?), picture_of(row)?)))
        .collect::<Result<HashMap<_, _>, Fault>>()?;
    for product in products {
        product.picture = covers.get(&product.id).copied();
    }
    Ok(())
}

/// A stored picture in one of its sizes, and what it is.
pub async fn find_bytes(db: &Db, digest: ImageDigest) -> Result<Option<(MediaType, Vec<u8>)>, Fault> {
    for sql in [
        "SELECT media_type, bytes FROM product_images WHERE digest = ? LIMIT 1",
        "SELECT media_type, small_bytes AS bytes FROM product_images WHERE small_digest = ? LIMIT 1",
    ] {
        if let Some(row) = db.fetch_optional(Sql::new(sql).bind(digest)).await? {
            return Ok(Some((row.parsed("media_type", MediaType::from_text)?, row.bytes("bytes")?)));
        }
    }
    Ok(None)
}

pub async fn has_product(db: &Db, id: ProductId) -> Result<bool, Fault> {
    let sql = Sql::new("SELECT 1 AS one FROM products WHERE id = ?").bind(id);
    Ok(db.fetch_optional(sql).await?.is_some())
}

/// Locks a product: whoever changes its pictures waits for the other. `false`: there is none.
pub async fn lock_product(tx: &mut Tx, id: ProductId) -> Result<bool, Fault> {
    let sql = Sql::new("SELECT id FROM products WHERE id = ? FOR UPDATE").bind(id);
    Ok(tx.fetch_optional(sql).await?.is_some())
}

/// A product's pictures by their names, the cover first. Under the lock of the product.
pub async fn read_order(tx: &mut Tx, id: ProductId) -> Result<Vec<ImageDigest>, Fault> {
    let sql = Sql::new("SELECT digest FROM product_images WHERE product_id = ? ORDER BY position, digest").bind(id);
    tx.fetch_all(sql).await?.iter().map(|row| row.id("digest", ImageDigest::from_bytes)).collect()
}

/// A picture to be stored.
#[derive(Clone, Debug)]
pub struct NewImage {
    pub picture: Picture,
    pub bytes: Vec<u8>,
    pub small_bytes: Vec<u8>,
}

pub async fn write_image(
    tx: &mut Tx,
    id: ProductId,
    position: i64,
    new: &NewImage,
    now: Timestamp,
) -> Result<(), Fault> {
    let Picture { large, small, media_type } = new.picture;
    let sql = Sql::new(
        "INSERT INTO product_images (product_id, digest, small_digest, position, media_type, width, height, \
         small_width, small_height, created_at, small_bytes, bytes) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(id)
    .bind(large.digest)
    .bind(small.digest)
    .bind(position)
    .bind(media_type.as_str())
    .bind(large.width)
    .bind(large.height)
    .bind(small.width)
    .bind(small.height)
    .bind(now)
    .bind(new.small_bytes.as_slice())
    .bind(new.bytes.as_slice());
    tx.execute_exactly(1, "the picture that is new", sql).await
}

/// Gives a product's pictures their places: all of them, in this order.
pub async fn write_order(tx: &mut Tx, id: ProductId, order: &[ImageDigest]) -> Result<(), Fault> {
    if order.is_empty() {
        return Ok(());
    }
    let sql = Sql::new("UPDATE product_images SET position = ")
        .case("digest", order.iter().copied().zip(0_i64..))
        .then(" WHERE product_id = ? AND digest IN ")
        .bind(id)
        .list(order.iter().copied());
    tx.execute_exactly(order.len(), "pictures that are put in order", sql).await
}

pub async fn remove_image(tx: &mut Tx, id: ProductId, image: ImageDigest) -> Result<(), Fault> {
    let sql = Sql::new("DELETE FROM product_images WHERE product_id = ? AND digest = ?").bind(id).bind(image);
    tx.execute_exactly(1, "the picture that goes", sql).await
}
