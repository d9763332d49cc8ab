//! Pictures of products: what is stored of a file, in which order it is shown, and that each act is in the log.

use crate::support::*;
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use shop::id::ProductId;
use shop::operator::store::AuditFilter;
use shop::operator::{Operator, OperatorRole, audit};
use shop::page::Page;
use shop::product::ProductQuery;
use shop::product::images::model::Way;
use shop::product::images::rules::{MOST_FILE_BYTES, MOST_IMAGES};
use shop::product::images::service::{add_image, find_image, list_pictures, move_image, remove_image};
use shop::product::images::{ImageDigest, ImageRefusal, MediaType};
use shop::product::service::{find_product, list_products};
use shop::{Error, Shop};

/// A photograph that differs from every other shade's.
fn jpeg(width: u32, height: u32, shade: u8) -> Vec<u8> {
    let pixels: Vec<u8> = (0..width * height).flat_map(|at| [shade, u8::try_from(at % 251).unwrap(), 90]).collect();
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8).unwrap();
    bytes
}

/// A drawing that something shines through.
fn png(width: u32, height: u32) -> Vec<u8> {
    let pixels = [10_u8, 20, 30, 128].repeat(usize::try_from(width * height).unwrap());
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&pixels, width, height, ExtendedColorType::Rgba8).unwrap();
    bytes
}

fn image_refusal<T: std::fmt::Debug>(outcome: Result<T, Error>) -> ImageRefusal {
    match outcome {
        Err(Error::ImageRefused(refusal)) => refusal,
        other => panic!("not refused: {other:?}"),
    }
}

async fn order(shop: &Shop, id: ProductId) -> Vec<ImageDigest> {
    list_pictures(shop, id).await.unwrap().into_iter().map(|picture| picture.large.digest).collect()
}

async fn acts(shop: &Shop, operator: &Operator) -> Vec<String> {
    let log = audit::list(shop, operator, &AuditFilter::default(), &Page::default()).await.unwrap();
    log.items.into_iter().map(|row| row.act).collect()
}

on_both_engines! {
    async fn a_picture_is_stored_in_two_sizes_and_stands_on_its_products_cover(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let (id, bare) = (shop.product(1_000, 5).await, shop.product(1_000, 5).await);
        let digest = add_image(shop, &manager, id, jpeg(1_500, 1_000, 7)).await.unwrap();
        let pictures = list_pictures(shop, id).await.unwrap();
        let picture = pictures[0];
        assert_eq!((pictures.len(), picture.large.digest, picture.media_type), (1, digest, MediaType::Jpeg));
        assert_eq!((picture.large.width, picture.large.height), (1_200, 800));
        assert_eq!((picture.small.width, picture.small.height), (400, 267));
        for rendition in [picture.large, picture.small] {
            let (media_type, bytes) = find_image(shop, rendition.digest).await.unwrap().expect("it is served");
            let size = image::load_from_memory(&bytes).unwrap();
            assert_eq!((i64::from(size.width()), i64::from(size.height())), (rendition.width, rendition.height));
            assert_eq!(media_type, MediaType::Jpeg);
        }
        assert_eq!(find_image(shop, ImageDigest::new([0; 32])).await.unwrap(), None);

        assert_eq!(find_product(shop, id).await.unwrap().expect("for sale").picture, Some(picture));
        let listed = list_products(shop, &ProductQuery::default()).await.unwrap().items;
        let covers: Vec<_> = listed.iter().map(|product| (product.id, product.picture)).collect();
        assert_eq!(covers, [(bare, None), (id, Some(picture))]);
        assert_eq!(acts(shop, &manager).await, ["product.image_added"]);
    }

    async fn pictures_are_put_in_order_and_removed_and_each_act_is_logged(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let id = shop.product(1_000, 5).await;
        let mut images = Vec::new();
        for file in [jpeg(60, 40, 1), jpeg(60, 40, 2), png(30, 30)] {
            images.push(add_image(shop, &manager, id, file).await.unwrap());
        }
        let [one, two, three] = [images[0], images[1], images[2]];
        assert_eq!(order(shop, id).await, [one, two, three]);
        move_image(shop, &manager, id, three, Way::First).await.unwrap();
        move_image(shop, &manager, id, one, Way::Later).await.unwrap();
        move_image(shop, &manager, id, one, Way::Later).await.expect("it is the last one already");
        assert_eq!(order(shop, id).await, [three, two, one]);
        remove_image(shop, &manager, id, three).await.unwrap();
        assert_eq!(order(shop, id).await, [two, one]);
        assert_eq!(find_product(shop, id).await.unwrap().unwrap().picture.map(|cover| cover.large.digest), Some(two));
        assert_eq!(find_image(shop, three).await.unwrap(), None, "what is removed is gone");
        let gone = [
            remove_image(shop, &manager, id, three).await,
            move_image(shop, &manager, id, three, Way::First).await,
            move_image(shop, &manager, ProductId::new(999_999), one, Way::First).await,
            add_image(shop, &manager, ProductId::new(999_999), png(3, 3)).await.map(drop),
        ];
        assert!(gone.iter().all(|outcome| matches!(outcome, Err(Error::NotFound))), "{gone:?}");
        let done = ["removed", "moved", "moved", "added", "added", "added"];
        assert_eq!(acts(shop, &manager).await, done.map(|act| format!("product.image_{act}")));
    }

    async fn the_same_picture_is_a_products_once_and_anothers_too(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let (one, other) = (shop.product(1_000, 5).await, shop.product(1_000, 5).await);
        let digest = add_image(shop, &manager, one, png(20, 20)).await.unwrap();
        assert_eq!(image_refusal(add_image(shop, &manager, one, png(20, 20)).await), ImageRefusal::AlreadyThere);
        assert_eq!(add_image(shop, &manager, other, png(20, 20)).await.unwrap(), digest);
        remove_image(shop, &manager, one, digest).await.unwrap();
        assert!(find_image(shop, digest).await.unwrap().is_some(), "the other product has it still");
    }

    async fn what_is_no_picture_or_one_too_many_is_refused_and_nothing_is_stored(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let id = shop.product(1_000, 5).await;
        let whole = jpeg(64, 64, 3);
        let add = |file: Vec<u8>| add_image(shop, &manager, id, file);
        assert_eq!(image_refusal(add(whole[..whole.len() - 9].to_vec()).await), ImageRefusal::Damaged);
        assert_eq!(image_refusal(add(b"<svg/>".to_vec()).await), ImageRefusal::NotAnImage);
        assert!(matches!(image_refusal(add(vec![0; MOST_FILE_BYTES + 1]).await), ImageRefusal::TooManyBytes { .. }));
        assert_eq!(wrong_fields(add(Vec::new()).await), ["image"]);
        assert_eq!(shop.count("product_images").await, 0);
        for shade in 0..u8::try_from(MOST_IMAGES).unwrap() {
            add(jpeg(16, 16, shade * 20)).await.unwrap();
        }
        assert!(matches!(image_refusal(add(png(9, 9)).await), ImageRefusal::TooMany { .. }));
        for role in [OperatorRole::Viewer, OperatorRole::Support] {
            let who = shop.operator(role).await;
            let image = order(shop, id).await[0];
            let refused = [
                add_image(shop, &who, id, png(8, 8)).await.map(drop),
                move_image(shop, &who, id, image, Way::Later).await,
                remove_image(shop, &who, id, image).await,
            ];
            assert!(refused.iter().all(|outcome| matches!(outcome, Err(Error::Forbidden))), "{refused:?}");
        }
        assert_eq!(acts(shop, &manager).await.len(), MOST_IMAGES);
    }

    async fn operators_who_add_at_once_leave_no_gap_and_no_picture_twice_in_one_place(shop) {
        let manager = shop.operator(OperatorRole::Manager).await;
        let id = shop.product(1_000, 5).await;
        let outcomes = at_once(4, |index| {
            let (own, by): (Shop, _) = ((**shop).clone(), manager.clone());
            let file = jpeg(16, 16, u8::try_from(index * 40).unwrap());
            async move { add_image(&own, &by, id, file).await }
        })
        .await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
        assert_eq!(shop.figure("SELECT COUNT(DISTINCT position) AS n FROM product_images").await, 4);
        assert_eq!(shop.figure("SELECT MAX(position) AS n FROM product_images").await, 3);
    }
}
