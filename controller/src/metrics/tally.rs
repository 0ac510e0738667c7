//! What one session counts by itself until its batch of messages is dealt with: plain numbers, which no
//! other processor touches.

use super::{Message, Metrics, histogram};
use prometheus_client::metrics::counter::Counter;
use std::time::Duration;

/// Counts of one session that are in no metric yet.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    messages: Vec<Messages>,
    packet_in: histogram::Batch,
    busy: Duration,
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

    /// Counts a packet-in that was answered within `time` of its arrival.
    pub(crate) fn packet_in(&mut self, time: Duration) {
        self.packet_in.observe(time);
        self.busy += time;
    }

    /// Brings the metrics up to date; returns how long packet-ins have taken since the last time.
    pub(crate) fn hand_in(&mut self, metrics: &Metrics) -> Duration {
        for messages in &mut self.messages {
            if messages.news > 0 {
                messages.counter.inc_by(std::mem::take(&mut messages.news));
            }
        }
        let switches = &metrics.0.switches;
        switches.packet_ins.inc_by(switches.packet_in.take(&mut self.packet_in));
        std::mem::take(&mut self.busy)
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
