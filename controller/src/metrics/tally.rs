//! What one session counts by itself until its batch of messages is dealt with: plain numbers, which no
//! other processor touches.

use super::{Message, Metrics};
use prometheus_client::metrics::counter::Counter;
use std::time::{Duration, Instant};

/// Counts of one session that are in no metric yet.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    messages: Vec<Messages>,
    packet_ins: u64,
    /// When the first of them came.
    began: Option<Instant>,
}

/// Messages of one type in one direction.
#[derive(Debug)]
struct Messages {
    label: Message,
    counter: Counter,
    news: u64,
}

impl Tally {
    /// Counts a message from the switch.
    pub(crate) fn received(&mut self, metrics: &Metrics, type_name: &'static str) {
        self.message(metrics, Message { r#type: type_name, direction: "in" });
    }

    /// Counts a message to the switch.
    pub(crate) fn sent(&mut self, metrics: &Metrics, type_name: &'static str) {
        self.message(metrics, Message { r#type: type_name, direction: "out" });
    }

    /// Counts a packet-in of a batch that came at `arrived`, or later.
    pub(crate) fn packet_in(&mut self, arrived: Instant) {
        self.began.get_or_insert(arrived);
        self.packet_ins += 1;
    }

    /// Brings the metrics up to date, as a batch is answered; returns how long its packet-ins took.
    ///
    /// Answers are written together: what the last of them took, all took.
    pub(crate) fn hand_in(&mut self, metrics: &Metrics, now: Instant) -> Duration {
        for messages in &mut self.messages {
            if messages.news > 0 {
                messages.counter.inc_by(std::mem::take(&mut messages.news));
            }
        }
        let Some(began) = self.began.take() else { return Duration::ZERO };
        let took = now.saturating_duration_since(began);
        let switches = &metrics.0.switches;
        switches.packet_in.observe_many(took, self.packet_ins);
        switches.packet_ins.inc_by(std::mem::take(&mut self.packet_ins));
        took
    }

    fn message(&mut self, metrics: &Metrics, label: Message) {
        // A session sees a handful of types, and each by the same name each time.
        let same = |known: &&mut Messages| {
            std::ptr::eq(known.label.r#type, label.r#type)
                && std::ptr::eq(known.label.direction, label.direction)
        };
        if let Some(known) = self.messages.iter_mut().find(same) {
            known.news += 1;
            return;
        }
        let counter = metrics.0.switches.messages.get_or_create_owned(&label);
        self.messages.push(Messages { label, counter, news: 1 });
    }
}
