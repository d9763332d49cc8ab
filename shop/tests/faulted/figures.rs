//! What the shop has counted in this process.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

#[derive(Clone, Default)]
struct Counted(Arc<Mutex<HashMap<Key, Arc<AtomicU64>>>>);

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.0.lock().unwrap().entry(key.clone()).or_default().clone())
    }

    fn register_gauge(&self, _: &Key, _: &Metadata<'_>) -> Gauge {
        Gauge::noop()
    }

    fn register_histogram(&self, _: &Key, _: &Metadata<'_>) -> Histogram {
        Histogram::noop()
    }
}

static COUNTED: LazyLock<Counted> = LazyLock::new(|| {
    let counted = Counted::default();
    assert!(metrics::set_global_recorder(counted.clone()).is_ok(), "nobody else counts here");
    counted
});

/// Tried, succeeded and failed recoveries so far. Counts from the first question on.
pub fn recoveries() -> [u64; 3] {
    let counted = COUNTED.0.lock().unwrap();
    ["tried", "succeeded", "failed"].map(|outcome| {
        let key = Key::from_parts("damda_recoveries_total", vec![metrics::Label::new("outcome", outcome)]);
        counted.get(&key).map_or(0, |count| count.load(Ordering::SeqCst))
    })
}

/// What has been added since.
pub fn recoveries_since(before: [u64; 3]) -> [u64; 3] {
    let now = recoveries();
    [0, 1, 2].map(|index| now[index] - before[index])
}
