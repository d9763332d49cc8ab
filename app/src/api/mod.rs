//! The server functions behind the forms. Each finds out who asks, calls one service, and leads on; see
//! [`onward`](crate::onward). Endpoints are fixed, inputs are text and parsed here, refusals go back to the
//! form's page with the values kept. None of them decides a rule.

mod account;
mod cart;
mod choices;
mod console;
mod coupons;
mod files;
mod goods;
mod order;
mod second_factor;
mod wallet;

pub use account::{
    ChangePassword, CloseAccount, EndOneSession, EndOtherSessions, ForgotPassword, Login, Logout, Register,
    RenameAccount, ResetPassword, change_password, close_account, end_one_session, end_other_sessions, forgot_password,
    login, logout, register, rename_account, reset_password,
};
pub use cart::{AddToCart, BuyNow, PutBack, SetCartLine, add_to_cart, buy_now, put_back, set_cart_line};
pub use choices::{ForgetSeen, SetLanguage, SetTheme, forget_seen, set_language, set_theme};
pub use console::{
    Adjust, DashboardPart, DecideAdjustment, EndBlock, EndOperatorSession, Freeze, NoteOrders, Recover, RefundPieces,
    ReplaySome, SetRole, SignOut, SilenceAlert, Unfreeze, adjust, dashboard_part, decide_adjustment, end_block,
    end_operator_session, freeze, note_orders, recover, refund_pieces, replay_some, set_role, sign_out, silence_alert,
    unfreeze,
};
pub use coupons::{ClaimCoupon, claim_coupon};
pub use files::{
    AddPicture, ImportProducts, MovePicture, RemovePicture, UploadProducts, add_picture, import_products, move_picture,
    remove_picture, upload_products,
};
pub use goods::{
    ChangeCoupon, ChangeProduct, MakeProduct, MoveStock, PlanCoupon, RunCoupon, SellProduct, change_coupon,
    change_product, make_product, move_stock, plan_coupon, run_coupon, sell_product,
};
pub use order::{ApplyCoupon, OrderState, PlaceOrder, apply_coupon, order_state, place_order};
pub use second_factor::{
    BeginSecondFactor, ConfirmSecondFactor, LoginCode, Remove, begin_second_factor, confirm_second_factor, login_code,
    remove,
};
pub use wallet::{ChargeWallet, charge_wallet};

use shop::error::FieldProblem;
use shop::{Error, Won};

/// An amount as people type it: `50000`, `50,000`, `₩50,000`, `50,000원`.
///
/// # Errors
/// `validation_failed` on `field`.
pub fn parse_won(field: &str, text: &str) -> Result<Won, Error> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid(field, FieldProblem::Required));
    }
    let bare = text.strip_prefix('₩').unwrap_or(text);
    let bare = bare.strip_suffix('원').unwrap_or(bare).trim();
    let digits: String = bare.chars().filter(|c| *c != ',').collect();
    let amount = if digits.len() <= 18 { digits.parse().ok() } else { None };
    amount.map(Won::new).ok_or_else(|| Error::invalid(field, FieldProblem::Malformed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_amount_is_read_as_people_type_it() {
        let table = [
            ("50000", Some(50_000)),
            (" 50,000 ", Some(50_000)),
            ("₩50,000", Some(50_000)),
            ("50,000원", Some(50_000)),
            ("-1", Some(-1)),
            ("", None),
            ("abc", None),
            ("1e5", None),
            ("10.5", None),
            ("₩", None),
            ("99999999999999999999", None),
            ("５００", None),
        ];
        for (text, won) in table {
            assert_eq!(parse_won("amount", text).ok(), won.map(Won::new), "{text}");
        }
    }
}
