//! The HTML document around every page, and which page answers which path.

use crate::console::{
    AdjustmentsPage, AlertsPage, AuditPage, ConsoleCouponPage, ConsoleCouponsPage, ConsoleOrderPage, ConsoleOrdersPage,
    ConsolePopularPage, ConsoleProductPage, ConsoleProductsPage, CustomerPage, CustomersPage, EventsPage,
    NewCouponPage, NewProductPage, OperatorPage, OperatorsPage, OverviewPage, ProductDryRunPage, ProductImportPage,
    RecoveryPage,
};
use crate::pages::{
    AccountPage, CartPage, CheckoutPage, CloseAccountPage, CouponsPage, ForgotPasswordPage, HomePage, LoginCodePage,
    LoginPage, NotFoundPage, NoticePage, OrderPage, OrdersPage, PrivacyPage, ProductPage, ProductsPage, RefundsPage,
    RegisterPage, ResetPasswordPage, SecondFactorPage, TermsPage, WalletPage,
};
use crate::visit::{Theme, lang};
use http::HeaderValue;
use http::header::CONTENT_SECURITY_POLICY;
use leptos::config::LeptosOptions;
use leptos::nonce::use_nonce;
use leptos::prelude::*;
use leptos_axum::ResponseOptions;
use leptos_meta::{MetaTags, provide_meta_context};
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

/// The document. Scripts run by nonce only; the header that says so is set here, because only here the
/// nonce is known.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    set_policy();
    provide_context(options);
    view! {
        <!DOCTYPE html>
        <html lang=lang().code() data-theme=Theme::of_request().map(Theme::code)>
            <head>
                <meta charset="utf-8"/>
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover"/>
                <meta name="theme-color" media="(prefers-color-scheme: light)" content="#ffffff"/>
                <meta name="theme-color" media="(prefers-color-scheme: dark)" content="#0f1211"/>
                <link rel="icon" type="image/svg+xml" href="/favicon.svg"/>
                <link rel="manifest" href="/manifest.webmanifest"/>
                <link rel="stylesheet" href="/pkg/damda.css"/>
                <MetaTags/>
            </head>
            <body>
                <App/>
            </body>
        </html>
    }
}

/// The pages and their paths.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <FlatRoutes fallback=|| view! { <NotFoundPage/> }>
                <Route path=path!("/") view=HomePage ssr=SsrMode::Async/>
                <Route path=path!("/products") view=ProductsPage ssr=SsrMode::Async/>
                <Route path=path!("/products/:id") view=ProductPage ssr=SsrMode::Async/>
                <Route path=path!("/cart") view=CartPage ssr=SsrMode::Async/>
                <Route path=path!("/checkout") view=CheckoutPage ssr=SsrMode::Async/>
                <Route path=path!("/orders") view=OrdersPage ssr=SsrMode::Async/>
                <Route path=path!("/orders/:id") view=OrderPage ssr=SsrMode::Async/>
                <Route path=path!("/wallet") view=WalletPage ssr=SsrMode::Async/>
                <Route path=path!("/coupons") view=CouponsPage ssr=SsrMode::Async/>
                <Route path=path!("/login") view=LoginPage ssr=SsrMode::Async/>
                <Route path=path!("/register") view=RegisterPage ssr=SsrMode::Async/>
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async/>
                <Route path=path!("/account/close") view=CloseAccountPage ssr=SsrMode::Async/>
                <Route path=path!("/login/code") view=LoginCodePage ssr=SsrMode::Async/>
                <Route path=path!("/account/second-factor") view=SecondFactorPage ssr=SsrMode::Async/>
                <Route path=path!("/forgot-password") view=ForgotPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/reset-password") view=ResetPasswordPage ssr=SsrMode::Async/>
                <Route path=path!("/terms") view=TermsPage ssr=SsrMode::Async/>
                <Route path=path!("/privacy") view=PrivacyPage ssr=SsrMode::Async/>
                <Route path=path!("/refunds") view=RefundsPage ssr=SsrMode::Async/>
                <Route path=path!("/notices/:digest") view=NoticePage ssr=SsrMode::Async/>
                <Route path=path!("/admin") view=OverviewPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/recovery") view=RecoveryPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/orders") view=ConsoleOrdersPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/orders/:id") view=ConsoleOrderPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/alerts") view=AlertsPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/customers") view=CustomersPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/customers/:id") view=CustomerPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/adjustments") view=AdjustmentsPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/operators/:id") view=OperatorPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/popular") view=ConsolePopularPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/events") view=EventsPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/operators") view=OperatorsPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/audit") view=AuditPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/products") view=ConsoleProductsPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/products/new") view=NewProductPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/products/import") view=ProductImportPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/products/import/:digest") view=ProductDryRunPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/products/:id") view=ConsoleProductPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/coupons") view=ConsoleCouponsPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/coupons/new") view=NewCouponPage ssr=SsrMode::Async/>
                <Route path=path!("/admin/coupons/:code") view=ConsoleCouponPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}

fn set_policy() {
    let policy = content_security_policy(use_nonce().as_deref());
    if let (Some(response), Ok(policy)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(&policy)) {
        response.insert_header(CONTENT_SECURITY_POLICY, policy);
    }
}

/// What a page may load and where it may send forms. Without a nonce no script runs at all.
pub fn content_security_policy(nonce: Option<&str>) -> String {
    let scripts = match nonce {
        Some(nonce) => format!("'self' 'nonce-{nonce}' 'wasm-unsafe-eval'"),
        None => "'none'".to_owned(),
    };
    format!(
        "default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' data:; font-src 'self'; \
         connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_run_by_nonce_and_nothing_runs_inline() {
        let policy = content_security_policy(Some("abc"));
        assert!(policy.contains("script-src 'self' 'nonce-abc' 'wasm-unsafe-eval'"));
        assert!(policy.contains("frame-ancestors 'none'"));
        assert!(!policy.contains("unsafe-inline") && !policy.contains("strict-dynamic"));
        assert!(content_security_policy(None).contains("script-src 'none'"));
    }
}
