//! What is measured: a protocol under conditions.

use crate::proxy::Distribution;
use migration::ownership::Protocol;
use serde::Serialize;
use std::fmt;
use std::str::FromStr;

/// One protocol under one set of conditions: what a row of the table is about.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// Which study it belongs to.
    pub study: &'static str,
    /// The protocol.
    pub protocol: Protocol,
    /// All else.
    pub conditions: Conditions,
}

/// Under which a hand-over is measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Conditions {
    /// Means of the one-way delays.
    pub delays: Delays,
    /// How delays are spread about their means.
    pub distribution: Distribution,
    /// Whole hand-overs that find a candidate slow.
    pub glitch: Glitch,
    /// Candidates that hold everything for a while.
    pub stall: Stall,
    /// Packet-ins a second.
    pub rate: u64,
    /// Hosts that the application has learnt.
    pub hosts: u64,
    /// Nodes of the cluster.
    pub nodes: u64,
    /// One-way delay of what Raft and leases send, in microseconds.
    pub raft_delay_us: u64,
    /// Nodes to choose from.
    pub candidates: usize,
    /// How the choice is made.
    pub choice: Choice,
    /// How the source chooses among candidates; the default of `baton` if empty.
    pub rule: String,
}

/// Means of one-way delays of messages that arrive at a party, in microseconds.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub struct Delays {
    /// At the source, dS.
    pub source_us: u64,
    /// At the target, dT.
    pub target_us: u64,
    /// At the switch, dW.
    pub switch_us: u64,
}

/// How one of several candidates is chosen.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Choice {
    /// At random, before the hand-over, which knows only that one.
    #[default]
    Fixed,
    /// By the hand-over itself, which probes them all.
    Meta,
}

/// With `probability`, a candidate's delays are `factor` times as long during a whole hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Glitch {
    /// Of each candidate, independently, at each hand-over.
    pub probability: f64,
    /// Of the candidate's delays.
    pub factor: f64,
}

/// With `probability`, a candidate holds everything for a while, from the hand-over's first message on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Stall {
    /// Of each candidate, independently, at each hand-over.
    pub probability: f64,
    /// How long.
    pub length_us: u64,
}

impl Default for Glitch {
    fn default() -> Self {
        Self { probability: 0.0, factor: 1.0 }
    }
}

impl Default for Conditions {
    fn default() -> Self {
        Self {
            delays: Delays::default(),
            distribution: Distribution::Constant,
            glitch: Glitch::default(),
            stall: Stall::default(),
            rate: 1_000,
            hosts: 0,
            nodes: 3,
            raft_delay_us: 0,
            candidates: 1,
            choice: Choice::Fixed,
            rule: String::new(),
        }
    }
}

impl Conditions {
    /// Returns the same without any delay of hand-over messages: what is left is processing, and Raft.
    pub fn at_rest(&self) -> Self {
        let (delays, distribution) = (Delays::default(), Distribution::Constant);
        let (glitch, stall) = (Glitch::default(), Stall::default());
        Self { delays, distribution, glitch, stall, ..self.clone() }
    }

    /// Returns whether any message is to arrive later than it would by itself.
    pub fn is_delayed(&self) -> bool {
        *self != Self { raft_delay_us: 0, ..self.at_rest() }
    }

    /// Returns whether a comparison with the same at rest tells the cost of the messages alone.
    pub fn is_plain(&self) -> bool {
        let undisturbed = self.glitch.probability == 0.0 && self.stall.probability == 0.0;
        undisturbed && self.candidates == 1
    }
}

impl Delays {
    /// Returns the same delay everywhere.
    pub const fn symmetric(us: u64) -> Self {
        Self { source_us: us, target_us: us, switch_us: us }
    }

    /// Returns whether nothing is delayed.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }
}

/// The grid of the paper, by name: symmetric, slow target, slow source, slow switch, by several factors.
pub fn grid(is_quick: bool) -> Vec<Delays> {
    let (alike, factors): (&[u64], &[u64]) =
        if is_quick { (&[1_000, 2_000], &[4]) } else { (&[500, 1_000, 2_000, 4_000], &[2, 4, 8]) };
    let base = Delays::symmetric(1_000);
    let slow =
        |slower: fn(Delays, u64) -> Delays| factors.iter().map(move |f| slower(base, f * 1_000));
    let mut grid: Vec<Delays> = alike.iter().copied().map(Delays::symmetric).collect();
    grid.extend(slow(|delays, us| Delays { target_us: us, ..delays }));
    grid.extend(slow(|delays, us| Delays { source_us: us, ..delays }));
    grid.extend(slow(|delays, us| Delays { switch_us: us, ..delays }));
    grid
}

/// Milliseconds, in the order dS, dT, dW; one figure if they are alike.
impl fmt::Display for Delays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = |us: u64| us as f64 / 1_000.0;
        let Self { source_us, target_us, switch_us } = *self;
        let text = if *self == Self::symmetric(source_us) {
            format!("{}", ms(source_us))
        } else {
            format!("{},{},{}", ms(source_us), ms(target_us), ms(switch_us))
        };
        f.pad(&text)
    }
}

impl FromStr for Delays {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let us: Vec<u64> = text.split(',').map(milliseconds).collect::<Result<_, _>>()?;
        match us[..] {
            [alike] => Ok(Self::symmetric(alike)),
            [source_us, target_us, switch_us] => Ok(Self { source_us, target_us, switch_us }),
            _ => {
                Err(format!("{text:?}: one figure, or three, like 1,4,1: dS,dT,dW in milliseconds"))
            }
        }
    }
}

impl FromStr for Glitch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (probability, factor) = pair(text)?;
        Ok(Self { probability: within_one(probability)?, factor })
    }
}

impl FromStr for Stall {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (probability, ms) = pair(text)?;
        Ok(Self { probability: within_one(probability)?, length_us: (ms * 1_000.0) as u64 })
    }
}

/// Reads a number of milliseconds as microseconds.
pub fn milliseconds(text: &str) -> Result<u64, String> {
    match text.trim().parse::<f64>() {
        Ok(ms) if (0.0..=MAX_DELAY_MS).contains(&ms) => Ok((ms * 1_000.0).round() as u64),
        _ => Err(format!("{text:?} is no delay from 0 to {MAX_DELAY_MS} milliseconds")),
    }
}

fn pair(text: &str) -> Result<(f64, f64), String> {
    let figures =
        text.split_once(',').and_then(|(a, b)| a.trim().parse().ok().zip(b.trim().parse().ok()));
    match figures {
        Some((a, b)) if a >= 0.0 && b >= 0.0 => Ok((a, b)),
        _ => Err(format!("{text:?}: two figures, like 0.1,4")),
    }
}

fn within_one(probability: f64) -> Result<f64, String> {
    if probability <= 1.0 {
        Ok(probability)
    } else {
        Err(format!("{probability} is no probability"))
    }
}

const MAX_DELAY_MS: f64 = 500.0;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_are_read_and_printed_in_milliseconds() {
        let asymmetric = Delays { source_us: 1_000, target_us: 4_500, switch_us: 0 };
        assert_eq!("1,4.5,0".parse(), Ok(asymmetric));
        assert_eq!(asymmetric.to_string(), "1,4.5,0");
        assert_eq!("0.25".parse(), Ok(Delays::symmetric(250)));
        assert_eq!(Delays::symmetric(250).to_string(), "0.25");
        for wrong in ["", "1,2", "x", "-1", "1,2,3,4", "1e9"] {
            assert!(wrong.parse::<Delays>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn glitches_and_stalls_are_pairs() {
        assert_eq!("0.1,4".parse(), Ok(Glitch { probability: 0.1, factor: 4.0 }));
        assert_eq!("0.05,20".parse(), Ok(Stall { probability: 0.05, length_us: 20_000 }));
        for wrong in ["", "1", "2,4", "a,b", "-0.1,4"] {
            assert!(wrong.parse::<Glitch>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_grid_has_every_kind_of_slowness() {
        for grid in [grid(true), grid(false)] {
            assert!(grid.contains(&Delays::symmetric(1_000)));
            assert!(grid.contains(&Delays { target_us: 4_000, ..Delays::symmetric(1_000) }));
            assert!(grid.contains(&Delays { source_us: 4_000, ..Delays::symmetric(1_000) }));
            assert!(grid.contains(&Delays { switch_us: 4_000, ..Delays::symmetric(1_000) }));
        }
        assert_eq!(grid(false).len(), 13);
    }

    #[test]
    fn rest_has_no_delay_and_keeps_the_load() {
        let glitch = Glitch { probability: 0.1, factor: 4.0 };
        let busy =
            Conditions { delays: Delays::symmetric(1), glitch, rate: 7, ..Conditions::default() };
        assert_eq!(busy.at_rest(), Conditions { rate: 7, ..Conditions::default() });
        assert!(!busy.is_plain() && busy.at_rest().is_plain());
    }
}
