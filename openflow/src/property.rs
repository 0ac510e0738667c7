use bytes::Bytes;

use crate::Experimenter;
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

impl UnknownProperty {
    /// Returns what an experimenter's property holds.
    ///
    /// Its type is 0xffff, or 0xfffe of the two in table features and in what the switch sends
    /// unasked; its body starts with who defined it and which one it is, 32 bits each.
    pub fn experimenter(&self) -> Option<Experimenter> {
        let (experimenter, rest) = self.body.split_first_chunk()?;
        let (kind, data) = rest.split_first_chunk()?;
        (self.kind >= 0xfffe).then(|| Experimenter {
            experimenter: u32::from_be_bytes(*experimenter),
            kind: u32::from_be_bytes(*kind),
            data: self.body.slice_ref(data),
        })
    }
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
