//! `/auth`: registering and logging in, both limited by address.

use super::extract::{JsonBody, NoParameters};
use super::openapi::{BODY, problems};
use super::rate::limited;
use super::schema::AgeConfirmed;
use crate::address::ClientAddress;
use crate::limits;
use crate::problem::Problem;
use crate::rest::me::UserBody;
use crate::state::Web;
use crate::text::lang_of_program;
use axum::extract::State;
use axum::response::Response;
use axum::{Extension, Json};
use http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use shop::error::{FieldError, FieldProblem};
use shop::user::{NewUser, User, rules, service as users};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

pub fn routes() -> OpenApiRouter<Web> {
    OpenApiRouter::default().routes(routes!(register)).routes(routes!(login))
}

/// A new shopper.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RegisterBody {
    /// Taken once, whatever its case and Unicode form.
    #[schema(format = Email, min_length = 5, max_length = 254)]
    pub email: String,
    /// 1…100 characters, none of them control characters; spaces around it are dropped.
    #[schema(
        min_length = 1,
        max_length = 100,
        pattern = r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$"
    )]
    pub name: String,
    /// 8…128 characters of any kind.
    #[schema(format = Password, min_length = 8, max_length = 128)]
    pub password: String,
    #[schema(value_type = Option<AgeConfirmed>)]
    pub age_confirmed: Option<bool>,
}

/// Who logs in.
/// Characters of a code of a second factor, spaces and dashes included.
const LONGEST_CODE: i64 = 64;

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LoginBody {
    pub email: String,
    #[schema(format = Password)]
    pub password: String,
    /// For an operator with a second factor: six digits of their app, or a recovery code. Each counts once.
    #[schema(max_length = 64)]
    pub code: Option<String>,
}

/// An account and the token that speaks for it.
#[derive(Serialize, ToSchema)]
struct SessionBody {
    user: UserBody,
    /// A JWT for `Authorization: Bearer`.
    access_token: String,
    #[schema(pattern = "^Bearer$")]
    token_type: &'static str,
    /// Seconds from now.
    #[schema(value_type = i64, minimum = 1, example = 3_600)]
    expires_in: u64,
}

problems!(RegisterProblems: BODY, &["email_taken", "rate_limited"]);

/// Register
///
/// Makes a shopper's account with an empty wallet, and a token for it. Limited per address; a mistake in
/// a field costs nothing.
#[utoipa::path(
    post, path = "/auth/register", tag = "accounts",
    request_body(content = RegisterBody, example = json!({
        "email": "dami@example.com", "name": "김담이", "password": "correct horse 9"
    })),
    responses(
        (status = 201, description = "The account and its token.", body = SessionBody, example = json!({
            "user": {"id": 42, "email": "dami@example.com", "name": "김담이", "role": "shopper"},
            "access_token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "token_type": "Bearer", "expires_in": 3600
        })),
        RegisterProblems,
    ),
    security(()),
)]
async fn register(
    State(web): State<Web>,
    Extension(address): Extension<ClientAddress>,
    _: NoParameters,
    headers: HeaderMap,
    JsonBody(body): JsonBody<RegisterBody>,
) -> Response {
    let work = async {
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
    };
    limited(web.shop.settings().register_limit, Box::pin(work)).await
}

problems!(LoginProblems: BODY, &["invalid_credentials", "second_factor_required", "rate_limited", "temporarily_blocked"]);

/// Log in
///
/// A token for an account. Limited per address; five wrong passwords in a row block the account's logins
/// for a while, known or not. An operator with a second factor sends its code along: without one the answer to the
/// right password is `second_factor_required`, and no token. Wrong codes block like wrong passwords.
#[utoipa::path(
    post, path = "/auth/login", tag = "accounts",
    request_body(content = LoginBody, example = json!({
        "email": "shopper@damda.example", "password": "damda-shopper"
    })),
    responses(
        (status = 200, description = "The account and its token.", body = SessionBody, example = json!({
            "user": {"id": 1, "email": "shopper@damda.example", "name": "김담이", "role": "shopper"},
            "access_token": "eyJ0eXAiOiJKV1QiLCJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", "token_type": "Bearer", "expires_in": 3600
        })),
        LoginProblems,
    ),
    security(()),
)]
async fn login(
    State(web): State<Web>,
    Extension(address): Extension<ClientAddress>,
    _: NoParameters,
    JsonBody(body): JsonBody<LoginBody>,
) -> Response {
    let work = async {
        limits::take_login(&web.shop, address).await?;
        let LoginBody { email, password, code } = &body;
        if code.as_ref().is_some_and(|code| i64::try_from(code.chars().count()).is_ok_and(|chars| chars > LONGEST_CODE))
        {
            return Err(shop::Error::invalid("code", FieldProblem::TooLong { most: LONGEST_CODE }).into());
        }
        let user = users::check_login_with(&web.shop, email, password, None, code.as_deref()).await?;
        Ok(Json(signed_in(&web, &user)?))
    };
    limited(web.shop.settings().login_limit, Box::pin(work)).await
}

fn signed_in(web: &Web, user: &User) -> Result<SessionBody, Problem> {
    Ok(SessionBody {
        user: UserBody::from(user),
        access_token: web.tokens.issue(user, web.shop.now())?,
        token_type: "Bearer",
        expires_in: web.tokens.lifetime().as_secs(),
    })
}
