//! Records, as they lie on disk, and what can be wrong with them.
//!
//! ```text
//! crc32c (4, big-endian) | version (1) | body (postcard)
//! ```
//!
//! The checksum covers the key too, so that a record cannot pass for another one. The body of a log entry
//! holds its term and index; [`check_sequence`] makes sure that they follow on from each other.

use crate::types::{Entry, LogId};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::path::PathBuf;

/// A record that is not what was written, or is gone.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{record} in {path}: {flaw}", path = path.display())]
pub struct Damage {
    /// File or directory that holds the record.
    pub path: PathBuf,
    /// The record.
    pub record: String,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// What is wrong with a record.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Flaw {
    /// The checksum does not match.
    Checksum,
    /// It is shorter than a record can be.
    Truncated,
    /// It was written by a version that this one does not know.
    Version(u8),
    /// The body says something that cannot be.
    Body(String),
    /// It is not there, although later ones are, or although it was acknowledged.
    Missing,
    /// It claims to be another entry of the log.
    Index(u64),
    /// Its term is lower than that of the entry before it.
    TermBack,
    /// The storage engine gave up.
    Engine(String),
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Checksum => f.write_str("its checksum does not match"),
            Self::Truncated => f.write_str("it is truncated"),
            Self::Version(version) => write!(f, "it has the unknown version {version}"),
            Self::Body(what) => write!(f, "it cannot be decoded: {what}"),
            Self::Missing => f.write_str("it is missing"),
            Self::Index(index) => write!(f, "it says that it is entry {index}"),
            Self::TermBack => f.write_str("its term is lower than that of the entry before it"),
            Self::Engine(what) => write!(f, "the storage engine failed: {what}"),
        }
    }
}

/// Makes a record of `body` under `key`.
pub(crate) fn seal<T: Serialize>(key: &[u8], body: &T) -> Result<Vec<u8>, postcard::Error> {
    let record = postcard::to_extend(body, vec![0, 0, 0, 0, VERSION])?;
    Ok(with_checksum(key, record))
}

/// Takes a record apart again.
pub(crate) fn unseal<T: DeserializeOwned>(key: &[u8], record: &[u8]) -> Result<T, Flaw> {
    let (stored, rest) = record.split_first_chunk::<4>().ok_or(Flaw::Truncated)?;
    let (&version, body) = rest.split_first().ok_or(Flaw::Truncated)?;
    if u32::from_be_bytes(*stored) != checksum(key, rest) {
        return Err(Flaw::Checksum);
    }
    if version != VERSION {
        return Err(Flaw::Version(version));
    }
    postcard::from_bytes(body).map_err(|e| Flaw::Body(e.to_string()))
}

/// Checks that `entry`, found as number `index`, can follow on from `before`.
pub(crate) fn check_sequence(before: Option<LogId>, index: u64, entry: &Entry) -> Result<(), Flaw> {
    if entry.log_id.index != index {
        return Err(Flaw::Index(entry.log_id.index));
    }
    if before.is_some_and(|before| entry.log_id.leader_id < before.leader_id) {
        return Err(Flaw::TermBack);
    }
    Ok(())
}

fn with_checksum(key: &[u8], mut record: Vec<u8>) -> Vec<u8> {
    let sum = checksum(key, &record[4..]);
    record[..4].copy_from_slice(&sum.to_be_bytes());
    record
}

fn checksum(key: &[u8], rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), rest)
}

const VERSION: u8 = 5;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_comes_back_under_its_own_key_only() {
        let record = seal(b"vote", &(7_u64, "x")).unwrap();
        assert_eq!(unseal::<(u64, String)>(b"vote", &record).unwrap(), (7, "x".to_owned()));
        assert_eq!(unseal::<(u64, String)>(b"purged", &record), Err(Flaw::Checksum));
    }

    #[test]
    fn every_flipped_bit_and_every_proper_prefix_is_refused() {
        let record = seal(b"k", &(7_u64, "some text")).unwrap();
        for bit in 0..record.len() * 8 {
            let mut flipped = record.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(unseal::<(u64, String)>(b"k", &flipped), Err(Flaw::Checksum), "bit {bit}");
        }
        for len in 0..record.len() {
            assert!(unseal::<(u64, String)>(b"k", &record[..len]).is_err(), "{len} bytes");
        }
    }

    #[test]
    fn a_newer_version_is_named() {
        let mut record = seal(b"k", &1_u64).unwrap();
        record[4] = 9;
        let record = with_checksum(b"k", record);
        assert_eq!(unseal::<u64>(b"k", &record), Err(Flaw::Version(9)));
    }
}
