//! What a failed handshake means to whoever has to put it right.

use super::verifier::WrongServer;
use rustls::{AlertDescription as Alert, CertificateError, Error};
use std::io;

/// Says what a failed handshake means, if that is what `error` or one of its causes is.
///
/// In TLS 1.3 a client has finished before its certificate is looked at: it learns of a refusal when it reads for the
/// first time, as an error of the transport.
pub fn explain(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    handshake(error).map(meaning)
}

/// Returns the failed handshake that `error` or one of its causes is.
pub fn handshake<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        let inner = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let handshake = error
            .downcast_ref::<Error>()
            .or_else(|| inner.and_then(|inner| inner.downcast_ref::<Error>()));
        if handshake.is_some() {
            return handshake;
        }
        cause = inner.map(|inner| inner as _).or_else(|| error.source());
    }
    None
}

/// Says what a failed handshake means.
pub(super) fn meaning(error: &Error) -> String {
    match error {
        Error::AlertReceived(alert) => alerted(*alert),
        Error::InvalidCertificate(error) => refused(error),
        Error::NoCertificatesPresented => "the other side shows no certificate".to_owned(),
        Error::InvalidMessage(_) => "the other side does not speak TLS".to_owned(),
        error => error.to_string(),
    }
}

/// What the other side says of our certificate.
fn alerted(alert: Alert) -> String {
    let why = match alert {
        Alert::CertificateRequired => "it wants a certificate, and was shown none",
        Alert::UnknownCA => {
            "it does not know who signed our certificate: this port is for others, or the CA was rolled over"
        }
        Alert::CertificateExpired => "our certificate has ended, or does not count yet",
        Alert::CertificateRevoked => "our certificate is revoked",
        Alert::ProtocolVersion => "it speaks no version of TLS that we speak",
        Alert::BadCertificate
        | Alert::CertificateUnknown
        | Alert::UnsupportedCertificate
        | Alert::AccessDenied
        | Alert::DecryptError => "it does not take our certificate for this",
        alert => return format!("the other side has given up: {alert:?}"),
    };
    format!("the other side refuses us: {why}")
}

/// What we say of the certificate of the other side.
fn refused(error: &CertificateError) -> String {
    let why = match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has ended",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            "does not count yet"
        }
        CertificateError::Revoked => "is revoked",
        CertificateError::UnknownIssuer | CertificateError::BadSignature => {
            "is signed by nobody whom we trust here"
        }
        CertificateError::InvalidPurpose
        | CertificateError::InvalidPurposeContext { .. }
        | CertificateError::NotValidForName => "is not for this use",
        CertificateError::Other(other) => match other.0.downcast_ref::<WrongServer>() {
            Some(wrong) => return wrong.to_string(),
            None => return format!("the certificate is refused: {other}"),
        },
        error => return format!("the certificate is refused: {error}"),
    };
    format!("the certificate {why}")
}
