//! Second factors: set up by a code, asked for at each login, each code counted once, and no guessing.

use crate::support::*;
use shop::database::Sql;
use shop::operator::service::find_operator;
use shop::operator::{Operator, OperatorRole, Permission};
use shop::second_factor::codes::code_at;
use shop::second_factor::service::{
    Standing, begin_enrolment, check_code, confirm_enrolment, find_standing, finish_login, remove_second_factor,
    renew_recovery_codes, reset_second_factor,
};
use shop::user::User;
use shop::user::service::{authenticate, check_login, check_login_with, create_operator};
use shop::{Error, Settings, Shop};

const EMAIL: &str = "boss@example.com";
const PASSWORD: &str = "correct horse 1";

async fn boss(shop: &TestShop) -> Operator {
    let user = create_operator(shop, EMAIL, "사장", PASSWORD, OperatorRole::Owner).await.unwrap();
    find_operator(shop, &user, "203.0.113.7").await.unwrap().unwrap()
}

/// Begins to set one up; gives its secret.
async fn begin(shop: &Shop, by: &Operator) -> Vec<u8> {
    begin_enrolment(shop, by).await.unwrap();
    match find_standing(shop, by.id()).await.unwrap() {
        Standing::Begun { secret } => secret,
        other => panic!("not begun: {other:?}"),
    }
}

/// Sets one up; gives its secret, the account and its recovery codes.
async fn enrol(shop: &TestShop, by: &Operator) -> (Vec<u8>, User, Vec<String>) {
    let secret = begin(shop, by).await;
    let (user, codes) = confirm_enrolment(shop, by, &code_at(&secret, shop.now())).await.unwrap();
    (secret, user, codes)
}

async fn log_in(shop: &Shop, code: Option<&str>) -> Result<User, Error> {
    check_login_with(shop, EMAIL, PASSWORD, None, code).await
}

fn is_wrong<T>(outcome: &Result<T, Error>) -> bool {
    matches!(outcome, Err(Error::WrongCode))
}

on_both_engines! {
    async fn a_second_factor_counts_once_a_code_of_it_is_confirmed_and_ends_what_was_begun_without(shop) {
        let by = boss(shop).await;
        assert_eq!(find_standing(shop, by.id()).await.unwrap(), Standing::Missing);
        let secret = begin(shop, &by).await;
        assert!(is_wrong(&confirm_enrolment(shop, &by, "000000").await));
        check_login(shop, EMAIL, PASSWORD).await.expect("it does not count yet");
        let stored = shop.db().fetch_optional(Sql::new("SELECT secret FROM second_factors")).await.unwrap().unwrap();
        assert!(!stored.bytes("secret").unwrap().windows(secret.len()).any(|part| part == secret), "it is sealed");

        let (user, codes) = confirm_enrolment(shop, &by, &code_at(&secret, shop.now())).await.unwrap();
        assert_eq!(codes.len(), 10);
        let before = by.user().auth_version;
        assert!(authenticate(shop, by.id(), before).await.unwrap().is_none(), "what was begun before is over");
        assert!(authenticate(shop, by.id(), user.auth_version).await.unwrap().is_some());
        assert_eq!(find_standing(shop, by.id()).await.unwrap(), Standing::Confirmed { recovery_codes_left: 10 });
        assert!(matches!(begin_enrolment(shop, &by).await, Err(Error::Forbidden)), "one counts already");
        let required = check_login(shop, EMAIL, PASSWORD).await;
        assert!(matches!(required, Err(Error::SecondFactorRequired { user_id, .. }) if user_id == by.id()), "{required:?}");
        let wrong = check_login(shop, EMAIL, "wrong horse 1").await;
        assert!(matches!(wrong, Err(Error::InvalidCredentials)), "who has no password learns nothing of it");
    }

    async fn each_code_opens_once_and_an_older_one_never_after_a_newer(shop) {
        let by = boss(shop).await;
        let (secret, user, codes) = enrol(shop, &by).await;
        let first = code_at(&secret, shop.now());
        assert!(is_wrong(&log_in(shop, Some(&first)).await), "the one that confirmed it is used");
        shop.advance(30 * SECOND);
        let second = code_at(&secret, shop.now());
        log_in(shop, Some(&second)).await.unwrap();
        assert!(is_wrong(&log_in(shop, Some(&second)).await));
        shop.advance(30 * SECOND);
        let (older, newer) = (code_at(&secret, shop.now()), code_at(&secret, shop.now().after(30 * SECOND)));
        finish_login(shop, by.id(), user.auth_version, &newer).await.unwrap();
        assert!(is_wrong(&log_in(shop, Some(&older)).await));

        log_in(shop, Some(&codes[3].to_uppercase())).await.unwrap();
        assert!(is_wrong(&log_in(shop, Some(&codes[3])).await), "a recovery code opens once");
        assert_eq!(find_standing(shop, by.id()).await.unwrap(), Standing::Confirmed { recovery_codes_left: 9 });
        for nonsense in ["", "12345", "not a code", "aaaa-aaaa-aaaa-aaaa"] {
            assert!(is_wrong(&check_code(shop, by.id(), nonsense).await), "{nonsense}");
        }
        let stale = finish_login(shop, by.id(), user.auth_version - 1, &codes[4]).await;
        assert!(matches!(stale, Err(Error::InvalidCredentials)), "{stale:?}");
    }

    async fn five_wrong_codes_block_also_the_right_one(shop, Settings { failure_limit: Some(5), ..unlimited() }) {
        let by = boss(shop).await;
        let (secret, _, codes) = enrol(shop, &by).await;
        for _ in 0..5 {
            assert!(is_wrong(&log_in(shop, Some("000000")).await));
        }
        shop.advance(MINUTE);
        for code in [&code_at(&secret, shop.now()), &codes[0]] {
            let blocked = log_in(shop, Some(code)).await;
            assert!(matches!(blocked, Err(Error::Blocked { .. })), "{blocked:?}");
        }
        shop.advance(10 * MINUTE);
        log_in(shop, Some(&codes[0])).await.expect("a blocked try uses nothing up");
    }

    async fn who_lost_theirs_is_helped_by_whoever_runs_the_shop(shop) {
        let by = boss(shop).await;
        let (_, user, _) = enrol(shop, &by).await;
        assert_eq!(reset_second_factor(shop, "BOSS@example.com").await.unwrap().id, by.id());
        assert!(authenticate(shop, by.id(), user.auth_version).await.unwrap().is_none());
        check_login(shop, EMAIL, PASSWORD).await.unwrap();
        assert!(matches!(reset_second_factor(shop, EMAIL).await, Err(Error::NotFound)));
        assert!(matches!(reset_second_factor(shop, "nobody@example.com").await, Err(Error::NotFound)));
        assert_eq!((shop.count("second_factors").await, shop.count("recovery_codes").await), (0, 0));
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM audit_log WHERE act LIKE 'operator.second_factor%'").await, 2);
    }

    async fn new_recovery_codes_take_the_place_of_the_old_ones(shop) {
        let by = boss(shop).await;
        let (secret, _, old) = enrol(shop, &by).await;
        assert!(is_wrong(&renew_recovery_codes(shop, &by, "000000").await));
        let new = renew_recovery_codes(shop, &by, &old[0]).await.unwrap();
        assert_eq!(find_standing(shop, by.id()).await.unwrap(), Standing::Confirmed { recovery_codes_left: 10 });
        assert!(is_wrong(&log_in(shop, Some(&old[1])).await), "an old one opens nothing");
        log_in(shop, Some(&new[0])).await.unwrap();
        shop.advance(MINUTE);
        renew_recovery_codes(shop, &by, &code_at(&secret, shop.now())).await.expect("a code of the app does as well");
        assert_eq!(shop.figure("SELECT COUNT(*) AS n FROM audit_log WHERE act = 'operator.recovery_codes_renewed'").await, 2);
        shop.advance(MINUTE);
        remove_second_factor(shop, &by, &code_at(&secret, shop.now())).await.unwrap();
        let gone = renew_recovery_codes(shop, &by, &new[1]).await;
        assert!(is_wrong(&gone), "{gone:?}");
        assert_eq!(shop.count("recovery_codes").await, 0);
    }

    async fn its_owner_takes_it_away_with_a_code_of_it(shop) {
        let by = boss(shop).await;
        let (_, _, codes) = enrol(shop, &by).await;
        assert!(is_wrong(&remove_second_factor(shop, &by, "000000").await));
        remove_second_factor(shop, &by, &codes[9]).await.unwrap();
        check_login(shop, EMAIL, PASSWORD).await.unwrap();
        enrol(shop, &by).await;
    }

    async fn a_shop_that_asks_for_it_keeps_operators_without_one_out(shop, Settings { require_second_factor: true, ..unlimited() }) {
        let by = boss(shop).await;
        assert!(matches!(by.must(Permission::SeeConsole), Err(Error::SecondFactorMissing)));
        let (_, user, _) = enrol(shop, &by).await;
        let now = find_operator(shop, &user, "").await.unwrap().unwrap();
        now.must(Permission::ManageOperators).unwrap();
    }
}

by_one_and_by_three! {
    async fn one_code_typed_32_times_at_once_opens_once(shop, shops) {
        let by = boss(shop).await;
        let (secret, _, codes) = enrol(shop, &by).await;
        shop.advance(MINUTE);
        for code in [code_at(&secret, shop.now()), codes[0].clone()] {
            let outcomes = at_once(32, |index| {
                let (own, code, id) = (shops.at(index), code.clone(), by.id());
                async move { check_code(&own, id, &code).await }
            })
            .await;
            assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
            assert!(outcomes.iter().all(|outcome| outcome.is_ok() || is_wrong(outcome)), "{outcomes:?}");
        }
    }
}
