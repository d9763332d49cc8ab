//! What every handler may ask for.

use crate::address::TrustedProxies;
use crate::config::PublicUrl;
use crate::token::Tokens;
use axum::extract::FromRef;
use leptos::config::{Env, LeptosOptions};
use shop::Shop;
use std::sync::Arc;

/// The shop and what the web side knows of itself. Cloning it is cheap.
#[derive(Clone)]
pub struct Web {
    pub shop: Shop,
    pub tokens: Tokens,
    pub public_url: Arc<PublicUrl>,
    pub proxies: Arc<TrustedProxies>,
    pub leptos: LeptosOptions,
}

impl Web {
    pub fn new(shop: Shop, tokens: Tokens, public_url: PublicUrl, proxies: TrustedProxies) -> Self {
        Self { shop, tokens, public_url: Arc::new(public_url), proxies: Arc::new(proxies), leptos: leptos_options() }
    }
}

impl FromRef<Web> for LeptosOptions {
    fn from_ref(web: &Web) -> Self {
        web.leptos.clone()
    }
}

impl FromRef<Web> for Shop {
    fn from_ref(web: &Web) -> Self {
        web.shop.clone()
    }
}

/// Made here rather than read from files, so that the program alone in a folder finds its own site.
fn leptos_options() -> LeptosOptions {
    LeptosOptions::builder().output_name("damda").site_root("site").site_pkg_dir("pkg").env(Env::PROD).build()
}
