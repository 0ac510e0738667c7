use crate::flow_mod::{decode_importance, encode_importance};
use crate::oxs::FlowTotals;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{
    FlowModFlags, GroupId, Instruction, Instructions, Match, PortNo, StatsField, TableId, Version,
};

/// Which flows to report, one by one or added up (`ofp_flow_stats_request` and
/// `ofp_aggregate_stats_request`, OpenFlow 1.4 §7.3.5.2, §7.3.5.3).
///
/// OpenFlow 1.0 has neither groups nor cookies in it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowStatsRequest {
    /// Table to look in, or all.
    pub table_id: TableId,
    /// Only flows that send to this port, unless [`PortNo::ANY`].
    pub out_port: PortNo,
    /// Only flows that send to this group, unless [`GroupId::ANY`].
    pub out_group: GroupId,
    /// Only flows whose cookie agrees with this one.
    pub cookie: u64,
    /// Which bits of the cookie must agree.
    pub cookie_mask: u64,
    /// Only flows that this match includes.
    pub fields: Match,
}

impl FlowStatsRequest {
    /// Returns the request for every flow of every table.
    pub fn all() -> Self {
        FlowStatsRequest {
            table_id: TableId::ALL,
            out_port: PortNo::ANY,
            out_group: GroupId::ANY,
            cookie: 0,
            cookie_mask: 0,
            fields: Match::any(),
        }
    }

    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let fields = Match::decode(r)?;
        let table_id = TableId(r.u8()?);
        r.pad::<1>()?;
        let out_port = PortNo::decode(r)?;
        Ok(FlowStatsRequest { table_id, out_port, fields, ..FlowStatsRequest::all() })
    }

    fn encode_1_0(&self, w: &mut Writer<'_>) {
        self.fields.encode(w);
        w.u8(self.table_id.0);
        w.pad::<1>();
        self.out_port.encode(w);
        if self.out_group != GroupId::ANY {
            w.lacks("groups");
        }
        if self.cookie_mask != 0 {
            w.lacks("mask of cookies");
        }
    }
}

impl Wire for FlowStatsRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.version() == Version::V1_0 {
            return FlowStatsRequest::decode_1_0(r);
        }
        let table_id = TableId(r.u8()?);
        r.pad::<3>()?;
        let out_port = PortNo(r.u32()?);
        let out_group = GroupId(r.u32()?);
        r.pad::<4>()?;
        let cookie = r.u64()?;
        let cookie_mask = r.u64()?;
        let fields = Match::decode(r)?;
        Ok(FlowStatsRequest { table_id, out_port, out_group, cookie, cookie_mask, fields })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        if w.version() == Version::V1_0 {
            return self.encode_1_0(w);
        }
        w.u8(self.table_id.0);
        w.pad::<3>();
        w.u32(self.out_port.0);
        w.u32(self.out_group.0);
        w.pad::<4>();
        w.u64(self.cookie);
        w.u64(self.cookie_mask);
        self.fields.encode(w);
    }
}

/// A flow in a switch, and what it has done (`ofp_flow_stats`, OpenFlow 1.4 §7.3.5.2; `ofp_flow_desc`,
/// 1.5.1).
///
/// ```text
/// 1.3   length 2 | table_id 1 | pad 1 | seconds 4 | nanoseconds 4 | priority 2 | idle 2 | hard 2
///       | flags 2 | importance 2 (1.4) | pad 2 | cookie 8 | packets 8 | bytes 8 | match | instructions
/// 1.5   length 2 | pad 2 | table_id 1 | pad 1 | priority 2 | idle 2 | hard 2 | flags 2 | importance 2
///       | cookie 8 | match | statistics | instructions
/// ```
///
/// What the statistics of OpenFlow 1.5 do not say is all ones here.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowStats {
    /// Table that it is in.
    pub table_id: TableId,
    /// How long it has been there, in whole seconds.
    pub duration_sec: u32,
    /// How long it has been there beyond `duration_sec`, in nanoseconds.
    pub duration_nsec: u32,
    /// Its priority.
    pub priority: u16,
    /// Seconds without a packet after which it expires.
    pub idle_timeout: u16,
    /// Seconds after which it expires.
    pub hard_timeout: u16,
    /// Its options; none in OpenFlow 1.0, which does not tell.
    pub flags: FlowModFlags,
    /// Which flows are evicted last; 0 before OpenFlow 1.4.
    pub importance: u16,
    /// Its cookie.
    pub cookie: u64,
    /// How many packets it took.
    pub packet_count: u64,
    /// How many bytes they had.
    pub byte_count: u64,
    /// What else the switch says of it; nothing before OpenFlow 1.5.
    pub other_stats: Vec<StatsField>,
    /// Its match.
    pub fields: Match,
    /// What becomes of the packets.
    pub instructions: Instructions,
}

impl FlowStats {
    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::FlowStats, MINIMUM_1_0)?;
        let table_id = TableId(r.u8()?);
        r.pad::<1>()?;
        let fields = Match::decode(&mut r)?;
        let (duration_sec, duration_nsec) = (r.u32()?, r.u32()?);
        let (priority, idle_timeout, hard_timeout) = (r.u16()?, r.u16()?, r.u16()?);
        r.pad::<6>()?;
        Ok(FlowStats {
            table_id,
            duration_sec,
            duration_nsec,
            priority,
            idle_timeout,
            hard_timeout,
            flags: FlowModFlags::empty(),
            importance: 0,
            cookie: r.u64()?,
            packet_count: r.u64()?,
            byte_count: r.u64()?,
            other_stats: Vec::new(),
            fields,
            instructions: Instruction::decode_list(&mut r)?,
        })
    }

    fn encode_1_0(&self, w: &mut Writer<'_>) {
        w.u8(self.table_id.0);
        w.pad::<1>();
        self.fields.encode(w);
        w.u32(self.duration_sec);
        w.u32(self.duration_nsec);
        w.u16(self.priority);
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.pad::<6>();
        w.u64(self.cookie);
        w.u64(self.packet_count);
        w.u64(self.byte_count);
        Instruction::encode_list(&self.instructions, w);
    }

    fn decode_1_3(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::FlowStats, MINIMUM_1_3)?;
        let table_id = TableId(r.u8()?);
        r.pad::<1>()?;
        let duration_sec = r.u32()?;
        let duration_nsec = r.u32()?;
        let priority = r.u16()?;
        let idle_timeout = r.u16()?;
        let hard_timeout = r.u16()?;
        let flags = FlowModFlags::from_bits_retain(r.u16()?);
        let importance = decode_importance(&mut r)?;
        r.pad::<2>()?;
        Ok(FlowStats {
            table_id,
            duration_sec,
            duration_nsec,
            priority,
            idle_timeout,
            hard_timeout,
            flags,
            importance,
            cookie: r.u64()?,
            packet_count: r.u64()?,
            byte_count: r.u64()?,
            other_stats: Vec::new(),
            fields: Match::decode(&mut r)?,
            instructions: Instruction::decode_list(&mut r)?,
        })
    }

    fn decode_1_5(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::FlowStats, MINIMUM_1_5)?;
        r.pad::<2>()?;
        let table_id = TableId(r.u8()?);
        r.pad::<1>()?;
        let (priority, idle_timeout, hard_timeout) = (r.u16()?, r.u16()?, r.u16()?);
        let flags = FlowModFlags::from_bits_retain(r.u16()?);
        let importance = decode_importance(&mut r)?;
        let cookie = r.u64()?;
        let fields = Match::decode(&mut r)?;
        let (totals, other_stats) = FlowTotals::decode(&mut r)?;
        let FlowTotals { duration_sec, duration_nsec, packet_count, byte_count } = totals;
        Ok(FlowStats {
            table_id,
            duration_sec,
            duration_nsec,
            priority,
            idle_timeout,
            hard_timeout,
            flags,
            importance,
            cookie,
            packet_count,
            byte_count,
            other_stats,
            fields,
            instructions: Instruction::decode_list(&mut r)?,
        })
    }

    fn encode_1_3(&self, w: &mut Writer<'_>) {
        w.u8(self.table_id.0);
        w.pad::<1>();
        w.u32(self.duration_sec);
        w.u32(self.duration_nsec);
        w.u16(self.priority);
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.u16(self.flags.bits());
        encode_importance(self.importance, w);
        w.pad::<2>();
        w.u64(self.cookie);
        w.u64(self.packet_count);
        w.u64(self.byte_count);
        self.fields.encode(w);
        Instruction::encode_list(&self.instructions, w);
    }

    fn encode_1_5(&self, w: &mut Writer<'_>) {
        let Self { duration_sec, duration_nsec, packet_count, byte_count, .. } = *self;
        w.pad::<2>();
        w.u8(self.table_id.0);
        w.pad::<1>();
        w.u16(self.priority);
        w.u16(self.idle_timeout);
        w.u16(self.hard_timeout);
        w.u16(self.flags.bits());
        encode_importance(self.importance, w);
        w.u64(self.cookie);
        self.fields.encode(w);
        let totals = FlowTotals { duration_sec, duration_nsec, packet_count, byte_count };
        totals.encode(&self.other_stats, w);
        Instruction::encode_list(&self.instructions, w);
    }
}

impl Wire for FlowStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 => FlowStats::decode_1_0(r),
            Version::V1_3 | Version::V1_4 => FlowStats::decode_1_3(r),
            Version::V1_5 => FlowStats::decode_1_5(r),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| match w.version() {
            Version::V1_0 => self.encode_1_0(w),
            Version::V1_3 | Version::V1_4 => self.encode_1_3(w),
            Version::V1_5 => self.encode_1_5(w),
        });
    }
}

/// An entry of OpenFlow 1.0 without actions.
const MINIMUM_1_0: usize = 88;
/// An entry of OpenFlow 1.3 with a match of no fields and no instructions.
const MINIMUM_1_3: usize = 56;
/// An entry of OpenFlow 1.5 with a match of no fields, no statistics and no instructions.
const MINIMUM_1_5: usize = 40;
