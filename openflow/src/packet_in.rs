use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{BufferId, Match, PortNo, TableId, Version, key};

/// Body of `OFPT_PACKET_IN`: a packet that the switch asks about.
///
/// ```text
/// 1.0   buffer 4 | total length 2 | port 2 | reason 1 | pad 1 | packet
/// 1.3   buffer 4 | total length 2 | reason 1 | table 1 | cookie 8 | match | pad 2 | packet
/// ```
///
/// Decoding allocates nothing as long as there are three fields: the packet is a slice of the message.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PacketIn {
    /// Where the switch keeps the packet.
    pub buffer_id: BufferId,
    /// Length of the whole packet, of which `data` may be only the start, in bytes.
    pub total_len: u16,
    /// Why the packet was sent.
    pub reason: PacketInReason,
    /// Table that sent it; 0 in OpenFlow 1.0, which does not tell.
    pub table_id: TableId,
    /// Cookie of the flow that sent it; all ones if there is none, and in OpenFlow 1.0.
    pub cookie: u64,
    /// What the switch knows of the packet beside its bytes: the port, and metadata but in OpenFlow
    /// 1.0.
    pub fields: Match,
    /// The packet from its Ethernet header on.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub data: Bytes,
}

impl PacketIn {
    /// Returns the port where the packet came in.
    pub fn in_port(&self) -> Option<PortNo> {
        self.fields.in_port()
    }
}

impl PacketIn {
    /// The cookie of no flow.
    pub const NO_COOKIE: u64 = u64::MAX;

    #[inline(always)]
    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let buffer_id = BufferId(r.u32()?);
        let total_len = r.u16()?;
        let mut fields = Match::any();
        fields.set(key::IN_PORT, PortNo::decode(r)?);
        let reason = PacketInReason(r.u8()?);
        r.pad::<1>()?;
        let (table_id, cookie) = (TableId(0), PacketIn::NO_COOKIE);
        let data = r.rest();
        Ok(PacketIn { buffer_id, total_len, reason, table_id, cookie, fields, data })
    }

    fn encode_1_0(&self, w: &mut Writer<'_>) {
        w.u32(self.buffer_id.0);
        w.u16(self.total_len);
        match self.in_port() {
            Some(port) => port.encode(w),
            None => w.lacks("packet-in without a port"),
        }
        if let Some(field) = self.fields.fields().iter().find(|it| it.id() != key::IN_PORT.id()) {
            w.cannot_match(field.id());
        }
        w.u8(self.reason.0);
        w.pad::<1>();
        w.slice(&self.data);
    }

    /// Reads a body whose fields `fields` reads: Nicira's packet-in has them in another form.
    #[inline(always)]
    pub(crate) fn decode_with(
        r: &mut Reader<'_>,
        fields: impl FnOnce(&mut Reader<'_>) -> Result<Match, DecodeError>,
    ) -> Result<Self, DecodeError> {
        let buffer_id = BufferId(r.u32()?);
        let total_len = r.u16()?;
        let reason = PacketInReason(r.u8()?);
        let table_id = TableId(r.u8()?);
        let cookie = r.u64()?;
        let fields = fields(r)?;
        r.pad::<2>()?;
        let data = r.rest();
        Ok(PacketIn { buffer_id, total_len, reason, table_id, cookie, fields, data })
    }

    /// Writes a body whose fields `fields` writes.
    pub(crate) fn encode_with(
        &self,
        w: &mut Writer<'_>,
        fields: impl FnOnce(&Match, &mut Writer<'_>),
    ) {
        w.u32(self.buffer_id.0);
        w.u16(self.total_len);
        w.u8(self.reason.0);
        w.u8(self.table_id.0);
        w.u64(self.cookie);
        fields(&self.fields, w);
        w.pad::<2>();
        w.slice(&self.data);
    }
}

impl Wire for PacketIn {
    #[inline(always)]
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 => PacketIn::decode_1_0(r),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => {
                PacketIn::decode_with(r, Match::decode_oxm)
            }
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 => self.encode_1_0(w),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => self.encode_with(w, Match::encode),
        }
    }
}

/// Why a packet was sent to the controller: an open registry (OpenFlow 1.4 §7.4.1).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PacketInReason(pub u8);

impl PacketInReason {
    /// No flow matched but the table-miss flow.
    pub const TABLE_MISS: PacketInReason = PacketInReason(0);
    /// An output action in apply-actions; before 1.4 any output action.
    pub const APPLY_ACTION: PacketInReason = PacketInReason(1);
    /// The packet has an invalid TTL.
    pub const INVALID_TTL: PacketInReason = PacketInReason(2);
    /// An output action in the action set (1.4 on).
    pub const ACTION_SET: PacketInReason = PacketInReason(3);
    /// An output action in a group bucket (1.4 on).
    pub const GROUP: PacketInReason = PacketInReason(4);
    /// An output action in a packet-out (1.4 on).
    pub const PACKET_OUT: PacketInReason = PacketInReason(5);

    /// Returns the bit of this reason in the masks of [`AsyncConfig`](crate::AsyncConfig).
    pub fn bit(self) -> u32 {
        1_u32.checked_shl(self.0.into()).unwrap_or_default()
    }
}
