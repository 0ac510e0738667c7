//! Sessions with switches: one task for each connection.
//!
//! ```text
//! socket ─bytes─> framing ─frames─> channel (pure) ─after the greeting─> Switch ─┬─ gate ─> app ─┐
//!   ^                                                                            ├─ hand-over    │
//!   └──────────────────────────── Outbox <── fence <─────────────────────────────┴───────────────┘
//! ```
//!
//! Nothing on that path takes a lock that another switch could hold, and nothing waits for the log: what
//! the log says arrives as a nudge (`Registry::nudge`), and proposals are made on the side.

mod fence;
mod listener;
mod masks;
mod outbox;
mod outflow;
pub(crate) mod registry;
mod switch;
mod task;
mod timers;

pub(crate) use listener::listen;
pub(crate) use registry::Letter;
pub use registry::{Registry, SessionView};
