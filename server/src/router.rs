//! Who answers what. From the outside in: the edge (trace ids, panics, problems), then four neighbours that
//! share nothing but the shop: the API (tokens, never cookies), health, the site's files, and the pages
//! (sessions, CSRF, CSP).

use crate::alerts::runbooks;
use crate::problem::Problem;
use crate::rest::body;
use crate::room::{self, Rooms};
use crate::state::Web;
use crate::watch::{Sender, door};
use crate::{dress, edge, files, found, goods, health, images, receipt, rest, session, site};
use app::auth::AuthSession;
use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use http::{HeaderMap, HeaderName, HeaderValue, header};
use std::sync::{Arc, LazyLock};
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use tower_http::compression::{CompressionLayer, CompressionLevel};
use tower_http::csrf::{CsrfLayer, ProtectionError, ResponseForProtectionError};
use tower_sessions::Session;

/// For everything that is no page of `app`: those say their own, with a nonce.
static NO_SCRIPTS: LazyLock<String> = LazyLock::new(|| app::content_security_policy(None));

/// The whole shop.
pub fn router(web: Web) -> Router {
    let compress = CompressionLayer::new().quality(CompressionLevel::Precise(4)).compress_when(
        SizeAbove::new(1_024)
            .and(NotForContentType::const_new("image/png"))
            .and(NotForContentType::const_new("image/jpeg"))
            .and(NotForContentType::const_new("image/webp"))
            .and(NotForContentType::const_new("font/")),
    );
    let rooms = Rooms::of(&web.shop);
    Router::new()
        .merge(pages(&web, &rooms))
        .merge(found::routes().layer(from_fn_with_state(rooms.clone(), room::admit)))
        .merge(images::routes(&rooms))
        .merge(runbooks::routes())
        .merge(files::routes())
        .merge(health::routes().split_for_parts().0)
        .merge(door::routes(&web))
        .layer(from_fn_with_state(web.clone(), page_headers))
        .nest("/api", rest::routes(&web, &rooms).layer(from_fn_with_state(web.clone(), api_in_maintenance)))
        // A nested router does not see its own root.
        .route("/api", any(async || Problem::not_found()))
        .route("/api/", any(async || Problem::not_found()))
        .layer(compress)
        .layer(from_fn_with_state(web.clone(), edge::observe))
        .layer(from_fn_with_state(web.clone(), rest::cors::share))
        .with_state(web)
}

/// Pages know who is there by a session; a form from another site is refused before anything reads it.
fn pages(web: &Web, rooms: &Arc<Rooms>) -> Router<Web> {
    let csrf = CsrfLayer::new().with_rejection_response(CrossOrigin);
    // The origin was checked when the settings were read; a proxy that rewrites Host still needs it here.
    let csrf = csrf.clone().add_trusted_origin(web.public_url.as_str()).unwrap_or(csrf);
    let sessions = session::layer(&web.shop, web.public_url.is_https());
    site::routes(web)
        .route("/orders/{id}/receipt", get(receipt::show))
        .route("/admin/products.csv", get(goods::export))
        .layer(from_fn_with_state(web.clone(), keep_session))
        .layer(site::login_layer(web, sessions))
        .layer(map_response(session::mend_cookies))
        .layer(from_fn_with_state(rooms.clone(), room::admit))
        .layer(from_fn(body::receive_form))
        .layer(csrf)
        .layer(from_fn_with_state(web.clone(), dress::close_for_maintenance))
}

/// While the shop is closed programs are told so, whatever they ask.
async fn api_in_maintenance(State(web): State<Web>, request: Request, next: Next) -> Response {
    if web.is_in_maintenance { Problem::maintenance().into_response() } else { next.run(request).await }
}

/// 403 for a POST that another site had the browser send.
#[derive(Clone)]
struct CrossOrigin;

impl ResponseForProtectionError<Body> for CrossOrigin {
    fn response_for_protection_error(&mut self, _: ProtectionError) -> Response {
        tracing::warn!("a form that another site sent was refused");
        Problem::forbidden().into_response()
    }
}

async fn keep_session(State(web): State<Web>, session: Session, request: Request, next: Next) -> Response {
    if let Err(error) = session::touch(&web.shop, &session).await {
        tracing::error!(error = %crate::problem::sources(&error), "a session could not be kept alive");
    }
    let session = request.extensions().get::<AuthSession>().and_then(|session| session.user.as_ref());
    if let (Some(sender), Some(user)) = (request.extensions().get::<Sender>(), session) {
        sender.is(user.user.id);
    }
    next.run(request).await
}

/// Headers of everything a browser shows. What a page said itself stays.
async fn page_headers(State(web): State<Web>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    guard(headers, web.public_url.is_https());
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=(), payment=(), usb=()");
    set(HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    // A page may be somebody's own: it is never kept by a proxy, nor shown again after a logout.
    set(header::CACHE_CONTROL, "no-store");
    response
}

/// What tells a browser to be careful with whatever it was sent: on every answer there is, also of a handler that
/// panicked or took too long. What an answer said itself stays.
pub fn guard(headers: &mut HeaderMap, is_https: bool) {
    let mut set = |name: HeaderName, value: &'static str| {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    };
    set(header::CONTENT_SECURITY_POLICY, &NO_SCRIPTS);
    set(header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    set(header::X_FRAME_OPTIONS, "DENY");
    // Not `no-referrer`: forms without JavaScript come back to where they were sent from.
    set(header::REFERRER_POLICY, "same-origin");
    if is_https {
        set(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
}
