//! How the shop is doing, for its operator's Prometheus: the recorder behind the `metrics` crate, what this
//! side counts of HTTP and of the process, and what is read at the moment of a scrape. What the shop counts
//! of itself is in `shop::watch`. Labels are route templates and words of the program, never a path or a
//! value of a request, so that no stranger can fill the memory with names.
//!
//! [`door`] answers `/metrics`; `docs/metrics.md` explains every name.

pub mod door;
mod people;
mod process;
mod route;

use crate::secret::Secret;
use axum::extract::MatchedPath;
use http::{Method, StatusCode};
use metrics::{counter, gauge, histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use people::People;
use shop::alert::people::Sketch;
use shop::database::{Engine, outbox};
use shop::id::UserId;
use shop::mail::service::watch_letters;
use shop::recovery::service::watch_pending;
use shop::watch::{Kind, METRICS as SHOP_METRICS, Metric};
use shop::{Shop, Timestamp};
use std::net::IpAddr;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use tracing::Span;

const REQUEST_SECONDS: &str = "damda_http_request_duration_seconds";
const IN_FLIGHT: &str = "damda_http_requests_in_flight";
const ACTIVE_PEOPLE: &str = "damda_active_people";
/// Kept by [`crate::redis::link`].
pub(crate) const REDIS_DOWN: &str = "damda_redis_down";
/// Counted by [`crate::redis::steady`].
pub(crate) const REDIS_FALLBACKS: &str = "damda_redis_fallbacks_total";
/// Measured and counted by [`crate::redis::link`].
pub(crate) const REDIS_SECONDS: &str = "damda_redis_command_duration_seconds";
pub(crate) const REDIS_ERRORS: &str = "damda_redis_errors_total";
/// Told by [`crate::jobs`].
pub(crate) const JOB_TURNS: &str = "damda_job_turns_total";
pub(crate) const JOB_SECONDS: &str = "damda_job_duration_seconds";
pub(crate) const JOB_DONE_AT: &str = "damda_job_done_timestamp_seconds";
pub(crate) const RUNTIME_TASKS: &str = "damda_runtime_tasks";
pub(crate) const RUNTIME_QUEUE: &str = "damda_runtime_waiting_tasks";
pub(crate) const RUNTIME_WORKERS: &str = "damda_runtime_workers";
/// Counted by [`crate::telemetry`].
pub(crate) const TELEMETRY_SPANS: &str = "damda_telemetry_spans_total";
const INFO: &str = "damda_info";

/// What the jobs are called.
const JOBS: (&str, &[&str]) = (
    "job",
    &[
        "alerts",
        "bought together",
        "events",
        "expiry",
        "expiry batch",
        "mail",
        "metrics",
        "minutes",
        "months",
        "notices",
        "old links",
        "owed refunds",
        "recovery",
        "sessions",
        "stalled orders",
        "verify",
    ],
);
const MEMORY: &str = "process_resident_memory_bytes";
const CPU: &str = "process_cpu_seconds_total";
const FILES: &str = "process_open_fds";
const STARTED: &str = "process_start_time_seconds";

/// Values that are bounded, but not listed here.
const ANY: &[&str] = &[];

/// Every metric of this side, those of [`shop::watch::METRICS`] aside.
pub const METRICS: &[Metric] = &[
    Metric {
        name: REQUEST_SECONDS,
        kind: Kind::Histogram,
        labels: &[("method", ANY), ("route", ANY), ("status", &["1xx", "2xx", "3xx", "4xx", "5xx"])],
        // The targets of SPEC §7 and §10, 2 s and 3 s, are bounds, so that shares below them are exact.
        buckets: &[0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0],
        help: "How long requests took to be answered, by method, route template and class of the status.",
    },
    Metric {
        name: IN_FLIGHT,
        kind: Kind::Gauge,
        labels: &[],
        buckets: &[],
        help: "Requests that are being answered now.",
    },
    Metric {
        name: ACTIVE_PEOPLE,
        kind: Kind::Gauge,
        labels: &[("kind", &["signed_in", "visitor"])],
        buckets: &[],
        help: "Distinct accounts, and distinct addresses of requests without one, within the last 60 seconds.",
    },
    Metric {
        name: REDIS_DOWN,
        kind: Kind::Gauge,
        labels: &[],
        buckets: &[],
        help: "1 while the Redis that is configured does not answer, else 0.",
    },
    Metric {
        name: REDIS_FALLBACKS,
        kind: Kind::Counter,
        labels: &[("work", &["limit", "block", "coupon", "lock"])],
        buckets: &[],
        help: "What was decided without Redis because it did not answer: a limit, a block, a lock by this process, a coupon by the database.",
    },
    Metric {
        name: REDIS_SECONDS,
        kind: Kind::Histogram,
        labels: &[],
        buckets: &[0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0],
        help: "How long Redis took for a command or a script.",
    },
    Metric {
        name: REDIS_ERRORS,
        kind: Kind::Counter,
        labels: &[],
        buckets: &[],
        help: "Commands and scripts that Redis did not answer, or answered with an error.",
    },
    Metric {
        name: JOB_TURNS,
        kind: Kind::Counter,
        labels: &[JOBS, ("outcome", &["done", "failed"])],
        buckets: &[],
        help: "Turns of the shop's own jobs in this process, by how they ended.",
    },
    Metric {
        name: JOB_SECONDS,
        kind: Kind::Histogram,
        labels: &[JOBS],
        buckets: &[0.001, 0.01, 0.1, 1.0, 10.0, 60.0, 600.0],
        help: "How long a turn of a job took.",
    },
    Metric {
        name: JOB_DONE_AT,
        kind: Kind::Gauge,
        labels: &[JOBS],
        buckets: &[],
        help: "When a turn of the job last came to its end here without a fault, in seconds since 1970; 0 before.",
    },
    Metric {
        name: RUNTIME_WORKERS,
        kind: Kind::Gauge,
        labels: &[],
        buckets: &[],
        help: "Threads that run the program's tasks.",
    },
    Metric {
        name: RUNTIME_TASKS,
        kind: Kind::Gauge,
        labels: &[],
        buckets: &[],
        help: "Tasks of the program that are alive: connections, jobs, desks, orders under way.",
    },
    Metric {
        name: RUNTIME_QUEUE,
        kind: Kind::Gauge,
        labels: &[],
        buckets: &[],
        help: "Tasks that are ready and wait for a thread, in the queue that all threads share.",
    },
    Metric {
        name: TELEMETRY_SPANS,
        kind: Kind::Counter,
        labels: &[("outcome", &["sent", "dropped"])],
        buckets: &[],
        help: "Spans of traces that the collector took, and those it did not or for which there was no room.",
    },
    Metric {
        name: INFO,
        kind: Kind::Gauge,
        labels: &[("version", ANY), ("database", &["sqlite", "mysql"])],
        buckets: &[],
        help: "The version that runs, and on which kind of database; always 1.",
    },
    Metric { name: MEMORY, kind: Kind::Gauge, labels: &[], buckets: &[], help: "Memory of the process in RAM." },
    Metric {
        name: CPU,
        kind: Kind::Counter,
        labels: &[],
        buckets: &[],
        help: "Processor time the process has used, in whole seconds.",
    },
    Metric {
        name: FILES,
        kind: Kind::Gauge,
        labels: &[],
        buckets: &[],
        help: "Files and sockets the process has open.",
    },
    Metric {
        name: STARTED,
        kind: Kind::Gauge,
        labels: &[],
        buckets: &[],
        help: "When the process started, in seconds since 1970.",
    },
];

/// Cloning it is cheap.
#[derive(Clone, Default)]
pub struct Watch(Arc<Inner>);

#[derive(Default)]
struct Inner {
    /// `None`: nobody asks, so nothing is recorded.
    recorder: Option<PrometheusHandle>,
    /// What `/metrics` on the public listener asks for; `None`: it is not there.
    token: Option<Secret>,
    in_flight: AtomicI64,
    people: People,
    started: Option<Timestamp>,
}

impl Watch {
    /// Begins to record, for the whole process: once in its life.
    ///
    /// # Errors
    /// Somebody records already.
    pub fn begin(shop: &Shop, token: Option<Secret>) -> anyhow::Result<Self> {
        let mut builder = PrometheusBuilder::new();
        for metric in all().filter(|metric| metric.kind == Kind::Histogram) {
            builder = builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), metric.buckets)?;
        }
        let recorder = builder.install_recorder()?;
        describe();
        let database = match shop.db().engine() {
            Engine::Sqlite => "sqlite",
            Engine::MySql => "mysql",
        };
        gauge!(INFO, "version" => env!("CARGO_PKG_VERSION"), "database" => database).set(1.0);
        let inner = Inner { recorder: Some(recorder), token, started: Some(shop.now()), ..Inner::default() };
        Ok(Self(Arc::new(inner)))
    }

    pub fn is_on(&self) -> bool {
        self.0.recorder.is_some()
    }

    /// A request comes in; it is inside until the guard is dropped.
    pub fn enter(&self) -> Inside {
        self.0.in_flight.fetch_add(1, Ordering::Relaxed);
        Inside(self.clone())
    }

    /// A request was answered.
    pub fn answered(&self, shop: &Shop, request: &Asked, status: StatusCode, took: Duration) {
        if route::is_watched(&request.route) {
            shop.tally().answered(took);
        }
        if self.is_on() {
            let method = request.method_label(status);
            let status = route::status_label(status);
            histogram!(REQUEST_SECONDS, "method" => method, "route" => request.route.clone(), "status" => status)
                .record(took);
        }
    }

    /// Somebody was here.
    pub fn saw(&self, user: Option<UserId>, address: IpAddr, now: Timestamp) {
        self.0.people.saw(user, address, now);
    }

    /// Everybody of the last minute, as numbers that name nobody.
    pub fn people(&self, now: Timestamp) -> Sketch {
        self.0.people.sketch(now)
    }

    /// Turns people into numbers by a key that all instances share, so that each gives a person the same one and who
    /// reads the database cannot tell whose it is.
    #[must_use]
    pub fn counting_people_by(self, key: &Secret) -> Self {
        self.0.people.set_key(key);
        self
    }

    /// What a scraper reads; empty when nothing is recorded.
    pub fn render(&self, shop: &Shop) -> String {
        let Some(recorder) = &self.0.recorder else { return String::new() };
        shop.watch_desks();
        shop.db().watch_connections();
        process::watch_runtime();
        gauge!(IN_FLIGHT).set(small(self.0.in_flight.load(Ordering::Relaxed)));
        let (signed_in, visitors) = self.0.people.count(shop.now());
        gauge!(ACTIVE_PEOPLE, "kind" => "signed_in").set(f64::from(signed_in));
        gauge!(ACTIVE_PEOPLE, "kind" => "visitor").set(f64::from(visitors));
        let process = process::look();
        gauge!(MEMORY).set(process.resident_bytes);
        gauge!(FILES).set(process.open_files);
        counter!(CPU).absolute(process.cpu_seconds);
        let started = self.0.started.map_or(0, Timestamp::millis).div_euclid(1_000);
        gauge!(STARTED).set(f64::from(u32::try_from(started).unwrap_or(u32::MAX)));
        recorder.render()
    }

    /// What has to be done now and then: histograms are folded up, or they would grow with every request;
    /// what waits in the database is looked at.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn keep(&self, shop: &Shop) -> Result<u64, shop::Error> {
        if let Some(recorder) = &self.0.recorder {
            recorder.run_upkeep();
            outbox::watch_waiting(shop).await?;
            watch_pending(shop).await?;
            watch_letters(shop).await?;
        }
        Ok(0)
    }

    fn token(&self) -> Option<&Secret> {
        self.0.token.as_ref()
    }
}

fn small(value: i64) -> f64 {
    f64::from(i32::try_from(value).unwrap_or(i32::MAX))
}

/// A request that is inside.
pub struct Inside(Watch);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What a request asked for, in words that are few however many requests there are.
pub struct Asked {
    pub method: Method,
    /// The template that answers it, `/api/v1/products/{id}`.
    pub route: metrics::SharedString,
}

impl Asked {
    pub fn of(method: &Method, matched: Option<&MatchedPath>) -> Self {
        Self { method: method.clone(), route: route::route_label(matched.map(MatchedPath::as_str)) }
    }

    /// The method as one of a handful of words.
    pub fn method_label(&self, status: StatusCode) -> &'static str {
        route::method_label(&self.method, status)
    }
}

/// Whom a request turned out to come from. Whoever finds out tells; the edge and the log know it then.
#[derive(Clone)]
pub struct Sender {
    span: Span,
    user: Arc<OnceLock<UserId>>,
}

impl Sender {
    /// Of the request that `span`, with an empty field `user`, stands for.
    pub fn unknown(span: Span) -> Self {
        Self { span, user: Arc::default() }
    }

    pub fn is(&self, user: UserId) {
        if self.user.set(user).is_ok() {
            self.span.record("user", user.get());
        }
    }

    pub fn user(&self) -> Option<UserId> {
        self.user.get().copied()
    }
}

/// Every metric of the program.
pub fn all() -> impl Iterator<Item = &'static Metric> {
    SHOP_METRICS.iter().chain(METRICS)
}

/// Gives every metric its help text, and those whose labels are known a first figure: a counter that
/// appears only with its first event has no rate at that moment.
fn describe() {
    for metric in all() {
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, metric.help),
            Kind::Gauge => metrics::describe_gauge!(metric.name, metric.help),
            Kind::Histogram => metrics::describe_histogram!(metric.name, metric.help),
        }
        for labels in known_labels(metric) {
            match metric.kind {
                Kind::Counter => counter!(metric.name, labels).absolute(0),
                Kind::Gauge => gauge!(metric.name, labels).set(0.0),
                Kind::Histogram => drop(histogram!(metric.name, labels)),
            }
        }
    }
}

/// Every combination of the labels' values; none where one takes values that are not listed.
fn known_labels(metric: &Metric) -> Vec<Vec<metrics::Label>> {
    metric.labels.iter().fold(vec![Vec::new()], |combined, (name, values)| {
        let with = |labels: &Vec<metrics::Label>| {
            let labels = labels.clone();
            values.iter().map(move |value| {
                labels.iter().cloned().chain([metrics::Label::new(*name, *value)]).collect::<Vec<_>>()
            })
        };
        combined.iter().flat_map(with).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use shop::alert::model::ANSWER_BOUNDS_MICROS;

    #[test]
    fn the_histogram_and_the_alert_count_in_the_same_classes() {
        let request = METRICS.iter().find(|metric| metric.name == REQUEST_SECONDS).unwrap();
        let bounds: Vec<Duration> = request.buckets.iter().map(|bound| Duration::from_secs_f64(*bound)).collect();
        assert_eq!(bounds, ANSWER_BOUNDS_MICROS.map(Duration::from_micros));
    }
}
