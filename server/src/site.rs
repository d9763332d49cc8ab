//! Where the pages are mounted: Leptos' routes and the server functions behind their forms. The only file
//! that knows how `app` is wired.

use crate::problem::Problem;
use crate::state::Web;
use axum::Router;

/// Every page and server function; anything else is a page that says so.
pub fn routes(_web: &Web) -> Router<Web> {
    Router::new().fallback(async || Problem::not_found())
}
