//! `/me`: the caller and their coupons.

use super::ListBody;
use super::coupons::ClaimedBody;
use super::extract::{Caller, NoParameters, Parameters};
use super::openapi::{CALLER, PARAMETERS, problems};
use super::schema::{NumberedId, PagesById, RoleWord};
use crate::problem::Problem;
use crate::state::Web;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use shop::coupon::service as coupons;
use shop::id::UserId;
use shop::user::{Role, User};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::default().routes(routes!(show_me)).routes(routes!(list_my_coupons))
}

/// An account as its owner sees it.
#[derive(Serialize, ToSchema)]
pub struct UserBody {
    #[schema(value_type = NumberedId)]
    id: UserId,
    email: String,
    name: String,
    #[schema(value_type = RoleWord)]
    role: Role,
}

impl From<&User> for UserBody {
    fn from(user: &User) -> Self {
        Self { id: user.id, email: user.email.clone(), name: user.name.clone(), role: user.role }
    }
}

problems!(MeProblems: CALLER, PARAMETERS);

/// Who you are
#[utoipa::path(
    get, path = "/me", tag = "accounts",
    responses(
        (status = 200, description = "Your account.", body = UserBody, example = json!({
            "id": 1, "email": "shopper@damda.example", "name": "김담이", "role": "shopper"
        })),
        MeProblems,
    ),
    security(("bearer" = [])),
)]
async fn show_me(Caller(user): Caller, _: NoParameters) -> Json<UserBody> {
    Json(UserBody::from(&user))
}

problems!(MyCouponsProblems: CALLER, PARAMETERS);

/// Your coupons
///
/// Every piece you claimed, newest first: those you can use, those an order holds, used and expired ones.
#[utoipa::path(
    get, path = "/me/coupons", tag = "coupons",
    params(PagesById),
    responses(
        (status = 200, description = "One page.", body = ListBody<ClaimedBody>, example = json!({
            "items": [{
                "coupon_code": "WELCOME10", "status": "ISSUED", "name": "첫 구매 10% 할인", "name_en": "10% off your first order",
                "type": "rate", "discount_value": 10, "minimum_amount": 0,
                "starts_at": "2026-11-01T00:00:00.000Z", "ends_at": "2026-12-01T00:00:00.000Z",
                "claimed_at": "2026-11-23T05:35:17.123Z", "used_at": null, "order_id": null
            }],
            "next_cursor": null
        })),
        MyCouponsProblems,
    ),
    security(("bearer" = [])),
)]
async fn list_my_coupons(
    Caller(user): Caller,
    State(web): State<Web>,
    mut asked: Parameters,
) -> Result<Json<ListBody<ClaimedBody>>, Problem> {
    let page = asked.page();
    asked.finish()?;
    let claimed = coupons::list_claimed(&web.shop, user.id, &page).await?;
    Ok(Json(ListBody::of(claimed, ClaimedBody::from)))
}
