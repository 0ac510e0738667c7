use bytes::Bytes;

use crate::ErrorCode;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Body of `OFPT_ERROR`: what the other side could not do.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ErrorMessage {
    /// What went wrong.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub code: ErrorCode,
    /// At least the first 64 bytes of the message at fault; for [`ErrorCode::HELLO_INCOMPATIBLE`]
    /// a text.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub data: Bytes,
}

impl ErrorMessage {
    /// How much of a message at fault goes into an error about it, in bytes.
    pub const MAX_QUOTE: usize = 64;
}

impl Wire for ErrorMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let code = ErrorCode::from_wire(r.version(), r.u16()?, r.u16()?);
        Ok(ErrorMessage { code, data: r.rest() })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let ErrorCode { kind, code } = self.code.to_wire(w.version());
        w.u16(kind);
        w.u16(code);
        w.slice(&self.data);
    }
}
