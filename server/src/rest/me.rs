//! `/me`: the caller and their coupons.

use super::coupons::ClaimedBody;
use super::extract::{Caller, Parameters};
use crate::problem::Problem;
use crate::state::Web;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Serialize;
use shop::coupon::service as coupons;
use shop::id::UserId;
use shop::page::Slice;
use shop::user::{Role, User};

pub fn routes() -> Router<Web> {
    Router::new().route("/me", get(me)).route("/me/coupons", get(my_coupons))
}

/// An account as its owner sees it.
#[derive(Serialize)]
pub struct UserBody {
    id: UserId,
    email: String,
    name: String,
    role: Role,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self { id: user.id, email: user.email.clone(), name: user.name.clone(), role: user.role }
    }
}

async fn me(Caller(user): Caller) -> Json<UserBody> {
    Json(UserBody::from(&user))
}

async fn my_coupons(
    Caller(user): Caller,
    State(web): State<Web>,
    mut asked: Parameters,
) -> Result<Json<Slice<ClaimedBody>>, Problem> {
    let page = asked.page();
    asked.finish()?;
    let claimed = coupons::list_claimed(&web.shop, user.id, &page).await?;
    Ok(Json(claimed.map(ClaimedBody::from)))
}
