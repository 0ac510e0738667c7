//! A benchmark of any controller, in the manner of cbench: emulated switches raise packet-ins and count what is answered.
//!
//! ```text
//!  throughput   every switch keeps its connection full      answers a second      RFC 8456 §5.1.3, processing rate
//!  latency      every switch has one packet-in under way    time to each answer   RFC 8456 §5.1.2, processing time
//! ```
//!
//! A switch is bytes and a little state, not the crate's own codec: so that the generator costs a fraction of what it
//! measures, and is nobody's judge in its own cause. It connects to every controller that it is given, plays the part of
//! a standby with those that are not master, and raises packet-ins to the one that is. A controller that asks for no role
//! is master: cbench's subjects know none.
//!
//! What is an answer: a packet-out that carries no discovery frame, or a flow-mod that names the packet's buffer.

mod emulated;
mod generator;
mod packets;
mod wire;

pub(crate) use generator::pin;
pub use packets::Shape;
pub(crate) use wire::credentials;

use crate::oracle::Percentiles;
use crate::wait::Failure;
use rustls::ClientConfig;
use serde::Serialize;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

/// What is measured.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// How many packet-ins a second are answered, with as many on their way as connections hold.
    #[default]
    Throughput,
    /// How long each answer takes, with one packet-in of each switch on its way.
    Latency,
}

/// OpenFlow version of emulated switches.
#[derive(
    Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize, clap::ValueEnum,
)]
pub enum Version {
    /// OpenFlow 1.0.
    #[value(name = "1.0")]
    #[serde(rename = "1.0")]
    V1_0,
    /// OpenFlow 1.3.
    #[default]
    #[value(name = "1.3")]
    #[serde(rename = "1.3")]
    V1_3,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::V1_0 => "1.0",
            Self::V1_3 => "1.3",
        })
    }
}

/// What a run is like.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Where controllers listen for switches; each switch connects to all of them.
    pub controllers: Vec<SocketAddr>,
    /// What is measured.
    pub mode: Mode,
    /// Version that switches speak, and no other.
    pub version: Version,
    /// Emulated switches.
    pub switches: usize,
    /// What packet-ins look like.
    pub shape: Shape,
    /// Seconds of which the first does not count.
    pub seconds: u64,
    /// Threads that play switches.
    pub threads: usize,
    /// First of the processors that threads are pinned to, one each.
    pub processor: Option<usize>,
    /// What switches show in TLS; plain text without.
    pub tls: Option<Arc<ClientConfig>>,
}

/// What a run came to.
#[derive(Clone, Debug, Serialize)]
pub struct Outcome {
    /// What was measured.
    pub mode: Mode,
    /// Version that switches spoke.
    pub version: Version,
    /// Emulated switches.
    pub switches: usize,
    /// Addresses behind each switch.
    pub hosts: usize,
    /// Answers in each second that counts.
    pub answers: Vec<u64>,
    /// Their mean.
    pub rate: f64,
    /// Their standard deviation.
    pub deviation: f64,
    /// Time from a packet-in to its answer, in nanoseconds; in latency mode.
    pub latency_ns: Option<Percentiles>,
    /// Packet-ins that had no answer within a second; in latency mode.
    pub unanswered: u64,
    /// Seconds from the first connection to the last switch that had a master which answers.
    pub ready_s: f64,
    /// Whether every switch was served to the end.
    pub served: bool,
}

/// Carries a plan out.
pub fn run(plan: &Plan) -> Result<Outcome, Failure> {
    let measured = generator::measure(plan)?;
    let answers = measured.per_second;
    let number = answers.len().max(1) as f64;
    let rate = answers.iter().sum::<u64>() as f64 / number;
    let square = |&answers: &u64| (answers as f64 - rate).powi(2);
    Ok(Outcome {
        mode: plan.mode,
        version: plan.version,
        switches: plan.switches,
        hosts: plan.shape.hosts,
        deviation: (answers.iter().map(square).sum::<f64>() / number).sqrt(),
        answers,
        rate,
        latency_ns: measured.latency,
        unanswered: measured.unanswered,
        ready_s: measured.ready.as_secs_f64(),
        served: measured.served,
    })
}

/// How long switches may take to be served, all of them.
const READY_LIMIT: Duration = Duration::from_secs(60);
