//! What a verb writes: all of it is made in memory, and nothing on the disk differs until it is written.
//!
//! A folder appears, or changes places with the one that it replaces, in one step. So a key and a certificate
//! that do not belong together are never in one folder, not even after a crash. What can still happen is that a
//! reader opens one file before the step and another after it: it finds a pair that does not match, and reads
//! again (as [`Material::load`](crate::tls::Material::load) does).

use super::error::PkiError;
use crate::tls::Facts;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};
use std::fmt;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What is to be written.
#[derive(Default)]
pub struct Change {
    /// The certificates among it.
    pub certificates: Vec<(PathBuf, Facts)>,
    parts: Vec<Part>,
}

/// What is done as a whole or not at all.
enum Part {
    /// A folder that is not there yet.
    Make(PathBuf, Vec<Content>),
    /// A folder that takes the place of another.
    Exchange(PathBuf, Vec<Content>),
    /// A file, there already or not.
    Replace(PathBuf, Content),
}

/// A file of a folder.
pub(super) struct Content {
    pub(super) name: String,
    pub(super) bytes: Vec<u8>,
    pub(super) secret: bool,
}

impl Content {
    pub(super) fn public(name: &str, text: String) -> Self {
        Self { name: name.to_owned(), bytes: text.into_bytes(), secret: false }
    }

    pub(super) fn secret(name: &str, text: String) -> Self {
        Self { secret: true, ..Self::public(name, text) }
    }
}

impl Change {
    pub(super) fn make(&mut self, folder: PathBuf, files: Vec<Content>) {
        self.parts.push(Part::Make(folder, files));
    }

    pub(super) fn exchange(&mut self, folder: PathBuf, files: Vec<Content>) {
        self.parts.push(Part::Exchange(folder, files));
    }

    pub(super) fn replace(&mut self, folder: &Path, file: Content) {
        self.parts.push(Part::Replace(folder.to_owned(), file));
    }

    /// Returns the folders and files that it writes.
    pub fn paths(&self) -> Vec<PathBuf> {
        let path = |part: &Part| match part {
            Part::Make(folder, _) | Part::Exchange(folder, _) => folder.clone(),
            Part::Replace(folder, file) => folder.join(&file.name),
        };
        self.parts.iter().map(path).collect()
    }

    /// Writes it, durably.
    pub fn write(&self) -> Result<(), PkiError> {
        self.parts.iter().try_for_each(|part| match part {
            Part::Make(folder, files) => make(folder, files),
            Part::Exchange(folder, files) => exchange(folder, files),
            Part::Replace(folder, file) => replace(folder, file),
        })
    }
}

/// Names the paths: what is written has keys in it.
impl fmt::Debug for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Change").field(&self.paths()).finish()
    }
}

fn make(folder: &Path, files: &[Content]) -> Result<(), PkiError> {
    if fs::symlink_metadata(folder).is_ok() {
        return Err(PkiError::Exists(folder.to_owned()));
    }
    let failed = |error: io::Error| PkiError::unwritten(folder, error);
    let beside = build(folder, files).map_err(failed)?;
    fs::rename(&beside, folder).and_then(|()| sync_parent(folder)).map_err(failed)
}

fn exchange(folder: &Path, files: &[Content]) -> Result<(), PkiError> {
    let failed = |error: io::Error| PkiError::unwritten(folder, error);
    let beside = build(folder, files).map_err(failed)?;
    renameat2(AT_FDCWD, &beside, AT_FDCWD, folder, RenameFlags::RENAME_EXCHANGE)
        .map_err(|error| failed(error.into()))?;
    sync_parent(folder).and_then(|()| fs::remove_dir_all(&beside)).map_err(failed)
}

fn replace(folder: &Path, file: &Content) -> Result<(), PkiError> {
    let path = folder.join(&file.name);
    let beside = beside(&path);
    let written = remove(&beside)
        .and_then(|()| write(&beside, file))
        .and_then(|()| fs::rename(&beside, &path))
        .and_then(|()| sync_parent(&path));
    written.map_err(|error| PkiError::unwritten(&path, error))
}

/// Makes a folder beside the wanted one, with all of its files.
fn build(folder: &Path, files: &[Content]) -> io::Result<PathBuf> {
    let beside = beside(folder);
    remove(&beside)?;
    DirBuilder::new().recursive(true).mode(0o700).create(&beside)?;
    files.iter().try_for_each(|file| write(&beside.join(&file.name), file))?;
    File::open(&beside)?.sync_all()?;
    Ok(beside)
}

fn write(path: &Path, content: &Content) -> io::Result<()> {
    let mode = if content.secret { 0o600 } else { 0o644 };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path)?;
    file.write_all(&content.bytes)?;
    file.sync_all()
}

/// Removes what a crash may have left.
fn remove(path: &Path) -> io::Result<()> {
    let removed = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    match removed {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

fn beside(path: &Path) -> PathBuf {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    path.with_file_name(format!(".{name}.new"))
}

fn sync_parent(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |parent| File::open(parent)?.sync_all())
}
