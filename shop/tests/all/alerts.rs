//! Alerts on both engines: what several instances counted is judged together, one of them tells, and a notice goes
//! out once. The rules themselves are tables in `shop/src/alert/rules_tests.rs`; with real traffic over HTTP it is
//! `server/tests/alerts`.

use crate::support::*;
use async_trait::async_trait;
use shop::alert::model::Count;
use shop::alert::people::Sketch;
use shop::alert::service::{AlertView, judge, keep_samples, list_alerts, send_due_notices, watch_alerts};
use shop::alert::silence::{end_silence, silence};
use shop::alert::{AlertName, Channel, Notice, NoticeKind, Recipient, Stage};
use shop::database::Engine;
use shop::operator::service::find_operator;
use shop::operator::store::AuditFilter;
use shop::operator::{Operator, OperatorRole, audit};
use shop::order::OrderStatus;
use shop::page::Page;
use shop::ports::{Herald, NotSent};
use shop::user::service::create_operator;
use shop::{Error, Settings, Shop, Timestamp};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Keeps what it is told; fails while it is deaf.
#[derive(Default)]
struct Ear {
    heard: Mutex<Vec<(i64, AlertName, NoticeKind, Channel)>>,
    is_deaf: AtomicBool,
}

#[async_trait]
impl Herald for Ear {
    async fn tell(&self, notice: &Notice, _: Timestamp) -> Result<(), NotSent> {
        if self.is_deaf.load(Ordering::SeqCst) {
            return Err(NotSent { reason: "deaf".to_owned(), said: "deaf".to_owned() });
        }
        let heard = (notice.id, notice.rule.name, notice.kind, notice.recipient.channel);
        self.heard.lock().unwrap().push(heard);
        Ok(())
    }
}

impl Ear {
    fn heard(&self) -> Vec<(AlertName, NoticeKind)> {
        self.heard.lock().unwrap().iter().map(|(_, name, kind, _)| (*name, *kind)).collect()
    }
}

async fn operator(shop: &TestShop, role: OperatorRole) -> Operator {
    let email = format!("{}@example.com", role.as_str());
    let user = create_operator(shop, &email, "운영자", "correct horse 1", role).await.unwrap();
    find_operator(shop, &user, "203.0.113.7").await.unwrap().unwrap()
}

fn told_by_webhook() -> Settings {
    told_by(&[Recipient { channel: Channel::Webhook, address: None }])
}

fn told_by(recipients: &[Recipient]) -> Settings {
    Settings { alert_recipients: recipients.to_vec(), ..unlimited() }
}

/// What an instance does every few seconds, when it saw nobody.
async fn turn(shop: &Shop) -> u64 {
    watch_alerts(shop, &Sketch::default()).await.unwrap()
}

async fn view(shop: &Shop, name: AlertName) -> AlertView {
    list_alerts(shop).await.unwrap().into_iter().find(|view| view.rule.name == name).unwrap()
}

async fn stage(shop: &Shop, name: AlertName) -> Stage {
    view(shop, name).await.state.stage
}

/// So many payments, of which so many failed.
fn count_payments(shop: &Shop, payments: u64, failed: u64) {
    shop.tally().add(Count::Payments, payments);
    shop.tally().add(Count::PaymentsFailed, failed);
}

/// Turns until whatever is well has been so for long enough.
async fn wait_until_over(shop: &TestShop) {
    turn(shop).await;
    shop.advance(MINUTE);
    turn(shop).await;
}

fn crowd(people: std::ops::Range<u64>) -> Sketch {
    let mut sketch = Sketch::default();
    people.for_each(|person| sketch.add(person.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
    sketch
}

on_both_engines! {
    async fn an_alert_fires_is_told_once_and_is_over_after_five_minutes(shop, told_by_webhook()) {
        let ear = Ear::default();
        count_payments(shop, 20, 3);
        assert_eq!((turn(shop).await, turn(shop).await), (1, 0));
        let fires = view(shop, AlertName::PaymentFailures).await;
        assert_eq!((fires.state.stage, fires.reading.figure, fires.reading.samples), (Stage::Firing, Some(15_000), 20));
        assert_eq!(list_alerts(shop).await.unwrap()[0].rule.name, AlertName::PaymentFailures, "what fires comes first");
        assert_eq!((send_due_notices(shop, &ear).await.unwrap(), send_due_notices(shop, &ear).await.unwrap()), (1, 0));
        shop.advance(4 * MINUTE + 59 * SECOND);
        turn(shop).await;
        assert_eq!(view(shop, AlertName::PaymentFailures).await.reading.samples, 20, "still within the window");
        shop.advance(SECOND);
        wait_until_over(shop).await;
        let over = view(shop, AlertName::PaymentFailures).await;
        assert_eq!((over.state.stage, over.reading.figure), (Stage::Resolved, None));
        assert_eq!(send_due_notices(shop, &ear).await.unwrap(), 1);
        assert_eq!(ear.heard(), [
            (AlertName::PaymentFailures, NoticeKind::Firing),
            (AlertName::PaymentFailures, NoticeKind::Resolved),
        ]);
        shop.advance(DAY);
        turn(shop).await;
        assert_eq!(stage(shop, AlertName::PaymentFailures).await, Stage::Inactive);
        assert_eq!(shop.count("alert_samples").await, 0, "nothing is kept of what is over");
        assert_eq!(shop.count("alert_notices").await, 0);
    }

    async fn what_three_instances_counted_is_one_figure(shop, told_by_webhook()) {
        let shops = shop.instances(3).await;
        // Alone each has too few, or too little.
        for (index, (payments, failed)) in [(8, 0), (8, 3), (5, 0)].into_iter().enumerate() {
            count_payments(&shops.at(index), payments, failed);
            keep_samples(&shops.at(index), &Sketch::default()).await.unwrap();
        }
        assert_eq!(judge(&shops.at(2)).await.unwrap(), 1);
        for index in 0..3 {
            let seen = view(&shops.at(index), AlertName::PaymentFailures).await;
            assert_eq!((seen.state.stage, seen.reading.samples), (Stage::Firing, 21));
        }
    }

    async fn of_many_instances_that_judge_at_once_one_tells(shop, told_by_webhook()) {
        let shops = shop.instances(4).await;
        let ear = std::sync::Arc::new(Ear::default());
        for round in 0..3u32 {
            count_payments(shop, 40, 40);
            keep_samples(shop, &Sketch::default()).await.unwrap();
            let race = |index: usize| { let shop = shops.at(index); async move { judge(&shop).await.unwrap() } };
            assert_eq!(at_once(4, race).await.into_iter().sum::<u64>(), 1, "round {round}");
            let race = |index: usize| {
                let (shop, ear) = (shops.at(index), ear.clone());
                async move { send_due_notices(&shop, &*ear).await.unwrap() }
            };
            assert_eq!(at_once(4, race).await.into_iter().sum::<u64>(), 1, "round {round}");
            shop.advance(5 * MINUTE);
            wait_until_over(shop).await;
            assert_eq!(stage(shop, AlertName::PaymentFailures).await, Stage::Resolved);
            send_due_notices(shop, &*ear).await.unwrap();
        }
        assert_eq!(ear.heard().len(), 6);
    }

    async fn people_at_two_instances_count_once_and_those_of_one_that_is_gone_for_a_minute(shop, told_by_webhook()) {
        let other = shop.another().await;
        keep_samples(shop, &crowd(0..700)).await.unwrap();
        keep_samples(&other, &crowd(300..1_000)).await.unwrap();
        assert_eq!(judge(shop).await.unwrap(), 0, "1,000 are not more than 1,000");
        assert_eq!(view(shop, AlertName::ConcurrentUsers).await.reading.figure, Some(1_000));
        keep_samples(shop, &crowd(0..701)).await.unwrap();
        keep_samples(&other, &crowd(300..1_001)).await.unwrap();
        assert_eq!(judge(&other).await.unwrap(), 1);
        assert_eq!(stage(shop, AlertName::ConcurrentUsers).await, Stage::Firing);
        shop.advance(MINUTE);
        keep_samples(shop, &crowd(0..10)).await.unwrap();
        assert_eq!(view(shop, AlertName::ConcurrentUsers).await.reading.figure, Some(10));
        assert_eq!(shop.count("alert_people").await, 1, "the other has said nothing for a minute");
    }

    async fn a_silenced_alert_is_shown_and_told_to_nobody_until_the_silence_ends(shop, told_by_webhook()) {
        let ear = Ear::default();
        let by = operator(shop, OperatorRole::Manager).await;
        let (name, until) = (AlertName::PaymentFailures, shop.now().after(HOUR));
        silence(shop, &by, name, until, " the database is being moved ").await.unwrap();
        count_payments(shop, 20, 20);
        turn(shop).await;
        let shown = view(shop, name).await;
        assert_eq!(shown.state.stage, Stage::Firing);
        let said = shown.silence.unwrap();
        assert_eq!((said.by, said.reason.as_str(), said.until), (by.id(), "the database is being moved", until));
        assert_eq!(send_due_notices(shop, &ear).await.unwrap(), 0);
        for _ in 0..12 {
            shop.advance(5 * MINUTE);
            count_payments(shop, 20, 20);
            turn(shop).await;
        }
        assert_eq!(send_due_notices(shop, &ear).await.unwrap(), 1, "the silence is over and it still fires");
        assert_eq!(ear.heard(), [(name, NoticeKind::Firing)]);
    }

    async fn a_silence_is_logged_replaced_and_ended_by_those_who_may(shop, told_by_webhook()) {
        let (name, hour) = (AlertName::OutboxLag, shop.now().after(HOUR));
        for role in [OperatorRole::Viewer, OperatorRole::Support] {
            let by = operator(shop, role).await;
            assert!(matches!(silence(shop, &by, name, hour, "no").await, Err(Error::Forbidden)), "{role:?}");
            assert!(matches!(end_silence(shop, &by, name).await, Err(Error::Forbidden)), "{role:?}");
        }
        let boss = operator(shop, OperatorRole::Owner).await;
        assert_eq!(wrong_fields(silence(shop, &boss, name, shop.now(), "").await), ["until", "reason"]);
        silence(shop, &boss, name, shop.now().after(DAY), "long").await.unwrap();
        silence(shop, &boss, name, hour, "short").await.unwrap();
        assert_eq!(view(shop, name).await.silence.unwrap().reason, "short", "the later one holds, though it is shorter");
        end_silence(shop, &boss, name).await.unwrap();
        end_silence(shop, &boss, name).await.unwrap();
        assert_eq!(view(shop, name).await.silence, None);
        assert_eq!(shop.count("alert_silences").await, 2, "it stays known who silenced what and why");
        let log = audit::list(shop, &boss, &AuditFilter::default(), &Page::default()).await.unwrap();
        let of_alerts = log.items.iter().filter(|row| row.act.starts_with("alert."));
        let told: Vec<_> = of_alerts.map(|row| (row.operator_id, row.act.as_str(), row.reason.as_deref())).collect();
        let by = Some(boss.id());
        assert_eq!(
            told,
            [(by, "alert.silence_ended", None), (by, "alert.silenced", Some("short")), (by, "alert.silenced", Some("long"))]
        );
    }

    async fn a_notice_that_does_not_go_out_is_tried_again_and_given_up(shop, told_by(&[
        Recipient { channel: Channel::Webhook, address: None },
        Recipient { channel: Channel::Mail, address: Some("owner@example.com".to_owned()) },
    ])) {
        let ear = Ear::default();
        count_payments(shop, 20, 20);
        turn(shop).await;
        ear.is_deaf.store(true, Ordering::SeqCst);
        assert_eq!(send_due_notices(shop, &ear).await.unwrap(), 0);
        assert_eq!(shop.count("alert_notices").await, 2);
        ear.is_deaf.store(false, Ordering::SeqCst);
        assert_eq!(send_due_notices(shop, &ear).await.unwrap(), 0, "not before a minute is over");
        shop.advance(MINUTE);
        assert_eq!(send_due_notices(shop, &ear).await.unwrap(), 2);

        shop.advance(5 * MINUTE);
        wait_until_over(shop).await;
        ear.is_deaf.store(true, Ordering::SeqCst);
        let mut tries = 0;
        while shop.count("alert_notices").await > 0 {
            assert_eq!(send_due_notices(shop, &ear).await.unwrap(), 0);
            shop.advance(4 * HOUR);
            tries += 1;
        }
        assert_eq!(tries, 6);
    }

    async fn the_shops_own_work_is_what_is_counted(shop, told_by_webhook()) {
        let shopper = shop.shopper(100_000).await;
        let product = shop.product(1_000, 100).await;
        for _ in 0..17 {
            shop.place(shopper, one_of(product)).await.unwrap();
        }
        // A refusal for balance is a payment tried and none that failed; sold out is no payment.
        let poor = shop.shopper(0).await;
        assert_eq!(word(&shop.place(poor, one_of(product)).await), "insufficient_balance");
        let gone = shop.product(1_000, 0).await;
        assert_eq!(word(&shop.place(shopper, one_of(gone)).await), "insufficient_stock");
        turn(shop).await;
        let well = view(shop, AlertName::PaymentFailures).await.reading;
        assert_eq!((well.figure, well.samples), (None, 18));

        shop.break_writes("INSERT ON point_transactions", "NEW.type = 'PAYMENT'").await;
        for _ in 0..3 {
            assert_eq!(shop.place(shopper, one_of(product)).await.unwrap().status, OrderStatus::Pending);
        }
        shop.mend().await;
        turn(shop).await;
        let failing = view(shop, AlertName::PaymentFailures).await;
        assert_eq!((failing.reading.figure, failing.reading.samples), (Some(14_285), 21));
        assert_eq!(failing.state.stage, Stage::Firing);

        for _ in 0..17 {
            shop.reserve_and_pay(shopper, one_of(product)).await;
        }
        shop.advance(31 * SECOND);
        assert_eq!(shop.stall().await, 17);
        shop.advance(MINUTE);
        // Only what was paid has something to give back.
        shop.break_writes("INSERT ON point_transactions", "NEW.type = 'RECOVERY'").await;
        assert_eq!(shop.recover().await, 3, "those that fail keep nobody waiting");
        shop.mend().await;
        turn(shop).await;
        let failing = view(shop, AlertName::RecoveryFailures).await;
        assert_eq!((failing.reading.samples, failing.state.stage), (20, Stage::Firing));
        assert_eq!(failing.reading.figure, Some(85_000));
        assert_eq!(shop.recover().await, 17);
    }

    async fn books_that_do_not_add_up_and_a_check_that_is_overdue_are_told(shop, Settings {
        is_verified: true,
        ..told_by_webhook()
    }) {
        let check = || shop::verify::job::verify_until(shop, std::future::pending());
        shop.shopper(1_000).await;
        assert_eq!(check().await.unwrap(), 0);
        turn(shop).await;
        assert_eq!(stage(shop, AlertName::BrokenBooks).await, Stage::Inactive);
        shop.edit_by_hand("UPDATE wallets SET balance = balance + 1").await;
        assert_eq!(check().await.unwrap(), 1);
        let other = shop.another().await;
        turn(&other).await;
        assert_eq!(stage(shop, AlertName::BrokenBooks).await, Stage::Firing, "whichever instance checked");
        shop.edit_by_hand("UPDATE wallets SET balance = balance - 1").await;
        check().await.unwrap();
        wait_until_over(shop).await;
        assert_eq!(stage(shop, AlertName::BrokenBooks).await, Stage::Resolved);

        shop.advance(2 * DAY);
        turn(shop).await;
        assert_eq!(stage(shop, AlertName::VerifyOverdue).await, Stage::Firing);
        check().await.unwrap();
        wait_until_over(shop).await;
        assert_eq!(stage(shop, AlertName::VerifyOverdue).await, Stage::Resolved);
    }

    async fn events_that_wait_for_more_than_five_minutes_are_told(shop, told_by_webhook()) {
        let shopper = shop.shopper(1_000).await;
        let product = shop.product(1_000, 1).await;
        shop.place(shopper, one_of(product)).await.unwrap();
        shop.advance(5 * MINUTE + SECOND);
        turn(shop).await;
        assert_eq!(stage(shop, AlertName::OutboxLag).await, Stage::Firing);
        assert!(shop::database::outbox::relay(shop).await.unwrap() > 0);
        wait_until_over(shop).await;
        assert_eq!(stage(shop, AlertName::OutboxLag).await, Stage::Resolved);
    }

    async fn what_was_counted_while_the_database_took_nothing_is_told_later(shop, told_by_webhook()) {
        count_payments(shop, 20, 20);
        shop.break_writes("INSERT ON alert_samples", "NEW.times > 0").await;
        assert!(keep_samples(shop, &Sketch::default()).await.is_err());
        shop.mend().await;
        turn(shop).await;
        assert_eq!(view(shop, AlertName::PaymentFailures).await.reading.samples, 20);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_after_the_last_month_are_told() {
    let shop = open(Engine::MySql, told_by_webhook()).await;
    shop::database::months::keep_months(&shop).await.unwrap();
    turn(&shop).await;
    assert_eq!(stage(&shop, AlertName::RowsAfterMonths).await, Stage::Inactive);
    let shopper = shop.shopper(1_000).await;
    let product = shop.product(1_000, 1).await;
    shop.advance(Duration::from_secs(400 * 86_400));
    shop.place(shopper, one_of(product)).await.unwrap();
    shop.clock.set(START);
    shop::database::months::keep_months(&shop).await.unwrap();
    turn(&shop).await;
    assert_eq!(stage(&shop, AlertName::RowsAfterMonths).await, Stage::Firing);
    shop.finish().await;
}
