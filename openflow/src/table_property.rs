use crate::UnknownProperty;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// How a table makes room, and when it tells that there is little (OpenFlow 1.4 §7.3.3).
///
/// The same in a table-mod, in the description of a table and in a table-status.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum TableProperty {
    /// What decides which flows are evicted from a full table.
    Eviction(EvictionFlags),
    /// When to tell of the room that is left, in percent of the table.
    Vacancy {
        /// Tell when there is less.
        down: u8,
        /// Tell when there is more again.
        up: u8,
        /// How much there is now; 0 in a table-mod.
        vacancy: u8,
    },
    /// Experimenters' and the rest.
    Unknown(UnknownProperty),
}

bitflags::bitflags! {
    /// What decides which flows are evicted from a full table; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct EvictionFlags: u32 {
        /// Something that OpenFlow has no word for.
        const OTHER = 1 << 0;
        /// The flow's importance.
        const IMPORTANCE = 1 << 1;
        /// How soon the flow expires.
        const LIFETIME = 1 << 2;
    }

    /// How a table works; bits that have no name are kept (OpenFlow 1.4 §7.3.3).
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct TableConfig: u32 {
        /// It may evict flows to make room (1.4 on).
        const EVICTION = 1 << 2;
        /// It tells when there is little room (1.4 on).
        const VACANCY_EVENTS = 1 << 3;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(EvictionFlags);
#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(TableConfig);

impl Wire for TableProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let property = match kind {
            EVICTION => TableProperty::Eviction(EvictionFlags::from_bits_retain(body.u32()?)),
            VACANCY => {
                let [down, up, vacancy] = body.array()?;
                body.pad::<1>()?;
                TableProperty::Vacancy { down, up, vacancy }
            }
            kind => TableProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            TableProperty::Eviction(flags) => w.padded_element(EVICTION, |w| w.u32(flags.bits())),
            TableProperty::Vacancy { down, up, vacancy } => {
                w.padded_element(VACANCY, |w| w.slice(&[*down, *up, *vacancy, 0]));
            }
            TableProperty::Unknown(property) => property.encode(w),
        }
    }
}

const EVICTION: u16 = 2;
const VACANCY: u16 = 3;
