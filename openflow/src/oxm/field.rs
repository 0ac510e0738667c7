use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::octets::Octets;
use super::registry::{Entry, Format};
use super::{FieldValue, Key};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{ErrorCode, MacAddr, PortNo, Version, hex};

/// One OXM field: an id, a value, and perhaps a mask of the same width.
///
/// The registry is open. A known field, standard or Nicira's, has the width, the unused bits and the
/// right to a mask that its definition gives it; any other keeps its bytes as they are.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Field {
    // The id, flat: in a struct of its own it would take more room.
    class: u16,
    number: u8,
    experimenter: u32,
    masked: bool,
    /// The value, then the mask if there is one.
    payload: Octets,
}

/// Which field it is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct FieldId {
    /// Class: who assigns the numbers.
    pub class: u16,
    /// Number within the class, 7 bits.
    pub number: u8,
    /// Who defined the field; 0 unless the class is [`FieldId::EXPERIMENTER`].
    pub experimenter: u32,
}

impl FieldId {
    /// Class of the standard fields (`OFPXMC_OPENFLOW_BASIC`), listed in [`key`](super::key).
    pub const BASIC: u16 = 0x8000;
    /// Class of the fields of OpenFlow 1.0 in Nicira's form (`OFPXMC_NXM_0`), listed in
    /// [`nxm`](super::nxm).
    pub const NXM_0: u16 = 0x0000;
    /// Class of the fields that Nicira added (`OFPXMC_NXM_1`), listed in [`nxm`](super::nxm).
    pub const NXM_1: u16 = 0x0001;
    /// Class of the 64-bit registers of a packet (`OFPXMC_PACKET_REGS`, 1.5 on), listed in
    /// [`nxm`](super::nxm) as far as Open vSwitch has them.
    pub const PACKET_REGISTERS: u16 = 0x8001;
    /// Class of fields that an experimenter defines (`OFPXMC_EXPERIMENTER`).
    pub const EXPERIMENTER: u16 = 0xffff;

    /// Returns the name of a field that this crate knows.
    pub fn name(self) -> Option<&'static str> {
        Entry::of(self).map(|entry| entry.name)
    }
}

impl fmt::Display for FieldId {
    /// Prints the field's name, or class and number of one that has none.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None if self.class == FieldId::EXPERIMENTER => {
                write!(f, "oxm_{:08x}_{}", self.experimenter, self.number)
            }
            None => write!(f, "oxm_{:04x}_{}", self.class, self.number),
        }
    }
}

impl Field {
    /// Returns the field with exactly this value.
    #[inline(always)]
    pub fn exact<T: FieldValue>(key: Key<T>, value: T) -> Self {
        Field::new(key.id(), false, Octets::new(value.octets().as_ref()))
    }

    /// Returns the field with this value where `mask` has ones; elsewhere the value does not count.
    pub fn masked<T: FieldValue>(key: Key<T>, value: T, mask: T) -> Self {
        let (value, mask) = (value.octets(), mask.octets());
        let bits = value.as_ref().iter().zip(mask.as_ref()).map(|(value, mask)| value & mask);
        let payload: Vec<u8> = bits.chain(mask.as_ref().iter().copied()).collect();
        Field::new(key.id(), true, Octets::new(&payload))
    }

    /// Returns a field that is not standard, or nothing if it cannot stand in a message: id or
    /// payload too long, or a mask as wide as its value not.
    pub fn raw(id: FieldId, value: &[u8], mask: Option<&[u8]>) -> Option<Self> {
        let payload = [value, mask.unwrap_or_default()].concat();
        let experimental = id.class == FieldId::EXPERIMENTER;
        let room = MAX_PAYLOAD - if experimental { EXPERIMENTER_ID } else { 0 };
        let fits = payload.len() <= room
            && id.number < 0x80
            && mask.is_none_or(|mask| mask.len() == value.len())
            && (experimental || id.experimenter == 0);
        let field = Field::new(id, mask.is_some(), Octets::new(&payload));
        (fits && field.fault().is_none()).then_some(field)
    }

    #[inline(always)]
    fn new(id: FieldId, masked: bool, payload: Octets) -> Self {
        let FieldId { class, number, experimenter } = id;
        Field { class, number, experimenter, masked, payload }
    }

    /// Returns which field it is.
    pub fn id(&self) -> FieldId {
        let Field { class, number, experimenter, .. } = *self;
        FieldId { class, number, experimenter }
    }

    /// Returns the value, if it is this field, without a mask.
    pub(crate) fn get<T: FieldValue>(&self, key: Key<T>) -> Option<T> {
        let is_it = self.id() == key.id() && !self.masked;
        if is_it { T::from_octets(&self.payload) } else { None }
    }

    /// Returns the value, in network byte order.
    pub fn value(&self) -> &[u8] {
        let length = self.payload.len();
        &self.payload[..if self.masked { length / 2 } else { length }]
    }

    /// Returns the mask, in network byte order.
    pub fn mask(&self) -> Option<&[u8]> {
        self.masked.then(|| &self.payload[self.payload.len() / 2..])
    }

    /// Returns whether the field has a mask.
    pub fn has_mask(&self) -> bool {
        self.masked
    }

    /// Returns the name of a field that this crate knows.
    pub fn name(&self) -> Option<&'static str> {
        self.id().name()
    }

    /// Returns what a standard field has that it may not have.
    fn fault(&self) -> Option<Fault> {
        let entry = Entry::of(self.id())?;
        if self.masked && !entry.maskable {
            return Some(Fault::Mask);
        }
        if !entry.has_width(self.value().len()) {
            return Some(Fault::Width);
        }
        let used_bits = 8 * self.value().len() as u32 - leading_zeros(self.value());
        if used_bits > entry.bits {
            return Some(Fault::Value);
        }
        let mut bits = self.value().iter().zip(self.mask()?);
        bits.any(|(value, mask)| value & !mask != 0).then_some(Fault::Wildcards)
    }

    /// Returns a value or a mask of this field as people write it.
    fn text(&self, octets: &[u8]) -> String {
        let format = Entry::of(self.id()).map(|entry| entry.format);
        let text = match format {
            Some(Format::Port) => shown::<PortNo>(octets),
            Some(Format::Mac) => shown::<MacAddr>(octets),
            Some(Format::Ipv4) => shown::<Ipv4Addr>(octets),
            Some(Format::Ipv6) => shown::<Ipv6Addr>(octets),
            Some(Format::Decimal) => Some(number(octets).to_string()),
            Some(Format::Hex) => Some(format!("{:#x}", number(octets))),
            Some(Format::Octets) | None => None,
        };
        text.unwrap_or_else(|| format!("0x{}", hex::text(octets)))
    }
}

impl fmt::Display for Field {
    /// Prints `name=value` or `name=value/mask`, as `ovs-ofctl` does.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.id())?;
        f.write_str(&self.text(self.value()))?;
        self.mask().map_or(Ok(()), |mask| write!(f, "/{}", self.text(mask)))
    }
}

impl fmt::Debug for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Field {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Wire for Field {
    #[inline(always)]
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let structure = r.structure();
        let class = r.u16()?;
        let [number_and_mask, length] = r.array()?;
        let mut body = r.within(structure, length.into())?;
        let experimenter = if class == FieldId::EXPERIMENTER { body.u32()? } else { 0 };
        let id = FieldId { class, number: number_and_mask >> 1, experimenter };
        let masked = number_and_mask & 1 == 1;
        let payload = Octets::new(body.slice(body.remaining())?);
        if masked && !payload.len().is_multiple_of(2) {
            return Err(Fault::Width.error(r, id, offset));
        }
        let field = Field::new(id, masked, payload);
        match field.fault() {
            Some(fault) => Err(fault.error(r, id, offset)),
            None => Ok(field),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let experimental = self.class == FieldId::EXPERIMENTER;
        let id_length = if experimental { EXPERIMENTER_ID } else { 0 };
        w.u16(self.class);
        w.u8(self.number << 1 | u8::from(self.masked));
        w.u8((id_length + self.payload.len()) as u8);
        if experimental {
            w.u32(self.experimenter);
        }
        w.slice(&self.payload);
    }
}

/// What can be wrong with a standard field.
#[derive(Clone, Copy, Debug)]
enum Fault {
    Width,
    Mask,
    Value,
    /// A bit of the value is set that the mask says does not count.
    Wildcards,
}

impl Fault {
    fn error(self, r: &Reader<'_>, id: FieldId, offset: usize) -> DecodeError {
        let structure = r.structure();
        let set = structure == Structure::SetField;
        let masks = set && r.version() >= Version::V1_5;
        let (field, code) = match self {
            Fault::Width if structure == Structure::Property => {
                ("width of an OXM field", ErrorCode::BAD_PROPERTY_LENGTH)
            }
            _ if structure == Structure::Property => {
                ("OXM field of a property", ErrorCode::BAD_PROPERTY_VALUE)
            }
            Fault::Mask if masks => ("maskable OXM field", ErrorCode::BAD_ACTION_SET_MASK),
            Fault::Wildcards if masks => {
                ("value of a masked OXM field", ErrorCode::BAD_ACTION_SET_MASK)
            }
            Fault::Width if set => ("width of an OXM field", ErrorCode::BAD_ACTION_SET_LENGTH),
            Fault::Width => ("width of an OXM field", ErrorCode::BAD_MATCH_LENGTH),
            Fault::Mask if set => ("maskable OXM field", ErrorCode::BAD_ACTION_SET_ARGUMENT),
            Fault::Mask => ("maskable OXM field", ErrorCode::BAD_MATCH_MASK),
            Fault::Value if set => ("value of an OXM field", ErrorCode::BAD_ACTION_SET_ARGUMENT),
            Fault::Value => ("value of an OXM field", ErrorCode::BAD_MATCH_VALUE),
            Fault::Wildcards => ("value of a masked OXM field", ErrorCode::BAD_MATCH_WILDCARDS),
        };
        DecodeError::Value { structure, field, offset, value: id.number.into(), code }
    }
}

fn shown<T: FieldValue + fmt::Display>(octets: &[u8]) -> Option<String> {
    T::from_octets(octets).map(|value| value.to_string())
}

/// Returns how many zero bits a number in network byte order starts with.
fn leading_zeros(octets: &[u8]) -> u32 {
    let zero_bytes = octets.iter().take_while(|&&octet| octet == 0).count();
    let in_next = octets.get(zero_bytes).map_or(0, |octet| octet.leading_zeros());
    8 * zero_bytes as u32 + in_next
}

/// Returns the number that up to sixteen octets in network byte order stand for.
fn number(octets: &[u8]) -> u128 {
    octets.iter().fold(0, |number, &octet| number << 8 | u128::from(octet))
}

/// What the 8 bits of the length field allow.
const MAX_PAYLOAD: usize = 255;
/// Length of the experimenter id that starts an experimenter field's payload, in bytes.
pub(super) const EXPERIMENTER_ID: usize = 4;
