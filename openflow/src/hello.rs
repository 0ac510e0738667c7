use bytes::Bytes;

use crate::Version;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// Body of `OFPT_HELLO`: which versions the sender speaks.
///
/// A hello may come in any version's header, also in one that this crate does not speak.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Hello {
    /// Version byte of the header: the highest version that the sender speaks.
    pub highest: u8,
    /// Elements; none in versions before 1.3, whose body means nothing.
    pub elements: Vec<HelloElement>,
}

/// An element of a hello (OpenFlow 1.3.5 §7.5.1).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum HelloElement {
    /// A bit for each version spoken, the lowest of the first word for wire version 0.
    VersionBitmap(Vec<u32>),
    /// An element that this crate does not know.
    Unknown {
        /// Type of the element.
        kind: u16,
        /// What follows type and length.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
        body: Bytes,
    },
}

impl Hello {
    /// Returns a hello that offers these versions, or nothing if there are none.
    pub fn offering(versions: &[Version]) -> Option<Self> {
        let highest = versions.iter().max()?.wire();
        if highest < FIRST_WITH_ELEMENTS {
            return Some(Hello { highest, elements: Vec::new() });
        }
        let bitmap = versions.iter().fold(0, |bitmap, version| bitmap | 1 << version.wire());
        Some(Hello { highest, elements: vec![HelloElement::VersionBitmap(vec![bitmap])] })
    }

    /// Returns the version that a sender of `versions` and the sender of this hello speak from now
    /// on: the highest in common, or without a bitmap the lower of the two highest, if we allow it
    /// (OpenFlow 1.3.5 §6.3.1).
    pub fn negotiate(&self, versions: &[Version]) -> Option<Version> {
        let ours = versions.iter().max()?;
        match self.bitmap() {
            Some(bitmap) => versions.iter().copied().filter(|v| offers(bitmap, *v)).max(),
            None => {
                let lower = self.highest.min(ours.wire());
                versions.iter().copied().find(|version| version.wire() == lower)
            }
        }
    }

    fn bitmap(&self) -> Option<&[u32]> {
        self.elements.iter().find_map(|element| match element {
            HelloElement::VersionBitmap(bitmap) => Some(bitmap.as_slice()),
            HelloElement::Unknown { .. } => None,
        })
    }

    pub(crate) fn decode(highest: u8, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if highest < FIRST_WITH_ELEMENTS {
            r.rest();
        }
        Ok(Hello { highest, elements: r.bounded_list(Structure::HelloElement)? })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.list(&self.elements);
    }
}

impl Wire for HelloElement {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::HelloElement)?;
        if kind != VERSION_BITMAP {
            return Ok(HelloElement::Unknown { kind, body: body.rest() });
        }
        let mut bitmap = Vec::with_capacity(body.remaining() / 4);
        while !body.is_empty() {
            bitmap.push(body.u32()?);
        }
        Ok(HelloElement::VersionBitmap(bitmap))
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            HelloElement::VersionBitmap(bitmap) => w.padded_element(VERSION_BITMAP, |w| {
                bitmap.iter().for_each(|word| w.u32(*word));
            }),
            HelloElement::Unknown { kind, body } => w.padded_element(*kind, |w| w.slice(body)),
        }
    }
}

fn offers(bitmap: &[u32], version: Version) -> bool {
    let bit = u32::from(version.wire());
    bitmap.first().is_some_and(|word| word >> bit & 1 == 1)
}

const VERSION_BITMAP: u16 = 1;
/// Wire version of OpenFlow 1.3, the first whose hello has elements.
const FIRST_WITH_ELEMENTS: u8 = 4;

#[cfg(test)]
mod tests {
    use super::*;
    use Version::{V1_0, V1_3, V1_4, V1_5};

    fn bitmap(highest: u8, word: u32) -> Hello {
        Hello { highest, elements: vec![HelloElement::VersionBitmap(vec![word])] }
    }

    #[test]
    fn the_highest_version_in_common_wins() {
        let both = [V1_3, V1_4];
        let cases = [
            (bitmap(6, 0b0111_0000), &both[..], Some(V1_4)),
            (bitmap(4, 0b0001_0000), &both, Some(V1_3)),
            (bitmap(6, 0b0101_0000), &both, Some(V1_3)), // 1.3 and 1.5: not 1.4
            (bitmap(6, 0b0100_0010), &both, None),       // 1.0 and 1.5
            (bitmap(6, 0b0100_0010), &[V1_0, V1_3], Some(V1_0)),
            (bitmap(6, 0b0111_0000), &[V1_3, V1_4, V1_5], Some(V1_5)),
            (bitmap(6, 0b0100_0000), &[V1_4, V1_5], Some(V1_5)),
            (bitmap(5, 0b0011_0000), &[V1_3, V1_4, V1_5], Some(V1_4)),
            (bitmap(5, 0b0010_0000), &[V1_3], None),
            (bitmap(5, 0), &both, None),
            (bitmap(6, 0b0111_0000), &[], None),
        ];
        for (hello, ours, agreed) in cases {
            assert_eq!(hello.negotiate(ours), agreed, "{hello:?} with {ours:?}");
        }
    }

    #[test]
    fn without_a_bitmap_the_lower_header_version_counts() {
        let hello = |highest| Hello { highest, elements: vec![] };
        assert_eq!(hello(4).negotiate(&[V1_3, V1_4]), Some(V1_3));
        assert_eq!(hello(6).negotiate(&[V1_3, V1_4]), Some(V1_4));
        assert_eq!(hello(6).negotiate(&[V1_3]), Some(V1_3));
        assert_eq!(hello(1).negotiate(&[V1_3, V1_4]), None);
        assert_eq!(hello(4).negotiate(&[V1_4]), None);
        assert_eq!(hello(1).negotiate(&[V1_0, V1_3, V1_4]), Some(V1_0));
        assert_eq!(hello(6).negotiate(&[V1_0]), Some(V1_0));
        assert_eq!(hello(2).negotiate(&[V1_0, V1_3]), None, "1.1");
        assert_eq!(hello(6).negotiate(&[V1_3, V1_5]), Some(V1_5));
        assert_eq!(hello(5).negotiate(&[V1_3, V1_5]), None);
    }

    #[test]
    fn an_offer_has_a_bit_for_each_version() {
        assert_eq!(Hello::offering(&[V1_3, V1_4]), Some(bitmap(5, 0b0011_0000)));
        assert_eq!(Hello::offering(&[V1_4, V1_0]), Some(bitmap(5, 0b0010_0010)));
        assert_eq!(Hello::offering(&Version::ALL).map(|hello| hello.highest), Some(6));
        assert_eq!(Hello::offering(&[]), None);
    }

    #[test]
    fn an_offer_of_1_0_alone_has_no_elements() {
        assert_eq!(Hello::offering(&[V1_0]), Some(Hello { highest: 1, elements: vec![] }));
    }
}
