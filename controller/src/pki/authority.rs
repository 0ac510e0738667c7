//! The three authorities: who signs, and who is trusted beside it.

use super::Validity;
use super::error::PkiError;
use super::subject::Subject;
use crate::tls::Facts;
use aws_lc_rs::digest;
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair, KeyUsagePurpose, PublicKeyData, SanType,
    date_time_ymd,
};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::{self, PemObject};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// For whom an authority vouches. What one has signed counts for nothing where another is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Authority {
    /// Controller nodes, towards everybody.
    Node,
    /// Switches, towards nodes.
    Switch,
    /// People, towards nodes.
    Admin,
}

impl Authority {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Node, Self::Switch, Self::Admin];

    /// Returns what it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Switch => "switch",
            Self::Admin => "admin",
        }
    }

    /// Returns whose certificate it is, if it is an authority's of our make.
    pub fn of(facts: &Facts) -> Option<Self> {
        let name = facts.common_name.as_deref().filter(|_| facts.is_authority)?;
        Self::ALL.into_iter().find(|it| name.starts_with(&it.prefix()))
    }

    /// Makes a certificate that signs itself.
    ///
    /// Its name is no other's: by its name a revocation list, and a certificate after a roll-over, say who signed.
    pub(super) fn found(self, validity: Validity) -> Result<Pair, PkiError> {
        let key = KeyPair::generate()?;
        let digest = digest::digest(&digest::SHA256, &key.subject_public_key_info());
        let id: String = digest.as_ref().iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let mut params = params(&(self.prefix() + &id), validity);
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        Pair::of(&params.self_signed(&key)?, &key)
    }

    /// Returns how each of its names begins.
    fn prefix(self) -> String {
        format!("baton {self} CA ")
    }

    fn usages(self) -> Vec<ExtendedKeyUsagePurpose> {
        match self {
            // A node is dialled, and dials other nodes.
            Self::Node => {
                vec![ExtendedKeyUsagePurpose::ServerAuth, ExtendedKeyUsagePurpose::ClientAuth]
            }
            Self::Switch | Self::Admin => vec![ExtendedKeyUsagePurpose::ClientAuth],
        }
    }
}

impl fmt::Display for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A certificate and its private key, both in PEM.
pub(super) struct Pair {
    pub(super) facts: Facts,
    pub(super) certificate: String,
    pub(super) key: String,
}

impl Pair {
    fn of(certificate: &Certificate, key: &KeyPair) -> Result<Self, PkiError> {
        let facts = Facts::of(certificate.der()).map_err(PkiError::Nobody)?;
        Ok(Self { facts, certificate: certificate.pem(), key: key.serialize_pem() })
    }
}

/// One authority as a folder has it.
pub(super) struct Bundle {
    authority: Authority,
    /// Those that are trusted, in PEM; the first signs.
    certificates: Vec<(Facts, String)>,
    issuer: Issuer<'static, KeyPair>,
}

impl Bundle {
    /// Reads an authority. Of its certificates the one signs that belongs to its key, wherever it stands.
    pub(super) fn read(
        authority: Authority,
        (path, text): (&Path, &str),
        (key_path, key): (&Path, &str),
    ) -> Result<Self, PkiError> {
        let key = KeyPair::from_pem(key)
            .map_err(|error| PkiError::damaged(key_path, format!("no private key: {error}")))?;
        let public = key.subject_public_key_info();
        let mut certificates = Vec::new();
        let mut issuer = None;
        for (der, pem) in blocks(text).map_err(|error| PkiError::damaged(path, error))? {
            let facts = Facts::of(&der).map_err(|error| PkiError::damaged(path, error))?;
            if facts.public_key == public {
                certificates.insert(0, (facts, pem));
                issuer = Some(der);
            } else {
                certificates.push((facts, pem));
            }
        }
        let issuer = issuer.ok_or_else(|| {
            let why = format!("none of its certificates belongs to {}", key_path.display());
            PkiError::damaged(path, why)
        })?;
        Ok(Self { authority, certificates, issuer: Issuer::from_ca_cert_der(&issuer, key)? })
    }

    /// Returns what whoever trusts this authority is given.
    pub(super) fn pem(&self) -> String {
        self.certificates.iter().map(|(_, pem)| pem.as_str()).collect()
    }

    /// Returns the certificates that a roll-over has left behind.
    pub(super) fn left_behind(&self) -> Vec<&Facts> {
        let others = self.certificates.iter().skip(1).map(|(facts, _)| facts);
        others.filter(|facts| Authority::of(facts) == Some(self.authority)).collect()
    }

    /// Returns what is trusted without them. What is not of our make was put there by somebody, and stays.
    pub(super) fn finished(&self) -> String {
        let left = self.left_behind();
        let stay = self.certificates.iter().filter(|(facts, _)| !left.contains(&facts));
        stay.map(|(_, pem)| pem.as_str()).collect()
    }

    /// Makes a key, and a certificate of it for `subject`.
    pub(super) fn sign(&self, subject: &Subject, validity: Validity) -> Result<Pair, PkiError> {
        let not_after_ms = self.certificates[0].0.not_after_ms;
        if validity.not_after_ms > not_after_ms {
            return Err(PkiError::Outlives { authority: self.authority, not_after_ms });
        }
        let key = KeyPair::generate()?;
        let mut params = params(&subject.common_name(), validity);
        params.is_ca = IsCa::ExplicitNoCa;
        params.use_authority_key_identifier_extension = true;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = self.authority.usages();
        params.subject_alt_names = CertificateParams::new(subject.hosts())?.subject_alt_names;
        for uri in subject.identity().uris() {
            params.subject_alt_names.push(SanType::URI(uri.try_into()?));
        }
        Pair::of(&params.signed_by(&key, &self.issuer)?, &key)
    }
}

fn params(common_name: &str, validity: Validity) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, common_name);
    let at = |ms| date_time_ymd(1970, 1, 1) + Duration::from_millis(ms);
    params.not_before = at(validity.not_before_ms);
    params.not_after = at(validity.not_after_ms);
    params
}

/// Returns each certificate of a file as DER, and as the text that it has there.
fn blocks(text: &str) -> Result<Vec<(CertificateDer<'static>, String)>, pem::Error> {
    let mut found = Vec::new();
    for block in text.split_inclusive(END) {
        match CertificateDer::from_pem_slice(block.as_bytes()) {
            Ok(der) => found.push((der, block.trim().to_owned() + "\n")),
            Err(pem::Error::NoItemsFound) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

const END: &str = "-----END CERTIFICATE-----";
