//! Where the pages are mounted: Leptos' routes and the server functions behind their forms. The only file
//! that knows how `app` is wired.

use crate::address::ClientAddress;
use crate::edge::TraceId;
use crate::problem::Problem;
use crate::state::Web;
use app::auth::{AuthSession, Backend};
use app::{Caller, SiteInfo, provide_request};
use axum::Router;
use axum::extract::{FromRef, Request};
use axum::response::IntoResponse;
use axum_login::{AuthManagerLayer, AuthManagerLayerBuilder};
use http::Method;
use http::request::Parts;
use leptos::config::LeptosOptions;
use leptos::context::{provide_context, use_context};
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use shop::Shop;
use tower_sessions::{SessionManagerLayer, SessionStore};

/// Every page and server function; anything else is a page that says so.
pub fn routes(web: &Web) -> Router<Web> {
    let options = LeptosOptions::from_ref(web);
    let shell = move || app::shell(options.clone());
    let (shop, site) = (web.shop.clone(), site_info(web));
    let request_context = move || provide_contexts(&shop, &site);
    let not_found = render_app_async_with_context(request_context.clone(), shell.clone());
    Router::new()
        .leptos_routes_with_context(web, generate_route_list(app::App), request_context, shell)
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async move |method: Method, request: Request| match method {
            Method::GET | Method::HEAD => not_found(request).await,
            _ => Problem::not_found().into_response(),
        })
}

/// What `app` asks of each request. The layers around have left it in the request's extensions.
fn provide_contexts(shop: &Shop, site: &SiteInfo) {
    let extensions = use_context::<Parts>().map(|parts| parts.extensions).unwrap_or_default();
    if let (Some(address), Some(trace_id)) = (extensions.get::<ClientAddress>(), extensions.get::<TraceId>()) {
        provide_context(Caller { address_key: address.limit_key().into(), request_number: trace_id.as_str().into() });
    }
    match extensions.get::<AuthSession>() {
        Some(session) => provide_request(shop.clone(), session.clone(), site.clone()),
        None => tracing::error!("a page was asked for outside the session layer"),
    }
}

/// Sessions, and whose they are.
pub fn login_layer<Store: SessionStore + Clone>(
    web: &Web,
    sessions: SessionManagerLayer<Store>,
) -> AuthManagerLayer<Backend, Store> {
    AuthManagerLayerBuilder::new(Backend::new(web.shop.clone()), sessions).build()
}

fn site_info(web: &Web) -> SiteInfo {
    SiteInfo { public_url: web.public_url.as_str().into(), is_demo: web.is_demo }
}
