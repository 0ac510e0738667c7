//! What is wrong with a folder of certificates.

use super::identity::{Identity, IdentityError};
use crate::clock::moment;
use crate::pki::Subject;
use crate::pki::subject::CERTIFICATE;
use std::path::{Path, PathBuf};

/// A file that a node or a person cannot use: `tls/cert.pem: ended on …; make a new one: …`.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("{}: {problem}; {}", .path.display(), .problem.next())]
pub struct MaterialError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a file.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Problem {
    /// It is not there, or not for this process.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// It is not what it should be.
    #[error("holds no {what} that can be used: {why}")]
    Damaged {
        /// What it should hold.
        what: &'static str,
        /// Why it does not.
        why: String,
    },
    /// The key is another certificate's.
    #[error("is not the key of {CERTIFICATE}")]
    Mismatch,
    /// The certificate counts no more.
    #[error("ended on {}", moment(*.not_after_ms))]
    Ended {
        /// Whose it is.
        whose: Identity,
        /// Until when it counted, in milliseconds since 1970.
        not_after_ms: u64,
    },
    /// The certificate does not count yet.
    #[error("counts only from {} on", moment(*.not_before_ms))]
    NotYet {
        /// From when it counts, in milliseconds since 1970.
        not_before_ms: u64,
    },
    /// The certificate names nobody.
    #[error("{0}")]
    Nobody(#[from] IdentityError),
    /// The certificate is somebody else's.
    #[error("is the certificate of {found}, not of {expected}")]
    Another {
        /// Whose it is.
        found: Identity,
        /// Whose it should be.
        expected: String,
    },
    /// The node itself would not take its certificate.
    #[error("the nodes of the cluster would refuse it: {0}")]
    Refused(String),
    /// A revocation list that none of the folder's authorities has signed.
    #[error("holds a list of {0:?}, which has the signature of no CA in this folder")]
    Strange(String),
    /// More than one list of the same authority, of which only one would count.
    #[error("holds two lists of {0:?}, and only one would count")]
    Twice(String),
}

impl Problem {
    /// Returns what to do about it.
    fn next(&self) -> String {
        match self {
            Self::Unreadable(_) | Self::Damaged { .. } | Self::Mismatch | Self::Nobody(_) => {
                "copy the whole folder again, as `baton pki` made it".to_owned()
            }
            Self::Ended { whose, .. } => {
                let folder = Subject::new(whose.clone(), vec![]).folder();
                format!("make a new one: baton pki rotate {folder}")
            }
            Self::NotYet { .. } => "is the clock of this machine right?".to_owned(),
            Self::Another { expected, .. } => format!("use the folder of {expected}"),
            Self::Refused(_) => {
                "copy the folder again; if its CA is no longer there: baton pki rotate FOLDER"
                    .to_owned()
            }
            Self::Strange(_) | Self::Twice(_) => {
                "leave in it the newest list of each CA of this folder, and nothing else".to_owned()
            }
        }
    }

    pub(super) fn at(self, path: &Path) -> MaterialError {
        MaterialError { path: path.to_owned(), problem: self }
    }
}
