//! The shop's products as a file, for operators.

use crate::problem::Problem;
use crate::state::Web;
use app::auth::AuthSession;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect, Response};
use http::{Uri, header};
use shop::operator::service::find_operator;
use shop::product::console::service::export_products;

/// `/admin/products.csv`: nothing in it is anybody's, so no look at it is logged.
pub async fn export(State(web): State<Web>, session: AuthSession, uri: Uri) -> Result<Response, Problem> {
    let Some(user) = session.user else {
        return Ok(Redirect::to(&app::onward::login_path(uri.path())).into_response());
    };
    let operator = find_operator(&web.shop, &user.user, "").await?.ok_or_else(Problem::not_found)?;
    let file = export_products(&web.shop, &operator).await?;
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"products.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, file).into_response())
}
