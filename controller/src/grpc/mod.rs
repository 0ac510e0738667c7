//! gRPC in TLS or in plain text: how connections are let in, and how they are made.
//!
//! ```text
//!  whoever dials                     node
//!     |---- TCP ---------------------->|  Door: a place among so many, and five seconds
//!     |<--- TLS, a certificate each -->|  whose it is goes with every request: Caller
//!     |<--- HTTP/2 SETTINGS -----------|  Connector: only this says that our certificate was taken
//!     |---- requests ----------------->|
//! ```
//!
//! What a port demands is asked at each connection, so that certificates can be changed at any time.

mod connector;
mod guarded;
mod incoming;
#[cfg(test)]
mod tests;

pub(crate) use connector::{connect, connect_lazy};
pub(crate) use guarded::Caller;
pub(crate) use incoming::Door;

use crate::security::Security;
use crate::tls::explain;
use std::error::Error;

/// Returns why there is no connection: what a handshake came to, or the last cause, since errors of the transport say
/// what is wrong only at the end of their chain.
pub(crate) fn why(error: &(dyn Error + 'static)) -> String {
    explain(error).unwrap_or_else(|| {
        let mut cause = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        cause.to_string()
    })
}

/// Returns how the replicated log reaches the other nodes.
pub(crate) fn dial(security: &Security) -> consensus::Dial {
    let security = security.clone();
    consensus::Dial::new(move |node, endpoint| {
        let security = security.clone();
        connect_lazy(&endpoint, move || security.dial(Some(node)))
    })
}
