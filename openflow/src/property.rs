use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// A property that this crate does not know, kept as it stood in the message (OpenFlow 1.4 on).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UnknownProperty {
    /// Type of the property; what it means depends on the message.
    pub kind: u16,
    /// What follows type and length.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub body: Bytes,
}

impl Wire for UnknownProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        Ok(UnknownProperty { kind, body: body.rest() })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.padded_element(self.kind, |w| w.slice(&self.body));
    }
}
