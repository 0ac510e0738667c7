//! Statistics of flows in the extensible form (OXS, `ofp_stats`, OpenFlow 1.5.1).
//!
//! ```text
//! stats  +----------+--------+------------+---------+   length counts reserved, length and fields;
//!        | reserved | length | OXS fields | padding |   the padding brings all of it to a
//!        +----------+--------+------------+---------+   multiple of 8
//!
//! field  +-------+--------+---+--------+----------------+-------+
//!        | class | number | 0 | length | experimenter   | value |
//!        |  16   |   7    | 1 |   8    | 32, class ffff |       |
//!        +-------+--------+---+--------+----------------+-------+
//! ```
//!
//! What earlier versions say of every flow is in fields of the message, all ones where it is not said;
//! the rest of the list stands beside them. A list in an order that is not Open vSwitch's stands there whole,
//! so that it is written as it was read.

use std::borrow::{Borrow, Cow};
use std::mem::discriminant;

use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Something that a switch counts or measures of flows (`oxs_ofb_stat_fields`, OpenFlow 1.5.1).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum StatsField {
    /// How long the flow has been there.
    Duration {
        /// In whole seconds.
        sec: u32,
        /// Beyond `sec`, in nanoseconds.
        nsec: u32,
    },
    /// How long no packet has come.
    IdleTime {
        /// In whole seconds.
        sec: u32,
        /// Beyond `sec`, in nanoseconds.
        nsec: u32,
    },
    /// How many flows there are.
    FlowCount(u32),
    /// How many packets they took.
    PacketCount(u64),
    /// How many bytes these had.
    ByteCount(u64),
    /// Experimenters' and the rest.
    Unknown(Box<UnknownStatsField>),
}

/// A field of statistics kept as it stood in the message.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UnknownStatsField {
    /// Class: who assigns the numbers.
    pub class: u16,
    /// Number within the class, 7 bits.
    pub number: u8,
    /// Who defined the field; 0 unless the class is [`UnknownStatsField::EXPERIMENTER`].
    pub experimenter: u32,
    /// Its value, at most 255 bytes with an experimenter's 4.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub value: Bytes,
}

impl UnknownStatsField {
    /// Class of fields that an experimenter defines (`OFPXSC_EXPERIMENTER`).
    pub const EXPERIMENTER: u16 = 0xffff;
}

/// What the flow statistics of every version have.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FlowTotals {
    pub(crate) duration_sec: u32,
    pub(crate) duration_nsec: u32,
    pub(crate) packet_count: u64,
    pub(crate) byte_count: u64,
}

impl FlowTotals {
    /// Reads statistics, and returns beside the totals what else they hold.
    pub(crate) fn decode(r: &mut Reader<'_>) -> Result<(Self, Vec<StatsField>), DecodeError> {
        Ok(split(decode_stats(r)?, Self::take, Self::before))
    }

    /// Writes statistics.
    pub(crate) fn encode(self, other: &[StatsField], w: &mut Writer<'_>) {
        encode_stats(self.before(other), w);
    }

    fn take(fields: &mut Vec<StatsField>) -> Self {
        let (duration_sec, duration_nsec) = take_duration(fields);
        let (packet_count, byte_count) = (take_packets(fields), take_bytes(fields));
        FlowTotals { duration_sec, duration_nsec, packet_count, byte_count }
    }

    /// Returns all statistics in the order of Open vSwitch: an idle time stands before the counts.
    fn before<'a>(&self, other: &'a [StatsField]) -> Vec<Cow<'a, StatsField>> {
        let (sec, nsec) = (self.duration_sec, self.duration_nsec);
        let idle = |field: &StatsField| matches!(field, StatsField::IdleTime { .. });
        let (idle, after) = other.split_at(usize::from(other.first().is_some_and(idle)));
        let duration = Some((sec, nsec)).filter(|said| *said != UNSAID_DURATION);
        let duration = duration.map(|(sec, nsec)| StatsField::Duration { sec, nsec });
        let counts = counts(self.packet_count, self.byte_count);
        unsaid(duration.into_iter(), other)
            .chain(idle.iter().map(Cow::Borrowed))
            .chain(unsaid(counts, other))
            .chain(after.iter().map(Cow::Borrowed))
            .collect()
    }
}

/// Takes totals off a list by `take`. They stay in it as well where `before`, which puts them before the rest, would
/// give another order.
///
/// Unknown fields are not copied: they keep their order, so that the places of the known ones tell it all.
pub(crate) fn split<T>(
    mut said: Vec<StatsField>,
    take: impl Fn(&mut Vec<StatsField>) -> T,
    before: impl for<'a> Fn(&T, &'a [StatsField]) -> Vec<Cow<'a, StatsField>>,
) -> (T, Vec<StatsField>) {
    let places: Vec<_> = said.iter().map(known).collect();
    let totals = take(&mut said);
    if before(&totals, &said).iter().map(|field| known(field)).eq(places.iter().cloned()) {
        return (totals, said);
    }
    let mut unknown = said.into_iter().filter(|field| known(field).is_none());
    let all = places.into_iter().filter_map(|place| place.or_else(|| unknown.next()));
    (totals, all.collect())
}

/// Returns the field, if it is known.
fn known(field: &StatsField) -> Option<StatsField> {
    (!matches!(field, StatsField::Unknown(_))).then(|| field.clone())
}

/// Returns the totals that `other` does not say itself.
pub(crate) fn unsaid<'a>(
    totals: impl Iterator<Item = StatsField>,
    other: &[StatsField],
) -> impl Iterator<Item = Cow<'a, StatsField>> {
    let same = |total: &StatsField, field: &StatsField| discriminant(total) == discriminant(field);
    let unsaid = move |total: &StatsField| !other.iter().any(|field| same(total, field));
    totals.filter(unsaid).map(Cow::Owned)
}

/// Returns the counts that are known.
pub(crate) fn counts(packets: u64, bytes: u64) -> impl Iterator<Item = StatsField> {
    let packets = Some(packets).filter(|&count| count != u64::MAX).map(StatsField::PacketCount);
    let bytes = Some(bytes).filter(|&count| count != u64::MAX).map(StatsField::ByteCount);
    packets.into_iter().chain(bytes)
}

/// Reads a list of fields; what is wrong with it is wrong with the structure that it is in.
pub(crate) fn decode_stats(r: &mut Reader<'_>) -> Result<Vec<StatsField>, DecodeError> {
    let (_, mut fields) = r.padded_element(r.structure())?;
    fields.bounded_list(fields.structure())
}

pub(crate) fn encode_stats(
    fields: impl IntoIterator<Item: Borrow<StatsField>>,
    w: &mut Writer<'_>,
) {
    w.padded_element(RESERVED, |w| fields.into_iter().for_each(|field| field.borrow().encode(w)));
}

pub(crate) fn take_packets(fields: &mut Vec<StatsField>) -> u64 {
    let packets = take(fields, |field| match field {
        StatsField::PacketCount(count) if *count != u64::MAX => Some(*count),
        _ => None,
    });
    packets.unwrap_or(u64::MAX)
}

pub(crate) fn take_bytes(fields: &mut Vec<StatsField>) -> u64 {
    let bytes = take(fields, |field| match field {
        StatsField::ByteCount(count) if *count != u64::MAX => Some(*count),
        _ => None,
    });
    bytes.unwrap_or(u64::MAX)
}

pub(crate) fn take_flows(fields: &mut Vec<StatsField>) -> u32 {
    let flows = take(fields, |field| match field {
        StatsField::FlowCount(count) if *count != u32::MAX => Some(*count),
        _ => None,
    });
    flows.unwrap_or(u32::MAX)
}

fn take_duration(fields: &mut Vec<StatsField>) -> (u32, u32) {
    let duration = take(fields, |field| match field {
        StatsField::Duration { sec, nsec } => Some((*sec, *nsec)).filter(|d| *d != UNSAID_DURATION),
        _ => None,
    });
    duration.unwrap_or(UNSAID_DURATION)
}

/// Takes the first field that `known` knows off the list.
fn take<T>(fields: &mut Vec<StatsField>, known: impl Fn(&StatsField) -> Option<T>) -> Option<T> {
    let (at, value) =
        fields.iter().enumerate().find_map(|(at, field)| Some((at, known(field)?)))?;
    fields.remove(at);
    Some(value)
}

impl Wire for StatsField {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let class = r.u16()?;
        let [number, length] = r.array()?;
        let number = number >> 1;
        let mut body = r.within(r.structure(), length.into())?;
        let field = match (class, number) {
            (BASIC, DURATION) => StatsField::Duration { sec: body.u32()?, nsec: body.u32()? },
            (BASIC, IDLE_TIME) => StatsField::IdleTime { sec: body.u32()?, nsec: body.u32()? },
            (BASIC, FLOW_COUNT) => StatsField::FlowCount(body.u32()?),
            (BASIC, PACKET_COUNT) => StatsField::PacketCount(body.u64()?),
            (BASIC, BYTE_COUNT) => StatsField::ByteCount(body.u64()?),
            (UnknownStatsField::EXPERIMENTER, _) => {
                let experimenter = body.u32()?;
                unknown(class, number, experimenter, body.rest())
            }
            _ => unknown(class, number, 0, body.rest()),
        };
        body.finish()?;
        Ok(field)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let header = |w: &mut Writer<'_>, class, number, length| {
            w.u16(class);
            w.u8(number << 1);
            w.u8(length);
        };
        let time = |w: &mut Writer<'_>, number, sec, nsec| {
            header(w, BASIC, number, 8);
            w.u32(sec);
            w.u32(nsec);
        };
        match self {
            StatsField::Duration { sec, nsec } => time(w, DURATION, *sec, *nsec),
            StatsField::IdleTime { sec, nsec } => time(w, IDLE_TIME, *sec, *nsec),
            StatsField::FlowCount(count) => {
                header(w, BASIC, FLOW_COUNT, 4);
                w.u32(*count);
            }
            StatsField::PacketCount(count) => {
                header(w, BASIC, PACKET_COUNT, 8);
                w.u64(*count);
            }
            StatsField::ByteCount(count) => {
                header(w, BASIC, BYTE_COUNT, 8);
                w.u64(*count);
            }
            StatsField::Unknown(field) => {
                let experimental = field.class == UnknownStatsField::EXPERIMENTER;
                let id_length = if experimental { EXPERIMENTER_ID } else { 0 };
                header(w, field.class, field.number, (id_length + field.value.len()) as u8);
                if experimental {
                    w.u32(field.experimenter);
                }
                w.slice(&field.value);
            }
        }
    }
}

fn unknown(class: u16, number: u8, experimenter: u32, value: Bytes) -> StatsField {
    StatsField::Unknown(Box::new(UnknownStatsField { class, number, experimenter, value }))
}

/// Where a match has its type.
const RESERVED: u16 = 0;
/// How long a flow has been there of which the switch does not say it.
const UNSAID_DURATION: (u32, u32) = (u32::MAX, u32::MAX);
/// Class of the standard fields (`OFPXSC_OPENFLOW_BASIC`).
const BASIC: u16 = 0x8002;
const DURATION: u8 = 0;
const IDLE_TIME: u8 = 1;
const FLOW_COUNT: u8 = 3;
const PACKET_COUNT: u8 = 4;
const BYTE_COUNT: u8 = 5;
/// Length of the experimenter id that starts an experimenter field's payload, in bytes.
const EXPERIMENTER_ID: usize = 4;
