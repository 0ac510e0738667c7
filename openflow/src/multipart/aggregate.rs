use std::borrow::Cow;

use crate::oxs::{self, decode_stats, encode_stats, take_bytes, take_flows, take_packets};
use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{StatsField, Version};

/// What the flows that were asked for have done together (`ofp_aggregate_stats_reply`, OpenFlow
/// 1.4 §7.3.5.3).
///
/// ```text
/// 1.3   packets 8 | bytes 8 | flows 4 | pad 4
/// 1.5   statistics
/// ```
///
/// What the statistics of OpenFlow 1.5 do not say is all ones here.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AggregateStats {
    /// How many packets they took.
    pub packet_count: u64,
    /// How many bytes these had.
    pub byte_count: u64,
    /// How many flows there are.
    pub flow_count: u32,
    /// What else the switch says of them; nothing before OpenFlow 1.5.
    pub other_stats: Vec<StatsField>,
}

impl AggregateStats {
    fn decode_1_3(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (packet_count, byte_count, flow_count) = (r.u64()?, r.u64()?, r.u32()?);
        r.pad::<4>()?;
        Ok(AggregateStats { packet_count, byte_count, flow_count, other_stats: Vec::new() })
    }

    fn decode_1_5(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let take = |fields: &mut Vec<StatsField>| AggregateStats {
            packet_count: take_packets(fields),
            byte_count: take_bytes(fields),
            flow_count: take_flows(fields),
            other_stats: Vec::new(),
        };
        let (totals, other_stats) = oxs::split(decode_stats(r)?, take, Self::before);
        Ok(AggregateStats { other_stats, ..totals })
    }

    /// Returns all statistics, the totals before the others.
    fn before<'a>(&self, other: &'a [StatsField]) -> Vec<Cow<'a, StatsField>> {
        let flows = Some(self.flow_count).filter(|&count| count != u32::MAX);
        let counts = oxs::counts(self.packet_count, self.byte_count);
        let totals = counts.chain(flows.map(StatsField::FlowCount));
        oxs::unsaid(totals, other).chain(other.iter().map(Cow::Borrowed)).collect()
    }
}

impl Wire for AggregateStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => AggregateStats::decode_1_3(r),
            Version::V1_5 => AggregateStats::decode_1_5(r),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => {
                w.u64(self.packet_count);
                w.u64(self.byte_count);
                w.u32(self.flow_count);
                w.pad::<4>();
            }
            Version::V1_5 => encode_stats(self.before(&self.other_stats), w),
        }
    }
}
