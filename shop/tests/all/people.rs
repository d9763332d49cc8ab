//! What becomes of people: names, languages, standing, closed accounts and forgotten passwords.

use crate::support::*;
use shop::mail::store::{count_letters, list_due};
use shop::mail::{LetterFacts, LetterKind};
use shop::operator::service::set_operator_role;
use shop::operator::{By, OperatorRole};
use shop::ports::{Letter, Limit, Mailer, NotSent};
use shop::user::closing::{CloseRequest, close_account, find_close_outlook};
use shop::user::reset::{ResetState, delete_old_resets, find_reset_state, request_password_reset, reset_password_with};
use shop::user::service::{
    authenticate, change_password, check_login, count_users, find_user, freeze_user, register_user, rename_user,
    set_lang, unfreeze_user,
};
use shop::user::sessions::{find_session, save_session};
use shop::user::{Language, NewUser, Role, User};
use shop::{Error, Fault, Settings, Shop, Won};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

const PASSWORD: &str = "correct horse 1";

fn with_mail() -> Settings {
    Settings { mail_on: true, ..unlimited() }
}

fn new_user(email: &str) -> NewUser {
    NewUser {
        email: email.to_owned(),
        name: "김담다".to_owned(),
        password: PASSWORD.to_owned(),
        lang: Language::Ko,
        age_confirmed: true,
    }
}

async fn register(shop: &Shop, email: &str) -> User {
    register_user(shop, new_user(email)).await.unwrap()
}

async fn save_a_session(shop: &Shop, id: u8, user: &User) {
    save_session(shop.db(), [id; 32], Some(user.id), b"data", shop.now().after(HOUR)).await.unwrap();
}

async fn has_session(shop: &Shop, id: u8) -> bool {
    find_session(shop.db(), [id; 32], shop.now()).await.unwrap().is_some()
}

/// Keeps letters instead of sending them, unless it is down.
#[derive(Default)]
struct Postbox {
    letters: Mutex<Vec<Letter>>,
    is_down: AtomicBool,
}

#[async_trait::async_trait]
impl Mailer for Postbox {
    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        if self.is_down.load(Ordering::SeqCst) {
            return Err(NotSent { reason: "the mail server is down".to_owned(), said: String::new() });
        }
        self.letters.lock().unwrap().push(letter.clone());
        Ok(())
    }
}

impl Postbox {
    /// Sends what is due; gives how many went out.
    async fn send(&self, shop: &Shop) -> u64 {
        shop::mail::service::send_due_letters(shop, self, &write).await.unwrap()
    }

    /// Address and text of what was sent since the last look.
    fn take(&self) -> Vec<(String, String)> {
        std::mem::take(&mut *self.letters.lock().unwrap())
            .into_iter()
            .map(|letter| (letter.address, letter.text))
            .collect()
    }
}

/// The plainest of writers: the kind, and the fact that matters.
fn write(facts: &LetterFacts) -> Result<Letter, Fault> {
    let text = match facts {
        LetterFacts::Welcome { .. } => "welcome".to_owned(),
        LetterFacts::OrderCompleted { order, .. } => format!("order {}", order.id),
        LetterFacts::OrderRefunded { order, .. } => format!("refund of {}", order.id),
        LetterFacts::PasswordReset { token, .. } => token.clone(),
        LetterFacts::PasswordChanged { .. } => "changed".to_owned(),
    };
    let user = facts.user();
    Ok(Letter {
        name: user.name.clone(),
        address: user.email.clone(),
        subject: String::new(),
        text,
        html: String::new(),
        written_at: user.created_at,
    })
}

/// Asks for a link and takes it out of the letter.
async fn ask_for_link(shop: &Shop, post: &Postbox, email: &str) -> String {
    request_password_reset(shop, email).await.unwrap();
    assert_eq!(post.send(shop).await, 1);
    post.take().pop().unwrap().1
}

on_both_engines! {
    async fn an_account_remembers_language_and_age(shop) {
        let older = register(shop, "older@example.com").await;
        let open = NewUser { lang: Language::En, age_confirmed: false, ..new_user("open@example.com") };
        let open = register_user(shop, open).await.unwrap();
        assert_eq!((older.lang, open.lang), (Language::Ko, Language::En));
        assert_eq!(find_user(shop, open.id).await.unwrap(), Some(open));
        let confirmed = "SELECT age_confirmed_at AS n FROM users WHERE email = 'older@example.com'";
        assert_eq!(shop.figure(confirmed).await, shop.now().millis());
        let unsaid = "SELECT COUNT(*) AS n FROM users WHERE age_confirmed_at IS NULL AND email = 'open@example.com'";
        assert_eq!(shop.figure(unsaid).await, 1);
    }

    async fn every_unicode_form_of_an_address_is_the_same_account(shop) {
        // Composed and decomposed, full-width, capitals with and without accents apart.
        let groups = [
            ["caf\u{e9}@example.com", "cafe\u{301}@example.com", "CAFE\u{301}@EXAMPLE.COM"],
            ["\u{ff2b}im@example.com", "kim\u{ff20}example\u{ff0e}com", "KIM@example.com"],
            ["\u{b2f4}\u{b2e4}@\u{c608}\u{c2dc}.\u{d55c}\u{ad6d}", "\u{1103}\u{1161}\u{11b7}\u{1103}\u{1161}@\u{c608}\u{c2dc}.\u{d55c}\u{ad6d}",
             " \u{b2f4}\u{b2e4}@\u{c608}\u{c2dc}.\u{d55c}\u{ad6d} "],
            ["\u{130}@example.com", "I\u{307}@example.com", "i\u{307}@example.com"],
        ];
        for group in groups {
            let user = register(shop, group[0]).await;
            for form in group {
                let again = register_user(shop, new_user(form)).await;
                assert!(matches!(again, Err(Error::EmailTaken)), "{form}: {again:?}");
                assert_eq!(check_login(shop, form, PASSWORD).await.unwrap().id, user.id, "{form}");
            }
        }
        assert_eq!(count_users(shop).await.unwrap(), 4);
        // It is kept as mail servers know it, since letters go there.
        let kept = "SELECT COUNT(*) AS n FROM users WHERE email = 'Kim@example.com'";
        assert_eq!(shop.figure(kept).await, 1);
    }

    async fn a_new_name_or_language_ends_nothing(shop) {
        let user = register(shop, "kim@example.com").await;
        save_a_session(shop, 1, &user).await;
        for (name, good) in [("이새이름", true), (" O'Neil <b> ", true), ("", false), ("a\r\nb", false)] {
            match rename_user(shop, user.id, name).await {
                Ok(renamed) => assert!(good && renamed.name == name.trim(), "{name:?}"),
                outcome => assert!(!good && wrong_fields(outcome) == ["name"], "{name:?}"),
            }
        }
        set_lang(shop, user.id, Language::En).await.unwrap();
        let now = authenticate(shop, user.id, 1).await.unwrap().expect("the token still counts");
        assert_eq!((now.name.as_str(), now.lang), ("O'Neil <b>", Language::En));
        assert!(has_session(shop, 1).await);
    }

    async fn a_frozen_person_is_out_and_reads_why_only_with_the_right_password(shop) {
        let user = register(shop, "kim@example.com").await;
        save_a_session(shop, 1, &user).await;
        let frozen = freeze_user(shop, " KIM@example.com").await.unwrap();
        assert_eq!((frozen.auth_version, frozen.frozen_at), (2, Some(shop.now())));
        for version in [1, 2] {
            assert_eq!(authenticate(shop, user.id, version).await.unwrap(), None, "version {version}");
        }
        assert!(!has_session(shop, 1).await);
        let right = check_login(shop, "kim@example.com", PASSWORD).await;
        assert!(matches!(right, Err(Error::Frozen)), "{right:?}");
        assert_eq!(right.unwrap_err().code(), "forbidden");
        let wrong = check_login(shop, "kim@example.com", "wrong password").await;
        assert!(matches!(wrong, Err(Error::InvalidCredentials)), "{wrong:?}");

        let since = frozen.frozen_at;
        shop.advance(HOUR);
        assert_eq!(freeze_user(shop, "kim@example.com").await.unwrap().frozen_at, since, "frozen once");
        assert_eq!(unfreeze_user(shop, "kim@example.com").await.unwrap().frozen_at, None);
        assert!(check_login(shop, "kim@example.com", PASSWORD).await.is_ok());
        assert!(matches!(freeze_user(shop, "nobody@example.com").await, Err(Error::NotFound)));
    }

    async fn a_login_after_another_instance_ended_the_freeze_holds_at_once(shop) {
        let user = register(shop, "kim@example.com").await;
        let other = shop.another().await;
        freeze_user(&other, "kim@example.com").await.unwrap();
        assert_eq!(authenticate(shop, user.id, 2).await.unwrap(), None, "and this instance remembers that");
        unfreeze_user(&other, "kim@example.com").await.unwrap();
        let back = check_login(shop, "kim@example.com", PASSWORD).await.unwrap();
        assert_eq!(authenticate(shop, user.id, back.auth_version).await.unwrap(), Some(back));
    }

    async fn another_role_ends_what_the_old_one_was_given(shop) {
        let user = register(shop, "kim@example.com").await;
        save_a_session(shop, 1, &user).await;
        set_operator_role(shop, By::CommandLine, user.id, None).await.unwrap();
        assert!(has_session(shop, 1).await, "the same role");
        set_operator_role(shop, By::CommandLine, user.id, Some(OperatorRole::Support)).await.unwrap();
        let raised = find_user(shop, user.id).await.unwrap().unwrap();
        assert_eq!((raised.role, raised.auth_version), (Role::Operator, 2));
        assert_eq!(authenticate(shop, user.id, 1).await.unwrap(), None);
        assert!(!has_session(shop, 1).await);
        assert_eq!(authenticate(shop, user.id, 2).await.unwrap(), Some(raised));
    }

    async fn a_closed_account_keeps_the_books_and_loses_the_person(shop, with_mail()) {
        let post = Postbox::default();
        let user = register(shop, "kim@example.com").await;
        let product = shop.product(1_000, 5).await;
        let code = shop.coupon("TEN", TEN_PERCENT, 5).await;
        shop.claim(user.id, &code).await;
        charge(shop, &user, 5_000).await;
        let order = shop.place(user.id, one_of(product)).await.unwrap();
        request_password_reset(shop, "KIM@example.com").await.unwrap();
        post.send(shop).await;
        save_a_session(shop, 1, &user).await;
        request_password_reset(shop, "kim@example.com").await.unwrap();
        change_password(shop, user.id, PASSWORD, PASSWORD).await.unwrap();

        let outlook = find_close_outlook(shop, user.id).await.unwrap();
        assert_eq!((outlook.unfinished, outlook.balance), (0, Won::new(4_000)));
        let request = |password: &str, forfeited: Option<i64>| CloseRequest {
            password: password.to_owned(),
            forfeited: forfeited.map(Won::new),
        };
        for (asked, field) in [
            (request("wrong password", Some(4_000)), "password"),
            (request(PASSWORD, None), "forfeited"),
            (request(PASSWORD, Some(3_000)), "forfeited"),
        ] {
            assert_eq!(wrong_fields(close_account(shop, user.id, &asked).await), [field]);
        }
        assert!(find_user(shop, user.id).await.unwrap().is_some(), "nothing has happened yet");

        close_account(shop, user.id, &request(PASSWORD, Some(4_000))).await.unwrap();
        assert_eq!(find_user(shop, user.id).await.unwrap(), None);
        for version in 1..=3 {
            assert_eq!(authenticate(shop, user.id, version).await.unwrap(), None);
        }
        assert!(!has_session(shop, 1).await);
        let left = "SELECT COUNT(*) AS n FROM users WHERE email <> '' OR name <> '' OR password_hash <> '' OR \
                    age_confirmed_at IS NOT NULL OR email_key LIKE '%@%'";
        assert_eq!(shop.figure(left).await, 0, "nothing of the person is left");
        for table in ["password_resets", "mail_queue", "sessions"] {
            assert_eq!(shop.count(table).await, 0, "{table}");
        }
        assert_eq!(shop.order(order.id).await.status.as_str(), "COMPLETED");
        assert_eq!((shop.count("orders").await, shop.count("point_transactions").await), (1, 2));
        assert_eq!((shop.count("user_coupons").await, shop.balance(user.id).await), (1, 4_000));
        for email in ["kim@example.com", "", &format!("closed:{}", user.id)] {
            let login = check_login(shop, email, PASSWORD).await;
            assert!(matches!(login, Err(Error::InvalidCredentials)), "{email}: {login:?}");
        }
        let again = close_account(shop, user.id, &request(PASSWORD, Some(4_000))).await;
        assert!(matches!(again, Err(Error::NotFound)), "{again:?}");

        let heir = register(shop, "kim@example.com").await;
        assert_ne!(heir.id, user.id);
        assert_eq!(shop.balance(heir.id).await, 0);
        assert_eq!(count_users(shop).await.unwrap(), 1);
    }

    async fn an_account_does_not_close_under_an_unfinished_order(shop) {
        let user = register(shop, "kim@example.com").await;
        let product = shop.product(1_000, 5).await;
        charge(shop, &user, 1_000).await;
        let order = shop.reserve_and_pay(user.id, one_of(product)).await;
        let request = CloseRequest { password: PASSWORD.to_owned(), forfeited: None };
        let refused = close_account(shop, user.id, &request).await;
        assert!(matches!(refused, Err(Error::OrdersUnfinished { count: 1 })), "{refused:?}");
        assert!(check_login(shop, "kim@example.com", PASSWORD).await.is_ok());
        shop.confirm(order).await;
        close_account(shop, user.id, &request).await.unwrap();
    }

    async fn a_forgotten_password_is_replaced_once_and_everything_older_ends(shop, with_mail()) {
        let post = Postbox::default();
        let user = register(shop, "Kim@example.com").await;
        post.send(shop).await;
        assert_eq!(post.take(), [("Kim@example.com".to_owned(), "welcome".to_owned())]);
        save_a_session(shop, 1, &user).await;
        let other = ask_for_link(shop, &post, "kim@example.com").await;
        let link = ask_for_link(shop, &post, "\u{ff2b}IM@example.com").await;
        assert_ne!(link, other);
        assert_eq!(link.len(), 64, "256 random bits");
        let stored = shop.figure("SELECT COUNT(*) AS n FROM password_resets").await;
        assert_eq!(stored, 2);
        assert_eq!(find_reset_state(shop, &link).await.unwrap(), ResetState::Good);
        assert_eq!(wrong_fields(reset_password_with(shop, &link, "short").await), ["new_password"]);
        assert_eq!(find_reset_state(shop, &link).await.unwrap(), ResetState::Good, "a bad password costs no link");

        reset_password_with(shop, &link, "a new password").await.unwrap();
        assert!(check_login(shop, "kim@example.com", "a new password").await.is_ok());
        assert!(matches!(check_login(shop, "kim@example.com", PASSWORD).await, Err(Error::InvalidCredentials)));
        assert_eq!(authenticate(shop, user.id, 1).await.unwrap(), None);
        assert!(!has_session(shop, 1).await);
        for token in [&link, &other] {
            assert_eq!(find_reset_state(shop, token).await.unwrap(), ResetState::Used);
            let again = reset_password_with(shop, token, "another password").await;
            assert!(matches!(again, Err(Error::NotFound)), "{again:?}");
        }
        assert_eq!(post.send(shop).await, 1);
        assert_eq!(post.take()[0].1, "changed");
    }

    async fn of_many_uses_of_one_link_one_wins(shop, with_mail()) {
        let post = Postbox::default();
        register(shop, "kim@example.com").await;
        post.send(shop).await;
        post.take();
        let link = ask_for_link(shop, &post, "kim@example.com").await;
        let outcomes = at_once(8, |index| {
            let (shop, link): (Shop, _) = ((**shop).clone(), link.clone());
            async move { reset_password_with(&shop, &link, &format!("new password {index}")).await }
        })
        .await;
        let words = tally(outcomes.iter().map(|outcome| outcome.as_ref().map_or_else(Error::code, |()| "ok")));
        assert_eq!(words, [("not_found", 7), ("ok", 1)].into());
    }

    async fn a_link_ends_after_an_hour_and_a_wrong_one_opens_nothing(shop, with_mail()) {
        let post = Postbox::default();
        register(shop, "kim@example.com").await;
        post.send(shop).await;
        post.take();
        let link = ask_for_link(shop, &post, "kim@example.com").await;
        shop.advance(HOUR - SECOND);
        assert_eq!(find_reset_state(shop, &link).await.unwrap(), ResetState::Good);
        shop.advance(SECOND);
        assert_eq!(find_reset_state(shop, &link).await.unwrap(), ResetState::Expired);
        let long = "f".repeat(10_000);
        for token in [link.as_str(), "", "nonsense", &link.to_uppercase(), &link[1..], &long] {
            let refused = reset_password_with(shop, token, "a new password").await;
            assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
        }
        assert_eq!(find_reset_state(shop, "nonsense").await.unwrap(), ResetState::Unknown);
        assert_eq!(delete_old_resets(shop).await.unwrap(), 0, "its page can still say why");
        shop.advance(8 * DAY);
        assert_eq!(delete_old_resets(shop).await.unwrap(), 1);
    }

    async fn asking_for_a_link_is_the_same_for_known_and_unknown(shop, with_a_link_limit()) {
        let post = Postbox::default();
        register(shop, "known@example.com").await;
        post.send(shop).await;
        post.take();
        for email in ["known@example.com", "unknown@example.com"] {
            for _ in 0..2 {
                let before = count_letters(shop.db()).await.unwrap();
                request_password_reset(shop, email).await.unwrap();
                assert_eq!(count_letters(shop.db()).await.unwrap(), before + 1, "{email}: one row either way");
            }
            let limited = request_password_reset(shop, &email.to_uppercase()).await;
            assert!(matches!(limited, Err(Error::RateLimited { .. })), "{email}: {limited:?}");
        }
        assert_eq!(post.send(shop).await, 2, "only who has an account is written to");
        assert_eq!(count_letters(shop.db()).await.unwrap(), 0);
        assert_eq!(wrong_fields(request_password_reset(shop, "nonsense").await), ["email"]);
        assert_eq!(wrong_fields(request_password_reset(shop, "").await), ["email"]);
    }

    async fn without_mail_nothing_is_queued(shop) {
        let user = register(shop, "kim@example.com").await;
        change_password(shop, user.id, PASSWORD, "another password").await.unwrap();
        charge(shop, &user, 1_000).await;
        let product = shop.product(1_000, 5).await;
        shop.place(user.id, one_of(product)).await.unwrap();
        assert!(matches!(request_password_reset(shop, "kim@example.com").await, Err(Error::MailOff)));
        assert_eq!(shop.count("mail_queue").await, 0);
    }

    async fn a_completed_order_is_written_about_and_a_refused_one_is_not(shop, with_mail()) {
        let post = Postbox::default();
        let user = register(shop, "kim@example.com").await;
        post.send(shop).await;
        post.take();
        charge(shop, &user, 3_000).await;
        let product = shop.product(1_000, 5).await;
        let bought = shop.place(user.id, one_of(product)).await.unwrap();
        assert!(shop.place(user.id, order_request(&[(product, 4)])).await.is_err());
        assert_eq!(post.send(shop).await, 1);
        assert_eq!(post.take(), [("kim@example.com".to_owned(), format!("order {}", bought.id))]);
    }

    async fn a_letter_that_does_not_go_out_is_tried_again_and_given_up_in_the_end(shop, with_mail()) {
        let post = Postbox::default();
        post.is_down.store(true, Ordering::SeqCst);
        register(shop, "kim@example.com").await;
        register(shop, "lee@example.com").await;
        assert_eq!(post.send(shop).await, 0);
        let due = list_due(shop.db(), shop.now(), 10).await.unwrap();
        assert_eq!(due.len(), 1, "a server that is down is asked once a turn");
        assert_eq!(post.send(shop).await, 0);
        assert!(list_due(shop.db(), shop.now(), 10).await.unwrap().is_empty(), "not again at once");
        post.is_down.store(false, Ordering::SeqCst);
        shop.advance(MINUTE);
        assert_eq!(post.send(shop).await, 2, "both go out when it is back");

        post.is_down.store(true, Ordering::SeqCst);
        register(shop, "park@example.com").await;
        let mut tries = 0;
        while count_letters(shop.db()).await.unwrap() > 0 {
            assert_eq!(post.send(shop).await, 0);
            tries += 1;
            assert!(tries <= shop::mail::rules::MOST_TRIES, "never given up");
            shop.advance(DAY);
        }
        assert_eq!(tries, shop::mail::rules::MOST_TRIES);
    }

    async fn a_link_that_waited_too_long_is_not_sent(shop, with_mail()) {
        let post = Postbox::default();
        register(shop, "kim@example.com").await;
        post.send(shop).await;
        post.take();
        post.is_down.store(true, Ordering::SeqCst);
        request_password_reset(shop, "kim@example.com").await.unwrap();
        post.send(shop).await;
        post.is_down.store(false, Ordering::SeqCst);
        shop.advance(HOUR);
        assert_eq!((post.send(shop).await, count_letters(shop.db()).await.unwrap()), (0, 0));
    }

    async fn two_processes_send_each_letter_once(shop, with_mail()) {
        let other = shop.another_with(with_mail()).await;
        let post = std::sync::Arc::new(Postbox::default());
        for index in 0..20 {
            register(shop, &format!("kim{index}@example.com")).await;
        }
        let sent = at_once(4, |index| {
            let (shop, post): (Shop, _) = (if index % 2 == 0 { (**shop).clone() } else { other.clone() }, post.clone());
            async move { post.send(&shop).await }
        })
        .await;
        assert_eq!(sent.iter().sum::<u64>(), 20);
        let addresses: std::collections::BTreeSet<_> = post.take().into_iter().map(|(address, _)| address).collect();
        assert_eq!(addresses.len(), 20);
    }

    async fn a_letter_of_a_newer_program_is_left_to_it(shop, with_mail()) {
        let user = register(shop, "kim@example.com").await;
        let post = Postbox::default();
        post.send(shop).await;
        shop.arrange(&format!(
            "INSERT INTO mail_queue (kind, user_id, created_at, due_at) VALUES ('of_next_year', {}, 0, 0)", user.id
        ))
        .await;
        assert_eq!((post.send(shop).await, count_letters(shop.db()).await.unwrap()), (0, 1));
        assert_eq!(LetterKind::from_text("of_next_year"), None);
    }
}

fn with_a_link_limit() -> Settings {
    Settings { reset_limit: Some(Limit { count: 2, window: Duration::from_secs(3_600) }), ..with_mail() }
}

async fn charge(shop: &Shop, user: &User, won: i64) {
    shop::wallet::service::charge_wallet(shop, user.id, Won::new(won), key()).await.unwrap();
}
