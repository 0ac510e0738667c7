//! The cluster's own certificates: three authorities, and a folder for everybody for whom they vouch.
//!
//! ```text
//! DIR/ca/{node,switch,admin}.{crt,key}                     whoever has one of these keys can be anybody
//! DIR/node-1/{cert,key,node-ca,switch-ca,admin-ca}.pem     what `[tls] dir` of a node's configuration names
//! DIR/switch-s1/{cert,key,ca}.pem                          what `ovs-vsctl set-ssl` takes
//! DIR/person-ann/{cert,key,ca}.pem                         what the command line takes
//! ```
//!
//! Every folder can be used as it is, here or copied to another machine. `DIR/ca` stays where it is.
//!
//! An authority is rolled over in two steps, so that nobody meets a certificate of an unknown signer:
//!
//! ```text
//!            rotate ca node            rotate node-1, node-2 …         rotate ca node --finish
//! trusted    new + old                 new + old                       new
//! signs      new                       new                             new
//! in use     old                       new                             new
//!            copy the folders, reload  copy the folders, reload        copy the folders, reload
//! ```

mod authority;
mod change;
mod error;
pub(crate) mod subject;
#[cfg(test)]
pub(crate) mod tests;

pub use authority::Authority;
pub use change::Change;
pub use error::PkiError;
pub(crate) use subject::SWITCH_FILES;
pub use subject::Subject;

use crate::clock::{DAY_MS, unix_ms};
use crate::tls::Facts;
use authority::{Bundle, Pair};
use change::Content;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs;
use std::path::{Path, PathBuf};
use subject::{CERTIFICATE, KEY};

/// From when to when a certificate counts, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Validity {
    /// From when.
    pub not_before_ms: u64,
    /// Until when.
    pub not_after_ms: u64,
}

impl Validity {
    /// Returns `days` from now on, and a little before it: clocks differ.
    pub fn days(days: u32) -> Self {
        let now_ms = unix_ms();
        let not_before_ms = now_ms.saturating_sub(CLOCKS_DIFFER_MS);
        Self { not_before_ms, not_after_ms: now_ms + u64::from(days) * DAY_MS }
    }
}

/// A folder of certificates.
#[derive(Clone, Debug)]
pub struct Pki {
    dir: PathBuf,
}

impl Pki {
    /// Makes the three authorities of a new folder.
    pub fn init(dir: &Path, validity: Validity) -> Result<Change, PkiError> {
        let ca = dir.join(CA_DIR);
        if fs::symlink_metadata(&ca).is_ok() {
            return Err(PkiError::Exists(ca));
        }
        let mut change = Change::default();
        let mut files = Vec::new();
        for authority in Authority::ALL {
            let Pair { facts, certificate, key } = authority.found(validity)?;
            let (crt_name, key_name) = names(authority);
            change.certificates.push((ca.join(&crt_name), facts));
            files.push(Content::public(&crt_name, certificate));
            files.push(Content::secret(&key_name, key));
        }
        change.make(ca, files);
        Ok(change)
    }

    /// Opens a folder.
    pub fn open(dir: &Path) -> Result<Self, PkiError> {
        let ca = dir.join(CA_DIR);
        if ca.is_dir() { Ok(Self { dir: dir.to_owned() }) } else { Err(PkiError::Missing(ca)) }
    }

    /// Makes a key and a certificate for somebody who has none.
    pub fn issue(&self, subject: &Subject, validity: Validity) -> Result<Change, PkiError> {
        let folder = self.dir.join(subject.folder());
        if fs::symlink_metadata(&folder).is_ok() {
            return Err(PkiError::Exists(folder));
        }
        let mut change = Change::default();
        let files = self.files(subject, &folder, validity, &mut change)?;
        change.make(folder, files);
        Ok(change)
    }

    /// Makes a new key and a new certificate for somebody, with the names of the old one. Other files of the
    /// folder stay.
    pub fn rotate(&self, folder: &str, validity: Validity) -> Result<Change, PkiError> {
        let folder = self.dir.join(folder);
        let subject = subject_of(&folder)?;
        let mut change = Change::default();
        let mut files = self.files(&subject, &folder, validity, &mut change)?;
        for name in list(&folder)? {
            let path = folder.join(&name);
            if path.is_file() && files.iter().all(|file| file.name != name) {
                files.push(Content { name, bytes: read(&path)?, secret: true });
            }
        }
        change.exchange(folder, files);
        Ok(change)
    }

    /// Begins a roll-over: a new certificate signs, and the old one is still trusted.
    pub fn roll_over(&self, authority: Authority, validity: Validity) -> Result<Change, PkiError> {
        let old = self.bundle(authority)?;
        if !old.left_behind().is_empty() {
            return Err(PkiError::UnderWay(authority));
        }
        let Pair { facts, certificate, key } = authority.found(validity)?;
        let (ca, (crt_name, key_name)) = (self.dir.join(CA_DIR), names(authority));
        let mut change = Change::default();
        change.certificates.push((ca.join(crt_name), facts));
        self.trust(authority, &(certificate + &old.pem()), &mut change)?;
        // Trusted before it signs: a crash on the way leaves the old one signing.
        change.replace(&ca, Content::secret(&key_name, key));
        Ok(change)
    }

    /// Ends a roll-over: the old certificate is trusted no more.
    pub fn finish(&self, authority: Authority) -> Result<Change, PkiError> {
        let bundle = self.bundle(authority)?;
        let old: Vec<&str> = bundle.left_behind().iter().map(|it| it.subject.as_str()).collect();
        if old.is_empty() {
            return Err(PkiError::NothingToFinish(authority));
        }
        let mut folders = Vec::new();
        for folder in self.folders()? {
            if old.contains(&first(&folder.join(CERTIFICATE))?.issuer.as_str()) {
                folders.push(folder.file_name().unwrap_or_default().to_string_lossy().into());
            }
        }
        if !folders.is_empty() {
            return Err(PkiError::InUse { authority, folders });
        }
        let mut change = Change::default();
        self.trust(authority, &bundle.finished(), &mut change)?;
        Ok(change)
    }

    /// Returns the files with the certificates of the authorities, and with everybody's own.
    fn files_of_all(&self) -> Result<Vec<PathBuf>, PkiError> {
        let authorities = Authority::ALL.map(|it| self.dir.join(CA_DIR).join(names(it).0));
        let own = self.folders()?.into_iter().map(|folder| folder.join(CERTIFICATE));
        Ok(authorities.into_iter().chain(own).collect())
    }

    /// Writes a bundle wherever it is trusted.
    fn trust(&self, authority: Authority, pem: &str, change: &mut Change) -> Result<(), PkiError> {
        let content = |name: &str| Content::public(name, pem.to_owned());
        change.replace(&self.dir.join(CA_DIR), content(&names(authority).0));
        for folder in self.folders()? {
            let trusts = subject_of(&folder)?.trusts();
            for (_, name) in trusts.iter().filter(|(it, _)| *it == authority) {
                change.replace(&folder, content(name));
            }
        }
        Ok(())
    }

    /// Returns the files of a folder for `subject`, with a new key.
    fn files(
        &self,
        subject: &Subject,
        folder: &Path,
        validity: Validity,
        change: &mut Change,
    ) -> Result<Vec<Content>, PkiError> {
        let pair = self.bundle(subject.authority())?.sign(subject, validity)?;
        change.certificates.push((folder.join(CERTIFICATE), pair.facts));
        let own = [Content::public(CERTIFICATE, pair.certificate), Content::secret(KEY, pair.key)];
        let trusted = subject.trusts().iter();
        let trusted = trusted.map(|(it, name)| Ok(Content::public(name, self.bundle(*it)?.pem())));
        own.into_iter().map(Ok).chain(trusted).collect()
    }

    fn bundle(&self, authority: Authority) -> Result<Bundle, PkiError> {
        let (crt_name, key_name) = names(authority);
        let ca = self.dir.join(CA_DIR);
        let (certificates, key) = (ca.join(crt_name), ca.join(key_name));
        let texts = (read_text(&certificates)?, read_text(&key)?);
        Bundle::read(authority, (&certificates, &texts.0), (&key, &texts.1))
    }

    /// Returns the folders that hold a certificate.
    fn folders(&self) -> Result<Vec<PathBuf>, PkiError> {
        let names = list(&self.dir)?.into_iter().filter(|name| !name.starts_with('.'));
        let folders = names.map(|name| self.dir.join(name));
        Ok(folders.filter(|folder| folder.join(CERTIFICATE).is_file()).collect())
    }
}

/// Returns what certificates say: those of one file, of somebody's folder, or of everybody.
pub fn show(path: &Path) -> Result<Vec<(PathBuf, Facts)>, PkiError> {
    let files = match Pki::open(path) {
        Ok(pki) => pki.files_of_all()?,
        Err(_) if path.is_dir() => {
            let files = list(path)?.into_iter().map(|name| path.join(name));
            let named =
                |file: &PathBuf| file.extension().is_some_and(|it| it == "pem" || it == "crt");
            files.filter(named).collect()
        }
        Err(_) => vec![path.to_owned()],
    };
    let each = files.iter().map(|file| certificates(file));
    Ok(each.collect::<Result<Vec<_>, _>>()?.concat())
}

/// Returns what the certificates of a file say.
fn certificates(file: &Path) -> Result<Vec<(PathBuf, Facts)>, PkiError> {
    let text = read(file)?;
    let each = CertificateDer::pem_slice_iter(&text).map(|der| {
        let der = der.map_err(|error| PkiError::damaged(file, error))?;
        let facts = Facts::of(&der).map_err(|error| PkiError::damaged(file, error))?;
        Ok((file.to_owned(), facts))
    });
    each.collect()
}

fn first(file: &Path) -> Result<Facts, PkiError> {
    let mut facts = certificates(file)?.into_iter().map(|(_, facts)| facts);
    facts.next().ok_or_else(|| PkiError::damaged(file, "no certificate in it"))
}

fn subject_of(folder: &Path) -> Result<Subject, PkiError> {
    let file = folder.join(CERTIFICATE);
    Subject::of(&first(&file)?).map_err(|error| PkiError::damaged(&file, error))
}

/// Returns the names of what is in a folder, in order.
fn list(folder: &Path) -> Result<Vec<String>, PkiError> {
    let failed = |error| PkiError::read(folder, error);
    let entries = fs::read_dir(folder).map_err(failed)?;
    let names = entries.map(|it| it.map(|it| it.file_name().to_string_lossy().into_owned()));
    let mut names = names.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    names.sort();
    Ok(names)
}

fn read(path: &Path) -> Result<Vec<u8>, PkiError> {
    fs::read(path).map_err(|error| PkiError::read(path, error))
}

fn read_text(path: &Path) -> Result<String, PkiError> {
    fs::read_to_string(path).map_err(|error| PkiError::read(path, error))
}

/// Returns the names of the files of an authority: certificates, and key.
fn names(authority: Authority) -> (String, String) {
    (format!("{authority}.crt"), format!("{authority}.key"))
}

const CA_DIR: &str = "ca";
const CLOCKS_DIFFER_MS: u64 = 300_000;
