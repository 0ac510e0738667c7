//! The snapshot: one file, replaced as a whole.
//!
//! ```text
//! "BATONSNP" | record of (description, CRC-32C of the state, its length) with its own length | state
//! ```

use super::record::{self, Damage, Flaw};
use super::{Space, StoreError, file};
use crate::types::{LogId, Snapshot, SnapshotMeta};
use migration::ownership::Ownership;
use serde::{Deserialize, Serialize};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// The file that holds the newest snapshot; a cheap handle.
#[derive(Clone, Debug)]
pub(crate) struct SnapshotFile {
    path: Arc<PathBuf>,
    /// Description of the snapshot in the file; held while the file is replaced.
    current: Arc<Mutex<Option<SnapshotMeta>>>,
    space: Space,
}

#[derive(Deserialize, Serialize)]
struct Header {
    meta: SnapshotMeta,
    state_crc32c: u32,
    state_len: u64,
}

impl SnapshotFile {
    /// Finds the snapshot under `dir`, and reads it through once.
    pub(crate) fn open(dir: &Path, space: Space) -> Result<Self, StoreError> {
        let path = dir.join("snapshot");
        let found = load(&path)?;
        let current = Arc::new(Mutex::new(found.map(|snapshot| snapshot.meta)));
        Ok(Self { path: Arc::new(path), current, space })
    }

    /// Returns the last entry of the log that the snapshot covers.
    pub(crate) fn covers(&self) -> Option<LogId> {
        self.current().as_ref().and_then(|meta| meta.last_log_id)
    }

    /// Reads the snapshot.
    pub(crate) fn load(&self) -> Result<Option<Snapshot>, StoreError> {
        let _unchanged = self.current();
        load(&self.path)
    }

    /// Reads the state in the snapshot.
    pub(crate) fn state(&self) -> Result<Option<Ownership>, StoreError> {
        let decode = |snapshot: Snapshot| {
            let state = postcard::from_bytes(&snapshot.snapshot);
            state.map_err(|error| self.damaged(Flaw::Body(error.to_string())))
        };
        self.load()?.map(decode).transpose()
    }

    /// Returns an error for a state that is not one.
    pub(crate) fn damaged(&self, flaw: Flaw) -> StoreError {
        let (path, record) = (self.path.to_path_buf(), "the snapshot's state".to_owned());
        Damage { path, record, flaw }.into()
    }

    /// Makes `state` the snapshot, durably, unless a newer one is there already.
    pub(crate) fn save(&self, meta: &SnapshotMeta, state: &[u8]) -> io::Result<()> {
        let mut current = self.current();
        if current.as_ref().is_some_and(|held| held.last_log_id >= meta.last_log_id) {
            return Ok(());
        }
        let header = Header {
            meta: meta.clone(),
            state_crc32c: crc32c::crc32c(state),
            state_len: state.len() as u64,
        };
        let header = record::seal(MAGIC, &header).map_err(io::Error::other)?;
        let header_len = u32::try_from(header.len()).map_err(io::Error::other)?.to_be_bytes();
        let bytes = state.len() as u64;
        let parts = [MAGIC, &header_len, &header, state];
        self.space.guard(bytes, || file::replace(&self.path, &parts))?;
        *current = Some(meta.clone());
        Ok(())
    }

    fn current(&self) -> std::sync::MutexGuard<'_, Option<SnapshotMeta>> {
        // Set only after the file was replaced, so that a panic in between changes neither.
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn load(path: &Path) -> Result<Option<Snapshot>, StoreError> {
    let Some(bytes) = file::read(path).map_err(StoreError::io(path))? else { return Ok(None) };
    let parsed = parse(&bytes).map_err(|(part, flaw)| Damage {
        path: path.to_owned(),
        record: format!("the snapshot's {part}"),
        flaw,
    })?;
    Ok(Some(parsed))
}

fn parse(bytes: &[u8]) -> Result<Snapshot, (&'static str, Flaw)> {
    let start = |flaw| ("start", flaw);
    let rest = bytes.strip_prefix(MAGIC).ok_or(start(Flaw::Checksum))?;
    let (header_len, rest) = rest.split_first_chunk::<4>().ok_or(start(Flaw::Truncated))?;
    let header_len = u32::from_be_bytes(*header_len) as usize;
    let (header, state) = rest.split_at_checked(header_len).ok_or(("header", Flaw::Truncated))?;
    let header: Header = record::unseal(MAGIC, header).map_err(|flaw| ("header", flaw))?;
    if state.len() as u64 != header.state_len {
        return Err(("state", Flaw::Truncated));
    }
    if crc32c::crc32c(state) != header.state_crc32c {
        return Err(("state", Flaw::Checksum));
    }
    Ok(Snapshot { meta: header.meta, snapshot: state.to_vec() })
}

const MAGIC: &[u8] = b"BATONSNP";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::LeaderId;

    fn meta(index: u64) -> SnapshotMeta {
        let last_log_id = Some(LogId::new(LeaderId { term: 1, node_id: 1 }, index));
        SnapshotMeta { last_log_id, ..SnapshotMeta::default() }
    }

    #[test]
    fn the_newer_snapshot_stays() {
        let dir = tempfile::tempdir().unwrap();
        let file = SnapshotFile::open(dir.path(), Space::of(dir.path())).unwrap();
        assert!(file.load().unwrap().is_none());
        file.save(&meta(7), b"seven").unwrap();
        file.save(&meta(5), b"five").unwrap();
        let again = SnapshotFile::open(dir.path(), Space::of(dir.path())).unwrap();
        assert_eq!(again.covers().unwrap().index, 7);
        assert_eq!(again.load().unwrap().unwrap().snapshot, b"seven");
    }

    #[test]
    fn a_flipped_bit_or_a_short_file_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        SnapshotFile::open(dir.path(), Space::of(dir.path()))
            .unwrap()
            .save(&meta(7), b"state")
            .unwrap();
        let path = dir.path().join("snapshot");
        let whole = std::fs::read(&path).unwrap();
        let refused = |bytes: &[u8]| {
            std::fs::write(&path, bytes).unwrap();
            matches!(
                SnapshotFile::open(dir.path(), Space::of(dir.path())),
                Err(StoreError::Damaged(_))
            )
        };
        for bit in 0..whole.len() * 8 {
            let mut flipped = whole.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(refused(&flipped), "bit {bit}");
        }
        for len in 0..whole.len() {
            assert!(refused(&whole[..len]), "{len} bytes");
        }
        assert!(!refused(&whole));
    }
}
