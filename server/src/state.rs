//! What every handler may ask for.

use crate::address::TrustedProxies;
use crate::config::PublicUrl;
use crate::outside::Services;
use crate::rest::cors::Origins;
use crate::token::Tokens;
use crate::watch::Watch;
use app::legal::Legal;
use axum::extract::FromRef;
use leptos::config::{Env, LeptosOptions};
use shop::Shop;
use std::ops::Deref;
use std::sync::Arc;

/// A handle to [`Parts`]. Every layer of a request clones it.
#[derive(Clone)]
pub struct Web(Arc<Parts>);

impl Deref for Web {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl From<Parts> for Web {
    fn from(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

/// The shop and what the web side knows of itself.
pub struct Parts {
    pub shop: Shop,
    pub tokens: Tokens,
    pub public_url: Arc<PublicUrl>,
    pub proxies: Arc<TrustedProxies>,
    /// What the shop uses outside and can do without.
    pub services: Services,
    /// What is counted of requests.
    pub watch: Watch,
    /// Whose pages may read the API's answers.
    pub cors: Arc<Origins>,
    /// The demo's published passwords open this shop.
    pub is_demo: bool,
    /// Who sells, and the owner's texts.
    pub legal: Arc<Legal>,
    /// The shop is closed for a while.
    pub is_in_maintenance: bool,
}

/// Made here rather than read from files, so that the program alone in a folder finds its own site.
impl FromRef<Web> for LeptosOptions {
    fn from_ref(_: &Web) -> Self {
        Self::builder().output_name("damda").site_root("site").site_pkg_dir("pkg").env(Env::PROD).build()
    }
}
