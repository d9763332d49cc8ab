//! Order events to Kafka. The one place that names rdkafka. It says what the log has confirmed, and never
//! decides what is sent or when: that is `shop::database::outbox`. What an event looks like on the wire is in
//! [`envelope`]; `docs/events.md` is for those who read them.

mod client;
mod envelope;

use crate::config::{ConfigError, KafkaSettings};
use crate::outside::Service;
use async_trait::async_trait;
use client::{Listener, client_config};
use parking_lot::RwLock;
use rdkafka::ClientConfig;
use rdkafka::error::KafkaError;
use rdkafka::message::{Header, OwnedHeaders};
use rdkafka::producer::future_producer::DeliveryFuture;
use rdkafka::producer::{FutureProducer, FutureRecord};
use shop::Fault;
use shop::ports::{Event, Events, PUBLISHED_WITHIN};
use std::time::Duration;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

/// A broker that takes longer than this to answer a question does not answer.
const PATIENCE: Duration = Duration::from_secs(1);
/// An answer counts for so long, however many ask.
const ANSWER_KEPT: Duration = Duration::from_secs(2);

type EventProducer = FutureProducer<Listener>;

/// The topic that order events go to. It connects when there is something to send or to ask, and again by
/// itself, however long the brokers were gone.
pub struct KafkaEvents {
    config: ClientConfig,
    topic: String,
    /// Of every event's `source`.
    source: String,
    listener: Listener,
    /// Replaced when something did not get through.
    producer: RwLock<EventProducer>,
    last_answer: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl KafkaEvents {
    /// # Errors
    /// When a file that the settings name is no certificate or key; never because no broker answers.
    pub fn open(settings: &KafkaSettings, source: &str) -> Result<Self, ConfigError> {
        let (config, listener) = (client_config(settings), Listener::default());
        let producer = config.create_with_context(listener.clone()).map_err(|error| {
            ConfigError::new(format!(
                "KAFKA_BROKERS: no connection can be prepared ({error}): check the files that KAFKA_CA_FILE, KAFKA_CERT_FILE and KAFKA_KEY_FILE name"
            ))
        })?;
        Ok(Self {
            config,
            topic: settings.topic.clone(),
            source: source.to_owned(),
            listener,
            producer: RwLock::new(producer),
            last_answer: Mutex::new(None),
        })
    }

    /// Puts an event into the producer's queue, behind those of the same order.
    fn enqueue(&self, producer: &EventProducer, event: &Event) -> Result<DeliveryFuture, Fault> {
        let key = event.order_id.to_string();
        let body = envelope::write(event, &self.source);
        let content_type = Header { key: "content-type", value: Some(envelope::CONTENT_TYPE) };
        let record = FutureRecord::to(&self.topic)
            .key(&key)
            .payload(&body)
            .timestamp(event.created_at.millis())
            .headers(OwnedHeaders::new_with_capacity(1).insert(content_type));
        producer.send_result(record).map_err(|(error, _)| self.fault(&error))
    }

    /// Waits for what became of an event. No report in time counts as a no, and is harmless: an event that
    /// arrives after all is a repeat.
    async fn confirmed(&self, delivery: DeliveryFuture, deadline: Instant) -> Result<(), Fault> {
        match timeout_at(deadline, delivery).await {
            Ok(Ok(Ok(_))) => Ok(()),
            Ok(Ok(Err((error, _)))) => Err(self.fault(&error)),
            Ok(Err(_)) | Err(_) => Err(Fault::Other("kafka: no report of the delivery came".to_owned())),
        }
    }

    /// "Timed out" alone helps nobody: the last trouble on the way says why.
    fn fault(&self, error: &KafkaError) -> Fault {
        let why = self.listener.last_trouble().map(|trouble| format!("; {trouble}")).unwrap_or_default();
        Fault::Other(format!("kafka: {error}{why}"))
    }

    /// Puts a fresh producer in the place of one that did not get everything through. An idempotent producer
    /// may have lost count of its messages, by a broker that came back with less than it had confirmed or took
    /// more than it told, and then takes no more for the rest of its life. A fresh one counts anew; what was
    /// not confirmed is sent again with the same ids, and a repeat is the worst that comes of it.
    fn replace(&self, failed: EventProducer) {
        match self.config.create_with_context(self.listener.clone()) {
            Ok(fresh) => {
                let replaced = std::mem::replace(&mut *self.producer.write(), fresh);
                // Letting go of one waits for its threads.
                tokio::task::spawn_blocking(move || drop((failed, replaced)));
            }
            Err(error) => tracing::error!(%error, "no fresh producer of events can be made"),
        }
    }
}

#[async_trait]
impl Events for KafkaEvents {
    async fn publish(&self, events: &[Event]) -> Vec<Result<(), Fault>> {
        let deadline = Instant::now() + PUBLISHED_WITHIN;
        let producer = self.producer.read().clone();
        // All are under way before the first is waited for.
        let deliveries: Vec<_> = events.iter().map(|event| self.enqueue(&producer, event)).collect();
        let mut published = Vec::with_capacity(events.len());
        for delivery in deliveries {
            published.push(match delivery {
                Ok(delivery) => self.confirmed(delivery, deadline).await,
                Err(fault) => Err(fault),
            });
        }
        if published.iter().all(Result::is_ok) {
            self.listener.forget_trouble();
        } else {
            self.replace(producer);
        }
        published
    }
}

#[async_trait]
impl Service for KafkaEvents {
    fn name(&self) -> &'static str {
        "kafka"
    }

    /// Asks for the topic, at most once in two seconds.
    async fn ping(&self) -> Result<(), Fault> {
        let mut last = self.last_answer.lock().await;
        let kept = last.as_ref().filter(|(at, _)| at.elapsed() < ANSWER_KEPT).map(|(_, answer)| answer.clone());
        let answer = match kept {
            Some(answer) => answer,
            None => {
                let (producer, topic) = (self.producer.read().clone(), self.topic.clone());
                let ask = move || client::ask_for_topic(&producer, &topic, PATIENCE);
                let answer = tokio::task::spawn_blocking(ask).await;
                let answer = answer.unwrap_or_else(|error| Err(error.to_string()));
                *last = Some((Instant::now(), answer.clone()));
                answer
            }
        };
        answer.map_err(|reason| Fault::Other(format!("kafka: {reason}")))
    }
}
