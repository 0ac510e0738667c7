//! A cluster's state in a file outside of any node: what `baton snapshot save` writes.
//!
//! ```text
//! "BATONARC" | length of the next record (4, big-endian) | record of the description | state (postcard)
//! ```
//!
//! It has no vote, no membership and no entry of the log: nothing that could make a node of it but a new cluster
//! ([`restore`](super::restore)).

use super::record::{self, Flaw};
use crate::digest::crc64;
use migration::ownership::Ownership;
use serde::{Deserialize, Serialize};

/// A state, and where it comes from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Archive {
    /// Where it comes from.
    pub origin: Origin,
    /// The state.
    pub state: Ownership,
}

/// Where a state comes from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Origin {
    /// Mark of the cluster.
    pub cluster: u64,
    /// Last entry of the log that the state shows.
    pub applied: u64,
    /// Term of that entry.
    pub term: u64,
    /// Wall clock when it was saved, in milliseconds since 1970.
    pub saved_at_ms: u64,
}

/// What is in front of the state.
#[derive(Deserialize, Serialize)]
struct Header {
    origin: Origin,
    state_digest: u64,
    state_len: u64,
}

impl Archive {
    /// Returns the digest of the state.
    pub fn digest(&self) -> u64 {
        crate::digest(&self.state)
    }

    /// Returns the archive as it is written to a file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, String> {
        let error = |error: postcard::Error| error.to_string();
        let state = postcard::to_stdvec(&self.state).map_err(error)?;
        let header = Header {
            origin: self.origin.clone(),
            state_digest: crc64(&state),
            state_len: state.len() as u64,
        };
        let header = record::seal(MAGIC, &header).map_err(error)?;
        let header_len = u32::try_from(header.len()).map_err(|error| error.to_string())?;
        Ok([MAGIC, &header_len.to_be_bytes(), &header, &state].concat())
    }

    /// Reads an archive back; an error names the part of the file that is damaged.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ArchiveError> {
        let (part, flaw) = match parse(bytes) {
            Ok(archive) => return Ok(archive),
            Err(damaged) => damaged,
        };
        Err(ArchiveError { part, flaw })
    }
}

/// A file that is no archive, or a damaged one.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{part}: {flaw}")]
pub struct ArchiveError {
    /// Part of the file.
    pub part: &'static str,
    /// What is wrong with it.
    pub flaw: Flaw,
}

fn parse(bytes: &[u8]) -> Result<Archive, (&'static str, Flaw)> {
    let not_ours = || Flaw::Body("it is not that of a snapshot of Baton".to_owned());
    let rest = bytes.strip_prefix(MAGIC).ok_or_else(|| ("the start of the file", not_ours()))?;
    let description = |flaw| ("the description", flaw);
    let (header_len, rest) =
        rest.split_first_chunk::<4>().ok_or_else(|| description(Flaw::Truncated))?;
    let header_len = u32::from_be_bytes(*header_len) as usize;
    let (header, state) =
        rest.split_at_checked(header_len).ok_or_else(|| description(Flaw::Truncated))?;
    let Header { origin, state_digest, state_len } =
        record::unseal(MAGIC, header).map_err(description)?;
    if state.len() as u64 != state_len {
        let what = format!("it has {} bytes, not {state_len}", state.len());
        return Err(("the state", Flaw::Body(what)));
    }
    if crc64(state) != state_digest {
        return Err(("the state", Flaw::Checksum));
    }
    let state = postcard::from_bytes(state);
    let state = state.map_err(|error| ("the state", Flaw::Body(error.to_string())))?;
    Ok(Archive { origin, state })
}

const MAGIC: &[u8] = b"BATONARC";

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use migration::NodeId;
    use migration::ownership::{Addresses, Command, Op};
    use openflow::{Dpid, GenerationId};

    /// An archive with three nodes, and a switch that one of them owns.
    pub(in crate::store) fn archive() -> Archive {
        let mut state = Ownership::default();
        let mut apply = |op| {
            let command = Command { actor: "test".to_owned(), at_ms: 0, op };
            state.apply(command).result.expect("applied");
        };
        for node in [1, 2, 3].map(NodeId) {
            apply(Op::Register { node, boot: 1, addresses: Addresses::default() });
        }
        for node in [1, 2, 3].map(NodeId) {
            let up = vec![(Dpid(0xa), GenerationId(0)).into()];
            apply(Op::Connected { node, boot: 1, up, down: vec![] });
        }
        Archive { origin: Origin { cluster: 5, applied: 17, term: 3, saved_at_ms: 9 }, state }
    }

    #[test]
    fn an_archive_comes_back() {
        let archive = archive();
        let again = Archive::from_bytes(&archive.to_bytes().unwrap()).unwrap();
        assert_eq!(again, archive);
        assert_eq!(again.digest(), crate::digest(&archive.state));
    }

    #[test]
    fn every_flipped_bit_and_every_other_length_is_refused() {
        let whole = archive().to_bytes().unwrap();
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(Archive::from_bytes(&flipped).is_err(), "bit {bit}");
        }
        for len in 0..whole.len() {
            assert!(Archive::from_bytes(&whole[..len]).is_err(), "{len} bytes");
        }
        let longer = [whole, vec![0]].concat();
        let error = Archive::from_bytes(&longer).unwrap_err().to_string();
        assert!(error.starts_with("the state: it cannot be decoded: it has "), "{error}");
    }

    #[test]
    fn another_file_is_called_so() {
        let error = Archive::from_bytes(b"#!/bin/sh\n").unwrap_err();
        assert_eq!(error.part, "the start of the file");
    }
}
