//! Why a page is not shown, and what is shown instead.

use crate::onward::login_path;
use crate::pages::{failed, not_found};
use crate::visit::{here, set_caching, set_status};
use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use leptos::prelude::*;
use leptos::tachys::reactive_graph::OwnedView;
use leptos_axum::ResponseOptions;
use std::future::Future;

/// What stands in the way of a page.
#[derive(Debug)]
pub enum Stop {
    /// It is for people with an account.
    LogInFirst,
    /// It is the second step of a login that has not begun.
    PasswordFirst { next: String },
    /// It is for operators with a second factor.
    SecondFactorFirst,
    /// It does not exist, or not for this person.
    NotFound,
    /// The shop could not.
    Failed(shop::Error),
}

impl From<shop::Error> for Stop {
    fn from(error: shop::Error) -> Self {
        match error {
            shop::Error::NotFound => Stop::NotFound,
            shop::Error::SecondFactorMissing => Stop::SecondFactorFirst,
            error => Stop::Failed(error),
        }
    }
}

/// A page from the future that writes it: waits for it, or shows what stopped it.
pub fn page<V: IntoView + 'static>(writing: impl Future<Output = Result<V, Stop>> + Send + 'static) -> impl IntoView {
    let writing = Box::pin(writing);
    Suspend::new(async move {
        let view = match writing.await {
            Ok(view) => view.into_any(),
            Err(stop) => Box::pin(instead(stop)).await,
        };
        // A view that was waited for is rendered outside of its owner, where no title would find its head.
        OwnedView::new(view)
    })
}

async fn instead(stop: Stop) -> AnyView {
    match stop {
        Stop::LogInFirst => {
            see_other(&login_path(&here()));
            ().into_any()
        }
        Stop::PasswordFirst { next } => {
            see_other(&login_path(&next));
            ().into_any()
        }
        Stop::SecondFactorFirst => {
            see_other("/account/second-factor");
            ().into_any()
        }
        Stop::NotFound => not_found::view().await,
        Stop::Failed(error) => failed::view(error).await,
    }
}

fn see_other(path: &str) {
    set_caching(true);
    set_status(StatusCode::SEE_OTHER);
    let location = HeaderValue::from_str(path);
    if let (Some(response), Ok(location)) = (use_context::<ResponseOptions>(), location) {
        response.insert_header(LOCATION, location);
    }
}
