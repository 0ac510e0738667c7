//! Why nothing was made.

use super::authority::Authority;
use crate::clock::moment;
use crate::tls::IdentityError;
use std::io;
use std::path::{Path, PathBuf};

/// Why a folder of certificates is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PkiError {
    /// What would be made is there.
    #[error("{} exists already", .0.display())]
    Exists(PathBuf),
    /// What is asked for is not there.
    #[error("there is no {}", .0.display())]
    Missing(PathBuf),
    /// A file cannot be read.
    #[error("{}: {error}", .path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file cannot be written.
    #[error("{}: {error}", .path.display())]
    Unwritten {
        /// The file or folder.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// A file is not what it should be.
    #[error("{}: {why}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        why: String,
    },
    /// A certificate would count longer than that of who signs it.
    #[error("it would outlive the {authority} CA, which ends on {}", moment(*.not_after_ms))]
    Outlives {
        /// Who signs.
        authority: Authority,
        /// Until when, in milliseconds since 1970.
        not_after_ms: u64,
    },
    /// A roll-over is under way.
    #[error("the {0} CA is being rolled over already")]
    UnderWay(Authority),
    /// No roll-over is under way.
    #[error("no roll-over of the {0} CA is under way")]
    NothingToFinish(Authority),
    /// What the old authority signed is still in use.
    #[error("the old {authority} CA has signed what is in use: {}", .folders.join(", "))]
    InUse {
        /// Whose roll-over it is.
        authority: Authority,
        /// Whose certificates are of the old one.
        folders: Vec<String>,
    },
    /// What was made names nobody.
    #[error(transparent)]
    Nobody(IdentityError),
    /// A certificate could not be made.
    #[error("a certificate could not be made: {0}")]
    Unmade(#[from] rcgen::Error),
}

impl PkiError {
    pub(super) fn damaged(path: &Path, why: impl ToString) -> Self {
        Self::Damaged { path: path.to_owned(), why: why.to_string() }
    }

    pub(super) fn read(path: &Path, error: io::Error) -> Self {
        let path = path.to_owned();
        match error.kind() {
            io::ErrorKind::NotFound => Self::Missing(path),
            _ => Self::Unreadable { path, error },
        }
    }

    pub(super) fn unwritten(path: &Path, error: impl Into<io::Error>) -> Self {
        Self::Unwritten { path: path.to_owned(), error: error.into() }
    }
}
