//! Room on the disk, kept so that the log never meets a full one unprepared.
//!
//! What fails half-way for want of room is as bad as any other failed write: nobody knows what is on disk, and
//! trying again would lie. So room is looked for *before* a commit or a snapshot: one `statvfs`, a microsecond.
//! With less than [`RESERVE_BYTES`] left the write is refused as [`io::ErrorKind::StorageFull`], and the storage
//! engine is not touched. Somebody else may still fill the disk in between; that write fails in the engine, with
//! the same kind of error, and nothing of it was acknowledged. Either way this run of the node has ended: whoever
//! runs it waits until there is room again, and starts it anew.

use nix::sys::statvfs::statvfs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// The disk under a data directory.
#[derive(Clone, Debug)]
pub(crate) struct Space(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    /// Set for good by the first write that found no room.
    exhausted: AtomicBool,
}

impl Space {
    pub(crate) fn of(dir: &Path) -> Self {
        Self(Arc::new(Inner { dir: dir.to_owned(), exhausted: AtomicBool::new(false) }))
    }

    /// Returns whether a write has failed for want of room.
    pub(crate) fn is_exhausted(&self) -> bool {
        self.0.exhausted.load(Relaxed)
    }

    /// Returns how many bytes can be written.
    pub(crate) fn free_bytes(&self) -> io::Result<u64> {
        free_bytes(&self.0.dir)
    }

    /// Carries `write` out if `bytes` fit and leave the reserve, and takes note if there was no room after all.
    pub(crate) fn guard<T>(
        &self,
        bytes: u64,
        write: impl FnOnce() -> io::Result<T>,
    ) -> io::Result<T> {
        let done = self.check(bytes).and_then(|()| write());
        if done.as_ref().is_err_and(is_full) {
            self.0.exhausted.store(true, Relaxed);
        }
        done
    }

    fn check(&self, bytes: u64) -> io::Result<()> {
        let (free, needed) = (self.free_bytes()?, bytes.saturating_add(RESERVE_BYTES));
        if free >= needed {
            return Ok(());
        }
        let what = format!(
            "disk full: {free} bytes are free for {}, and {needed} are needed",
            self.0.dir.display()
        );
        Err(io::Error::new(io::ErrorKind::StorageFull, what))
    }
}

/// Returns how many bytes can be written under `dir`, or where it will be once it is made.
pub fn free_bytes(dir: &Path) -> io::Result<u64> {
    let exists = |path: &&Path| path.exists();
    let there = dir.ancestors().filter(|path| !path.as_os_str().is_empty()).find(exists);
    let stat = statvfs(there.unwrap_or(Path::new(".")))?;
    Ok(stat.blocks_available().saturating_mul(stat.fragment_size()))
}

/// Returns whether a write failed for want of room.
pub(crate) fn is_full(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
}

/// Bytes that must stay free: two of the engine's segments, a snapshot of a few thousand switches, and logs.
pub const RESERVE_BYTES: u64 = 16 << 20;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_before_anything_is_written() {
        let dir = tempfile::tempdir().unwrap();
        let space = Space::of(&dir.path().join("made/later"));
        space.guard(1, || Ok(())).unwrap();
        assert!(!space.is_exhausted());
        let refused = space.guard(u64::MAX, || -> io::Result<()> { panic!("written") });
        let refused = refused.unwrap_err();
        assert_eq!(refused.kind(), io::ErrorKind::StorageFull);
        assert!(refused.to_string().contains("made/later"), "{refused}");
        assert!(space.is_exhausted());
    }

    #[test]
    fn only_want_of_room_is_a_full_disk() {
        let dir = tempfile::tempdir().unwrap();
        let fails = |errno: i32| {
            let space = Space::of(dir.path());
            space.guard(0, || Err::<(), _>(io::Error::from_raw_os_error(errno))).unwrap_err();
            space.is_exhausted()
        };
        // ENOSPC, EDQUOT; EIO, EROFS.
        assert_eq!([28, 122, 5, 30].map(fails), [true, true, false, false]);
    }
}
