//! What becomes of spans between the program and a collector that is a listener of this machine. Whole programs, and a
//! receiver of another make, are in `tests/telemetry.rs`.

use super::export::Ended;
use super::*;
use crate::config::Endpoint;
use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTracePartialSuccess, ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use prost::Message;
use shop::order::desk::{Desk, Work};
use std::sync::{Arc, Mutex};
use tokio::net::TcpListener;
use tracing::Instrument;
use tracing::subscriber::DefaultGuard;
use tracing_subscriber::layer::SubscriberExt;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// Collects the spans of this thread, as long as the guard is held.
fn collecting(ratio: f64) -> (Ended, DefaultGuard) {
    IS_ON.store(true, Ordering::Relaxed);
    let (queue, ended) = Queue::new();
    let tracer = tracer_of(queue, ratio, &Resource::builder_empty().build());
    let subscriber = tracing_subscriber::registry().with(layer_of(tracer));
    (ended, tracing::subscriber::set_default(subscriber))
}

fn all(ended: &mut Ended) -> Vec<SpanData> {
    std::iter::from_fn(|| ended.spans.try_recv().ok()).collect()
}

fn named<'a>(spans: &'a [SpanData], name: &str) -> Vec<&'a SpanData> {
    spans.iter().filter(|span| span.name == name).collect()
}

fn trace(text: &str) -> TraceId {
    TraceId::parse(text).unwrap()
}

fn before(trace_id: &str, is_sampled: bool) -> Traceparent {
    Traceparent { trace: trace(trace_id), parent: [1, 2, 3, 4, 5, 6, 7, 8], is_sampled }
}

#[test]
fn a_trace_has_our_id_where_16_bytes_hold_it_and_else_one_of_its_own() {
    let same = [
        (TRACE, TRACE),
        ("4BF92F3577B34DA6A3CE929D0E0E4736", TRACE),
        ("018f8e3a-1111-7000-8000-000000000001", "018f8e3a111170008000000000000001"),
    ];
    for (ours, theirs) in same {
        assert_eq!(id_of(&trace(ours)).to_string(), theirs);
    }
    let zeros = "0".repeat(32);
    for other in ["order-of-the-test-0001", "0123456789abcdef", zeros.as_str()] {
        let id = id_of(&trace(other));
        assert_ne!(id, OtelTraceId::INVALID, "{other}");
        assert_eq!(id, id_of(&trace(other)), "the same each time");
    }
    assert_ne!(id_of(&trace("order-of-the-test-0001")), id_of(&trace("order-of-the-test-0002")));
}

#[test]
fn nothing_leaves_but_what_is_on_the_list() {
    let (mut ended, _guard) = collecting(1.0);
    for id in [TRACE, "order-of-the-test-0001"] {
        let trace_id = trace(id);
        let span = tracing::error_span!("request", %trace_id, method = "GET", path = "/reset/SECRET", user = 7);
        begin(&span, &trace_id, || None);
        let asked = Asked { method: Method::GET, route: "/reset/{token}".into() };
        answered(&span, &asked, StatusCode::INTERNAL_SERVER_ERROR);
        let _within = span.enter();
        tracing::error!(why = "SECRET", "a line of the log, a SECRET");
        let order = tracing::error_span!("order", order = "SECRET");
        let _order = order.enter();
        drop(tracing::debug_span!(target: SPANS, "transaction", db.system.name = "sqlite", words = "SECRET"));
        drop(tracing::error_span!(target: "hyper", "strange"));
        drop(tracing::debug_span!("of the log"));
    }
    let spans = all(&mut ended);
    assert!(!format!("{spans:?}").contains("SECRET"), "{spans:?}");
    let names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!(names, ["transaction", "order", "GET /reset/{token}"].repeat(2));
    let of_spans = spans.iter().map(|span| span.attributes.iter().map(|attribute| attribute.key.as_str()));
    let keys: Vec<Vec<&str>> = of_spans.map(Iterator::collect).collect();
    assert_eq!(keys[..3], [vec!["db.system.name"], vec![], vec![METHOD, ROUTE, STATUS]]);
    assert_eq!(keys[5], [TRACE_ID, METHOD, ROUTE, STATUS], "it has another id in the log");
    let (transaction, order, request) = (&spans[0], &spans[1], &spans[2]);
    assert_eq!(request.span_context.trace_id().to_string(), TRACE);
    assert_eq!(request.parent_span_id, SpanId::INVALID);
    assert_eq!(order.parent_span_id, request.span_context.span_id());
    assert_eq!(transaction.parent_span_id, order.span_context.span_id());
    assert_eq!((&request.span_kind, &request.status), (&SpanKind::Server, &Status::error("")));
    assert!(spans.iter().all(|span| span.events.is_empty()));
}

#[test]
fn a_trace_goes_on_below_the_span_of_a_proxy_and_is_linked_with_that_of_another_trace() {
    let (mut ended, _guard) = collecting(1.0);
    for (own, is_sampled) in [(TRACE, true), (TRACE, false), ("0123456789abcdef0123456789abcdef", true)] {
        let span = tracing::error_span!("request");
        begin(&span, &trace(own), || Some(before(TRACE, is_sampled)));
    }
    let spans = all(&mut ended);
    assert_eq!(spans.len(), 2, "what a proxy does not collect is not collected: {spans:?}");
    let parent = SpanId::from_bytes([1, 2, 3, 4, 5, 6, 7, 8]);
    assert_eq!((spans[0].parent_span_id, spans[0].parent_span_is_remote), (parent, true));
    assert!(spans[0].links.is_empty());
    assert_eq!(spans[1].parent_span_id, SpanId::INVALID);
    assert_eq!(spans[1].span_context.trace_id().to_string(), "0123456789abcdef0123456789abcdef");
    let link = &spans[1].links[0].span_context;
    assert_eq!((link.trace_id().to_string().as_str(), link.span_id()), (TRACE, parent));
}

#[test]
fn what_nobody_asked_for_is_no_trace() {
    let (mut ended, _guard) = collecting(1.0);
    drop(tracing::debug_span!(target: SPANS, "transaction"));
    let job = tracing::error_span!("job", job = "expiry");
    begin(&job, &TraceId::fresh(), || None);
    failed(&job);
    drop(job);
    let spans = all(&mut ended);
    assert_eq!(spans.len(), 1, "{spans:?}");
    assert_eq!((&*spans[0].name, &spans[0].status), ("job expiry", &Status::error("")));
}

/// Three requests hand a job in at once; gives the spans of each desk, batch and request.
async fn three_at_a_desk(ended: &mut Ended, collected_by_proxy: [bool; 3]) -> Vec<SpanData> {
    let work: Work<i64, i64> =
        Arc::new(|jobs: Vec<i64>| Box::pin(async move { Ok(jobs.into_iter().map(Ok).collect()) }));
    let (desk, _worker) = Desk::open("pay", work);
    let hand_in = |number: usize| {
        let id = format!("{:032x}", number + 1);
        let span = tracing::error_span!("request");
        begin(&span, &trace(&id), || collected_by_proxy[number].then(|| before(&id, true)));
        desk.submit(7).instrument(span)
    };
    // Nobody else runs before all three wait, so that they are one batch.
    let done = tokio::join!(hand_in(0), hand_in(1), hand_in(2));
    assert_eq!((done.0.unwrap(), done.1.unwrap(), done.2.unwrap()), (7, 7, 7));
    all(ended)
}

#[tokio::test]
async fn a_batch_stands_in_the_trace_of_its_first_job_and_is_linked_with_the_others() {
    let (mut ended, _guard) = collecting(1.0);
    let spans = three_at_a_desk(&mut ended, [false; 3]).await;
    let mut waits = named(&spans, "pay");
    waits.sort_by_key(|span| span.span_context.trace_id().to_bytes());
    let batches = named(&spans, "batch");
    assert_eq!((waits.len(), batches.len(), spans.len()), (3, 1, 7), "{spans:?}");
    let batch = batches[0];
    assert_eq!(batch.parent_span_id, waits[0].span_context.span_id());
    assert_eq!(batch.span_context.trace_id(), waits[0].span_context.trace_id());
    let linked: Vec<SpanId> = batch.links.iter().map(|link| link.span_context.span_id()).collect();
    assert_eq!(linked, [waits[1].span_context.span_id(), waits[2].span_context.span_id()]);
    assert!(waits[0].links.is_empty());
    for wait in &waits[1..] {
        assert_eq!(wait.links[0].span_context.span_id(), batch.span_context.span_id());
    }
}

#[tokio::test]
async fn a_batch_is_collected_when_anybody_in_it_is() {
    let (mut ended, _guard) = collecting(0.0);
    assert!(three_at_a_desk(&mut ended, [false; 3]).await.is_empty());
    let spans = three_at_a_desk(&mut ended, [false, false, true]).await;
    let names: Vec<&str> = spans.iter().map(|span| &*span.name).collect();
    assert_eq!((named(&spans, "request").len(), named(&spans, "pay").len()), (1, 1), "{names:?}");
    assert_eq!(named(&spans, "batch").len(), 1, "{names:?}");
}

/// What a collector was sent.
type Heard = Arc<Mutex<Vec<(HeaderMap, ExportTraceServiceRequest)>>>;

/// A collector that answers so; gives where it is.
async fn collector(status: StatusCode, refused: i64) -> (TelemetrySettings, Heard) {
    let heard = Heard::default();
    let take = move |State(heard): State<Heard>, headers: HeaderMap, body: Bytes| async move {
        heard.lock().unwrap().push((headers, ExportTraceServiceRequest::decode(body).unwrap()));
        let partial_success =
            (refused > 0).then(|| ExportTracePartialSuccess { rejected_spans: refused, ..Default::default() });
        (status, ExportTraceServiceResponse { partial_success }.encode_to_vec())
    };
    let app = Router::new().route("/otlp/v1/traces", post(take)).with_state(heard.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, app).await });
    let endpoint = Endpoint {
        is_tls: false,
        host: "127.0.0.1".to_owned(),
        port: address.port(),
        authority: address.to_string(),
        path: "/otlp/v1/traces".to_owned(),
    };
    let headers = vec![(HeaderName::from_static("api-key"), HeaderValue::from_static("hunter2"))];
    (TelemetrySettings { endpoint, headers, service: "damda".to_owned(), ratio: 1.0 }, heard)
}

#[tokio::test]
async fn a_collector_is_sent_protobuf_and_its_key_and_may_refuse_some() {
    for (status, refused, expected) in [
        (StatusCode::OK, 0, Ok(0)),
        (StatusCode::ACCEPTED, 2, Ok(2)),
        (StatusCode::UNAUTHORIZED, 0, Err("the collector answered 401".to_owned())),
        (StatusCode::SERVICE_UNAVAILABLE, 0, Err("the collector answered 503".to_owned())),
    ] {
        let (settings, heard) = collector(status, refused).await;
        let mut collector = Collector::open(&settings).unwrap();
        // The second goes over the connection that the first has left open.
        for _ in 0..2 {
            let said = collector.post(Bytes::new()).await.map_err(|why| why.to_string());
            assert_eq!(said, expected);
        }
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 2);
        let headers = &heard[0].0;
        assert_eq!(headers["api-key"], "hunter2");
        assert_eq!(headers["content-type"], "application/x-protobuf");
    }
}

#[tokio::test]
async fn what_is_left_in_the_end_is_sent() {
    let (settings, heard) = collector(StatusCode::OK, 0).await;
    let (ended, _guard) = collecting(1.0);
    let resource = Resource::builder_empty().with_service_name("the shop").build();
    let sender = Sender::new(ended, Collector::open(&settings).unwrap(), ResourceAttributesWithSchema::from(&resource));
    let (stop, stopped) = oneshot::channel();
    let sending = Sending { task: tokio::spawn(sender.send_until(stopped)), stop };
    for _ in 0..3 {
        let span = tracing::error_span!("request");
        begin(&span, &trace(TRACE), || None);
    }
    sending.finish().await;
    let heard = heard.lock().unwrap();
    let spans: Vec<_> = heard.iter().flat_map(|(_, request)| &request.resource_spans).collect();
    let sent: usize = spans.iter().flat_map(|of| &of.scope_spans).map(|of| of.spans.len()).sum();
    assert_eq!(sent, 3);
    assert!(format!("{:?}", spans[0].resource).contains("the shop"), "{spans:?}");
    assert_eq!(hex::encode(&spans[0].scope_spans[0].spans[0].trace_id), TRACE);
}

#[test]
fn a_queue_that_is_full_takes_no_more_and_nobody_waits() {
    let (mut ended, _guard) = collecting(1.0);
    for _ in 0..export::QUEUE + 10 {
        let span = tracing::error_span!("request");
        begin(&span, &trace(TRACE), || None);
    }
    assert_eq!(all(&mut ended).len(), export::QUEUE);
    assert_eq!(ended.overflown.load(Ordering::Relaxed), 10);
}
