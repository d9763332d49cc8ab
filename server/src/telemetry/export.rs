//! What has ended, on its way to the collector: a queue with an end, and one task that sends what has gathered in it.
//! Who ends a span never waits; what does not fit, or is not taken, is counted and forgotten.

use super::collector::{Collector, NotTaken};
use super::dress;
use crate::watch::TELEMETRY_SPANS;
use metrics::counter;
use opentelemetry::Context;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::error::OTelSdkResult;
use opentelemetry_sdk::trace::{Span, SpanData, SpanProcessor};
use prost::Message;
use shop::watch::Stopwatch;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

/// Spans that wait to be sent, at most: some megabytes.
pub(super) const QUEUE: usize = 8_192;
/// Spans of one call, at most.
const MOST_SPANS: usize = 1_024;
/// So long the first span of a call waits for others.
const GATHERED_FOR: Duration = Duration::from_secs(1);
/// Trouble with the collector is told once in this time.
const TOLD_EVERY: Duration = Duration::from_secs(60);

/// Where spans end.
#[derive(Debug)]
pub(super) struct Queue {
    ended: mpsc::Sender<SpanData>,
    overflown: Arc<AtomicU64>,
}

/// The other side of the queue.
pub(super) struct Ended {
    pub spans: mpsc::Receiver<SpanData>,
    /// Spans that did not fit and were not told of yet.
    pub overflown: Arc<AtomicU64>,
}

impl Queue {
    pub fn new() -> (Self, Ended) {
        let (ended, spans) = mpsc::channel(QUEUE);
        let overflown = Arc::<AtomicU64>::default();
        (Self { ended, overflown: overflown.clone() }, Ended { spans, overflown })
    }
}

impl SpanProcessor for Queue {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, mut span: SpanData) {
        if !span.span_context.is_sampled() {
            return;
        }
        // Before it waits, so that nothing that must not leave is ever on its way out.
        dress(&mut span);
        if self.ended.try_send(span).is_err() {
            self.overflown.fetch_add(1, Ordering::Relaxed);
            dropped(1);
        }
    }

    /// The task sends without being asked.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    /// [`super::Sending::finish`] is the end.
    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

fn sent(spans: u64) {
    counter!(TELEMETRY_SPANS, "outcome" => "sent").increment(spans);
}

fn dropped(spans: u64) {
    counter!(TELEMETRY_SPANS, "outcome" => "dropped").increment(spans);
}

/// Sends what ends.
pub(super) struct Sender {
    ended: Ended,
    collector: Collector,
    resource: ResourceAttributesWithSchema,
    /// Since trouble was last told of.
    told: Option<Stopwatch>,
    /// The last call went wrong.
    is_failing: bool,
}

impl Sender {
    pub fn new(ended: Ended, collector: Collector, resource: ResourceAttributesWithSchema) -> Self {
        Self { ended, collector, resource, told: None, is_failing: false }
    }

    /// Sends until it is told to stop, and then what is left.
    pub async fn send_until(mut self, mut stop: oneshot::Receiver<()>) {
        tracing::info!(collector = %self.collector, "traces are collected");
        let mut batch = Vec::with_capacity(MOST_SPANS);
        let mut is_stopping = false;
        loop {
            tokio::select! {
                biased;
                _ = &mut stop, if !is_stopping => {
                    // Nothing more gets in; what is in comes out without waiting for more.
                    self.ended.spans.close();
                    is_stopping = true;
                }
                () = gather(&mut self.ended.spans, &mut batch) => {
                    if batch.is_empty() {
                        return;
                    }
                    self.send(std::mem::take(&mut batch)).await;
                }
            }
        }
    }

    async fn send(&mut self, batch: Vec<SpanData>) {
        let spans = u64::try_from(batch.len()).unwrap_or(u64::MAX);
        let resource_spans = group_spans_by_resource_and_scope(batch, &self.resource);
        let body = ExportTraceServiceRequest { resource_spans }.encode_to_vec();
        match self.collector.post(body.into()).await {
            Ok(refused) => {
                let refused = refused.min(spans);
                sent(spans - refused);
                if refused == 0 {
                    self.is_well();
                } else {
                    dropped(refused);
                    self.is_not_well(refused, &NotTaken("the collector refused some of them".to_owned()));
                }
            }
            Err(why) => {
                dropped(spans);
                self.is_not_well(spans, &why);
            }
        }
        let overflown = self.ended.overflown.swap(0, Ordering::Relaxed);
        if overflown > 0 {
            self.tell(overflown, &NotTaken("more came than the collector took in the time".to_owned()));
        }
    }

    fn is_well(&mut self) {
        if std::mem::take(&mut self.is_failing) {
            tracing::info!("the collector takes spans again");
        }
    }

    fn is_not_well(&mut self, spans: u64, why: &NotTaken) {
        self.is_failing = true;
        self.tell(spans, why);
    }

    fn tell(&mut self, spans: u64, why: &NotTaken) {
        if self.told.as_ref().is_none_or(|told| told.elapsed() >= TOLD_EVERY) {
            tracing::warn!(spans, why = %why, "spans were dropped; the shop goes on without them");
            self.told = Some(Stopwatch::start());
        }
    }
}

/// Waits for a span, and then a little for others. Brings none when there will be none any more. Who stops waiting for
/// it finds what it has brought in `batch`.
async fn gather(ended: &mut mpsc::Receiver<SpanData>, batch: &mut Vec<SpanData>) {
    if batch.is_empty() && ended.recv_many(batch, MOST_SPANS).await == 0 {
        return;
    }
    let mut gathered = pin!(sleep(GATHERED_FOR));
    while batch.len() < MOST_SPANS {
        let room = MOST_SPANS - batch.len();
        tokio::select! {
            biased;
            () = &mut gathered => return,
            more = ended.recv_many(batch, room) => if more == 0 { return },
        }
    }
}
