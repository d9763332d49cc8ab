//! The shop's dress around pages that are not `app`'s: problems, and a shop that is closed for a while.
//! Needs no database and no session, so that it can be shown when nothing else can.

use crate::state::Web;
use app::legal::seller::SellerLine;
use app::text::Lang;
use app::text::problems::{FrameWords, ProblemWords, frame_words, maintenance_words};
use askama::Template;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use http::{HeaderMap, StatusCode, header};
use std::time::Duration;

/// When programs and search engines may look again while the shop is closed.
pub const MAINTENANCE_RETRY: Duration = Duration::from_secs(600);

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    lang: &'static str,
    page: Lang,
    theme: Option<&'static str>,
    words: &'a ProblemWords,
    frame: FrameWords,
    /// What to tell us when writing.
    number: Option<&'a str>,
    seller: Vec<SellerLine>,
    /// The ways through the shop lead somewhere.
    is_open: bool,
}

/// What a page in the dress is made for.
pub struct Reader<'a> {
    pub lang: Lang,
    pub theme: Option<&'static str>,
    pub seller: &'a app::legal::Seller,
}

/// A page that says what went wrong.
pub fn problem_page(reader: &Reader<'_>, words: &ProblemWords, number: &str) -> String {
    write(reader, words, Some(number), true)
}

fn write(reader: &Reader<'_>, words: &ProblemWords, number: Option<&str>, is_open: bool) -> String {
    let page = ProblemPage {
        lang: reader.lang.code(),
        page: reader.lang,
        theme: reader.theme,
        words,
        frame: frame_words(reader.lang),
        number,
        seller: reader.seller.lines(reader.lang),
        is_open,
    };
    page.render().unwrap_or_else(|error| {
        tracing::error!(%error, "a problem's page does not write");
        words.title.clone()
    })
}

/// The choice of brightness in the reader's cookie.
pub fn theme_of(headers: &HeaderMap) -> Option<&'static str> {
    let theme = app::cookies::find_in(headers, app::visit::Theme::COOKIE)?;
    app::visit::Theme::from_code(theme).map(app::visit::Theme::code)
}

/// While the shop is closed, shoppers find a page that says so; operators get in, and can log in to do so.
pub async fn close_for_maintenance(State(web): State<Web>, request: Request, next: Next) -> Response {
    if !web.is_in_maintenance || is_for_operators(request.uri().path()) {
        return next.run(request).await;
    }
    let lang = crate::text::lang_of_page(request.uri(), request.headers());
    let reader = Reader { lang, theme: theme_of(request.headers()), seller: web.legal.seller(lang) };
    let html = write(&reader, &maintenance_words(lang), None, false);
    let retry = MAINTENANCE_RETRY.as_secs().to_string();
    let headers = [
        (header::RETRY_AFTER, retry),
        (header::CACHE_CONTROL, "no-store".to_owned()),
        (header::VARY, "Cookie, Accept-Language".to_owned()),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, Html(html)).into_response()
}

fn is_for_operators(path: &str) -> bool {
    const PATHS: [&str; 13] = [
        "/admin",
        "/login",
        "/login/code",
        "/account/second-factor",
        "/fn/login",
        "/fn/login_code",
        "/fn/begin_second_factor",
        "/fn/confirm_second_factor",
        "/fn/remove_second_factor",
        "/fn/renew_recovery_codes",
        "/fn/logout",
        "/fn/set_language",
        "/fn/set_theme",
    ];
    PATHS.contains(&path) || path.starts_with("/admin/") || path.starts_with("/fn/admin_")
}

#[cfg(test)]
mod tests {
    use super::*;
    use app::legal::Seller;
    use app::text::problems::problem_words;

    #[test]
    fn a_problems_page_shows_what_it_is_given_as_text() {
        let seller = Seller { name: "<script>alert(1)</script>".to_owned(), ..Seller::default() };
        let reader = Reader { lang: Lang::En, theme: Some("dark"), seller: &seller };
        let page = problem_page(&reader, &problem_words(Lang::En, "not_found", None), "abc-123");
        for part in ["<html lang=\"en\" data-theme=\"dark\">", "There is no such page", "abc-123", "/pkg/damda.css"] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("<script"), "{page}");
    }

    #[test]
    fn operators_get_into_a_closed_shop_and_shoppers_do_not() {
        for path in ["/admin", "/admin/orders", "/login", "/fn/login", "/login/code", "/account/second-factor"] {
            assert!(is_for_operators(path), "{path}");
        }
        for path in ["/", "/products", "/administrator", "/fn/place_order", "/orders/1"] {
            assert!(!is_for_operators(path), "{path}");
        }
    }

    #[test]
    fn a_brightness_is_the_readers_choice_or_the_devices() {
        let of = |cookie: &str| theme_of(&HeaderMap::from_iter([(header::COOKIE, cookie.parse().unwrap())]));
        assert_eq!(of("a=b; theme=dark"), Some("dark"));
        assert_eq!(of("theme=\"><script>"), None);
        assert_eq!(of(""), None);
    }
}
