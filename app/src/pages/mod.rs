//! The pages, one a file. Each says who may see it, asks the services, and shows the answer; what went
//! wrong on the way is [`Stop`](crate::stop::Stop)'s to show.

mod account;
mod cart;
mod checkout;
mod close_account;
mod coupons;
pub(crate) mod failed;
mod forgot_password;
mod home;
mod legal;
mod login;
mod login_code;
pub(crate) mod not_found;
mod order;
mod orders;
mod product;
mod products;
mod register;
mod reset_password;
mod second_factor;
mod wallet;

pub use account::AccountPage;
pub use cart::CartPage;
pub use checkout::{CheckoutPage, checkout_path, kept_checkout_path};
pub use close_account::CloseAccountPage;
pub use coupons::CouponsPage;
pub use forgot_password::ForgotPasswordPage;
pub use home::HomePage;
pub use legal::{NoticePage, PrivacyPage, RefundsPage, TermsPage, document_name};
pub use login::LoginPage;
pub use login_code::LoginCodePage;
pub use not_found::NotFoundPage;
pub use order::OrderPage;
pub use orders::OrdersPage;
pub use product::ProductPage;
pub use products::ProductsPage;
pub use register::RegisterPage;
pub use reset_password::ResetPasswordPage;
pub use second_factor::SecondFactorPage;
pub use wallet::WalletPage;
