//! Revocation lists: certificates that count no more, before their time is over.
//!
//! A list beyond its next update still counts: what is revoked stays revoked, and a list that nobody renews shall
//! not stop a cluster. An authority without a list has revoked nothing.

use super::error::{MaterialError, Problem};
use super::provider;
use super::trusted::{Trusted, damaged, read};
use rustls::client::WebPkiServerVerifier;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use rustls::server::WebPkiClientVerifier;
use rustls::server::danger::ClientCertVerifier;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

/// What the authorities of a folder have revoked.
pub(super) struct Revoked {
    path: PathBuf,
    lists: Vec<CertificateRevocationListDer<'static>>,
}

impl Revoked {
    /// Reads the lists of a folder, each signed by one of `authorities`. There may be none.
    pub(super) fn read(dir: &Path, authorities: &[&Trusted]) -> Result<Self, MaterialError> {
        let path = dir.join(CRL);
        let mut lists = Vec::new();
        if fs::symlink_metadata(&path).is_err() {
            return Ok(Self { path, lists });
        }
        let mut issuers = Vec::new();
        for list in CertificateRevocationListDer::pem_slice_iter(&read(&path)?) {
            let list = list.map_err(|error| damaged(LIST, &error).at(&path))?;
            let issuer = signed_by(&list, authorities).map_err(|problem| problem.at(&path))?;
            if issuers.contains(&issuer) {
                return Err(Problem::Twice(issuer).at(&path));
            }
            issuers.push(issuer);
            lists.push(list);
        }
        // A file without a list is a slip: whoever revokes nothing has no such file.
        if lists.is_empty() {
            return Err(damaged(LIST, &"there is none").at(&path));
        }
        Ok(Self { path, lists })
    }

    /// Returns what takes the clients of an authority, and nobody without a certificate.
    pub(super) fn clients(
        &self,
        authority: &Trusted,
    ) -> Result<Arc<dyn ClientCertVerifier>, MaterialError> {
        WebPkiClientVerifier::builder_with_provider(authority.roots.clone(), provider())
            .with_crls(self.lists.clone())
            .allow_unknown_revocation_status()
            .build()
            .map_err(|error| damaged(LIST, &error).at(&self.path))
    }

    /// Returns what takes the servers of an authority.
    pub(super) fn servers(
        &self,
        authority: &Trusted,
    ) -> Result<Arc<WebPkiServerVerifier>, MaterialError> {
        WebPkiServerVerifier::builder_with_provider(authority.roots.clone(), provider())
            .with_crls(self.lists.clone())
            .allow_unknown_revocation_status()
            .build()
            .map_err(|error| damaged(LIST, &error).at(&self.path))
    }
}

/// Returns the name of the authority that has signed a list.
fn signed_by(list: &[u8], authorities: &[&Trusted]) -> Result<String, Problem> {
    let (_, list) =
        CertificateRevocationList::from_der(list).map_err(|error| damaged(LIST, &error))?;
    let signed = |der: &CertificateDer<'_>| {
        X509Certificate::from_der(der).is_ok_and(|(_, it)| {
            it.subject().as_raw() == list.issuer().as_raw()
                && list.verify_signature(it.public_key()).is_ok()
        })
    };
    let issuer = list.issuer().to_string();
    match authorities.iter().flat_map(|it| &it.certificates).any(signed) {
        true => Ok(issuer),
        false => Err(Problem::Strange(issuer)),
    }
}

const CRL: &str = "crl.pem";
const LIST: &str = "revocation list";
