//! What parties of a hand-over send each other.

use migration::ownership::Protocol;
use migration::report::Mark;
use migration::{MigrationId, NodeId, Token};
use openflow::Dpid;
use serde::{Deserialize, Serialize};

/// A message between two parties of a hand-over.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct HandOver {
    /// The switch that moves.
    pub(crate) dpid: Dpid,
    /// The migration that moves it.
    pub(crate) migration: MigrationId,
    /// The sender.
    pub(crate) from: NodeId,
    /// What it says.
    pub(crate) body: Body,
}

/// What a party says.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) enum Body {
    /// Source to target: take part.
    Start {
        /// How.
        protocol: Protocol,
        /// Token reserved for the migration.
        token: Token,
        /// What the marker must carry.
        nonce: u64,
    },
    /// Target to source: no, and why.
    Refuse(String),
    /// Source to target: a piece of the application's state.
    LocalState(Vec<u8>),
    /// Source to target: take over.
    End {
        /// What the source saw and did.
        marks: Vec<Mark>,
        /// Packet-ins that the source has held back so far.
        shadowed: u64,
    },
}

/// Why a message between nodes could not be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WireError {
    /// It is in a format that this build does not know.
    #[error("hand-over message in format {0:?}, and this build reads only {VERSION}")]
    Version(Option<u8>),
    /// It does not parse.
    #[error("malformed hand-over message: {0}")]
    Malformed(#[from] postcard::Error),
}

/// Format of the bytes, their first byte.
const VERSION: u8 = 1;

impl HandOver {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let bytes = vec![VERSION];
        // Only a type that cannot be serialised fails here, and this one can.
        postcard::to_extend(self, bytes).unwrap_or_default()
    }

    pub(crate) fn decode(bytes: &[u8]) -> Result<Self, WireError> {
        match bytes.split_first() {
            Some((&VERSION, body)) => Ok(postcard::from_bytes(body)?),
            other => Err(WireError::Version(other.map(|(version, _)| *version))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> HandOver {
        let body = Body::Start { protocol: Protocol::Erc, token: Token(7), nonce: 9 };
        HandOver { dpid: Dpid(1), migration: MigrationId(2), from: NodeId(3), body }
    }

    #[test]
    fn a_message_survives_the_wire() {
        assert_eq!(HandOver::decode(&start().encode()).expect("decodes"), start());
    }

    #[test]
    fn every_proper_prefix_and_another_version_is_refused() {
        let bytes = start().encode();
        for len in 0..bytes.len() {
            assert!(HandOver::decode(&bytes[..len]).is_err(), "{len}");
        }
        let mut newer = bytes;
        newer[0] = VERSION + 1;
        assert!(matches!(HandOver::decode(&newer), Err(WireError::Version(Some(2)))));
    }
}
