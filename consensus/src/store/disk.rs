//! Vote, log and marks in sled, the only file that names it.
//!
//! What sled 0.34 does not promise is done here. Its `flush` ends in `sync_file_range`, which makes nothing
//! durable, so that an fdatasync of our own descriptor follows. Its batches cost two more writes, each with a
//! wait for the disk: what belongs together is handed over one by one, the number of the commit last. sled
//! recovers a prefix of that order, so that a number that is there vouches for all of its commit. It may open
//! a damaged file with a shorter log, or panic: every record has a checksum, the log must have no gap, the
//! number of the last commit must not be behind the [mark](super::mark), and nothing is opened outside of
//! `catch_unwind`. Values larger than a quarter of a segment would go to files of their own that sled never
//! syncs: segments are large enough for a leaf full of the largest commands. An fdatasync of a file that grows
//! waits for the file system's journal, and so for whatever else the machine writes: zeros are written ahead of
//! sled, from where the file ends to the end of that segment at most. A segment that is zeros from some point on
//! is nothing new to sled, which makes them itself when it opens a file with free segments.
//!
//! | key | value |
//! |---|---|
//! | `l` + index, big-endian | entry of the log |
//! | `m/vote` | vote |
//! | `m/committed` | last entry known to be committed; not made durable on its own |
//! | `m/purged` | last entry that was purged; durable before the entries go |
//! | `m/commit` | number of the last commit |

use super::mark::Mark;
use super::record::{self, Damage, Flaw};
use super::{StoreError, file};
use crate::types::{Entry, LogId, Vote};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

/// One change, in the order in which openraft asks for them.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Vote(Vote),
    Append(Vec<Entry>),
    /// Removes this entry and all after it.
    Truncate(u64),
    Committed(LogId),
    /// Removes this entry and all before it.
    Purge(LogId),
}

impl Op {
    /// Returns whether somebody relies on this change after a power cut.
    pub(crate) fn must_be_durable(&self) -> bool {
        !matches!(self, Self::Committed(_))
    }
}

/// What was found at the start.
#[derive(Debug, Default)]
pub(crate) struct Recovered {
    pub(crate) vote: Option<Vote>,
    pub(crate) committed: Option<LogId>,
    pub(crate) purged: Option<LogId>,
    pub(crate) entries: BTreeMap<u64, Entry>,
}

/// The log on disk; used by one thread.
pub(crate) struct Disk {
    db: sled::Db,
    /// Our own descriptor of sled's file, for fdatasync and for zeros.
    file: File,
    /// Bytes of zeros that sled has ahead of it, if it goes on where the file ends.
    room: u64,
    mark: Mark,
    commit: u64,
    /// First index that may be present, and the first that is not.
    range: std::ops::Range<u64>,
}

impl Disk {
    /// Opens the log under `dir`, reads all of it, and refuses whatever is not as it was written.
    pub(crate) fn open(dir: &Path) -> Result<(Self, Recovered), StoreError> {
        let path = dir.join("log");
        let (mark, acknowledged) =
            Mark::open(&dir.join("log.mark")).map_err(StoreError::io(&dir.join("log.mark")))?;
        let opened = guarded(|| -> Result<_, StoreError> {
            let db = open_sled(&path).map_err(|e| engine_error(&path, e))?;
            let recovered = Reader { db: &db, path: &path }.recover(acknowledged)?;
            Ok((db, recovered))
        });
        let (db, (recovered, commit)) =
            opened.unwrap_or_else(|panic| Err(engine_damage(&path, panic)))?;
        let file = File::options().read(true).write(true).open(path.join("db"));
        let file = file.map_err(StoreError::io(&path))?;
        // sled never makes its own settings durable.
        let settings = path.join("conf");
        let synced = File::open(&settings).and_then(|settings| settings.sync_all());
        synced.map_err(StoreError::io(&settings))?;
        for made in [&path, dir] {
            file::sync_dir(made).map_err(StoreError::io(made))?;
        }
        let first = recovered.purged.map_or(0, |purged| purged.index + 1);
        let end = recovered.entries.last_key_value().map_or(first, |(&last, _)| last + 1);
        Ok((Self { db, file, room: 0, mark, commit, range: first..end }, recovered))
    }

    /// Carries out `ops` in order, and returns once they survive a power cut.
    ///
    /// A failure leaves no trust in what is on disk: the caller must not try again.
    pub(crate) fn commit(&mut self, ops: &[Op]) -> io::Result<()> {
        unpanicked(guarded(|| self.commit_unguarded(ops)))?
    }

    /// Writes zeros ahead of sled where few are left, and returns once they survive a power cut. Nobody waits for
    /// it: [`Self::commit`] does without, only longer.
    pub(crate) fn make_room(&mut self) -> io::Result<()> {
        if self.room >= LITTLE_ROOM {
            return Ok(());
        }
        // Once sled has nothing left to write, the end of the file is known, and stays until the next commit.
        unpanicked(guarded(|| self.db.flush()))??;
        let end = self.file.metadata()?.len();
        let zeros = (end.next_multiple_of(SEGMENT_BYTES as u64) - end).min(ROOM);
        if zeros > 0 {
            self.file.write_all_at(&vec![0; zeros as usize], end)?;
            self.file.sync_data()?;
            self.room += zeros;
        }
        Ok(())
    }

    fn commit_unguarded(&mut self, ops: &[Op]) -> io::Result<()> {
        let old_start = self.range.start;
        for op in ops {
            self.write(op)?;
        }
        if !ops.iter().any(Op::must_be_durable) {
            return Ok(());
        }
        self.commit += 1;
        self.put(COMMIT, &self.commit)?;
        let flushed = self.db.flush()?;
        self.file.sync_data()?;
        self.room = self.room.saturating_sub(flushed as u64);
        self.mark.set(self.commit)?;
        self.remove(old_start..self.range.start)
    }

    /// Hands a change to sled, in such an order that the log has no gap wherever it is cut off.
    fn write(&mut self, op: &Op) -> io::Result<()> {
        match op {
            Op::Vote(vote) => self.put(VOTE, vote)?,
            Op::Committed(id) => self.put(COMMITTED, id)?,
            Op::Append(entries) => {
                for entry in entries {
                    self.put(&log_key(entry.log_id.index), entry)?;
                    self.range.end = entry.log_id.index + 1;
                }
            }
            Op::Truncate(from) => {
                for index in (*from..self.range.end).rev() {
                    self.db.remove(log_key(index))?;
                }
                self.range.end = self.range.end.min(*from);
            }
            Op::Purge(upto) => {
                self.put(PURGED, upto)?;
                self.range.start = upto.index + 1;
                self.range.end = self.range.end.max(self.range.start);
            }
        }
        Ok(())
    }

    /// Removes purged entries; if that gets lost, the mark at which they were purged is still there.
    fn remove(&self, purged: std::ops::Range<u64>) -> io::Result<()> {
        for index in purged {
            self.db.remove(log_key(index))?;
        }
        Ok(())
    }

    fn put<T: Serialize>(&self, key: &[u8], body: &T) -> io::Result<()> {
        let record = record::seal(key, body).map_err(io::Error::other)?;
        self.db.insert(key, record)?;
        Ok(())
    }
}

/// Reads everything back, and believes none of it unchecked.
struct Reader<'a> {
    db: &'a sled::Db,
    path: &'a Path,
}

impl Reader<'_> {
    fn recover(&self, acknowledged: u64) -> Result<(Recovered, u64), StoreError> {
        let commit: u64 = self.get(COMMIT)?.unwrap_or(0);
        if commit < acknowledged {
            let record = format!("commit {acknowledged}, after commit {commit},");
            return Err(self.damage(record, Flaw::Missing));
        }
        let purged: Option<LogId> = self.get(PURGED)?;
        let entries = self.entries(purged)?;
        let vote = self.get(VOTE)?;
        let committed = self.get(COMMITTED)?;
        Ok((Recovered { vote, committed, purged, entries }, commit))
    }

    fn entries(&self, purged: Option<LogId>) -> Result<BTreeMap<u64, Entry>, StoreError> {
        let mut entries = BTreeMap::new();
        let mut before = purged;
        for item in self.db.scan_prefix([LOG]) {
            let (key, value) = item.map_err(|e| engine_error(self.path, e))?;
            let Some(found) = log_index(&key) else {
                return Err(self.damage(format!("key {key:02x?}"), Flaw::Truncated));
            };
            // Left over by a crash between the mark and the removal.
            if purged.is_some_and(|purged| found <= purged.index) {
                self.db.remove(&key).map_err(|e| engine_error(self.path, e))?;
                continue;
            }
            let next = before.map_or(0, |before| before.index + 1);
            if found != next {
                return Err(self.damage(entry_name(next), Flaw::Missing));
            }
            let entry = record::unseal(&key, &value)
                .and_then(|entry| record::check_sequence(before, found, &entry).map(|()| entry))
                .map_err(|flaw| self.damage(entry_name(found), flaw))?;
            before = Some(entry.log_id);
            entries.insert(found, entry);
        }
        Ok(entries)
    }

    fn get<T: DeserializeOwned>(&self, key: &[u8]) -> Result<Option<T>, StoreError> {
        let name = || format!("record {}", String::from_utf8_lossy(key));
        let value = self.db.get(key).map_err(|e| engine_error(self.path, e))?;
        let open = |value: sled::IVec| record::unseal(key, &value);
        value.map(open).transpose().map_err(|flaw| self.damage(name(), flaw))
    }

    fn damage(&self, record: String, flaw: Flaw) -> StoreError {
        Damage { path: self.path.to_owned(), record, flaw }.into()
    }
}

/// Opens sled, waiting a moment for its lock: a former instance in this process lets go of its file only
/// when its own threads have. Other processes are kept out by the lock on the data directory.
fn open_sled(path: &Path) -> sled::Result<sled::Db> {
    let config = sled::Config::new()
        .path(path)
        .flush_every_ms(None)
        .cache_capacity(CACHE_BYTES)
        .segment_size(SEGMENT_BYTES);
    let start = Instant::now();
    loop {
        match config.open() {
            Err(sled::Error::Io(e))
                if e.to_string().contains("acquire lock") && start.elapsed() < LOCK_PATIENCE =>
            {
                std::thread::sleep(LOCK_PAUSE);
            }
            other => return other,
        }
    }
}

fn engine_error(path: &Path, error: sled::Error) -> StoreError {
    match error {
        // It calls what it cannot read an error of the operating system.
        sled::Error::Io(source) if is_damage(&source) => engine_damage(path, source.to_string()),
        sled::Error::Io(source) => StoreError::Io { path: path.to_owned(), source },
        other => engine_damage(path, other.to_string()),
    }
}

fn is_damage(error: &io::Error) -> bool {
    use io::ErrorKind::{InvalidData, InvalidInput, UnexpectedEof};
    matches!(error.kind(), InvalidData | InvalidInput | UnexpectedEof)
}

fn engine_damage(path: &Path, what: String) -> StoreError {
    Damage { path: path.to_owned(), record: "the log".to_owned(), flaw: Flaw::Engine(what) }.into()
}

/// Runs `f`; a panic becomes its message.
fn guarded<T>(f: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(f)).map_err(|payload| {
        let text = payload.downcast_ref::<String>().map(String::as_str);
        text.or_else(|| payload.downcast_ref::<&str>().copied()).unwrap_or("panic").to_owned()
    })
}

fn unpanicked<T>(guarded: Result<T, String>) -> io::Result<T> {
    guarded.map_err(|panic| io::Error::other(format!("sled panicked: {panic}")))
}

fn log_key(index: u64) -> [u8; 9] {
    let mut key = [LOG; 9];
    key[1..].copy_from_slice(&index.to_be_bytes());
    key
}

fn log_index(key: &[u8]) -> Option<u64> {
    Some(u64::from_be_bytes(key.get(1..)?.try_into().ok()?))
}

fn entry_name(index: u64) -> String {
    format!("log entry {index}")
}

const LOG: u8 = b'l';
const VOTE: &[u8] = b"m/vote";
const COMMITTED: &[u8] = b"m/committed";
const PURGED: &[u8] = b"m/purged";
const COMMIT: &[u8] = b"m/commit";
const CACHE_BYTES: u64 = 8 << 20;
const LOCK_PATIENCE: Duration = Duration::from_secs(5);
const LOCK_PAUSE: Duration = Duration::from_millis(5);
/// Four times a leaf of 17 of the largest commands, with room to spare.
const SEGMENT_BYTES: usize = 4 << 20;
/// Zeros that are written at once.
const ROOM: u64 = 256 << 10;
/// With less room than this there is soon none: a commit takes a few hundred bytes, or many commands.
const LITTLE_ROOM: u64 = 64 << 10;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::types::{LeaderId, Proposal};
    use migration::ownership::{Command, LinkChange, Op as Asked};
    use openraft::EntryPayload;

    fn id(term: u64, index: u64) -> LogId {
        LogId::new(LeaderId { term, node_id: 1 }, index)
    }

    fn entries(range: std::ops::Range<u64>) -> Vec<Entry> {
        let entry = |index| Entry { log_id: id(1, index), payload: EntryPayload::Blank };
        range.map(entry).collect()
    }

    /// Returns an entry with one of the largest commands.
    fn large(index: u64) -> Entry {
        let actor = "x".repeat(crate::MAX_COMMAND_BYTES);
        let command = Command { actor, at_ms: 0, op: Asked::Links(LinkChange::default()) };
        Entry { log_id: id(1, index), payload: EntryPayload::Normal(Proposal(command)) }
    }

    /// Makes a log of entries 0 to 49, one commit each, with entries 0 to 9 purged.
    fn filled(dir: &Path) {
        let (mut disk, _) = Disk::open(dir).unwrap();
        let vote = Vote::new_committed(1, 1);
        disk.commit(&[Op::Vote(vote)]).unwrap();
        for index in 0..50 {
            disk.commit(&[Op::Append(entries(index..index + 1)), Op::Committed(id(1, index))])
                .unwrap();
        }
        disk.commit(&[Op::Purge(id(1, 9))]).unwrap();
    }

    fn reopened(dir: &Path) -> Recovered {
        Disk::open(dir).unwrap().1
    }

    fn refused(dir: &Path) -> Damage {
        match Disk::open(dir) {
            Err(StoreError::Damaged(damage)) => damage,
            Err(other) => panic!("{other}"),
            Ok(_) => panic!("opened"),
        }
    }

    /// Changes sled's content behind the back of [`Disk`].
    fn tamper(dir: &Path, change: impl FnOnce(&sled::Db)) {
        let db = open_sled(&dir.join("log")).unwrap();
        change(&db);
        db.flush().unwrap();
    }

    #[test]
    fn what_was_committed_comes_back() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        let found = reopened(dir.path());
        assert_eq!(found.vote, Some(Vote::new_committed(1, 1)));
        assert_eq!(found.purged, Some(id(1, 9)));
        assert_eq!(found.committed, Some(id(1, 49)));
        assert_eq!(found.entries.into_values().collect::<Vec<_>>(), entries(10..50));
    }

    #[test]
    fn commits_do_not_grow_the_file_that_they_wait_for() {
        let dir = tempfile::tempdir().unwrap();
        let (mut disk, _) = Disk::open(dir.path()).unwrap();
        let size = |dir: &Path| std::fs::metadata(dir.join("log/db")).unwrap().len();
        let mut sizes = std::collections::BTreeSet::new();
        for index in 0..50 {
            disk.commit(&[Op::Append(entries(index..index + 1))]).unwrap();
            disk.make_room().unwrap();
            sizes.insert(size(dir.path()));
        }
        assert_eq!(sizes.len(), 1, "{sizes:?}");
        drop(disk);
        assert_eq!(reopened(dir.path()).entries.len(), 50);
    }

    /// Through several of sled's segments, and with a reopening here and there.
    #[test]
    fn zeros_ahead_are_never_written_over_what_was_committed() {
        let dir = tempfile::tempdir().unwrap();
        let mut index = 0;
        for _ in 0..6 {
            let (mut disk, found) = Disk::open(dir.path()).unwrap();
            assert_eq!(found.entries.len(), index as usize);
            for _ in 0..40 {
                disk.commit(&[Op::Append(vec![large(index)])]).unwrap();
                disk.make_room().unwrap();
                index += 1;
            }
        }
        let end = std::fs::metadata(dir.path().join("log/db")).unwrap().len();
        assert!(end > 2 * SEGMENT_BYTES as u64, "{end} bytes are not several segments");
    }

    #[test]
    fn a_tail_can_be_replaced_in_one_commit() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        let new = Entry { log_id: id(2, 20), payload: EntryPayload::Blank };
        Disk::open(dir.path())
            .unwrap()
            .0
            .commit(&[Op::Truncate(20), Op::Append(vec![new])])
            .unwrap();
        let found = reopened(dir.path());
        assert_eq!(found.entries.last_key_value().unwrap().1.log_id, id(2, 20));
        assert_eq!(found.entries.len(), 11);
    }

    #[test]
    fn a_snapshot_may_reach_beyond_the_log() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        let next = Entry { log_id: id(2, 101), payload: EntryPayload::Blank };
        let (mut disk, _) = Disk::open(dir.path()).unwrap();
        disk.commit(&[Op::Purge(id(2, 100))]).unwrap();
        disk.commit(&[Op::Append(vec![next.clone()])]).unwrap();
        drop(disk);
        let found = reopened(dir.path());
        assert_eq!(found.entries.into_values().collect::<Vec<_>>(), [next]);
    }

    #[test]
    fn a_crash_between_the_mark_and_the_removal_leaves_no_hole() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        let old = record::seal(&log_key(4), &entries(4..5)[0]).unwrap();
        tamper(dir.path(), |db| drop(db.insert(log_key(4), old).unwrap()));
        assert_eq!(reopened(dir.path()).entries.len(), 40);
        tamper(dir.path(), |db| assert_eq!(db.get(log_key(4)).unwrap(), None));
    }

    #[test]
    fn a_flipped_bit_in_an_entry_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        tamper(dir.path(), |db| {
            let mut record = db.get(log_key(17)).unwrap().unwrap().to_vec();
            *record.last_mut().unwrap() ^= 1;
            db.insert(log_key(17), record).unwrap();
        });
        let damage = refused(dir.path());
        assert_eq!((damage.record.as_str(), damage.flaw), ("log entry 17", Flaw::Checksum));
    }

    #[test]
    fn a_missing_entry_is_refused_by_name() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        tamper(dir.path(), |db| drop(db.remove(log_key(30)).unwrap()));
        let damage = refused(dir.path());
        assert_eq!((damage.record.as_str(), damage.flaw), ("log entry 30", Flaw::Missing));
    }

    #[test]
    fn an_entry_in_anothers_place_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        let other = record::seal(&log_key(30), &entries(31..32)[0]).unwrap();
        tamper(dir.path(), |db| drop(db.insert(log_key(30), other).unwrap()));
        assert_eq!(refused(dir.path()).flaw, Flaw::Index(31));

        let stale = Entry { log_id: id(0, 30), payload: EntryPayload::Blank };
        let stale = record::seal(&log_key(30), &stale).unwrap();
        tamper(dir.path(), |db| drop(db.insert(log_key(30), stale).unwrap()));
        assert_eq!(refused(dir.path()).flaw, Flaw::TermBack);
    }

    #[test]
    fn a_lost_tail_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        filled(dir.path());
        let kept = tempfile::tempdir().unwrap();
        copy(dir.path(), kept.path());
        Disk::open(dir.path()).unwrap().0.commit(&[Op::Append(entries(50..51))]).unwrap();
        // The engine as it was before the last commit, the mark as it is now.
        std::fs::copy(dir.path().join("log.mark"), kept.path().join("log.mark")).unwrap();
        let damage = refused(kept.path());
        assert_eq!(damage.record, "commit 53, after commit 52,");
        assert_eq!(damage.flaw, Flaw::Missing);
    }

    /// What nobody was told of may be there in part, in the order in which it was written.
    #[test]
    fn a_commit_that_is_cut_off_anywhere_leaves_a_prefix_of_it() {
        let whole = tempfile::tempdir().unwrap();
        filled(whole.path());
        let (mut disk, _) = Disk::open(whole.path()).unwrap();
        let path = whole.path().join("log/db");
        let before = std::fs::read(&path).unwrap();
        let mark = std::fs::read(whole.path().join("log.mark")).unwrap();
        let entry = |index| Entry { log_id: id(2, index), payload: EntryPayload::Blank };
        let new: Vec<_> = (40..60).map(entry).collect();
        disk.commit(&[Op::Truncate(40), Op::Append(new.clone())]).unwrap();
        let after = std::fs::read(&path).unwrap();
        let differs = |at: &usize| before.get(*at) != Some(&after[*at]);
        let end = after.iter().rposition(|&byte| byte != 0).unwrap() + 1;
        let written = (0..end).find(differs).unwrap()..end;
        let mut lengths = std::collections::BTreeSet::new();
        for cut in written.clone().step_by(written.len() / 200 + 1) {
            let dir = tempfile::tempdir().unwrap();
            copy(whole.path(), dir.path());
            let mut bytes = after.clone();
            bytes[cut..].fill(0);
            std::fs::write(dir.path().join("log/db"), bytes).unwrap();
            std::fs::write(dir.path().join("log.mark"), &mark).unwrap();
            let found: Vec<_> = reopened(dir.path()).entries.into_values().collect();
            let kept = found.iter().take_while(|entry| entry.log_id.leader_id.term == 1).count();
            let (old, new_found) = found.split_at(kept);
            assert_eq!(old, &entries(10..50)[..kept], "cut at {cut} of {written:?}");
            assert_eq!(new_found, &new[..new_found.len()], "cut at {cut} of {written:?}");
            assert!(kept >= 30 && (new_found.is_empty() || kept == 30));
            lengths.insert(found.len());
        }
        assert!(lengths.len() > 10, "cut off at few places: {lengths:?}");
    }

    /// Damages of the engine's own file are refused, or change nothing: never a shorter or another log.
    #[test]
    fn no_damaged_file_passes_for_a_shorter_log() {
        let whole = tempfile::tempdir().unwrap();
        filled(whole.path());
        let size = std::fs::metadata(whole.path().join("log/db")).unwrap().len();
        let used = std::fs::read(whole.path().join("log/db")).unwrap();
        let used = used.iter().rposition(|&byte| byte != 0).unwrap() as u64 + 1;
        let mut unharmed = 0;
        for round in 0..60 {
            let dir = tempfile::tempdir().unwrap();
            copy(whole.path(), dir.path());
            let path = dir.path().join("log/db");
            // A linear congruence spreads the places evenly without a source of randomness.
            let place = (round * 2_654_435_761_u64) % used;
            if round % 3 == 0 {
                File::options().write(true).open(&path).unwrap().set_len(place).unwrap();
            } else {
                let mut bytes = std::fs::read(&path).unwrap();
                bytes[usize::try_from(place).unwrap()] ^= 1 << (round % 8);
                std::fs::write(&path, bytes).unwrap();
            }
            match Disk::open(dir.path()) {
                Err(StoreError::Damaged(_) | StoreError::Io { .. }) => {}
                Ok((_, found)) => {
                    let found: Vec<_> = found.entries.into_values().collect();
                    assert_eq!(found, entries(10..50), "round {round}, byte {place} of {size}");
                    unharmed += 1;
                }
            }
        }
        assert!(unharmed < 60, "nothing was damaged");
    }

    #[test]
    fn the_largest_commands_stay_out_of_files_that_are_never_synced() {
        let dir = tempfile::tempdir().unwrap();
        let (mut disk, _) = Disk::open(dir.path()).unwrap();
        for index in 0..200 {
            disk.commit(&[Op::Append(vec![large(index)])]).unwrap();
        }
        drop(disk);
        assert_eq!(std::fs::read_dir(dir.path().join("log/blobs")).unwrap().count(), 0);
    }

    fn copy(from: &Path, to: &Path) {
        for item in std::fs::read_dir(from).unwrap() {
            let item = item.unwrap();
            let target = to.join(item.file_name());
            if item.file_type().unwrap().is_dir() {
                std::fs::create_dir_all(&target).unwrap();
                copy(&item.path(), &target);
            } else {
                std::fs::copy(item.path(), target).unwrap();
            }
        }
    }
}
