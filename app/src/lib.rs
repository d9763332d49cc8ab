//! Everything a person sees: pages, components, islands, and the server functions behind their forms.
//!
//! Pages are complete HTML from the server and work without JavaScript; only [`islands`] are compiled to
//! wasm too. Nothing here decides what may be bought or claimed: that is `shop`. Nothing here knows a
//! database, Redis, Kafka or how the server is configured.
//!
//! Read [`visit`] first (who asks, in which language, with which cart), then [`pages`]; a form leads
//! through [`form`] and [`api`] to [`onward`].

// An optimised build lays out the futures of a page or a request whole, deeper than the compiler looks by itself.
#![recursion_limit = "256"]

pub mod islands;

#[cfg(feature = "ssr")]
pub mod api;
#[cfg(feature = "ssr")]
pub mod auth;
#[cfg(feature = "ssr")]
pub mod cart;
#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
mod console;
#[cfg(feature = "ssr")]
pub mod cookies;
#[cfg(feature = "ssr")]
pub mod device;
#[cfg(feature = "ssr")]
pub mod flash;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod legal;
#[cfg(feature = "ssr")]
pub mod local_path;
#[cfg(feature = "ssr")]
pub mod onward;
#[cfg(feature = "ssr")]
pub mod pages;
#[cfg(feature = "ssr")]
mod pause;
#[cfg(feature = "ssr")]
pub mod seen;
#[cfg(feature = "ssr")]
mod shell;
#[cfg(feature = "ssr")]
pub mod stop;
#[cfg(feature = "ssr")]
pub mod text;
#[cfg(feature = "ssr")]
pub mod upload;
#[cfg(feature = "ssr")]
pub mod visit;

#[cfg(feature = "ssr")]
pub use shell::{App, content_security_policy, shell};
#[cfg(feature = "ssr")]
pub use visit::{Caller, SiteInfo, provide_request};
