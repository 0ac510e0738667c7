//! Whom a folder trusts: the authorities in it, less what they have revoked.

use super::error::{MaterialError, Problem};
use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs;
use std::path::Path;
use std::sync::Arc;

/// The certificates of one authority: more than one while it is rolled over.
pub(super) struct Trusted {
    pub(super) certificates: Vec<CertificateDer<'static>>,
    pub(super) roots: Arc<RootCertStore>,
}

impl Trusted {
    pub(super) fn read(path: &Path) -> Result<Self, MaterialError> {
        let certificates = certificates(path)?;
        let mut roots = RootCertStore::empty();
        for certificate in &certificates {
            let added = roots.add(certificate.clone());
            added.map_err(|error| damaged("CA certificate", &error).at(path))?;
        }
        Ok(Self { certificates, roots: Arc::new(roots) })
    }
}

/// Reads the certificates of a file, of which there is at least one.
pub(super) fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, MaterialError> {
    let text = read(path)?;
    let all = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let all = all.map_err(|error| damaged("certificate", &error).at(path))?;
    if all.is_empty() { Err(damaged("certificate", &"there is none").at(path)) } else { Ok(all) }
}

pub(super) fn read(path: &Path) -> Result<Vec<u8>, MaterialError> {
    fs::read(path).map_err(|error| Problem::Unreadable(error.to_string()).at(path))
}

pub(super) fn damaged(what: &'static str, why: &dyn ToString) -> Problem {
    Problem::Damaged { what, why: why.to_string() }
}
