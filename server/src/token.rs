//! Access tokens of the API: HS256 and nothing else. A token names its user and, inside `jti`, the
//! account's version when it was made; the account decides at each request whether that still counts, so
//! a changed password ends every older token (SPEC reading 15). Never says why a token is bad.

use crate::secret::Secret;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shop::Timestamp;
use shop::id::UserId;
use shop::user::{Role, User};
use std::sync::Arc;
use std::time::Duration;

/// Makes and reads tokens. Cloning it is cheap.
#[derive(Clone)]
pub struct Tokens(Arc<Keys>);

struct Keys {
    encoding: EncodingKey,
    /// For seals, so that none of them is ever a token.
    sealing: EncodingKey,
    decoding: DecodingKey,
    validation: Validation,
    lifetime: Duration,
}

/// API.md: `sub` (user id as a string), `role`, `iat`, `exp`, `jti`.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    sub: String,
    role: String,
    iat: i64,
    exp: i64,
    jti: String,
}

/// What a good token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    pub user_id: UserId,
    pub auth_version: i64,
}

impl Tokens {
    pub fn new(key: &Secret, lifetime: Duration) -> Self {
        let key = key.reveal().as_bytes();
        let mut validation = Validation::new(Algorithm::HS256);
        // Time is an argument: `read` compares `exp` itself, to the second and with the shop's clock.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let sealing = Sha256::new().chain_update("damda seal\n").chain_update(key).finalize();
        Self(Arc::new(Keys {
            encoding: EncodingKey::from_secret(key),
            sealing: EncodingKey::from_secret(&sealing),
            decoding: DecodingKey::from_secret(key),
            validation,
            lifetime,
        }))
    }

    /// How long a new token lives.
    pub fn lifetime(&self) -> Duration {
        self.0.lifetime
    }

    /// A token for this account as it is now.
    pub fn issue(&self, user: &User, now: Timestamp) -> Result<String, shop::Fault> {
        self.issue_for(user.id, user.role, user.auth_version, now)
    }

    /// A token for the account of this id while it has this role and version.
    pub fn issue_for(
        &self,
        user: UserId,
        role: Role,
        auth_version: i64,
        now: Timestamp,
    ) -> Result<String, shop::Fault> {
        let claims = Claims {
            sub: user.to_string(),
            role: role.as_str().to_owned(),
            iat: seconds(now),
            exp: seconds(now.after(self.0.lifetime)),
            jti: format!("{auth_version}-{}", hex::encode(rand::random::<[u8; 12]>())),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.0.encoding)
            .map_err(|error| shop::Fault::Other(format!("token: {error}")))
    }

    /// Who a token belongs to; `None` for anything that is forged, expired or not ours.
    pub fn read(&self, token: &str, now: Timestamp) -> Option<TokenOwner> {
        let claims = jsonwebtoken::decode::<Claims>(token, &self.0.decoding, &self.0.validation).ok()?.claims;
        if seconds(now) >= claims.exp {
            return None;
        }
        let (auth_version, _) = claims.jti.split_once('-')?;
        Some(TokenOwner { user_id: claims.sub.parse().ok()?, auth_version: auth_version.parse().ok()? })
    }
}

impl Tokens {
    /// The seal of a text, HMAC-SHA-256 in base64url: whoever has it got it from a server with our key.
    pub fn seal(&self, text: &str) -> String {
        // An empty seal is none, and nobody's: a key of 32 bytes always signs.
        jsonwebtoken::crypto::sign(text.as_bytes(), &self.0.sealing, Algorithm::HS256).unwrap_or_default()
    }
}

fn seconds(moment: Timestamp) -> i64 {
    moment.millis().div_euclid(1_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::{Value, json};
    use shop::user::Language;

    const NOW: Timestamp = Timestamp::from_millis(1_795_412_117_000);
    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn tokens(key: &str) -> Tokens {
        Tokens::new(&Secret::new(key), Duration::from_secs(3_600))
    }

    fn user() -> User {
        User {
            id: UserId::new(42),
            email: "a@b.co".to_owned(),
            name: "담이".to_owned(),
            role: Role::Shopper,
            lang: Language::Ko,
            auth_version: 3,
            frozen_at: None,
            created_at: NOW,
        }
    }

    fn part(value: &Value) -> String {
        URL_SAFE_NO_PAD.encode(value.to_string())
    }

    fn good_claims() -> Value {
        json!({"sub": "42", "role": "shopper", "iat": seconds(NOW), "exp": seconds(NOW) + 60, "jti": "3-abc"})
    }

    fn signed(algorithm: Algorithm, claims: &Value) -> String {
        jsonwebtoken::encode(&Header::new(algorithm), claims, &EncodingKey::from_secret(KEY.as_bytes())).unwrap()
    }

    #[test]
    fn a_token_names_its_user_and_the_accounts_version() {
        let token = tokens(KEY).issue(&user(), NOW).unwrap();
        let owner = tokens(KEY).read(&token, NOW).unwrap();
        assert_eq!(owner, TokenOwner { user_id: UserId::new(42), auth_version: 3 });
        let claims: Value =
            serde_json::from_slice(&URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap()).unwrap();
        assert_eq!((&claims["sub"], &claims["role"]), (&json!("42"), &json!("shopper")));
        assert_eq!(claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap(), 3_600);
    }

    #[test]
    fn a_token_ends_to_the_second() {
        let token = tokens(KEY).issue(&user(), NOW).unwrap();
        assert!(tokens(KEY).read(&token, NOW.after(Duration::from_secs(3_599))).is_some());
        assert!(tokens(KEY).read(&token, NOW.after(Duration::from_secs(3_600))).is_none());
    }

    #[test]
    fn only_hs256_with_our_key_counts() {
        assert!(tokens(KEY).read(&signed(Algorithm::HS256, &good_claims()), NOW).is_some());
        assert!(tokens(&KEY.replace('0', "1")).read(&signed(Algorithm::HS256, &good_claims()), NOW).is_none());
        for algorithm in [Algorithm::HS384, Algorithm::HS512] {
            assert!(tokens(KEY).read(&signed(algorithm, &good_claims()), NOW).is_none(), "{algorithm:?}");
        }
    }

    #[test]
    fn a_token_without_a_signature_is_none() {
        for alg in ["none", "None", "NONE", ""] {
            let header = part(&json!({"alg": alg, "typ": "JWT"}));
            for signature in ["", "AAAA"] {
                let token = format!("{header}.{}.{signature}", part(&good_claims()));
                assert!(tokens(KEY).read(&token, NOW).is_none(), "{token}");
            }
        }
    }

    #[test]
    fn a_key_that_a_token_brings_along_is_not_looked_at() {
        const THEIRS: &str = "a key of the forger's, of thirty-two bytes";
        let jwk = json!({"kty": "oct", "k": URL_SAFE_NO_PAD.encode(THEIRS), "alg": "HS256"});
        for more in [json!({"jwk": jwk}), json!({"jku": "https://evil.example/keys"}), json!({"kid": "../../dev/null"})]
        {
            let mut header = json!({"alg": "HS256", "typ": "JWT"});
            header.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            let text = format!("{}.{}", part(&header), part(&good_claims()));
            let sign = |key: &str| {
                jsonwebtoken::crypto::sign(text.as_bytes(), &EncodingKey::from_secret(key.as_bytes()), Algorithm::HS256)
            };
            assert!(tokens(KEY).read(&format!("{text}.{}", sign(THEIRS).unwrap()), NOW).is_none(), "{header}");
        }
    }

    #[test]
    fn a_seal_is_its_keys_and_its_texts_and_no_token() {
        let seal = tokens(KEY).seal("7.abc");
        assert_eq!(seal.len(), 43);
        assert!(seal.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte)), "{seal}");
        assert_eq!(seal, tokens(KEY).seal("7.abc"));
        assert_ne!(seal, tokens(KEY).seal("8.abc"));
        assert_ne!(seal, tokens(&KEY.replace('0', "1")).seal("7.abc"));
        let text = format!("{}.{}", part(&json!({"alg": "HS256", "typ": "JWT"})), part(&good_claims()));
        assert!(tokens(KEY).read(&format!("{text}.{}", tokens(KEY).seal(&text)), NOW).is_none());
    }

    #[test]
    fn a_changed_token_is_none() {
        let token = tokens(KEY).issue(&user(), NOW).unwrap();
        let parts: Vec<&str> = token.split('.').collect();
        let mut claims = good_claims();
        claims["sub"] = json!("1");
        let forged = format!("{}.{}.{}", parts[0], part(&claims), parts[2]);
        assert!(tokens(KEY).read(&forged, NOW).is_none());
        for garbage in ["", ".", "..", "a.b.c", "한글", &token[..token.len() - 2]] {
            assert!(tokens(KEY).read(garbage, NOW).is_none(), "{garbage}");
        }
    }

    #[test]
    fn a_token_that_lacks_a_claim_or_has_a_wrong_one_is_none() {
        for (claim, value) in [
            ("sub", json!(42)),
            ("sub", json!("me")),
            ("jti", json!("abc")),
            ("exp", json!("soon")),
            ("exp", Value::Null),
        ] {
            let mut claims = good_claims();
            claims[claim] = value;
            assert!(tokens(KEY).read(&signed(Algorithm::HS256, &claims), NOW).is_none(), "{claims}");
        }
    }
}
