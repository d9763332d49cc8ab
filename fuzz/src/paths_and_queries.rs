//! What stands in an address: parameters of the API and of pages, cursors, ids, codes, and where to go on to. Each
//! input is read as every one of them.

use super::json_bodies::check_problem;
use app::local_path::{local_path, referer_path};
use app::onward::login_path;
use app::text::Lang;
use app::visit::{Query, in_any_language, path_with};
use server::rest::extract::Parameters;
use shop::coupon::CouponCode;
use shop::id::{OrderId, PostingId, ProductId};
use shop::notice::NoticeDigest;
use shop::page::PageLimit;
use shop::product::{Category, ProductSort};
use url::Url;

pub fn check(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    check_parameters(text);
    check_page_query(text);
    check_ids(text);
    check_ways(text);
}

fn check_parameters(text: &str) {
    let Ok(mut asked) = Parameters::read(text) else { return };
    assert!(asked.text("q", 100).is_none_or(|text| text.chars().count() <= 100));
    assert!(asked.number("days", 1, 30).is_none_or(|days| (1..=30).contains(&days)));
    let category = asked.word("category", Category::from_text);
    assert!(category.is_none_or(|category| Category::from_text(category.as_str()) == Some(category)));
    asked.word("sort", ProductSort::from_text);
    let page = asked.page();
    assert!((1..=usize::from(PageLimit::MOST)).contains(&page.limit.rows()));
    assert!(page.cursor.as_ref().is_none_or(|cursor| cursor.chars().count() <= 500));
    let last = page.parsed_cursor::<OrderId>().ok().flatten();
    assert!(last.is_none_or(|last| last.to_string().parse() == Ok(last)));
    if let Err(problem) = asked.finish() {
        assert_eq!(problem.code(), "validation_failed");
        check_problem(&problem);
    }
}

fn check_page_query(text: &str) {
    let query = Query::parse(text);
    let (words, cursor) = (query.get("q"), query.get("cursor"));
    assert!([words, cursor].into_iter().flatten().all(|value| !value.is_empty() && value.trim() == value));
    let path = path_with("/products", &[("q", words), ("cursor", cursor)]);
    let again = Query::parse(path.split_once('?').map_or("", |(_, query)| query));
    assert_eq!((again.get("q"), again.get("cursor")), (words, cursor), "{path}");
    assert_eq!(local_path(&path).is_some(), path.len() <= 1_000, "a search of ours is a way of ours: {path}");

    let here = format!("/products?{text}");
    let bare = in_any_language(&here);
    assert_eq!(in_any_language(&bare), bare);
    assert_eq!(Lang::from_query(bare.split_once('?').map(|(_, query)| query)), None, "{bare}");
}

fn check_ids(text: &str) {
    if let Ok(id) = text.parse::<OrderId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!(OrderId::from_bytes(&id.bytes()), Some(id));
        // An id of anybody's making names some moment.
        let _ = id.moment().rfc3339();
    }
    assert!(text.parse::<PostingId>().is_ok() == text.parse::<OrderId>().is_ok());
    if let Ok(id) = text.parse::<ProductId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    if let Ok(code) = CouponCode::parse(text) {
        assert_eq!(CouponCode::parse(code.as_str()).ok().as_ref(), Some(&code));
        assert_eq!(CouponCode::parse(&text.to_ascii_lowercase()).ok().as_ref(), Some(&code));
        assert!((3..=40).contains(&code.as_str().len()));
    }
    if let Some(digest) = NoticeDigest::parse(text) {
        assert_eq!(digest.as_str(), text);
    }
}

/// Where a browser goes from a page of ours, as its own rules for addresses have it.
fn check_ways(text: &str) {
    let base = Url::parse("https://shop.example/a/page").expect("an address");
    let stays = |path: &str| {
        let to = base.join(path).unwrap_or_else(|error| panic!("{path:?}: {error}"));
        assert_eq!(to.origin(), base.origin(), "{path:?} leads to {to}");
        assert!(http::HeaderValue::from_str(path).is_ok() && !path.contains(char::is_control), "{path:?}");
    };
    local_path(text).into_iter().chain(referer_path(text)).for_each(stays);
    let login = login_path(text);
    stays(&login);
    let next = Query::parse(login.split_once('?').map_or("", |(_, query)| query));
    let next = next.get("next").expect("a way back");
    assert_eq!(next, local_path(text).unwrap_or("/"), "the way back survives the way there");
}
