//! Packet-ins in Nicira's two forms.
//!
//! ```text
//! NXT_PACKET_IN    | fixed part, length of fields | fields | padding to 8 | 0 2 | packet
//!
//! NXT_PACKET_IN2   | properties: packet, table, cookie, reason, metadata, user data, continuation
//! NXT_RESUME       | the same properties again: go on where the packet-in stopped
//! ```

use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer, padding};
use crate::{BufferId, Match, PacketIn, PacketInReason, TableId, UnknownProperty};

/// Reads the body of `NXT_PACKET_IN` (`struct nx_packet_in`).
pub(super) fn decode_packet_in(r: &mut Reader<'_>) -> Result<PacketIn, DecodeError> {
    PacketIn::decode_with(r, |r| {
        let fields_len = usize::from(r.u16()?);
        r.pad::<6>()?;
        let fields = Match::decode_fields(&mut r.within(Structure::Match, fields_len)?)?;
        r.skip_padding(Structure::Match, fields_len)?;
        Ok(fields)
    })
}

/// Writes the body of `NXT_PACKET_IN`.
pub(super) fn encode_packet_in(packet_in: &PacketIn, w: &mut Writer<'_>) {
    packet_in.encode_with(w, |fields, w| {
        let start = w.position();
        w.counted::<6>(|w| fields.encode_fields(w));
        let fields_len = w.position() - start - FIELDS_LEN;
        w.slice(&[0; 8][..padding(fields_len)]);
    });
}

/// A packet that the switch asks about, as properties (`NXT_PACKET_IN2`); the same make a `NXT_RESUME`.
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PacketIn2 {
    /// What is said, in order.
    pub properties: Vec<PacketIn2Property>,
}

impl PacketIn2 {
    /// Returns the packet, or its start, from its Ethernet header on.
    pub fn packet(&self) -> Option<&Bytes> {
        self.properties.iter().find_map(|property| match property {
            PacketIn2Property::Packet(packet) => Some(packet),
            _ => None,
        })
    }

    /// Returns what the switch needs to go on, if it has stopped.
    pub fn continuation(&self) -> Option<&Bytes> {
        self.properties.iter().find_map(|property| match property {
            PacketIn2Property::Continuation(continuation) => Some(continuation),
            _ => None,
        })
    }

    /// Returns what the switch knows of the packet beside its bytes.
    pub fn metadata(&self) -> Option<&Match> {
        self.properties.iter().find_map(|property| match property {
            PacketIn2Property::Metadata(fields) => Some(fields),
            _ => None,
        })
    }
}

impl Wire for PacketIn2 {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(PacketIn2 { properties: r.bounded_list(Structure::Property)? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.list(&self.properties);
    }
}

/// A property of a [`PacketIn2`] (`enum nx_packet_in2_prop_type`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum PacketIn2Property {
    /// The packet from its Ethernet header on.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    Packet(Bytes),
    /// Length of the whole packet, if this is only its start, in bytes.
    FullLen(u32),
    /// Where the switch keeps the packet.
    BufferId(BufferId),
    /// Table that sent it.
    TableId(TableId),
    /// Cookie of the flow that sent it.
    Cookie(u64),
    /// Why it was sent.
    Reason(PacketInReason),
    /// What the switch knows of it beside its bytes.
    Metadata(Match),
    /// What the flow said to send along.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    Userdata(Bytes),
    /// What the switch needs to go on; its own business.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    Continuation(Bytes),
    /// A property that this crate does not know.
    Unknown(UnknownProperty),
}

impl Wire for PacketIn2Property {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let property = match kind {
            PACKET => PacketIn2Property::Packet(body.rest()),
            FULL_LEN => PacketIn2Property::FullLen(body.u32()?),
            BUFFER_ID => PacketIn2Property::BufferId(BufferId(body.u32()?)),
            TABLE_ID => PacketIn2Property::TableId(TableId(body.u8()?)),
            COOKIE => {
                body.pad::<4>()?;
                PacketIn2Property::Cookie(body.u64()?)
            }
            REASON => PacketIn2Property::Reason(PacketInReason(body.u8()?)),
            METADATA => PacketIn2Property::Metadata(Match::decode_fields(&mut body)?),
            USERDATA => PacketIn2Property::Userdata(body.rest()),
            CONTINUATION => {
                body.pad::<4>()?;
                PacketIn2Property::Continuation(body.rest())
            }
            kind => PacketIn2Property::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            PacketIn2Property::Packet(data) => w.padded_element(PACKET, |w| w.slice(data)),
            PacketIn2Property::FullLen(bytes) => w.padded_element(FULL_LEN, |w| w.u32(*bytes)),
            PacketIn2Property::BufferId(id) => w.padded_element(BUFFER_ID, |w| w.u32(id.0)),
            PacketIn2Property::TableId(id) => w.padded_element(TABLE_ID, |w| w.u8(id.0)),
            PacketIn2Property::Cookie(cookie) => w.padded_element(COOKIE, |w| {
                w.pad::<4>();
                w.u64(*cookie);
            }),
            PacketIn2Property::Reason(reason) => w.padded_element(REASON, |w| w.u8(reason.0)),
            PacketIn2Property::Metadata(fields) => {
                w.padded_element(METADATA, |w| fields.encode_fields(w));
            }
            PacketIn2Property::Userdata(data) => w.padded_element(USERDATA, |w| w.slice(data)),
            PacketIn2Property::Continuation(data) => w.padded_element(CONTINUATION, |w| {
                w.pad::<4>();
                w.slice(data);
            }),
            PacketIn2Property::Unknown(property) => property.encode(w),
        }
    }
}

/// Length of the length of the fields and of the padding after it, in bytes.
const FIELDS_LEN: usize = 8;
const PACKET: u16 = 0;
const FULL_LEN: u16 = 1;
const BUFFER_ID: u16 = 2;
const TABLE_ID: u16 = 3;
const COOKIE: u16 = 4;
const REASON: u16 = 5;
const METADATA: u16 = 6;
const USERDATA: u16 = 7;
const CONTINUATION: u16 = 8;
