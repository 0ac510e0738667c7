//! What a certificate says.

use super::identity::IdentityError;
use crate::clock::DAY_MS;
use aws_lc_rs::digest;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use x509_parser::prelude::{FromDer, GeneralName, X509Certificate};

/// What a certificate says, whoever signed it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Facts {
    /// Distinguished name of its owner.
    pub subject: String,
    /// Distinguished name of who signed it.
    pub issuer: String,
    /// Common name of its owner.
    pub common_name: Option<String>,
    /// Host names and addresses of its owner.
    pub hosts: Vec<String>,
    /// URIs of its owner.
    pub uris: Vec<String>,
    /// Its public key, with the algorithm's name (`SubjectPublicKeyInfo`, DER).
    pub public_key: Vec<u8>,
    /// Whether it may sign others.
    pub is_authority: bool,
    /// From when it counts, in milliseconds since 1970.
    pub not_before_ms: u64,
    /// Until when it counts, in milliseconds since 1970.
    pub not_after_ms: u64,
    /// SHA-256 of it all, as `openssl x509 -fingerprint -sha256` prints it.
    pub sha256: String,
}

impl Facts {
    /// Reads a certificate in DER.
    pub fn of(der: &[u8]) -> Result<Self, IdentityError> {
        let unreadable = |error: &dyn ToString| IdentityError::Unreadable(error.to_string());
        let (_, certificate) =
            X509Certificate::from_der(der).map_err(|error| unreadable(&error))?;
        let names = certificate.subject_alternative_name().map_err(|error| unreadable(&error))?;
        let names = names.map(|extension| &extension.value.general_names[..]).unwrap_or_default();
        let common_name = certificate.subject().iter_common_name().next();
        let validity = certificate.validity();
        Ok(Self {
            subject: certificate.subject().to_string(),
            issuer: certificate.issuer().to_string(),
            common_name: common_name.and_then(|name| name.as_str().ok()).map(str::to_owned),
            hosts: names.iter().filter_map(host).collect(),
            uris: names.iter().filter_map(uri).collect(),
            public_key: certificate.public_key().raw.to_vec(),
            is_authority: certificate.is_ca(),
            not_before_ms: ms(validity.not_before.timestamp()),
            not_after_ms: ms(validity.not_after.timestamp()),
            sha256: fingerprint(der),
        })
    }

    /// Returns the whole days that are left of it at `now_ms`; negative ones are over.
    pub fn days_left(&self, now_ms: u64) -> i64 {
        (self.not_after_ms.cast_signed() - now_ms.cast_signed()).div_euclid(DAY_MS.cast_signed())
    }
}

fn host(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => {
            let v4 = <[u8; 4]>::try_from(*bytes).map(|it| IpAddr::from(Ipv4Addr::from(it)));
            let v6 = || <[u8; 16]>::try_from(*bytes).map(|it| IpAddr::from(Ipv6Addr::from(it)));
            v4.or_else(|_| v6()).ok().map(|address| address.to_string())
        }
        _ => None,
    }
}

fn uri(name: &GeneralName<'_>) -> Option<String> {
    match name {
        GeneralName::URI(uri) => Some((*uri).to_owned()),
        _ => None,
    }
}

fn fingerprint(der: &[u8]) -> String {
    let digest = digest::digest(&digest::SHA256, der);
    let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
    pairs.join(":")
}

fn ms(seconds: i64) -> u64 {
    u64::try_from(seconds).unwrap_or_default() * 1_000
}
