//! Payloads between nodes: a version byte and a postcard record.

use crate::membership::Newcomer;
use crate::proto;
use crate::types::{LeaderId, SnapshotMeta, Vote};
use migration::NodeId;
use migration::ownership::{Command, Reply};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tonic::Status;

/// A request that only the leader can carry out.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Ask {
    /// Put this command into the log.
    Propose(Command),
    /// Tell the index that a reader must have applied.
    ReadIndex,
    /// Let a node in.
    AddNode(Newcomer),
    /// Take a node out, or only check whether that could be done.
    RemoveNode { node: NodeId, dry_run: bool },
}

/// What became of an [`Ask`].
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Answer {
    Applied(Reply),
    ReadIndex(u64),
    Changed,
    /// The newcomer lacks this many entries of the log.
    CatchingUp(u64),
}

/// Why an [`Ask`] was not answered.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub(crate) enum Refusal {
    /// Nothing was done: another node leads, or none.
    NotLeader(Option<NodeId>),
    /// Nothing was done, and asking again will not help.
    Never(String),
    /// It may have been done, or may yet be.
    Unknown(String),
}

/// A node asks for its lease.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) struct Renew {
    /// Leader that the node's newest vote names.
    pub(crate) promise: Option<LeaderId>,
    /// Stamp of that leader's last answer.
    pub(crate) echo: Option<u64>,
    /// How long ago the node last supported any other leader, itself included: see [`crate::support`].
    pub(crate) since_others_ns: u64,
}

/// The leader's answer to [`Renew`].
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub(crate) enum Renewed {
    Granted {
        leader: LeaderId,
        /// To be echoed next time, from the leader's own clock.
        stamp: u64,
        /// What is left of the lease, counted from when the request was sent.
        remaining_ns: u64,
        /// Index that the node must have applied before the lease counts: a lease says that a node may act
        /// on what it knows, and so it must know what was decided without it.
        committed: Option<u64>,
    },
    NotLeader(Option<NodeId>),
}

/// What goes before the bytes of a snapshot.
#[derive(Debug, Deserialize, Serialize)]
pub(crate) struct SnapshotHead {
    pub(crate) vote: Vote,
    pub(crate) meta: SnapshotMeta,
    pub(crate) len: u64,
}

pub(crate) fn encode<T: Serialize>(record: &T) -> Result<Vec<u8>, Status> {
    postcard::to_extend(record, vec![VERSION]).map_err(|e| Status::internal(e.to_string()))
}

pub(crate) fn decode<T: DeserializeOwned>(payload: &[u8]) -> Result<T, Status> {
    match payload.split_first() {
        Some((&VERSION, record)) => {
            postcard::from_bytes(record).map_err(|e| Status::invalid_argument(e.to_string()))
        }
        Some((version, _)) => {
            Err(Status::unimplemented(format!("payload version {version}, not {VERSION}")))
        }
        None => Err(Status::invalid_argument("empty payload")),
    }
}

pub(crate) fn payload<T: Serialize>(record: &T) -> Result<proto::Payload, Status> {
    Ok(proto::Payload { payload: encode(record)? })
}

const VERSION: u8 = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use tonic::Code;

    #[test]
    fn a_payload_comes_back_and_anything_else_is_refused() {
        let bytes = encode(&Ask::ReadIndex).unwrap();
        assert!(matches!(decode(&bytes), Ok(Ask::ReadIndex)));
        assert_eq!(decode::<Ask>(&[]).unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(decode::<Ask>(&bytes[..1]).unwrap_err().code(), Code::InvalidArgument);
        assert_eq!(decode::<Ask>(&[1, 1]).unwrap_err().code(), Code::Unimplemented);
    }
}
