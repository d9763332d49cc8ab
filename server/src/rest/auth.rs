//! `/auth`: registering and logging in, both limited by address.

use super::extract::JsonBody;
use crate::address::ClientAddress;
use crate::limits;
use crate::problem::Problem;
use crate::rest::me::UserBody;
use crate::state::Web;
use crate::text::lang_of_program;
use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use shop::error::{FieldError, FieldProblem};
use shop::user::{NewUser, User, rules, service as users};

pub fn routes() -> Router<Web> {
    Router::new().route("/auth/register", post(register)).route("/auth/login", post(login))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RegisterBody {
    email: String,
    name: String,
    password: String,
    /// That the person is at least 14. A client may leave it out; that somebody is younger is a "no".
    age_confirmed: Option<bool>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LoginBody {
    email: String,
    password: String,
}

#[derive(Serialize)]
struct SessionBody {
    user: UserBody,
    access_token: String,
    token_type: &'static str,
    expires_in: u64,
}

async fn register(
    State(web): State<Web>,
    Extension(address): Extension<ClientAddress>,
    headers: HeaderMap,
    JsonBody(body): JsonBody<RegisterBody>,
) -> Result<(StatusCode, Json<SessionBody>), Problem> {
    let RegisterBody { email, name, password, age_confirmed } = body;
    // Values before limits: a typing mistake costs nothing.
    let mut problems = rules::find_registration_problems(&email, &name, &password);
    if age_confirmed == Some(false) {
        problems.push(FieldError::new("age_confirmed", FieldProblem::Required));
    }
    if !problems.is_empty() {
        return Err(shop::Error::Invalid(problems).into());
    }
    limits::take_registration(&web.shop, address).await?;
    let lang = lang_of_program(&headers).into();
    let new = NewUser { email, name, password, lang, age_confirmed: age_confirmed.unwrap_or(false) };
    let user = users::register_user(&web.shop, new).await?;
    Ok((StatusCode::CREATED, Json(signed_in(&web, &user)?)))
}

async fn login(
    State(web): State<Web>,
    Extension(address): Extension<ClientAddress>,
    JsonBody(body): JsonBody<LoginBody>,
) -> Result<Json<SessionBody>, Problem> {
    limits::take_login(&web.shop, address).await?;
    let user = users::check_login(&web.shop, &body.email, &body.password).await?;
    Ok(Json(signed_in(&web, &user)?))
}

fn signed_in(web: &Web, user: &User) -> Result<SessionBody, Problem> {
    Ok(SessionBody {
        user: UserBody::from(user),
        access_token: web.tokens.issue(user, web.shop.now())?,
        token_type: "Bearer",
        expires_in: web.tokens.lifetime().as_secs(),
    })
}
