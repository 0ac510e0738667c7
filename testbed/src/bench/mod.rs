//! The experiment on hand-overs: protocols side by side in one run, over real processes and sockets.
//!
//! ```text
//!   study ──> cells ──> plan: stages, each a cluster; in each, every hand-over of every cell, shuffled
//!                         |
//!                       lab: one cluster, one switch under load, receivers with delays, the oracle
//!                         |
//!                       samples ──> summaries, savings, cost beyond processing ──> table, JSON, figures
//! ```
//!
//! Hand-overs of all cells of a stage are interleaved in a seeded order, so that whatever drifts, drifts for
//! all alike. Whatever has no clock and no socket (cells, plans, statistics, tables, figures) is pure.

mod bridge;
pub mod cell;
pub mod chance;
mod crash;
pub mod environment;
pub mod figure;
pub mod floor;
mod lab;
pub mod outcome;
pub mod plan;
pub mod preparation;
pub mod run;
pub mod sample;
pub mod stats;
pub mod study;
mod subject;
pub mod table;
mod virtual_time;

pub use cell::{Cell, Choice, Conditions, Delays, Glitch, Stall};
pub use outcome::{Measured, Outcome};
pub use run::{Request, run};
pub use sample::Sample;
pub use stats::Summary;
pub use study::{Study, Wanted};
