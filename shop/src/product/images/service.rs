//! What operators do with pictures of products, and who shows them. Decoding is done off the async threads, and only so
//! much of it at once: one picture takes up to a quarter of a gigabyte and some seconds of a core.

use super::draw::{Drawn, DrawnPair, draw};
use super::model::{ImageDigest, ImageRefusal, MediaType, Picture, Rendition, Way};
use super::rules::{MOST_FILE_BYTES, MOST_IMAGES, moved};
use super::store::{self, NewImage};
use crate::database::{Tx, retried};
use crate::error::{Error, Fault, FieldProblem};
use crate::id::ProductId;
use crate::operator::audit::{self, Act, Entry, Subject};
use crate::operator::{Operator, Permission};
use crate::shop::Shop;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use tokio::sync::Semaphore;

/// How many pictures are decoded at once in one process: by half of the processors, so that the others serve who is
/// buying, and never so many that their memory is a danger.
static AT_ONCE: LazyLock<usize> =
    LazyLock::new(|| (std::thread::available_parallelism().map_or(1, usize::from) / 2).clamp(1, MOST_AT_ONCE));
const MOST_AT_ONCE: usize = 4;
/// How many may wait for their turn; beyond it an operator is told to come back.
const MOST_WAITING: usize = 16;

static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(*AT_ONCE));
static PLACES: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(*AT_ONCE + MOST_WAITING));

/// A product's pictures, the cover first. They are nobody's secret: a picture is served to whoever knows its name.
pub async fn list_pictures(shop: &Shop, id: ProductId) -> Result<Vec<Picture>, Error> {
    Ok(store::list(shop.db(), id).await?)
}

/// A picture in one of its sizes, by its name.
pub async fn find_image(shop: &Shop, digest: ImageDigest) -> Result<Option<(MediaType, Vec<u8>)>, Error> {
    Ok(store::find_bytes(shop.db(), digest).await?)
}

/// Adds a picture behind a product's others; the first one is its cover.
///
/// # Errors
/// `Forbidden`, `NotFound`; `Invalid` on `image`: nothing was sent; `ImageRefused`; `Busy`: too many wait already.
pub async fn add_image(shop: &Shop, by: &Operator, id: ProductId, file: Vec<u8>) -> Result<ImageDigest, Error> {
    by.must(Permission::EditProducts)?;
    if file.is_empty() {
        return Err(Error::invalid("image", FieldProblem::Required));
    }
    if file.len() > MOST_FILE_BYTES {
        let most = i64::try_from(MOST_FILE_BYTES).unwrap_or(i64::MAX);
        return Err(Error::ImageRefused(ImageRefusal::TooManyBytes { most }));
    }
    if !store::has_product(shop.db(), id).await? {
        return Err(Error::NotFound);
    }
    let new = stored_form(drawn_in_turn(file).await?);
    retried(|| add_drawn(shop, by, id, &new)).await
}

async fn drawn_in_turn(file: Vec<u8>) -> Result<DrawnPair, Error> {
    let Ok(_place) = PLACES.try_acquire() else { return Err(Error::Busy) };
    let _turn = TURNS.acquire().await.map_err(|_| Fault::Other("turns of pictures are closed".to_owned()))?;
    let done = tokio::task::spawn_blocking(move || draw(&file)).await;
    // A panic of a decoder is the file's fault as far as its sender is concerned, and ours in the log.
    done.unwrap_or_else(|error| {
        tracing::error!(%error, "a picture could not be decoded");
        Err(Error::ImageRefused(ImageRefusal::Damaged))
    })
}

fn stored_form(DrawnPair { large, small, media_type }: DrawnPair) -> NewImage {
    let rendition = |drawn: &Drawn| Rendition {
        digest: ImageDigest::new(Sha256::digest(&drawn.bytes).into()),
        width: i64::from(drawn.width),
        height: i64::from(drawn.height),
    };
    let picture = Picture { large: rendition(&large), small: rendition(&small), media_type };
    NewImage { picture, bytes: large.bytes, small_bytes: small.bytes }
}

async fn add_drawn(shop: &Shop, by: &Operator, id: ProductId, new: &NewImage) -> Result<ImageDigest, Error> {
    let digest = new.picture.large.digest;
    let (mut tx, order) = lock_order(shop, id).await?;
    if order.contains(&digest) {
        return Err(Error::ImageRefused(ImageRefusal::AlreadyThere));
    }
    if order.len() >= MOST_IMAGES {
        let most = i64::try_from(MOST_IMAGES).unwrap_or(i64::MAX);
        return Err(Error::ImageRefused(ImageRefusal::TooMany { most }));
    }
    let (now, position) = (shop.now(), i64::try_from(order.len()).unwrap_or(i64::MAX));
    store::write_image(&mut tx, id, position, new, now).await?;
    let after = json!({ "image": digest, "position": position + 1 });
    let entry = Entry { after: Some(after), ..Entry::new(Act::ImageAdded, Subject::Product(id)) };
    audit::write(&mut tx, by, &[entry], now).await?;
    tx.commit().await?;
    Ok(digest)
}

async fn lock_order(shop: &Shop, id: ProductId) -> Result<(Tx, Vec<ImageDigest>), Error> {
    let mut tx = shop.db().begin().await?;
    if !store::lock_product(&mut tx, id).await? {
        return Err(Error::NotFound);
    }
    let order = store::read_order(&mut tx, id).await?;
    Ok((tx, order))
}

/// Moves a picture among its product's others.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn move_image(shop: &Shop, by: &Operator, id: ProductId, image: ImageDigest, way: Way) -> Result<(), Error> {
    by.must(Permission::EditProducts)?;
    retried(|| async {
        let (mut tx, before) = lock_order(shop, id).await?;
        let after = moved(&before, image, way).ok_or(Error::NotFound)?;
        if after == before {
            return Ok(());
        }
        store::write_order(&mut tx, id, &after).await?;
        let place = |order: &[ImageDigest]| order.iter().position(|one| *one == image).map(|place| place + 1);
        let fact = |order: &[ImageDigest]| json!({ "image": image, "position": place(order) });
        let entry = Entry::new(Act::ImageMoved, Subject::Product(id)).changing(fact(&before), fact(&after));
        audit::write(&mut tx, by, &[entry], shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}

/// Takes a picture from a product; its others move up.
///
/// # Errors
/// `Forbidden`, `NotFound`.
pub async fn remove_image(shop: &Shop, by: &Operator, id: ProductId, image: ImageDigest) -> Result<(), Error> {
    by.must(Permission::EditProducts)?;
    retried(|| async {
        let (mut tx, mut order) = lock_order(shop, id).await?;
        let place = order.iter().position(|one| *one == image).ok_or(Error::NotFound)?;
        order.remove(place);
        store::remove_image(&mut tx, id, image).await?;
        store::write_order(&mut tx, id, &order).await?;
        let before = json!({ "image": image, "position": place + 1 });
        let entry = Entry { before: Some(before), ..Entry::new(Act::ImageRemoved, Subject::Product(id)) };
        audit::write(&mut tx, by, &[entry], shop.now()).await?;
        Ok(tx.commit().await?)
    })
    .await
}
