//! What happened, in order: as lines for people, and as one number that two runs of a seed must agree on.

use super::agenda::Micros;
use std::fmt::Display;

/// The time line of a run.
#[derive(Clone, Debug)]
pub struct Trace {
    keeps_lines: bool,
    lines: Vec<String>,
    hash: u64,
}

impl Trace {
    /// Returns an empty time line, which keeps its text only if that is wanted.
    pub fn new(keeps_lines: bool) -> Self {
        Self { keeps_lines, lines: Vec::new(), hash: 0xcbf2_9ce4_8422_2325 }
    }

    /// Adds numbers that tell what happened.
    pub fn mix(&mut self, numbers: &[u64]) {
        // FNV-1a, a word at a time.
        for number in numbers {
            self.hash = (self.hash ^ number).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
    }

    /// Adds a line; its words are put together only if lines are kept.
    pub fn say<D: Display>(&mut self, at: Micros, line: impl FnOnce() -> D) {
        if self.keeps_lines {
            self.lines.push(format!("{:>12.3} ms  {}", at as f64 / 1_000.0, line()));
        }
    }

    /// Returns the lines that were kept.
    pub fn lines(&self) -> &[String] {
        &self.lines
    }

    /// Returns the number that stands for all that happened.
    pub fn hash(&self) -> u64 {
        self.hash
    }
}
