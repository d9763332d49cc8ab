//! An order event as consumers read it: CloudEvents 1.0, structured, JSON. `docs/events.md` shows every field.

use serde::Serialize;
use serde_json::Value;
use shop::Timestamp;
use shop::id::{EventId, OrderId};
use shop::ports::Event;

/// Of the message's header `content-type`, by which consumers know the format.
pub(super) const CONTENT_TYPE: &str = "application/cloudevents+json; charset=UTF-8";

#[derive(Serialize)]
struct CloudEvent<'a> {
    specversion: &'static str,
    id: EventId,
    source: &'a str,
    /// `damda.order.completed.v1`
    #[serde(rename = "type")]
    kind: String,
    subject: OrderId,
    time: Timestamp,
    datacontenttype: &'static str,
    /// An extension: what the request that caused the event is found by in the shop's log.
    #[serde(skip_serializing_if = "Option::is_none")]
    traceid: Option<String>,
    data: Value,
}

/// `source` says which shop it happened in.
pub(super) fn write(event: &Event, source: &str) -> String {
    // A payload of ours is an object. Were it not, it would go out as it is rather than hold up all others.
    let mut data = serde_json::from_str(&event.payload).unwrap_or_else(|_| Value::String(event.payload.clone()));
    let traceid = data.as_object_mut().and_then(|fields| fields.remove("trace_id"));
    let event = CloudEvent {
        specversion: "1.0",
        id: event.id,
        source,
        kind: format!("damda.{}.v1", event.kind),
        subject: event.order_id,
        time: event.created_at,
        datacontenttype: "application/json",
        traceid: traceid.and_then(|id| id.as_str().map(str::to_owned)),
        data,
    };
    serde_json::to_string(&event).expect("texts and JSON have a JSON form")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn event(payload: &str) -> Event {
        let at = Timestamp::from_millis(1_795_412_117_123);
        Event {
            id: EventId::new(at, [1; 10]),
            order_id: OrderId::new(at, [2; 10]),
            kind: "order.completed".to_owned(),
            payload: payload.to_owned(),
            created_at: at,
        }
    }

    #[test]
    fn an_event_is_a_cloud_event_with_the_order_as_its_subject() {
        let event = event(r#"{"order_id":"o","status":"COMPLETED","trace_id":"0123456789abcdef0123456789abcdef"}"#);
        let written: Value = serde_json::from_str(&write(&event, "https://shop.example")).unwrap();
        let expected = json!({
            "specversion": "1.0",
            "id": event.id.to_string(),
            "source": "https://shop.example",
            "type": "damda.order.completed.v1",
            "subject": event.order_id.to_string(),
            "time": "2026-11-23T05:35:17.123Z",
            "datacontenttype": "application/json",
            "traceid": "0123456789abcdef0123456789abcdef",
            "data": {"order_id": "o", "status": "COMPLETED"},
        });
        assert_eq!(written, expected);
    }

    #[test]
    fn an_event_that_nobody_asked_for_has_no_trace_and_a_strange_payload_goes_out_as_it_is() {
        let untraced: Value = serde_json::from_str(&write(&event(r#"{"trace_id":null}"#), "s")).unwrap();
        assert_eq!((&untraced["traceid"], &untraced["data"]), (&Value::Null, &json!({})));
        let strange: Value = serde_json::from_str(&write(&event("no JSON"), "s")).unwrap();
        assert_eq!(strange["data"], "no JSON");
    }
}
