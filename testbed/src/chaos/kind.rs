//! What the nemesis can do: a table. A new kind of fault is a new row here, and what it does in `nemesis`.

use serde::Serialize;
use std::fmt;

/// A kind of fault.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize, clap::ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// A node is killed (SIGKILL), and started again later.
    Kill,
    /// The leader of the log is.
    KillLeader,
    /// All nodes are, as in a power failure.
    KillAll,
    /// A node is frozen (SIGSTOP), for less than its lease or for much longer.
    Stop,
    /// The leader of the log is.
    StopLeader,
    /// A node is asked to stop (SIGTERM), and started again.
    Restart,
    /// A node reaches no other, and none reaches it.
    Isolate,
    /// The network falls in two; the leader is in the smaller half.
    MinorityLeader,
    /// The network falls in two; the leader is in the larger half.
    MajorityLeader,
    /// The network falls in two, and one node sees both halves.
    Bridge,
    /// Every node sees its two neighbours in a circle only; of three nodes, each hears only one of the others.
    Ring,
    /// What one node sends to one other vanishes; what that sends arrives.
    OneWay,
    /// A node hears all others, and none hears it.
    Mute,
    /// All others hear a node, and it hears none.
    Deaf,
    /// What nodes send each other takes 25 to 125 ms.
    Delay,
    /// Connections between nodes are reset again and again.
    Reset,
    /// A switch and a node lose each other; nodes still reach each other.
    Channel,
    /// The disk of one node, always the last, is full. That one is small, and mounted, which needs root.
    DiskFull,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 18] = [
        Self::Kill,
        Self::KillLeader,
        Self::KillAll,
        Self::Stop,
        Self::StopLeader,
        Self::Restart,
        Self::Isolate,
        Self::MinorityLeader,
        Self::MajorityLeader,
        Self::Bridge,
        Self::Ring,
        Self::OneWay,
        Self::Mute,
        Self::Deaf,
        Self::Delay,
        Self::Reset,
        Self::Channel,
        Self::DiskFull,
    ];

    /// Returns how long it lasts, in milliseconds: from, and up to.
    pub fn lasts_ms(self) -> (u64, u64) {
        match self {
            Self::Kill | Self::KillLeader | Self::Restart => (200, 3_000),
            Self::KillAll => (100, 1_500),
            // Half of them are shorter than `timing.lease_ms`: see `Blow::draw`.
            Self::Stop | Self::StopLeader => (100, 5_000),
            Self::Isolate | Self::MinorityLeader | Self::MajorityLeader | Self::Bridge => {
                (500, 5_000)
            }
            Self::Ring | Self::OneWay | Self::Mute | Self::Deaf => (500, 5_000),
            Self::Delay | Self::Reset => (500, 4_000),
            Self::Channel => (200, 4_000),
            Self::DiskFull => (200, 5_000),
        }
    }

    /// Returns the word for it.
    pub fn name(self) -> String {
        clap::ValueEnum::to_possible_value(&self)
            .map(|value| value.get_name().to_owned())
            .unwrap_or_default()
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}
