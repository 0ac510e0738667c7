use crate::UnknownProperty;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};

/// A property of a table's configuration (OpenFlow 1.4 §7.3.3).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum TableProperty {
    /// What the switch looks at to choose a flow to evict, as a set of `OFPTMPEF_*` bits.
    Eviction {
        /// The set.
        flags: u32,
    },
    /// When the switch tells how much of the table is vacant, all in percent.
    Vacancy {
        /// When less than this is vacant.
        down: u8,
        /// When more than this is.
        up: u8,
        /// How much is; only the switch says it.
        vacancy: u8,
    },
    /// Experimenters' and the rest.
    Unknown(UnknownProperty),
}

bitflags::bitflags! {
    /// How a table is configured, or can be; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct TableConfig: u32 {
        /// The switch may evict flows (1.4 on).
        const EVICTION = 1 << 2;
        /// The switch tells how much of the table is vacant (1.4 on).
        const VACANCY_EVENTS = 1 << 3;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(TableConfig);

impl Wire for TableProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let property = match kind {
            EVICTION => TableProperty::Eviction { flags: body.u32()? },
            VACANCY => {
                let [down, up, vacancy, _] = body.array()?;
                TableProperty::Vacancy { down, up, vacancy }
            }
            kind => TableProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            TableProperty::Eviction { flags } => w.padded_element(EVICTION, |w| w.u32(*flags)),
            TableProperty::Vacancy { down, up, vacancy } => {
                w.padded_element(VACANCY, |w| w.slice(&[*down, *up, *vacancy, 0]));
            }
            TableProperty::Unknown(property) => property.encode(w),
        }
    }
}

const EVICTION: u16 = 2;
const VACANCY: u16 = 3;
