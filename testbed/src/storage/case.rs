//! One damage, and how it ended.

use super::Original;
use crate::seeded::Seeded;
use crate::wait::Failure;
use consensus::Audit;
use serde::Serialize;
use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

/// One damage to one file.
#[derive(Clone, Debug, Serialize)]
pub struct Case {
    /// File in the data directory.
    pub file: PathBuf,
    /// What happens to it.
    pub kind: Kind,
}

/// What happens to a file.
#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A bit is another.
    Flip {
        /// Which one.
        bit: u64,
    },
    /// What follows is gone.
    Cut {
        /// Bytes that are left.
        len: u64,
    },
}

/// What a start made of it.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ending {
    /// It was refused.
    Refused {
        /// In these words.
        words: String,
        /// Whether they name what is damaged and say what to do.
        helpful: bool,
    },
    /// Everything is as it was.
    Unharmed,
    /// Something else was taken for the truth.
    Silent {
        /// What.
        found: Box<Audit>,
    },
}

impl Ending {
    pub(super) fn refused(words: String) -> Self {
        let helpful = words.contains("the node does not start") && words.contains("join again");
        Self::Refused { words, helpful }
    }
}

impl Case {
    /// Draws `flips` flips and `cuts` truncations, spread over all files of the directory; half of them hit the
    /// log, which is the largest.
    pub fn draw(
        original: &Original,
        flips: u64,
        cuts: u64,
        seed: u64,
    ) -> Result<Vec<Self>, Failure> {
        let failure = |e| Failure::new("list the data directory", e);
        let mut files = Vec::new();
        list(original.path(), Path::new(""), &mut files).map_err(failure)?;
        files.retain(|file| file.used > 0);
        let log = files.iter().position(|file| file.path.ends_with("log/db"));
        let log = log.ok_or_else(|| Failure("there is no log".to_owned()))?;
        let mut chance = Seeded::of(seed, &[flips, cuts]);
        let mut draw = |is_flip| {
            let file = if chance.chance(0.5) { log } else { chance.below(files.len()) };
            let Found { path, used, len } = &files[file];
            // Behind what is used there are zeros, which a few hit too.
            let range = if chance.chance(0.95) { *used } else { *len };
            let kind = match is_flip {
                true => Kind::Flip { bit: chance.below(range as usize * 8) as u64 },
                false => Kind::Cut { len: chance.below(range as usize) as u64 },
            };
            Self { file: path.clone(), kind }
        };
        let flips = (0..flips).map(|_| true);
        Ok(flips.chain((0..cuts).map(|_| false)).map(&mut draw).collect())
    }

    pub(super) fn apply(&self, dir: &Path) -> io::Result<()> {
        let path = dir.join(&self.file);
        match self.kind {
            Kind::Flip { bit } => {
                let mut bytes = fs::read(&path)?;
                bytes[(bit / 8) as usize] ^= 1 << (bit % 8);
                fs::write(path, bytes)
            }
            Kind::Cut { len } => File::options().write(true).open(path)?.set_len(len),
        }
    }
}

impl fmt::Display for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            Kind::Flip { bit } => write!(f, "bit {bit} of {} flipped", self.file.display()),
            Kind::Cut { len } => write!(f, "{} cut to {len} bytes", self.file.display()),
        }
    }
}

/// A file, up to where it is not zeros, and its length.
struct Found {
    path: PathBuf,
    used: u64,
    len: u64,
}

fn list(root: &Path, under: &Path, files: &mut Vec<Found>) -> io::Result<()> {
    let mut items: Vec<_> = fs::read_dir(root.join(under))?.collect::<Result<_, _>>()?;
    // The order of a directory is not the same in every run.
    items.sort_by_key(fs::DirEntry::file_name);
    for item in items {
        let path = under.join(item.file_name());
        if item.file_type()?.is_dir() {
            list(root, &path, files)?;
            continue;
        }
        let bytes = fs::read(root.join(&path))?;
        let used = bytes.iter().rposition(|&byte| byte != 0).map_or(0, |last| last as u64 + 1);
        files.push(Found { path, used, len: bytes.len() as u64 });
    }
    Ok(())
}
