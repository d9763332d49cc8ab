//! Pictures of products over HTTP: what a manager uploads shoppers see, made anew; what is none is refused with a
//! sentence and a code.

use crate::console::operator;
use crate::sessions::Browser;
use crate::support::{Answer, House};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{ExtendedColorType, ImageEncoder};
use shop::operator::OperatorRole;

const ADD: &str = "/fn/admin_add_image";

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let pixels: Vec<u8> =
        (0..width * height).flat_map(|at| [u8::try_from(at % 256).expect("a byte"), 60, 120]).collect();
    let mut bytes = Vec::new();
    let encoder = JpegEncoder::new_with_quality(&mut bytes, 90);
    encoder.write_image(&pixels, width, height, ExtendedColorType::Rgb8).expect("a picture");
    bytes
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let pixels = [10_u8, 20, 30, 128].repeat(usize::try_from(width * height).expect("a few"));
    let mut bytes = Vec::new();
    PngEncoder::new(&mut bytes).write_image(&pixels, width, height, ExtendedColorType::Rgba8).expect("a picture");
    bytes
}

/// Every address of a picture on a page, once each.
fn pictures(page: &str) -> Vec<String> {
    let mut found: Vec<String> = page
        .split("/images/")
        .skip(1)
        .filter_map(|rest| rest.get(..64).filter(|digest| digest.bytes().all(|byte| byte.is_ascii_hexdigit())))
        .map(|digest| format!("/images/{digest}"))
        .collect();
    found.sort();
    found.dedup();
    found
}

async fn try_to_add(browser: &mut Browser, id: &str, file: &[u8]) -> Answer {
    let led = browser.post_file(ADD, &[("id", id)], ("image", file)).await;
    browser.get(&led).await.expect(200)
}

#[tokio::test]
async fn what_a_manager_uploads_shoppers_see_in_place_of_the_drawn_cover() {
    for house in House::on_each_engine().await {
        let mut manager = operator(&house, OperatorRole::Manager).await;
        let id = house.product(1_000, 5).await.to_string();
        let page = try_to_add(&mut manager, &id, &jpeg(1_500, 900)).await;
        assert!(page.text.contains("처리했습니다"), "{}", page.text);
        let cover = pictures(&page.text);
        assert_eq!(cover.len(), 2, "two sizes: {cover:?}");
        let page = try_to_add(&mut manager, &id, &png(500, 500)).await;
        let all = pictures(&page.text);
        assert_eq!(all.len(), 4, "{all:?}");

        let mut shopper = Browser::of(&house);
        let page = shopper.get(&format!("/products/{id}")).await.expect(200);
        assert_eq!(pictures(&page.text), all, "the cover and the gallery");
        let large = shop::product::images::service::list_pictures(&house.shop, id.parse().expect("an id")).await;
        let large = large.expect("pictures")[0].large.path();
        assert!(page.text.contains(&format!("content=\"http://shop.test{large}\"")), "Open Graph: {}", page.text);
        assert!(page.text.contains(&format!("\"http://shop.test{large}\",")), "JSON-LD: {}", page.text);
        assert_eq!(pictures(&shopper.get("/products").await.expect(200).text), cover);
        let feed = house.visitor().get("/feed.xml").await.expect(200);
        assert!(
            feed.text
                .contains(&format!("<link rel=\"enclosure\" type=\"image/jpeg\" href=\"http://shop.test{large}\"/>"))
        );
        let told = house.visitor().get(&format!("/api/v1/products/{id}")).await.expect(200).body;
        assert_eq!(told["cover_url"], large.as_str());

        for path in &all {
            let picture = house.visitor().get(path).await.expect(200);
            assert!(["image/jpeg", "image/png"].contains(&picture.header("content-type")), "{path}");
            assert_eq!(picture.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(picture.header("x-content-type-options"), "nosniff");
            let etag = picture.header("etag").to_owned();
            assert_eq!(etag, format!("\"{}\"", &path["/images/".len()..]));
            let again = house.visitor().with_header("if-none-match", &etag).get(path).await;
            assert_eq!((again.status, again.text.len(), again.header("etag")), (304, 0, etag.as_str()));
        }
        for nothing in ["/images/x", &format!("/images/{}", "0".repeat(64)), &all[0].to_uppercase()] {
            assert_eq!(house.visitor().get(nothing).await.status, 404, "{nothing}");
        }
        house.close().await;
    }
}

#[tokio::test]
async fn pictures_are_put_in_order_and_removed_by_forms_and_the_log_tells() {
    let house = House::open().await;
    let mut manager = operator(&house, OperatorRole::Manager).await;
    let id = house.product(1_000, 5).await.to_string();
    for file in [jpeg(40, 30), png(20, 20)] {
        try_to_add(&mut manager, &id, &file).await;
    }
    let order = async || {
        let found = shop::product::images::service::list_pictures(&house.shop, id.parse().expect("an id")).await;
        found.expect("pictures").iter().map(|picture| picture.large.digest.to_string()).collect::<Vec<_>>()
    };
    let before = order().await;
    let fields = [("id", id.as_str()), ("image", before[1].as_str()), ("way", "first")];
    assert_eq!(manager.post("/fn/admin_move_image", &fields).await, format!("/admin/products/{id}"));
    assert_eq!(order().await, [before[1].clone(), before[0].clone()]);
    manager.post("/fn/admin_remove_image", &fields).await;
    assert_eq!(order().await, [before[0].clone()]);
    for wrong in [
        [("id", id.as_str()), ("image", "x"), ("way", "first")],
        [("id", id.as_str()), ("image", before[0].as_str()), ("way", "up")],
    ] {
        let led = manager.post("/fn/admin_move_image", &wrong).await;
        assert!(manager.get(&led).await.expect(200).text.contains("role=\"alert\""), "{wrong:?}");
    }
    let log = manager.get(&format!("/admin/audit?subject=product:{id}")).await.expect(200);
    for told in ["그림을 더함", "그림 차례를 바꿈", "그림을 지움", "position: 2 → 1"] {
        assert!(log.text.contains(told), "{told} is not told: {}", log.text);
    }
    house.close().await;
}

#[tokio::test]
async fn a_bad_file_is_refused_with_a_sentence_and_a_code_and_nothing_is_stored() {
    let house = House::open().await;
    let mut manager = operator(&house, OperatorRole::Manager).await;
    let id = house.product(1_000, 5).await.to_string();
    let whole = jpeg(200, 200);
    let mut claims = b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR".to_vec();
    claims.extend(60_000_u32.to_be_bytes());
    claims.extend(60_000_u32.to_be_bytes());
    claims.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    let table: [(Vec<u8>, &str); 8] = [
        (b"GIF89a/*\x01\0*/=1;alert(1)".to_vec(), "image_not_an_image"),
        (b"<svg xmlns=\"http://www.w3.org/2000/svg\" onload=\"alert(1)\"/>".to_vec(), "image_not_an_image"),
        (b"\x7fELF and so on".to_vec(), "image_not_an_image"),
        (claims, "image_too_many_pixels"),
        (whole[..whole.len() / 2].to_vec(), "image_damaged"),
        (png(50, 50)[..60].to_vec(), "image_damaged"),
        (vec![0xff; 5 * 1024 * 1024 + 1], "image_too_many_bytes"),
        (Vec::new(), "image-error"),
    ];
    for (file, code) in table {
        let page = try_to_add(&mut manager, &id, &file).await;
        assert!(page.text.contains(code), "{code}: {}", page.text);
        assert!(pictures(&page.text).is_empty(), "{code}");
    }
    assert_eq!(manager.try_file(ADD, &[("id", &id)], ("image", &vec![0_u8; 9 * 1024 * 1024])).await.status, 413);

    // What is two things at once is taken for the picture that it is, and only its pixels are kept.
    let polyglot = [&whole, &b"<script>alert(1)</script>PK\x03\x04"[..]].concat();
    let page = try_to_add(&mut manager, &id, &polyglot).await;
    for path in pictures(&page.text) {
        let picture = house.visitor().get(&path).await.expect(200);
        assert!(!picture.text.contains("alert"), "{path}");
    }
    let again = try_to_add(&mut manager, &id, &whole).await;
    assert!(again.text.contains("image_already_there"), "the same pixels are the same picture: {}", again.text);
    house.close().await;
}

#[tokio::test]
async fn nobody_below_a_manager_uploads_a_picture() {
    let house = House::open().await;
    let id = house.product(1_000, 5).await.to_string();
    let file = png(10, 10);
    for role in [OperatorRole::Viewer, OperatorRole::Support] {
        let mut browser = operator(&house, role).await;
        assert_eq!(browser.post_file(ADD, &[("id", &id)], ("image", &file)).await, "/admin", "{}", role.as_str());
    }
    let mut stranger = Browser::of(&house);
    assert!(stranger.post_file(ADD, &[("id", &id)], ("image", &file)).await.starts_with("/login?next="));
    stranger.register().await;
    assert_eq!(
        stranger.post_file(ADD, &[("id", &id)], ("image", &file)).await,
        "/admin",
        "which is not there for them"
    );
    let found = shop::product::images::service::list_pictures(&house.shop, id.parse().expect("an id")).await;
    assert_eq!(found.expect("a list"), []);
    house.close().await;
}
