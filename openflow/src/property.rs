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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_experimenters_property_says_whose_it_is() {
        let body = Bytes::from_static(&[0, 0, 0x23, 0x20, 0, 0, 0, 1, 0xab]);
        let of = |kind, length| UnknownProperty { kind, body: body.slice(..length) }.experimenter();
        let nicira = Experimenter { experimenter: 0x2320, kind: 1, data: body.slice(8..) };
        assert_eq!(of(0xffff, 9), Some(nicira.clone()));
        assert_eq!(of(0xfffe, 9), Some(nicira.clone()));
        assert_eq!(of(0xffff, 8), Some(Experimenter { data: Bytes::new(), ..nicira }));
        assert_eq!(of(0xffff, 7), None);
        assert_eq!(of(0xfffd, 9), None);
    }
}
