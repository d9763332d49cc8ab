//! The receipt of an order, to print: its owner's alone, and only of what was sold.

use crate::dress::theme_of;
use crate::problem::Problem;
use crate::rest::extract::PathText;
use crate::state::Web;
use crate::text::lang_of_page;
use app::auth::AuthSession;
use app::legal::seller::SellerLine;
use app::text::Lang;
use app::text::receipt::{ReceiptWords, has_receipt, receipt_words};
use askama::Template;
use axum::extract::State;
use axum::response::{Html, IntoResponse, Redirect, Response};
use http::{HeaderMap, Uri, header};
use shop::id::OrderId;
use shop::order::service::find_order;

#[derive(Template)]
#[template(path = "receipt.html")]
struct ReceiptPage {
    lang: &'static str,
    page: Lang,
    theme: Option<&'static str>,
    order: OrderId,
    words: ReceiptWords,
    seller: Vec<SellerLine>,
}

/// `/orders/{id}/receipt`
pub async fn show(
    State(web): State<Web>,
    session: AuthSession,
    PathText(id): PathText,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let Some(user) = session.user else {
        return Ok(Redirect::to(&app::onward::login_path(uri.path())).into_response());
    };
    let id: OrderId = id.parse().map_err(|_| Problem::not_found())?;
    let order = find_order(&web.shop, user.user.id, id).await?;
    let order = order.filter(|order| has_receipt(order.status)).ok_or_else(Problem::not_found)?;
    let lang = lang_of_page(&uri, &headers);
    let page = ReceiptPage {
        lang: lang.code(),
        page: lang,
        theme: theme_of(&headers),
        order: order.id,
        words: receipt_words(lang, &order),
        seller: web.legal.seller(lang).lines(lang),
    };
    let html = page.render().map_err(|error| shop::Fault::Other(format!("the receipt does not write: {error}")))?;
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(html)).into_response())
}
