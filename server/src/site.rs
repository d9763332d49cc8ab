//! Where the pages are mounted: Leptos' routes and the server functions behind their forms. The only file
//! that knows how `app` is wired.

use crate::address::ClientAddress;
use crate::edge::TraceId;
use crate::problem::Problem;
use crate::state::Web;
use app::auth::{AuthSession, Backend};
use app::device::Seal;
use app::{Caller, SiteInfo, provide_request};
use axum::Router;
use axum::extract::{FromRef, Request};
use axum::response::IntoResponse;
use axum::routing::{MethodFilter, on};
use axum_login::{AuthManagerLayer, AuthManagerLayerBuilder};
use futures::stream::{self, Stream, StreamExt};
use http::header::ACCEPT;
use http::request::Parts;
use http::{HeaderValue, Method};
use leptos::IntoView;
use leptos::config::LeptosOptions;
use leptos::context::{provide_context, use_context};
use leptos::reactive::computed::ScopedFuture;
use leptos::server_fn::axum::server_fn_paths;
use leptos_axum::{LeptosRoutes, generate_route_list, handle_response_inner, handle_server_fns_with_context};
use shop::Shop;
use std::pin::Pin;
use tower_sessions::{SessionManagerLayer, SessionStore};

/// Every page and server function; anything else is a page that says so.
pub fn routes(web: &Web) -> Router<Web> {
    let (shop, site) = (web.shop.clone(), site_info(web));
    let tokens = web.tokens.clone();
    let seal = Seal::new(move |text| tokens.seal(text));
    let contexts = move || {
        provide_contexts(&shop, &site);
        provide_context(seal.clone());
    };
    let options = LeptosOptions::from_ref(web);
    let page = {
        let contexts = contexts.clone();
        move |request: Request| {
            let (contexts, options) = (contexts.clone(), options.clone());
            handle_response_inner(contexts, move || app::shell(options), request, write_page)
        }
    };
    let pages = Router::new().leptos_routes_with_handler(generate_route_list(app::App), page.clone());
    server_fn_paths()
        .fold(pages, |router, (path, method)| {
            let contexts = contexts.clone();
            let answer = async move |mut request: Request| {
                // What is asked for by GET scripts of ours read, as JSON. Whoever says that they take HTML the library
                // would lead to where they say they came from, wherever that is.
                if *request.method() == Method::GET {
                    request.headers_mut().insert(ACCEPT, HeaderValue::from_static("application/json"));
                }
                handle_server_fns_with_context(contexts, request).await
            };
            let methods = MethodFilter::try_from(method).unwrap_or(MethodFilter::POST);
            router.route(path, on(methods, answer))
        })
        .method_not_allowed_fallback(async || Problem::method_not_allowed())
        .fallback(async move |request: Request| match *request.method() {
            Method::GET | Method::HEAD => page(request).await,
            _ => Problem::not_found().into_response(),
        })
}

type Chunks = Pin<Box<dyn Stream<Item = String> + Send>>;

/// The whole page, then what wakes its islands. leptos_axum's own writer forgets whose page it is writing
/// once it has waited for something: `<Meta>` was lost in about half of such pages.
fn write_page<View: IntoView + 'static>(
    view: View,
    chunks: Box<dyn FnOnce() -> Chunks + Send>,
    _out_of_order: bool,
) -> Pin<Box<dyn Future<Output = Chunks> + Send>> {
    Box::pin(ScopedFuture::new(async move {
        let page = view.to_html_stream_in_order().collect::<String>().await;
        Box::pin(stream::once(async { page }).chain(chunks())) as Chunks
    }))
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
    SiteInfo { public_url: web.public_url.as_str().into(), is_demo: web.is_demo, legal: web.legal.clone() }
}
