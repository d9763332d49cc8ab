//! Traces for who collects them (`OTEL_…`, docs/telemetry.md): the spans of requests, orders, jobs, desks, transactions
//! and publishing go to a collector by OTLP. Without an endpoint nothing of this is there.
//!
//! A trace has the id that the answer, the log and the events have ([`TraceId`]). What leaves is what is on a list: words
//! of the program, counts and route templates; no path, no text of the log, no account, no order. A collector that is
//! away, slow or full costs spans, which are counted, and never a request.
//!
//! [`export`] sends what has ended, [`collector`] speaks HTTP.

mod collector;
mod export;
#[cfg(test)]
mod tests;

use crate::config::{ConfigError, TelemetrySettings};
use crate::edge::Traceparent;
use crate::watch::Asked;
use collector::Collector;
use export::{Queue, Sender};
use http::StatusCode;
use opentelemetry::trace::{
    Link, SpanContext, SpanId, SpanKind, Status, TraceContextExt, TraceFlags, TraceId as OtelTraceId, TraceState,
    TracerProvider,
};
use opentelemetry::{Context, KeyValue};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{
    IdGenerator, RandomIdGenerator, Sampler, SamplingDecision, SamplingResult, SdkTracer, SdkTracerProvider,
    ShouldSample, SpanData, SpanLimits,
};
use sha2::{Digest, Sha256};
use shop::order::desk::BATCH;
use shop::trace::{SPANS, TraceId};
use std::cell::Cell;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata, Span};
use tracing_opentelemetry::OpenTelemetrySpanExt;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::{Layer, Registry};

/// What is left in the end has so long to go, within the ten seconds of stopping (`serve.rs`).
const LAST_SPANS: Duration = Duration::from_millis(1_500);

const METHOD: &str = "http.request.method";
const ROUTE: &str = "http.route";
const STATUS: &str = "http.response.status_code";

/// The attributes that may leave, each with few values or a number. Whatever else a span of the log holds stays here.
const ATTRIBUTES: &[&str] = &[
    METHOD,
    ROUTE,
    STATUS,
    "db.system.name",
    "desk",
    "job",
    "jobs",
    "messaging.batch.message_count",
    "messaging.system",
    "outcome",
];
/// It stays only where it says more than the trace's own id.
const TRACE_ID: &str = "trace_id";

/// What traces begin with. What the program does for nobody in particular (its start, a test of a connection) is none.
const ROOTS: [&str; 2] = ["request", "job"];

static IS_ON: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// The id of the trace that begins on this thread at this moment.
    static BEGINNING: Cell<Option<OtelTraceId>> = const { Cell::new(None) };
}

/// Everything that collecting traces takes, ready for the log to be set up with it.
pub struct Telemetry {
    tracer: SdkTracer,
    sender: Sender,
}

impl Telemetry {
    /// # Errors
    /// TLS cannot be spoken at all.
    pub fn prepare(settings: &TelemetrySettings) -> Result<Self, ConfigError> {
        let collector = Collector::open(settings)?;
        let resource = Resource::builder_empty()
            .with_service_name(settings.service.clone())
            .with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")))
            .with_attribute(KeyValue::new("service.instance.id", hex::encode(rand::random::<[u8; 8]>())))
            .build();
        let (queue, ended) = Queue::new();
        let tracer = tracer_of(queue, settings.ratio, &resource);
        let sender = Sender::new(ended, collector, ResourceAttributesWithSchema::from(&resource));
        IS_ON.store(true, Ordering::Relaxed);
        Ok(Self { tracer, sender })
    }

    /// What turns spans of the program into those of a trace.
    pub fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        layer_of(self.tracer.clone())
    }

    /// Sends what ends, from now on, in a task of this runtime.
    pub fn begin_sending(self) -> Sending {
        let (stop, stopped) = oneshot::channel();
        Sending { task: tokio::spawn(self.sender.send_until(stopped)), stop }
    }
}

/// Traces are on their way.
pub struct Sending {
    task: JoinHandle<()>,
    stop: oneshot::Sender<()>,
}

impl Sending {
    /// Sends what is left, as far as that goes in time.
    pub async fn finish(mut self) {
        // A task that has ended by itself has nothing left.
        let _ = self.stop.send(());
        if timeout(LAST_SPANS, &mut self.task).await.is_err() {
            tracing::warn!("the last spans were not taken within {LAST_SPANS:?}");
            self.task.abort();
        }
    }
}

fn tracer_of(queue: Queue, ratio: f64, resource: &Resource) -> SdkTracer {
    let provider = SdkTracerProvider::builder()
        .with_span_processor(queue)
        .with_sampler(Sampling { ratio })
        .with_id_generator(Ids::default())
        // Said here, so that nothing in the environment says otherwise. A batch leads to everybody in it.
        .with_span_limits(SpanLimits { max_links_per_span: BATCH_LINKS, ..SpanLimits::default() })
        .with_resource(resource.clone())
        .build();
    // The tracer keeps its provider.
    provider.tracer("damda")
}

const BATCH_LINKS: u32 = 256;
const _: () = assert!(BATCH_LINKS as usize == BATCH, "a batch has as many links as jobs");

fn layer_of(tracer: SdkTracer) -> Box<dyn Layer<Registry> + Send + Sync> {
    tracing_opentelemetry::layer::<Registry>()
        .with_tracer(tracer)
        .with_location(false)
        .with_threads(false)
        .with_target(false)
        .with_tracked_inactivity(false)
        // Spans find their parents by what is entered, as the log does; nobody asks for the current one by another way.
        .with_context_activation(false)
        .with_filter(filter_fn(is_traced).with_max_level_hint(LevelFilter::DEBUG))
        .boxed()
}

/// Spans, never lines of the log, and of those only ours.
fn is_traced(metadata: &Metadata<'_>) -> bool {
    let is_of_log = || {
        let of_ours = ["server::", "shop::"].iter().any(|home| metadata.target().starts_with(home));
        of_ours && *metadata.level() == Level::ERROR && ["request", "job", "order"].contains(&metadata.name())
    };
    metadata.is_span() && (metadata.target() == SPANS || is_of_log())
}

/// Whether traces are collected.
pub fn is_on() -> bool {
    IS_ON.load(Ordering::Relaxed)
}

/// A trace of this id begins with `span`, which nobody has entered yet. It goes on below the span of a trusted proxy,
/// where that is of the same trace; else it is linked with it.
pub fn begin(span: &Span, trace: &TraceId, before: impl FnOnce() -> Option<Traceparent>) {
    if !is_on() {
        return;
    }
    let id = id_of(trace);
    if let Some(before) = before() {
        let flags = if before.is_sampled { TraceFlags::SAMPLED } else { TraceFlags::NOT_SAMPLED };
        let trace = id_of(&before.trace);
        let context = SpanContext::new(trace, SpanId::from_bytes(before.parent), flags, true, TraceState::NONE);
        if trace != id {
            span.add_link(context);
        } else if let Err(error) = span.set_parent(Context::new().with_remote_span_context(context)) {
            tracing::debug!(%error, "a trace does not go on below its proxy's span");
        }
    }
    BEGINNING.set(Some(id));
    // Asking for its context is what starts it.
    drop(span.context());
    BEGINNING.set(None);
}

/// The request of this span was answered.
pub fn answered(span: &Span, asked: &Asked, status: StatusCode) {
    if !is_on() {
        return;
    }
    span.set_attribute(METHOD, asked.method_label(status));
    span.set_attribute(ROUTE, asked.route.to_string());
    span.set_attribute(STATUS, i64::from(status.as_u16()));
    if status.is_server_error() {
        failed(span);
    }
}

/// What this span stands for went wrong.
pub fn failed(span: &Span) {
    if is_on() {
        span.set_status(Status::error(""));
    }
}

/// An id of ours as OTLP has it, 16 bytes: the same digits where there are 32 hexadecimal ones, dashes aside, as in every
/// id that we give ourselves. What a proxy gave in another form is digested; the span says then which it was.
fn id_of(trace: &TraceId) -> OtelTraceId {
    let bare = trace.as_str().replace('-', "");
    let bytes = hex::decode(bare).ok().and_then(|bytes| <[u8; 16]>::try_from(bytes).ok());
    // Zeros name nothing.
    let id = bytes.map(OtelTraceId::from_bytes).filter(|id| *id != OtelTraceId::INVALID);
    id.unwrap_or_else(|| {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&Sha256::digest(trace.as_str().as_bytes())[..16]);
        OtelTraceId::from_bytes(bytes)
    })
}

/// What leaves of a span: its name in full, and the attributes that are on the list.
fn dress(span: &mut SpanData) {
    let find = |key: &str| {
        let found = span.attributes.iter().find(|attribute| attribute.key.as_str() == key);
        found.map(|attribute| attribute.value.as_str().into_owned())
    };
    let name = match &*span.name {
        "request" => find(METHOD).zip(find(ROUTE)).map(|(method, route)| format!("{method} {route}")),
        "job" => find("job").map(|job| format!("job {job}")),
        _ => None,
    };
    if span.name == "request" {
        span.span_kind = SpanKind::Server;
    }
    if let Some(name) = name {
        span.name = name.into();
    }
    let own_id = span.span_context.trace_id().to_string();
    span.attributes.retain(|attribute| match attribute.key.as_str() {
        TRACE_ID => attribute.value.as_str() != own_id.as_str(),
        key => ATTRIBUTES.contains(&key),
    });
}

/// Gives traces the ids of ours.
#[derive(Debug, Default)]
struct Ids(RandomIdGenerator);

impl IdGenerator for Ids {
    fn new_trace_id(&self) -> OtelTraceId {
        BEGINNING.take().unwrap_or_else(|| self.0.new_trace_id())
    }

    fn new_span_id(&self) -> SpanId {
        self.0.new_span_id()
    }
}

/// A share of the traces that begin here, and of the others what is collected already. A batch is collected when anybody
/// in it is.
#[derive(Clone, Debug)]
struct Sampling {
    ratio: f64,
}

impl ShouldSample for Sampling {
    fn should_sample(
        &self,
        parent: Option<&Context>,
        trace: OtelTraceId,
        name: &str,
        kind: &SpanKind,
        attributes: &[KeyValue],
        links: &[Link],
    ) -> SamplingResult {
        let above = parent.map(|context| context.span().span_context().clone()).filter(SpanContext::is_valid);
        let is_taken = match &above {
            None if ROOTS.contains(&name) => {
                let share = Sampler::TraceIdRatioBased(self.ratio);
                return share.should_sample(parent, trace, name, kind, attributes, links);
            }
            None => false,
            Some(above) => {
                above.is_sampled() || (!above.is_remote() && links.iter().any(|link| link.span_context.is_sampled()))
            }
        };
        SamplingResult {
            decision: if is_taken { SamplingDecision::RecordAndSample } else { SamplingDecision::Drop },
            attributes: Vec::new(),
            trace_state: above.map(|above| above.trace_state().clone()).unwrap_or_default(),
        }
    }
}
