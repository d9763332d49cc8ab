//! What the shop does by itself: reservations expire, stalled orders are found, pending ones are given back, refunds
//! that wait are credited, events and letters go out, what is bought together is counted, old sessions go, and it is checked that the books
//! add up. Each job is a loop that outlives every error; an error is logged when it begins and when it ends, not at
//! every turn. Any number of instances may run them at once: the services claim what they work on.

use crate::alerts::Heralds;
use crate::config::Intervals;
use crate::mail::Post;
use crate::problem::sources;
use crate::telemetry;
use crate::watch::{JOB_DONE_AT, JOB_SECONDS, JOB_TURNS, Watch};
use futures::FutureExt;
use metrics::{counter, gauge, histogram};
use shop::alert::service as alerts;
use shop::database::{months, outbox};
use shop::ports::Clock;
use shop::recovery::service as recovery;
use shop::refund::service as refunds;
use shop::stats::minutes::service as minutes;
use shop::stats::pairs;
use shop::trace::TraceId;
use shop::user::{reset, sessions};
use shop::verify::job as verify;
use shop::watch::Stopwatch;
use shop::{Error, Shop};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::MissedTickBehavior;
use tracing::Instrument;

/// How often the figures are folded up and the outbox is looked at.
const WATCHED_EVERY: Duration = Duration::from_secs(5);

/// The running jobs.
pub struct Jobs {
    running: JoinSet<()>,
    stop: watch::Sender<bool>,
}

impl Jobs {
    /// Starts every job that has an interval; letters go out when there is a way.
    pub fn start(shop: &Shop, every: &Intervals, post: Option<Post>) -> Self {
        let (stop, _) = watch::channel(false);
        let mut jobs = Self { running: JoinSet::new(), stop };
        let expire = |shop: Shop| async move { recovery::expire_reservations(&shop).await };
        jobs.add("expiry", every.expiry, shop, expire);
        jobs.add("expiry batch", every.expiry_batch, shop, expire);
        jobs.add(
            "stalled orders",
            every.recovery,
            shop,
            |shop| async move { recovery::stall_paid_orders(&shop).await },
        );
        jobs.add("recovery", every.recovery, shop, |shop| async move { recovery::recover_pending(&shop).await });
        jobs.add("owed refunds", every.recovery, shop, |shop| async move { refunds::credit_owed(&shop).await });
        let stopped = jobs.stop.subscribe();
        jobs.add("events", every.events, shop, move |shop| {
            // A broker that is gone, or a long queue, must not keep the shop from closing.
            let mut stopped = stopped.clone();
            async move { outbox::relay_until(&shop, async { drop(stopped.wait_for(|stop| *stop).await) }).await }
        });
        let stopped = jobs.stop.subscribe();
        jobs.add("verify", every.verify, shop, move |shop| {
            let mut stopped = stopped.clone();
            async move { verify::verify_until(&shop, async { drop(stopped.wait_for(|stop| *stop).await) }).await }
        });
        jobs.add("bought together", every.pairs, shop, |shop| async move { pairs::count_pairs(&shop).await });
        jobs.add("minutes", every.alerts, shop, |shop| async move { minutes::fold_minutes(&shop).await });
        jobs.add("months", every.months, shop, |shop| async move { months::keep_months(&shop).await });
        jobs.add("sessions", every.sessions, shop, |shop| async move {
            Ok(sessions::delete_expired_sessions(shop.db(), shop.now()).await?)
        });
        jobs.add("old links", every.sessions, shop, |shop| async move { reset::delete_old_resets(&shop).await });
        if let Some(post) = post {
            jobs.add("mail", every.mail, shop, move |shop| {
                let post = post.clone();
                async move { post.send_due(&shop).await }
            });
        }
        jobs
    }

    /// Keeps the figures of `/metrics`, when somebody may ask for them.
    pub fn keep_watch(&mut self, shop: &Shop, watch: &Watch) {
        let (every, watch) = (watch.is_on().then_some(WATCHED_EVERY), watch.clone());
        self.add("metrics", every, shop, move |shop| {
            let watch = watch.clone();
            async move { watch.keep(&shop).await }
        });
    }

    /// Judges the alerts, and tells whom they are for: a way out that is slow keeps no alert from being judged.
    pub fn watch_alerts(&mut self, shop: &Shop, every: Option<Duration>, watch: &Watch, heralds: Option<Heralds>) {
        let watch = watch.clone();
        self.add("alerts", every, shop, move |shop| {
            let people = watch.people(shop.now());
            async move { alerts::watch_alerts(&shop, &people).await }
        });
        let Some(heralds) = heralds else { return };
        let stopped = self.stop.subscribe();
        self.add("notices", every, shop, move |shop| {
            // What is under way when the shop closes is sent again by whoever comes next.
            let (mut stopped, heralds) = (stopped.clone(), heralds.clone());
            async move {
                tokio::select! {
                    sent = alerts::send_due_notices(&shop, &heralds) => sent,
                    _ = stopped.wait_for(|stop| *stop) => Ok(0),
                }
            }
        });
    }

    /// Runs something that ends by itself when the shop closes.
    pub fn run_until_closed(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.running.spawn(work);
    }

    /// Ends every job after what it is doing now.
    pub async fn stop(mut self) {
        self.stop.send_replace(true);
        while self.running.join_next().await.is_some() {}
    }

    fn add<Step, Done>(&mut self, name: &'static str, every: Option<Duration>, shop: &Shop, step: Step)
    where
        Step: Fn(Shop) -> Done + Send + 'static,
        Done: Future<Output = Result<u64, Error>> + Send + 'static,
    {
        let Some(every) = every else { return };
        let (shop, stop) = (shop.clone(), self.stop.subscribe());
        let clock = shop.ports().clock.clone();
        self.running.spawn(repeat(name, every, clock, stop, move || step(shop.clone())));
    }
}

/// Runs `step` again and again until `stop`. A turn that takes longer than the interval delays the next.
async fn repeat<Step, Done>(
    name: &'static str,
    every: Duration,
    clock: Arc<dyn Clock>,
    mut stop: watch::Receiver<bool>,
    step: Step,
) where
    Step: Fn() -> Done,
    Done: Future<Output = Result<u64, Error>>,
{
    let mut turns = tokio::time::interval(every);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut failing = false;
    loop {
        tokio::select! {
            biased;
            _ = stop.wait_for(|stop| *stop) => return,
            _ = turns.tick() => {}
        }
        // What a turn does to orders is traced, in events and in the log, as one piece of work.
        let trace_id = TraceId::fresh();
        let span = tracing::error_span!("job", job = name, %trace_id);
        telemetry::begin(&span, &trace_id, || None);
        let began = Stopwatch::start();
        let turn = trace_id.scope(AssertUnwindSafe(step()).catch_unwind()).instrument(span.clone()).await;
        let is_done = matches!(turn, Ok(Ok(_)));
        count_turn(name, is_done, began.elapsed(), &*clock);
        if !is_done {
            telemetry::failed(&span);
        }
        let _within = span.enter();
        match turn {
            Ok(Ok(done)) => {
                if failing {
                    tracing::info!("the job works again");
                }
                failing = false;
                if done > 0 {
                    tracing::debug!(done, "the job has done something");
                }
            }
            Ok(Err(error)) if !failing => {
                tracing::error!(error = %sources(&error), "the job fails; it goes on trying");
                failing = true;
            }
            Err(_) if !failing => {
                tracing::error!("the job panicked; it goes on trying");
                failing = true;
            }
            Ok(Err(_)) | Err(_) => {}
        }
    }
}

fn count_turn(name: &'static str, is_done: bool, took: Duration, clock: &dyn Clock) {
    let outcome = if is_done { "done" } else { "failed" };
    counter!(JOB_TURNS, "job" => name, "outcome" => outcome).increment(1);
    histogram!(JOB_SECONDS, "job" => name).record(took);
    if is_done {
        let seconds = clock.now().millis().div_euclid(1_000);
        gauge!(JOB_DONE_AT, "job" => name).set(f64::from(u32::try_from(seconds).unwrap_or(u32::MAX)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shop::ports::SystemClock;
    use std::sync::atomic::{AtomicU64, Ordering};

    #[tokio::test]
    async fn a_job_outlives_errors_and_panics_and_ends_when_told() {
        let (stop, stopped) = watch::channel(false);
        let turns = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&turns);
        let job = tokio::spawn(repeat("test", Duration::from_millis(1), Arc::new(SystemClock), stopped, move || {
            let turn = counted.fetch_add(1, Ordering::SeqCst);
            async move {
                match turn {
                    0 => Err(Error::Busy),
                    1 => panic!("on purpose"),
                    _ => Ok(1),
                }
            }
        }));
        while turns.load(Ordering::SeqCst) < 5 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.send_replace(true);
        tokio::time::timeout(Duration::from_secs(5), job).await.unwrap().unwrap();
    }
}
