//! Accounts, passwords and sessions.

use crate::support::*;
use shop::operator::service::set_operator_role;
use shop::operator::{By, OperatorRole};
use shop::ports::FailureAnswer;
use shop::user::closing::{CloseRequest, close_account};
use shop::user::service::{
    KnownDevice, authenticate, change_password, check_login, check_login_from, count_users, create_operator, find_user,
    freeze_user, has_password, register_user, reset_password,
};
use shop::user::sessions::{
    SessionOrigin, delete_expired_sessions, delete_session, end_session_of, find_session, list_sessions,
    rewrite_session, save_session, sign_out_everywhere, write_origin,
};
use shop::user::{Language, NewUser, Role, User};
use shop::{Error, Settings, Shop};
use std::time::Duration;

const PASSWORD: &str = "correct horse 1";

fn new_user(email: &str, name: &str, password: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: name.to_owned(),
        password: password.to_owned(),
        lang: Language::Ko,
        age_confirmed: true,
    }
}

fn blocked_after(failures: u32) -> Settings {
    Settings { failure_limit: Some(failures), ..unlimited() }
}

async fn register(shop: &Shop, email: &str) -> User {
    register_user(shop, new_user(email, "김담다", PASSWORD)).await.unwrap()
}

on_both_engines! {
    async fn an_account_answers_to_every_spelling_of_its_address(shop) {
        let user = register(shop, " Kim@Example.com ").await;
        assert_eq!((user.email.as_str(), user.role, user.auth_version), ("Kim@Example.com", Role::Shopper, 1));
        assert_eq!(shop.balance(user.id).await, 0);
        // Capitals, blanks around it, and full-width letters that NFKC folds.
        for spelling in ["kim@example.com", "\tKIM@EXAMPLE.COM ", "ｋｉｍ@example.com"] {
            assert_eq!(check_login(shop, spelling, PASSWORD).await.unwrap().id, user.id, "{spelling}");
            let again = register_user(shop, new_user(spelling, "다른 사람", PASSWORD)).await;
            assert!(matches!(again, Err(Error::EmailTaken)), "{spelling}: {again:?}");
        }
        assert_eq!(count_users(shop).await.unwrap(), 1);
    }

    async fn names_and_addresses_are_kept_as_they_were_written(shop) {
        let name = "O'Brien \"🛒\" -- \\ 김%_";
        let user = register_user(shop, new_user("담다+1@예시.한국", name, PASSWORD)).await.unwrap();
        let found = find_user(shop, user.id).await.unwrap().unwrap();
        assert_eq!((found.email.as_str(), found.name.as_str()), ("담다+1@예시.한국", name));
        assert_eq!(found, user);
        assert_eq!(find_user(shop, shop::id::UserId::new(404)).await.unwrap(), None);
    }

    async fn a_bad_registration_names_every_field_and_stores_nothing(shop) {
        let outcome = register_user(shop, new_user("no address", " ", "short")).await;
        assert_eq!(wrong_fields(outcome), ["email", "name", "password"]);
        let table = [("", "이름", PASSWORD, "email"), ("a@b.co", "이름", &"x".repeat(129), "password")];
        for (email, name, password, field) in table {
            assert_eq!(wrong_fields(register_user(shop, new_user(email, name, password)).await), [field]);
        }
        assert_eq!((count_users(shop).await.unwrap(), shop.count("wallets").await), (0, 0));
    }

    async fn an_address_that_grows_too_long_when_it_is_folded_is_refused_as_input(shop) {
        // One character that NFKC makes eighteen of: sixty-four of them fit the form and not the column.
        let email = format!("{}@example.com", "\u{fdfa}".repeat(64));
        assert_eq!(wrong_fields(register_user(shop, new_user(&email, "이름", PASSWORD)).await), ["email"]);
        assert_eq!(count_users(shop).await.unwrap(), 0);
    }

    async fn of_many_registrations_of_one_address_one_wins(shop) {
        let outcomes = at_once(8, |index| {
            let shop: Shop = (**shop).clone();
            async move {
                let email = if index % 2 == 0 { "same@example.com" } else { "SAME@example.com" };
                register_user(&shop, new_user(email, "이름", PASSWORD)).await
            }
        })
        .await;
        let words = tally(outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Error::code, |_| "ok")));
        assert_eq!(words, [("email_taken", 7), ("ok", 1)].into());
        assert_eq!((count_users(shop).await.unwrap(), shop.count("wallets").await), (1, 1));
    }

    async fn a_wrong_password_and_an_unknown_address_are_answered_alike(shop, blocked_after(5)) {
        register(shop, "known@example.com").await;
        for email in ["known@example.com", "unknown@example.com"] {
            for attempt in 1..=5 {
                let outcome = check_login(shop, email, "wrong password").await;
                assert!(matches!(outcome, Err(Error::InvalidCredentials)), "{email} {attempt}: {outcome:?}");
            }
            for password in [PASSWORD, "wrong password"] {
                match check_login(shop, email, password).await {
                    Err(Error::Blocked { retry_after }) => assert_eq!(retry_after, Duration::from_secs(600)),
                    other => panic!("{email}: {other:?}"),
                }
            }
        }
        assert!(has_password(shop, "KNOWN@example.com", PASSWORD).await.unwrap(), "it is the right one all the same");
        assert!(!has_password(shop, "unknown@example.com", PASSWORD).await.unwrap());
        shop.advance(Duration::from_secs(600));
        assert!(check_login(shop, "known@example.com", PASSWORD).await.is_ok());
    }

    async fn an_owners_device_gets_in_while_strangers_block_the_address(shop, blocked_after(3)) {
        let (kim, lee) = (register(shop, "kim@example.com").await, register(shop, "lee@example.com").await);
        let device = |owner: &User, id: &str| KnownDevice { owner: owner.id, id: id.to_owned() };
        let (own, other, of_lee) = (device(&kim, "a"), device(&kim, "b"), device(&lee, "a"));
        let log_in = async |password: &str, device: &KnownDevice| {
            check_login_from(shop, "kim@example.com", password, Some(device)).await
        };
        for _ in 0..3 {
            check_login(shop, "kim@example.com", "wrong password").await.unwrap_err();
        }
        assert_eq!(log_in(PASSWORD, &own).await.unwrap().id, kim.id);
        let elsewhere = log_in(PASSWORD, &of_lee).await;
        assert!(matches!(elsewhere, Err(Error::Blocked { .. })), "somebody else's device is a stranger's: {elsewhere:?}");
        assert!(matches!(check_login(shop, "kim@example.com", PASSWORD).await, Err(Error::Blocked { .. })));
        // A device that was stolen may guess as often as a stranger may, and no other device suffers for it.
        for _ in 0..3 {
            assert!(matches!(log_in("wrong password", &own).await, Err(Error::InvalidCredentials)));
        }
        assert!(matches!(log_in(PASSWORD, &own).await, Err(Error::Blocked { .. })));
        assert!(log_in(PASSWORD, &other).await.is_ok());
    }

    async fn who_types_their_own_password_wrongly_is_blocked_as_at_the_login(shop, blocked_after(3)) {
        let user = register(shop, "kim@example.com").await;
        let change = async |current: &str| change_password(shop, user.id, current, "another password").await;
        let close = async |password: &str| {
            close_account(shop, user.id, &CloseRequest { password: password.to_owned(), forfeited: None }).await
        };
        // A right one in between begins the row anew.
        assert_eq!(wrong_fields(change("wrong password").await), ["current_password"]);
        assert_eq!(wrong_fields(close("wrong password").await), ["password"]);
        change_password(shop, user.id, PASSWORD, PASSWORD).await.unwrap();
        assert_eq!(wrong_fields(change("wrong password").await), ["current_password"]);
        assert_eq!(wrong_fields(close("wrong password").await), ["password"]);
        assert_eq!(wrong_fields(change("wrong password").await), ["current_password"]);
        for outcome in [change(PASSWORD).await.map(drop), close(PASSWORD).await] {
            assert!(matches!(outcome, Err(Error::Blocked { .. })), "{outcome:?}");
        }
        assert!(check_login(shop, "kim@example.com", PASSWORD).await.is_ok(), "the owner still gets in");
        shop.advance(Duration::from_secs(600));
        assert!(change(PASSWORD).await.is_ok());
    }

    async fn of_many_guesses_at_once_five_are_answered_and_the_rest_learn_nothing(shop, blocked_after(5)) {
        let kim = register(shop, "kim@example.com").await;
        let known = KnownDevice { owner: kim.id, id: "a".to_owned() };
        for (email, device) in [("kim@example.com", None), ("nobody@example.com", None), ("kim@example.com", Some(known))] {
            let outcomes = at_once(16, |_| {
                let (own, device): (Shop, _) = ((**shop).clone(), device.clone());
                async move { check_login_from(&own, email, "a wrong one 1", device.as_ref()).await }
            })
            .await;
            let words = tally(outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Error::code, |_| "in")));
            assert_eq!(words, [("invalid_credentials", 5), ("temporarily_blocked", 11)].into(), "{email}");
        }
        let outcomes = at_once(16, |_| {
            let (own, id): (Shop, _) = ((**shop).clone(), kim.id);
            async move { change_password(&own, id, "a wrong one 1", "another one 2").await }
        })
        .await;
        let words = tally(outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Error::code, |_| "changed")));
        assert_eq!(words, [("temporarily_blocked", 11), ("validation_failed", 5)].into());
    }

    // The right password is no exception: who may try without end must not find out when it was right.
    async fn a_right_guess_behind_the_last_one_allowed_learns_nothing(shop, blocked_after(5)) {
        register(shop, "kim@example.com").await;
        let gate = &shop.ports().gate;
        let login = check_login(shop, "kim@example.com", PASSWORD);
        tokio::pin!(login);
        // It has passed the block and waits for its hash while five others are found wrong.
        assert!(futures::poll!(&mut login).is_pending());
        let mut last = FailureAnswer::Counted;
        for _ in 0..5 {
            last = gate.count_failure("failures:login:kim@example.com", 5, 10 * MINUTE, shop.now()).await.unwrap();
        }
        assert!(matches!(last, FailureAnswer::BlockBegan { .. }));
        let outcome = login.await;
        assert!(matches!(outcome, Err(Error::Blocked { retry_after }) if retry_after == 10 * MINUTE), "{outcome:?}");
    }

    async fn only_failed_logins_in_a_row_block_an_account(shop, blocked_after(3)) {
        register(shop, "kim@example.com").await;
        for _ in 0..2 {
            for _ in 0..2 {
                assert!(check_login(shop, "kim@example.com", "wrong password").await.is_err());
            }
            assert!(check_login(shop, "kim@example.com", PASSWORD).await.is_ok());
        }
    }

    async fn a_password_beyond_the_longest_is_wrong_and_never_hashed(shop) {
        register(shop, "kim@example.com").await;
        let outcome = check_login(shop, "kim@example.com", &"x".repeat(1_000_000)).await;
        assert!(matches!(outcome, Err(Error::InvalidCredentials)), "{outcome:?}");
    }

    async fn a_changed_password_ends_everything_that_was_issued_before(shop) {
        let user = register(shop, "kim@example.com").await;
        let other = register(shop, "lee@example.com").await;
        let until = shop.now().after(HOUR);
        for (id, owner) in [(1, Some(user.id)), (2, Some(other.id)), (3, None)] {
            save_session(shop.db(), [id; 32], owner, b"data", until).await.unwrap();
        }
        assert!(authenticate(shop, user.id, 1).await.unwrap().is_some());

        let wrong = change_password(shop, user.id, "wrong password", "another password").await;
        assert_eq!(wrong_fields(wrong), ["current_password"]);
        assert_eq!(wrong_fields(change_password(shop, user.id, PASSWORD, "short").await), ["new_password"]);
        assert!(authenticate(shop, user.id, 1).await.unwrap().is_some(), "nothing has changed yet");

        let changed = change_password(shop, user.id, PASSWORD, "another password").await.unwrap();
        assert_eq!(changed.auth_version, 2);
        assert_eq!(authenticate(shop, user.id, 1).await.unwrap(), None);
        assert_eq!(authenticate(shop, user.id, 2).await.unwrap(), Some(changed));
        let mut kept = Vec::new();
        for id in [1, 2, 3] {
            kept.push(find_session(shop.db(), [id; 32], shop.now()).await.unwrap().is_some());
        }
        assert_eq!(kept, [false, true, true], "the user's own session is over, the others are not");
        assert!(matches!(check_login(shop, "kim@example.com", PASSWORD).await, Err(Error::InvalidCredentials)));
        assert!(check_login(shop, "kim@example.com", "another password").await.is_ok());
        assert!(check_login(shop, "lee@example.com", PASSWORD).await.is_ok());
    }

    async fn an_operator_resets_a_password_by_any_spelling_of_the_address(shop) {
        let operator = create_operator(shop, "boss@example.com", "사장", PASSWORD, OperatorRole::Owner).await.unwrap();
        assert_eq!(find_user(shop, operator.id).await.unwrap().map(|user| user.role), Some(Role::Operator));
        let reset = reset_password(shop, " BOSS@Example.com", "a new password").await.unwrap();
        assert_eq!((reset.id, reset.auth_version), (operator.id, 2));
        assert!(check_login(shop, "boss@example.com", "a new password").await.is_ok());
        assert!(matches!(reset_password(shop, "nobody@example.com", "a new password").await, Err(Error::NotFound)));
        assert_eq!(wrong_fields(reset_password(shop, "boss@example.com", "short").await), ["new_password"]);
    }

    async fn a_session_that_was_ended_while_a_request_of_it_was_under_way_stays_ended(shop) {
        let user = shop.shopper(0).await;
        let (id, until) = ([7; 32], shop.now().after(HOUR));
        save_session(shop.db(), id, Some(user), b"one", until).await.unwrap();
        rewrite_session(shop, id, Some(user), b"two", until).await.unwrap();
        assert_eq!(find_session(shop.db(), id, shop.now()).await.unwrap(), Some(b"two".to_vec()));
        end_session_of(shop, user, id).await.unwrap();
        rewrite_session(shop, id, Some(user), b"three", until).await.unwrap();
        assert_eq!(find_session(shop.db(), id, shop.now()).await.unwrap(), None);
    }

    async fn its_owner_sees_where_an_account_is_logged_in_and_ends_what_is_not_theirs(shop) {
        let (user, other) = (shop.shopper(0).await, shop.shopper(0).await);
        let until = shop.now().after(HOUR);
        for (id, owner) in [(1, user), (2, user), (3, other)] {
            save_session(shop.db(), [id; 32], Some(owner), b"data", until).await.unwrap();
            let origin = SessionOrigin { address: Some("192.0.2.7"), browser: Some("Firefox · Linux") };
            write_origin(shop.db(), [id; 32], origin, shop.now()).await.unwrap();
            shop.advance(MINUTE);
        }
        rewrite_session(shop, [1; 32], Some(user), b"data", until).await.unwrap();
        let seen = list_sessions(shop, user).await.unwrap();
        assert_eq!(seen.iter().map(|one| one.digest).collect::<Vec<_>>(), [[1; 32], [2; 32]], "the one used last first");
        assert_eq!((seen[0].seen_at, seen[0].browser.as_deref()), (Some(shop.now()), Some("Firefox · Linux")));
        assert!(matches!(end_session_of(shop, user, [3; 32]).await, Err(Error::NotFound)), "another's");
        end_session_of(shop, user, [2; 32]).await.unwrap();
        assert_eq!(list_sessions(shop, user).await.unwrap().len(), 1);
        let version = sign_out_everywhere(shop, user).await.unwrap().auth_version;
        assert!(list_sessions(shop, user).await.unwrap().is_empty());
        assert_eq!(find_user(shop, user).await.unwrap().unwrap().auth_version, version);
        assert_eq!(list_sessions(shop, other).await.unwrap().len(), 1);
    }

    async fn a_session_is_kept_replaced_and_ends_on_time(shop) {
        let user = shop.shopper(0).await;
        let (now, id) = (shop.now(), [7; 32]);
        let find = |at| find_session(shop.db(), id, at);
        assert_eq!(find(now).await.unwrap(), None);
        save_session(shop.db(), id, None, b"", now.after(SECOND)).await.unwrap();
        assert_eq!(find(now).await.unwrap(), Some(Vec::new()));
        let bytes: Vec<u8> = (0..=255).collect();
        save_session(shop.db(), id, Some(user), &bytes, now.after(MINUTE)).await.unwrap();
        assert_eq!(find(now.after(MINUTE).before(Duration::from_millis(1))).await.unwrap(), Some(bytes));
        assert_eq!(find(now.after(MINUTE)).await.unwrap(), None, "it ends at its moment");
        delete_session(shop.db(), id).await.unwrap();
        assert_eq!(find(now).await.unwrap(), None);

        for (id, seconds) in [(1, 10), (2, 20), (3, 30)] {
            let until = now.after(Duration::from_secs(seconds));
            save_session(shop.db(), [id; 32], None, b"x", until).await.unwrap();
        }
        assert_eq!(delete_expired_sessions(shop.db(), now.after(20 * SECOND)).await.unwrap(), 2);
        assert_eq!(shop.count("sessions").await, 1);
    }
}

/// Somebody changes the password here and is sent on to another instance, which has just seen the old account.
#[tokio::test]
async fn another_instance_knows_a_session_of_the_new_password_at_once() {
    let shop = shop_on(shop::database::Engine::Sqlite).await;
    let other = shop.another().await;
    let user = register(&shop, "kim@example.com").await;
    assert!(authenticate(&other, user.id, 1).await.unwrap().is_some());
    let changed = change_password(&shop, user.id, PASSWORD, "another password").await.unwrap();
    assert_eq!(authenticate(&other, user.id, 2).await.unwrap(), Some(changed));
    assert_eq!(authenticate(&other, user.id, 1).await.unwrap(), None);
    shop.finish().await;
}

/// Reading 15: tokens of an old password end within five seconds on every instance. The cache's clock is the
/// machine's, so this waits for the condition in real time.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_instance_forgets_an_old_password_within_five_seconds() {
    let shop = shop_on(shop::database::Engine::Sqlite).await;
    let other = shop.another().await;
    let user = register(&shop, "kim@example.com").await;
    assert!(authenticate(&other, user.id, 1).await.unwrap().is_some());
    change_password(&shop, user.id, PASSWORD, "another password").await.unwrap();
    assert_eq!(authenticate(&shop, user.id, 1).await.unwrap(), None, "here at once");
    let forgotten = async {
        while authenticate(&other, user.id, 1).await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), forgotten).await.expect("the old token still works after 5 s");
    assert!(authenticate(&other, user.id, 2).await.unwrap().is_some());
    shop.finish().await;
}

/// The same of a freeze and of another role.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn another_instance_forgets_who_was_frozen_or_given_a_role_within_five_seconds() {
    let shop = shop_on(shop::database::Engine::Sqlite).await;
    let other = shop.another().await;
    let (frozen, raised) = (register(&shop, "kim@example.com").await, register(&shop, "lee@example.com").await);
    for user in [&frozen, &raised] {
        assert!(authenticate(&other, user.id, 1).await.unwrap().is_some());
    }
    freeze_user(&shop, "kim@example.com").await.unwrap();
    set_operator_role(&shop, By::CommandLine, raised.id, Some(OperatorRole::Viewer)).await.unwrap();
    let forgotten = async {
        for user in [&frozen, &raised] {
            while authenticate(&other, user.id, 1).await.unwrap().is_some() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(5), forgotten).await.expect("an old token still works after 5 s");
    assert_eq!(authenticate(&other, frozen.id, 2).await.unwrap(), None, "frozen");
    let raised = authenticate(&other, raised.id, 2).await.unwrap().expect("a new token of theirs counts");
    assert_eq!(raised.role, Role::Operator);
    shop.finish().await;
}
