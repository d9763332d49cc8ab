//! Coupons: first come, first served to claim, once to use. Which discount one gives is in [`rules`];
//! who gets the last piece is decided by the database behind the gate, in [`service`].

pub mod console;
pub mod model;
pub mod rules;

#[cfg(feature = "server")]
pub mod service;
#[cfg(feature = "server")]
pub mod store;

pub use model::{
    CampaignState, ClaimedCoupon, Coupon, CouponCode, CouponOffer, Discount, NewCoupon, UserCouponState,
    UserCouponStatus,
};
