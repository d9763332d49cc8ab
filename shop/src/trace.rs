//! What ties together everything one request caused: its answer, its lines in the log, its events. The id is
//! given at the edge, kept with the running task ([`TraceId::scope`]) and carried by hand wherever work
//! changes tasks: through the desks as part of a job. It holds nothing of a person.

use crate::id::OrderId;
use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

/// The target of the spans that are there for traces alone: the wait at a desk, a batch, a transaction, what goes to
/// the log of events. Nobody makes them unless somebody collects traces, and no line of the log says them. They hold
/// words of the program and counts, nothing of a person and no id.
pub const SPANS: &str = "damda::spans";

tokio::task_local! {
    static CURRENT: TraceId;
}

/// 16…64 letters, digits and dashes. Cloning it is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceId(Arc<str>);

impl TraceId {
    /// A new one: 32 hexadecimal digits, which is also what W3C calls a trace id.
    pub fn fresh() -> Self {
        Self(hex::encode(rand::random::<[u8; 16]>()).into())
    }

    /// For documents: the same each time.
    pub fn example() -> Self {
        Self("0123456789abcdef0123456789abcdef".into())
    }

    /// `None` unless it may stand in a log, a header and an event as it is.
    pub fn parse(text: &str) -> Option<Self> {
        let good =
            (16..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        good.then(|| Self(text.into()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Runs `work` as caused by this id.
    pub async fn scope<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// The id this task works for, if it works for one.
    pub fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ids behind the orders of one batch.
#[derive(Clone, Debug, Default)]
pub struct Traces {
    each: HashMap<OrderId, TraceId>,
    others: Option<TraceId>,
}

impl Traces {
    /// Each order with the request it came by.
    pub fn of(orders: impl IntoIterator<Item = (OrderId, Option<TraceId>)>) -> Self {
        let each = orders.into_iter().filter_map(|(order, trace)| Some((order, trace?))).collect();
        Self { each, others: None }
    }

    /// All orders alike: what a job of the shop does by itself.
    pub fn of_this_task() -> Self {
        Self { each: HashMap::new(), others: TraceId::current() }
    }

    pub fn get(&self, order: OrderId) -> Option<&TraceId> {
        self.each.get(&order).or(self.others.as_ref())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_taken_only_in_a_form_that_is_safe_everywhere() {
        let table = [
            ("0123456789abcdef0123456789abcdef", true),
            ("018f8e3a-1111-7000-8000-000000000000", true),
            ("short", false),
            ("0123456789abcdef\" onload=x", false),
            ("0123456789abcdef\r\nx: y", false),
            ("0123456789abcdef\u{1b}[31m", false),
            ("0123456789abcdef가나다", false),
        ];
        for (text, good) in table {
            assert_eq!(TraceId::parse(text).is_some(), good, "{text:?}");
        }
        assert!(TraceId::parse(&"a".repeat(64)).is_some() && TraceId::parse(&"a".repeat(65)).is_none());
    }

    #[test]
    fn every_fresh_id_is_new_and_good() {
        assert_ne!(TraceId::fresh(), TraceId::fresh());
        assert!(TraceId::parse(TraceId::fresh().as_str()).is_some());
    }

    #[tokio::test]
    async fn a_task_knows_its_id_only_within_its_scope() {
        let id = TraceId::fresh();
        assert_eq!(TraceId::current(), None);
        assert_eq!(id.clone().scope(async { TraceId::current() }).await, Some(id));
        assert_eq!(TraceId::current(), None);
    }
}
