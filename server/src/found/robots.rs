//! What search engines may look at: everything that is the same for everybody.

use super::public;
use crate::state::Web;
use axum::extract::State;
use axum::response::Response;

/// What is somebody's own, a form, or for programs.
const PRIVATE: [&str; 15] = [
    "/account",
    "/admin",
    "/api",
    "/cart",
    "/checkout",
    "/fn/",
    "/forgot",
    "/login",
    "/notices/",
    "/orders",
    "/readyz",
    "/register",
    "/reset",
    "/runbooks/",
    "/wallet",
];

pub async fn show(State(web): State<Web>) -> Response {
    let private: String = PRIVATE.iter().map(|path| format!("Disallow: {path}\n")).collect();
    let text = format!("User-agent: *\n{private}Allow: /\n\nSitemap: {}/sitemap.xml\n", web.public_url);
    public("text/plain; charset=utf-8", text)
}
