//! What the shop has counted in this process.

use metrics::{Counter, Gauge, Histogram, Key, KeyName, Metadata, Recorder, SharedString, Unit};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

#[derive(Clone, Default)]
struct Counted(Arc<Mutex<HashMap<String, Arc<AtomicU64>>>>);

/// As Prometheus writes it.
fn series_of(key: &Key) -> String {
    let labels: Vec<String> = key.labels().map(|label| format!("{}=\"{}\"", label.key(), label.value())).collect();
    format!("{}{{{}}}", key.name(), labels.join(","))
}

impl Recorder for Counted {
    fn describe_counter(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_gauge(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}
    fn describe_histogram(&self, _: KeyName, _: Option<Unit>, _: SharedString) {}

    fn register_counter(&self, key: &Key, _: &Metadata<'_>) -> Counter {
        Counter::from_arc(self.0.lock().unwrap().entry(series_of(key)).or_default().clone())
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
        let series = format!("damda_recoveries_total{{outcome=\"{outcome}\"}}");
        counted.get(&series).map_or(0, |count| count.load(Ordering::SeqCst))
    })
}

/// What has been added since.
pub fn recoveries_since(before: [u64; 3]) -> [u64; 3] {
    let now = recoveries();
    [0, 1, 2].map(|index| now[index] - before[index])
}
