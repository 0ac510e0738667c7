//! How many commits are known to be durable, kept beside the storage engine.
//!
//! An engine whose file was damaged may open with a shorter log and say nothing. Every commit carries a
//! number, and that number comes here once the commit is durable: an engine that opens with a smaller one
//! has lost its tail. The mark itself is not flushed: after a power cut it may lag, never lead.

use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The number of the last durable commit, in a file of two slots that are written in turn.
#[derive(Debug)]
pub(crate) struct Mark {
    file: File,
}

impl Mark {
    /// Opens the mark and returns what it says; 0 if it says nothing.
    pub(crate) fn open(path: &Path) -> io::Result<(Self, u64)> {
        let options =
            || OpenOptions::new().read(true).write(true).create(true).truncate(false).to_owned();
        let file = options().open(path)?;
        let mark = Self { file };
        let newest = (0..2).filter_map(|slot| mark.read(slot)).max().unwrap_or(0);
        Ok((mark, newest))
    }

    pub(crate) fn set(&self, commit: u64) -> io::Result<()> {
        let number = commit.to_be_bytes();
        let mut slot = [0; SLOT];
        slot[..8].copy_from_slice(&number);
        slot[8..].copy_from_slice(&crc32c::crc32c(&number).to_be_bytes());
        self.file.write_all_at(&slot, (commit % 2) * SLOT as u64)
    }

    fn read(&self, slot: u64) -> Option<u64> {
        let mut bytes = [0; SLOT];
        self.file.read_exact_at(&mut bytes, slot * SLOT as u64).ok()?;
        let (number, sum) = bytes.split_first_chunk::<8>()?;
        (crc32c::crc32c(number).to_be_bytes() == sum).then(|| u64::from_be_bytes(*number))
    }
}

const SLOT: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_whole_slot_counts() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("mark");
        let (mark, first) = Mark::open(&path).unwrap();
        assert_eq!(first, 0);
        mark.set(41).unwrap();
        mark.set(42).unwrap();
        assert_eq!(Mark::open(&path).unwrap().1, 42);

        let mut torn = std::fs::read(&path).unwrap();
        torn[3] ^= 1;
        std::fs::write(&path, torn).unwrap();
        assert_eq!(Mark::open(&path).unwrap().1, 41);
    }
}
