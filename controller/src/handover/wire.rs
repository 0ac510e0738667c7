//! What parties of a hand-over send each other.

use migration::engine::Terms;
use migration::report::Mark;
use migration::{MigrationId, NodeId};
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
    /// Source to candidate: take part.
    Start {
        /// In what.
        terms: Terms,
        /// What the marker must carry.
        nonce: u64,
    },
    /// Candidate to source: no, and why.
    Refuse(String),
    /// Candidate to source: here I am.
    Ready {
        /// Share of its time that the node spends on packet-ins, in thousandths.
        load: u32,
    },
    /// Source to target: a piece of the application's state.
    LocalState {
        /// The bytes.
        piece: Vec<u8>,
        /// Whether it is the last one.
        last: bool,
    },
    /// Target to source: the application's state has come in.
    Taken,
    /// Source to target: take over.
    End(Account),
    /// Winner to source: what could you not finish?
    Collect,
    /// Source to target: some of what it could not finish, each an OpenFlow message: packet-ins that it holds
    /// back, in the switch's order, and commands that the switch refused, in the order in which it sent them.
    Kept(Vec<Vec<u8>>),
    /// Source to target: take over; that was all that I could not finish.
    Rest(Account),
    /// Source to winner: my session with the switch is a new one, and I have nothing for you.
    Nothing,
}

/// The source's part of a migration's report.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(crate) struct Account {
    /// What the source saw and did.
    pub(crate) marks: Vec<Mark>,
    /// Packet-ins that the source has held back so far.
    pub(crate) shadowed: u64,
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
const VERSION: u8 = 3;

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
    use migration::Token;
    use migration::ownership::{Protocol, Rule};

    fn start() -> HandOver {
        let (protocol, rule) = (Protocol::Erc, Rule::First);
        let (id, source, token) = (MigrationId(2), NodeId(3), Token(7));
        let body = Body::Start { terms: Terms { id, protocol, rule, source, token }, nonce: 9 };
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
        assert!(matches!(HandOver::decode(&newer), Err(WireError::Version(Some(4)))));
    }
}
