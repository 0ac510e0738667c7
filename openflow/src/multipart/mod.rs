//! Multipart messages: requests for state, whose replies may come in several messages.
//!
//! ```text
//! +--------+------+-------+---------+------+
//! | header | type | flags | padding | body |    flags bit 0: more parts follow, with the same xid
//! +--------+------+-------+---------+------+
//!     8       2       2        4
//! ```
//!
//! OpenFlow 1.0 calls them statistics and has no padding. It has the first six types, and an
//! experimenter's; Open vSwitch has [`MultipartType::PORT_DESC`] there too.
//!
//! A request with an empty body asks for all there is; the replies of all parts together are one
//! list, of entries that the sender never splits.

mod aggregate;
mod bundle_features;
mod counters;
mod desc;
mod flow;
mod flow_counters;
mod flow_monitor;
mod flow_update;
mod group;
mod group_desc;
mod group_features;
mod meter;
mod meter_config;
mod meter_features;
mod port_stats;
mod port_stats_property;
mod queue;
mod table;
mod table_feature_property;
mod table_features;

pub use aggregate::AggregateStats;
pub use bundle_features::{
    BundleFeatureFlags, BundleFeatureProperty, BundleFeatures, BundleFeaturesRequest, BundleTime,
};
pub use counters::Counters;
pub use desc::Desc;
pub use flow::{FlowStats, FlowStatsRequest};
pub use flow_counters::{FlowCounters, FlowStatsReason};
pub use flow_monitor::{FlowMonitorCommand, FlowMonitorFlags, FlowMonitorRequest};
pub use flow_update::{FlowChange, FlowEvent, FlowUpdate, UnknownFlowUpdate};
pub use group::GroupStats;
pub use group_desc::GroupDesc;
pub use group_features::{GroupCapabilities, GroupFeatures};
pub use meter::MeterStats;
pub use meter_config::MeterConfig;
pub use meter_features::{MeterFeatureFlags, MeterFeatures};
pub use port_stats::PortStats;
pub use port_stats_property::{EthernetStats, OpticalFlags, OpticalStats, PortStatsProperty};
pub use queue::{QueueRequest, QueueStats};
pub use table::{TableAbilities, TableStats};
pub use table_feature_property::{ElementHeader, TableFeatureProperty};
pub use table_features::{TableFeatureFlags, TableFeatures, TableFeaturesCommand};

use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{
    ControllerStatus, Experimenter, GroupId, MeterId, Port, PortNo, QueueDesc, TableDesc, Version,
};

/// Body of `OFPT_MULTIPART_REQUEST`.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MultipartRequest {
    /// Whether parts follow.
    pub flags: MultipartFlags,
    /// What is asked for.
    pub body: MultipartRequestBody,
}

/// Body of `OFPT_MULTIPART_REPLY`: an answer or a part of it.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MultipartReply {
    /// Whether parts follow.
    pub flags: MultipartFlags,
    /// This part of the answer.
    pub body: MultipartReplyBody,
}

bitflags::bitflags! {
    /// Flags of a multipart message; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct MultipartFlags: u16 {
        /// More parts follow (`OFPMPF_REQ_MORE`, `OFPMPF_REPLY_MORE`).
        const MORE = 1 << 0;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(MultipartFlags);

/// What a controller asks for.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum MultipartRequestBody {
    /// Who made the switch.
    Desc,
    /// The flows that match.
    Flow(FlowStatsRequest),
    /// Counters of the flows that match, added up.
    Aggregate(FlowStatsRequest),
    /// Counters of the tables.
    Table,
    /// Counters of a port, or of all for [`PortNo::ANY`].
    PortStats(PortNo),
    /// Counters of queues.
    Queue(QueueRequest),
    /// Counters of a group, or of all for [`GroupId::ALL`].
    Group(GroupId),
    /// A group, or all for [`GroupId::ALL`]; always all before OpenFlow 1.5.
    GroupDesc(GroupId),
    /// What groups can do.
    GroupFeatures,
    /// Counters of a meter, or of all for [`MeterId::ALL`].
    Meter(MeterId),
    /// Configuration of a meter, or of all for [`MeterId::ALL`].
    MeterConfig(MeterId),
    /// What meters can do.
    MeterFeatures,
    /// What the tables can do; a list that is not empty says what they shall do.
    TableFeatures(Vec<TableFeatures>),
    /// A port, or all for [`PortNo::ANY`]; always all before OpenFlow 1.5.
    PortDesc(PortNo),
    /// Configuration of the tables (1.4 on).
    TableDesc,
    /// Configuration of queues (1.4 on).
    QueueDesc(QueueRequest),
    /// What happens to flows, from now on (1.4 on).
    FlowMonitor(Vec<FlowMonitorRequest>),
    /// What the flows that match have done, without what they do (1.5 on).
    FlowCounters(FlowStatsRequest),
    /// The controllers (1.5 on).
    ControllerStatus,
    /// What bundles can do, and with what tolerance (1.5 on).
    BundleFeatures(BundleFeaturesRequest),
    /// What an experimenter defines.
    Experimenter(Experimenter),
    /// A type that this crate does not model.
    Unknown {
        /// The type.
        kind: MultipartType,
        /// What follows the flags.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
        body: Bytes,
    },
}

/// What a switch answers.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum MultipartReplyBody {
    /// Who made the switch.
    Desc(Box<Desc>),
    /// Flows.
    Flow(Vec<FlowStats>),
    /// Counters of flows, added up.
    Aggregate(AggregateStats),
    /// Counters of the tables.
    Table(Vec<TableStats>),
    /// Counters of ports.
    PortStats(Vec<PortStats>),
    /// Counters of queues.
    Queue(Vec<QueueStats>),
    /// Counters of groups.
    Group(Vec<GroupStats>),
    /// The groups.
    GroupDesc(Vec<GroupDesc>),
    /// What groups can do.
    GroupFeatures(GroupFeatures),
    /// Counters of meters.
    Meter(Vec<MeterStats>),
    /// Configuration of meters.
    MeterConfig(Vec<MeterConfig>),
    /// What meters can do.
    MeterFeatures(MeterFeatures),
    /// What the tables can do.
    TableFeatures(Vec<TableFeatures>),
    /// The ports.
    PortDesc(Vec<Port>),
    /// Configuration of the tables (1.4 on).
    TableDesc(Vec<TableDesc>),
    /// Configuration of queues (1.4 on).
    QueueDesc(Vec<QueueDesc>),
    /// What happened to flows (1.4 on).
    FlowMonitor(Vec<FlowUpdate>),
    /// What flows have done (1.5 on); unasked, those that passed a threshold.
    FlowCounters(Vec<FlowCounters>),
    /// The controllers (1.5 on).
    ControllerStatus(Vec<ControllerStatus>),
    /// What bundles can do (1.5 on).
    BundleFeatures(BundleFeatures),
    /// What an experimenter defines.
    Experimenter(Experimenter),
    /// A type that this crate does not model.
    Unknown {
        /// The type.
        kind: MultipartType,
        /// What follows the flags.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
        body: Bytes,
    },
}

/// Type of a multipart message: an open registry (OpenFlow 1.4 §7.3.5).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct MultipartType(pub u16);

impl MultipartType {
    /// Description of the switch.
    pub const DESC: MultipartType = MultipartType(0);
    /// Flows and their statistics (`OFPMP_FLOW_DESC` in 1.5).
    pub const FLOW: MultipartType = MultipartType(1);
    /// Flow statistics, added up.
    pub const AGGREGATE: MultipartType = MultipartType(2);
    /// Table statistics.
    pub const TABLE: MultipartType = MultipartType(3);
    /// Port statistics.
    pub const PORT_STATS: MultipartType = MultipartType(4);
    /// Queue statistics.
    pub const QUEUE: MultipartType = MultipartType(5);
    /// Group statistics.
    pub const GROUP: MultipartType = MultipartType(6);
    /// Description of the groups.
    pub const GROUP_DESC: MultipartType = MultipartType(7);
    /// Group features.
    pub const GROUP_FEATURES: MultipartType = MultipartType(8);
    /// Meter statistics.
    pub const METER: MultipartType = MultipartType(9);
    /// Configuration of the meters.
    pub const METER_CONFIG: MultipartType = MultipartType(10);
    /// Meter features.
    pub const METER_FEATURES: MultipartType = MultipartType(11);
    /// Table features; a request with a body sets them.
    pub const TABLE_FEATURES: MultipartType = MultipartType(12);
    /// Description of the ports.
    pub const PORT_DESC: MultipartType = MultipartType(13);
    /// Configuration of the tables (1.4 on).
    pub const TABLE_DESC: MultipartType = MultipartType(14);
    /// Description of the queues (1.4 on).
    pub const QUEUE_DESC: MultipartType = MultipartType(15);
    /// Flow monitors (1.4 on).
    pub const FLOW_MONITOR: MultipartType = MultipartType(16);
    /// Flow statistics alone (`OFPMP_FLOW_STATS`, 1.5 on).
    pub const FLOW_COUNTERS: MultipartType = MultipartType(17);
    /// Status of the controllers (1.5 on).
    pub const CONTROLLER_STATUS: MultipartType = MultipartType(18);
    /// Bundle features; a request may set the tolerance of times (1.5 on).
    pub const BUNDLE_FEATURES: MultipartType = MultipartType(19);
    /// What an experimenter defines.
    pub const EXPERIMENTER: MultipartType = MultipartType(0xffff);
}

impl MultipartRequest {
    /// Returns the request, in a single part.
    pub fn new(body: MultipartRequestBody) -> Self {
        MultipartRequest { flags: MultipartFlags::empty(), body }
    }

    /// Returns the type.
    pub fn kind(&self) -> MultipartType {
        match &self.body {
            MultipartRequestBody::Desc => MultipartType::DESC,
            MultipartRequestBody::Flow(_) => MultipartType::FLOW,
            MultipartRequestBody::Aggregate(_) => MultipartType::AGGREGATE,
            MultipartRequestBody::Table => MultipartType::TABLE,
            MultipartRequestBody::PortStats(_) => MultipartType::PORT_STATS,
            MultipartRequestBody::Queue(_) => MultipartType::QUEUE,
            MultipartRequestBody::Group(_) => MultipartType::GROUP,
            MultipartRequestBody::GroupDesc(_) => MultipartType::GROUP_DESC,
            MultipartRequestBody::GroupFeatures => MultipartType::GROUP_FEATURES,
            MultipartRequestBody::Meter(_) => MultipartType::METER,
            MultipartRequestBody::MeterConfig(_) => MultipartType::METER_CONFIG,
            MultipartRequestBody::MeterFeatures => MultipartType::METER_FEATURES,
            MultipartRequestBody::TableFeatures(_) => MultipartType::TABLE_FEATURES,
            MultipartRequestBody::PortDesc(_) => MultipartType::PORT_DESC,
            MultipartRequestBody::TableDesc => MultipartType::TABLE_DESC,
            MultipartRequestBody::QueueDesc(_) => MultipartType::QUEUE_DESC,
            MultipartRequestBody::FlowMonitor(_) => MultipartType::FLOW_MONITOR,
            MultipartRequestBody::FlowCounters(_) => MultipartType::FLOW_COUNTERS,
            MultipartRequestBody::ControllerStatus => MultipartType::CONTROLLER_STATUS,
            MultipartRequestBody::BundleFeatures(_) => MultipartType::BUNDLE_FEATURES,
            MultipartRequestBody::Experimenter(_) => MultipartType::EXPERIMENTER,
            MultipartRequestBody::Unknown { kind, .. } => *kind,
        }
    }

    /// Returns whether more parts follow.
    pub fn has_more(&self) -> bool {
        self.flags.contains(MultipartFlags::MORE)
    }

    /// Returns whether the request may change the switch: one that sets table features or the
    /// tolerance of bundles' times does, and one that nobody here knows might.
    pub fn changes_switch(&self) -> bool {
        match &self.body {
            MultipartRequestBody::TableFeatures(tables) => !tables.is_empty(),
            MultipartRequestBody::BundleFeatures(request) => {
                request.flags.contains(BundleFeatureFlags::TIME_SET_SCHED)
            }
            MultipartRequestBody::Experimenter(_) => true,
            // The types of 1.4 that 1.3 does not know read as well.
            MultipartRequestBody::Unknown { kind, .. } => *kind > MultipartType::FLOW_MONITOR,
            MultipartRequestBody::Desc
            | MultipartRequestBody::Flow(_)
            | MultipartRequestBody::Aggregate(_)
            | MultipartRequestBody::Table
            | MultipartRequestBody::PortStats(_)
            | MultipartRequestBody::Queue(_)
            | MultipartRequestBody::Group(_)
            | MultipartRequestBody::GroupDesc(_)
            | MultipartRequestBody::GroupFeatures
            | MultipartRequestBody::Meter(_)
            | MultipartRequestBody::MeterConfig(_)
            | MultipartRequestBody::MeterFeatures
            | MultipartRequestBody::PortDesc(_)
            | MultipartRequestBody::TableDesc
            | MultipartRequestBody::QueueDesc(_)
            | MultipartRequestBody::FlowMonitor(_)
            | MultipartRequestBody::FlowCounters(_)
            | MultipartRequestBody::ControllerStatus => false,
        }
    }
}

impl MultipartReply {
    /// Returns the answer, or the last part of it.
    pub fn new(body: MultipartReplyBody) -> Self {
        MultipartReply { flags: MultipartFlags::empty(), body }
    }

    /// Returns the type.
    pub fn kind(&self) -> MultipartType {
        match &self.body {
            MultipartReplyBody::Desc(_) => MultipartType::DESC,
            MultipartReplyBody::Flow(_) => MultipartType::FLOW,
            MultipartReplyBody::Aggregate(_) => MultipartType::AGGREGATE,
            MultipartReplyBody::Table(_) => MultipartType::TABLE,
            MultipartReplyBody::PortStats(_) => MultipartType::PORT_STATS,
            MultipartReplyBody::Queue(_) => MultipartType::QUEUE,
            MultipartReplyBody::Group(_) => MultipartType::GROUP,
            MultipartReplyBody::GroupDesc(_) => MultipartType::GROUP_DESC,
            MultipartReplyBody::GroupFeatures(_) => MultipartType::GROUP_FEATURES,
            MultipartReplyBody::Meter(_) => MultipartType::METER,
            MultipartReplyBody::MeterConfig(_) => MultipartType::METER_CONFIG,
            MultipartReplyBody::MeterFeatures(_) => MultipartType::METER_FEATURES,
            MultipartReplyBody::TableFeatures(_) => MultipartType::TABLE_FEATURES,
            MultipartReplyBody::PortDesc(_) => MultipartType::PORT_DESC,
            MultipartReplyBody::TableDesc(_) => MultipartType::TABLE_DESC,
            MultipartReplyBody::QueueDesc(_) => MultipartType::QUEUE_DESC,
            MultipartReplyBody::FlowMonitor(_) => MultipartType::FLOW_MONITOR,
            MultipartReplyBody::FlowCounters(_) => MultipartType::FLOW_COUNTERS,
            MultipartReplyBody::ControllerStatus(_) => MultipartType::CONTROLLER_STATUS,
            MultipartReplyBody::BundleFeatures(_) => MultipartType::BUNDLE_FEATURES,
            MultipartReplyBody::Experimenter(_) => MultipartType::EXPERIMENTER,
            MultipartReplyBody::Unknown { kind, .. } => *kind,
        }
    }

    /// Returns whether more parts follow.
    pub fn has_more(&self) -> bool {
        self.flags.contains(MultipartFlags::MORE)
    }
}

impl Wire for MultipartRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, flags) = decode_header(r)?;
        let has_1_4 = r.version() >= Version::V1_4;
        let has_1_5 = r.version() >= Version::V1_5;
        let body = match kind {
            kind if is_unknown_in_1_0(kind, r) => {
                MultipartRequestBody::Unknown { kind, body: r.rest() }
            }
            MultipartType::DESC => MultipartRequestBody::Desc,
            MultipartType::FLOW => MultipartRequestBody::Flow(FlowStatsRequest::decode(r)?),
            MultipartType::AGGREGATE => {
                MultipartRequestBody::Aggregate(FlowStatsRequest::decode(r)?)
            }
            MultipartType::TABLE => MultipartRequestBody::Table,
            MultipartType::PORT_STATS => MultipartRequestBody::PortStats(decode_port(r)?),
            MultipartType::QUEUE => MultipartRequestBody::Queue(QueueRequest::decode(r)?),
            MultipartType::GROUP => MultipartRequestBody::Group(GroupId(id(r)?)),
            MultipartType::GROUP_DESC if has_1_5 => {
                MultipartRequestBody::GroupDesc(GroupId(id(r)?))
            }
            MultipartType::GROUP_DESC => MultipartRequestBody::GroupDesc(GroupId::ALL),
            MultipartType::GROUP_FEATURES => MultipartRequestBody::GroupFeatures,
            MultipartType::METER => MultipartRequestBody::Meter(MeterId(id(r)?)),
            MultipartType::METER_CONFIG => MultipartRequestBody::MeterConfig(MeterId(id(r)?)),
            MultipartType::METER_FEATURES => MultipartRequestBody::MeterFeatures,
            MultipartType::TABLE_FEATURES => {
                MultipartRequestBody::TableFeatures(r.bounded_list(Structure::TableFeatures)?)
            }
            MultipartType::PORT_DESC if has_1_5 => MultipartRequestBody::PortDesc(PortNo(id(r)?)),
            MultipartType::PORT_DESC => MultipartRequestBody::PortDesc(PortNo::ANY),
            MultipartType::TABLE_DESC if has_1_4 => MultipartRequestBody::TableDesc,
            MultipartType::QUEUE_DESC if has_1_4 => {
                MultipartRequestBody::QueueDesc(QueueRequest::decode(r)?)
            }
            MultipartType::FLOW_MONITOR if has_1_4 => MultipartRequestBody::FlowMonitor(r.list()?),
            MultipartType::FLOW_COUNTERS if has_1_5 => {
                MultipartRequestBody::FlowCounters(FlowStatsRequest::decode(r)?)
            }
            MultipartType::CONTROLLER_STATUS if has_1_5 => MultipartRequestBody::ControllerStatus,
            MultipartType::BUNDLE_FEATURES if has_1_5 => {
                MultipartRequestBody::BundleFeatures(BundleFeaturesRequest::decode(r)?)
            }
            MultipartType::EXPERIMENTER => {
                MultipartRequestBody::Experimenter(Experimenter::decode(r)?)
            }
            kind => MultipartRequestBody::Unknown { kind, body: r.rest() },
        };
        Ok(MultipartRequest { flags, body })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        encode_header(self.kind(), self.flags, w);
        if !matches!(self.body, MultipartRequestBody::Unknown { .. }) {
            note_lack(self.kind(), w);
        }
        match &self.body {
            MultipartRequestBody::Flow(request)
            | MultipartRequestBody::Aggregate(request)
            | MultipartRequestBody::FlowCounters(request) => request.encode(w),
            MultipartRequestBody::GroupDesc(group) => encode_id_from_1_5(group.0, w),
            MultipartRequestBody::PortDesc(port) => encode_id_from_1_5(port.0, w),
            MultipartRequestBody::BundleFeatures(request) => request.encode(w),
            MultipartRequestBody::PortStats(port) => encode_port(*port, w),
            MultipartRequestBody::Queue(queue) | MultipartRequestBody::QueueDesc(queue) => {
                queue.encode(w);
            }
            MultipartRequestBody::Group(group) => encode_id(group.0, w),
            MultipartRequestBody::Meter(meter) | MultipartRequestBody::MeterConfig(meter) => {
                encode_id(meter.0, w);
            }
            MultipartRequestBody::TableFeatures(tables) => w.list(tables),
            MultipartRequestBody::FlowMonitor(monitors) => w.list(monitors),
            MultipartRequestBody::Experimenter(experimenter) => experimenter.encode(w),
            MultipartRequestBody::Unknown { body, .. } => w.slice(body),
            MultipartRequestBody::Desc
            | MultipartRequestBody::Table
            | MultipartRequestBody::GroupFeatures
            | MultipartRequestBody::MeterFeatures
            | MultipartRequestBody::TableDesc
            | MultipartRequestBody::ControllerStatus => {}
        }
    }
}

impl Wire for MultipartReply {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, flags) = decode_header(r)?;
        let has_1_4 = r.version() >= Version::V1_4;
        let has_1_5 = r.version() >= Version::V1_5;
        let body = match kind {
            kind if is_unknown_in_1_0(kind, r) => {
                MultipartReplyBody::Unknown { kind, body: r.rest() }
            }
            MultipartType::DESC => MultipartReplyBody::Desc(Box::new(Desc::decode(r)?)),
            MultipartType::FLOW => MultipartReplyBody::Flow(r.list()?),
            MultipartType::AGGREGATE => MultipartReplyBody::Aggregate(AggregateStats::decode(r)?),
            MultipartType::TABLE => MultipartReplyBody::Table(r.list()?),
            MultipartType::PORT_STATS => MultipartReplyBody::PortStats(r.list()?),
            MultipartType::QUEUE => MultipartReplyBody::Queue(r.list()?),
            MultipartType::GROUP => MultipartReplyBody::Group(r.list()?),
            MultipartType::GROUP_DESC => MultipartReplyBody::GroupDesc(r.list()?),
            MultipartType::GROUP_FEATURES => {
                MultipartReplyBody::GroupFeatures(GroupFeatures::decode(r)?)
            }
            MultipartType::METER => MultipartReplyBody::Meter(r.list()?),
            MultipartType::METER_CONFIG => MultipartReplyBody::MeterConfig(r.list()?),
            MultipartType::METER_FEATURES => {
                MultipartReplyBody::MeterFeatures(MeterFeatures::decode(r)?)
            }
            MultipartType::TABLE_FEATURES => {
                MultipartReplyBody::TableFeatures(r.bounded_list(Structure::TableFeatures)?)
            }
            MultipartType::PORT_DESC => MultipartReplyBody::PortDesc(r.list()?),
            MultipartType::TABLE_DESC if has_1_4 => {
                MultipartReplyBody::TableDesc(r.bounded_list(Structure::TableDesc)?)
            }
            MultipartType::QUEUE_DESC if has_1_4 => MultipartReplyBody::QueueDesc(r.list()?),
            MultipartType::FLOW_MONITOR if has_1_4 => MultipartReplyBody::FlowMonitor(r.list()?),
            MultipartType::FLOW_COUNTERS if has_1_5 => MultipartReplyBody::FlowCounters(r.list()?),
            MultipartType::CONTROLLER_STATUS if has_1_5 => {
                MultipartReplyBody::ControllerStatus(r.list()?)
            }
            MultipartType::BUNDLE_FEATURES if has_1_5 => {
                MultipartReplyBody::BundleFeatures(BundleFeatures::decode(r)?)
            }
            MultipartType::EXPERIMENTER => {
                MultipartReplyBody::Experimenter(Experimenter::decode(r)?)
            }
            kind => MultipartReplyBody::Unknown { kind, body: r.rest() },
        };
        Ok(MultipartReply { flags, body })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        encode_header(self.kind(), self.flags, w);
        if !matches!(self.body, MultipartReplyBody::Unknown { .. }) {
            note_lack(self.kind(), w);
        }
        match &self.body {
            MultipartReplyBody::Desc(desc) => desc.encode(w),
            MultipartReplyBody::Flow(flows) => w.list(flows),
            MultipartReplyBody::Aggregate(stats) => stats.encode(w),
            MultipartReplyBody::Table(tables) => w.list(tables),
            MultipartReplyBody::PortStats(ports) => w.list(ports),
            MultipartReplyBody::Queue(queues) => w.list(queues),
            MultipartReplyBody::Group(groups) => w.list(groups),
            MultipartReplyBody::GroupDesc(groups) => w.list(groups),
            MultipartReplyBody::GroupFeatures(features) => features.encode(w),
            MultipartReplyBody::Meter(meters) => w.list(meters),
            MultipartReplyBody::MeterConfig(meters) => w.list(meters),
            MultipartReplyBody::MeterFeatures(features) => features.encode(w),
            MultipartReplyBody::TableFeatures(tables) => w.list(tables),
            MultipartReplyBody::PortDesc(ports) => w.list(ports),
            MultipartReplyBody::TableDesc(tables) => w.list(tables),
            MultipartReplyBody::QueueDesc(queues) => w.list(queues),
            MultipartReplyBody::FlowMonitor(updates) => w.list(updates),
            MultipartReplyBody::FlowCounters(flows) => w.list(flows),
            MultipartReplyBody::ControllerStatus(controllers) => w.list(controllers),
            MultipartReplyBody::BundleFeatures(features) => features.encode(w),
            MultipartReplyBody::Experimenter(experimenter) => experimenter.encode(w),
            MultipartReplyBody::Unknown { body, .. } => w.slice(body),
        }
    }
}

fn decode_header(r: &mut Reader<'_>) -> Result<(MultipartType, MultipartFlags), DecodeError> {
    let kind = MultipartType(r.u16()?);
    let flags = MultipartFlags::from_bits_retain(r.u16()?);
    if r.version() > Version::V1_0 {
        r.pad::<4>()?;
    }
    Ok((kind, flags))
}

fn encode_header(kind: MultipartType, flags: MultipartFlags, w: &mut Writer<'_>) {
    w.u16(kind.0);
    w.u16(flags.bits());
    if w.version() > Version::V1_0 {
        w.pad::<4>();
    }
}

fn has_1_0(kind: MultipartType) -> bool {
    let known = [MultipartType::PORT_DESC, MultipartType::EXPERIMENTER];
    kind <= MultipartType::QUEUE || known.contains(&kind)
}

/// Returns whether this is a message of OpenFlow 1.0 whose body is kept as it is.
fn is_unknown_in_1_0(kind: MultipartType, r: &Reader<'_>) -> bool {
    let bare = kind == MultipartType::EXPERIMENTER && Experimenter::has_no_kind(r);
    r.version() == Version::V1_0 && (bare || !has_1_0(kind))
}

fn note_lack(kind: MultipartType, w: &mut Writer<'_>) {
    if w.version() == Version::V1_0 && !has_1_0(kind) {
        w.lacks("statistics of this type");
    }
}

/// Reads the port that a request is about, and the padding that brings it to 8 bytes.
fn decode_port(r: &mut Reader<'_>) -> Result<PortNo, DecodeError> {
    let port = PortNo::decode(r)?;
    match r.version() {
        Version::V1_0 => r.pad::<6>()?,
        Version::V1_3 | Version::V1_4 | Version::V1_5 => r.pad::<4>()?,
    }
    Ok(port)
}

fn encode_port(port: PortNo, w: &mut Writer<'_>) {
    port.encode(w);
    match w.version() {
        Version::V1_0 => w.pad::<6>(),
        Version::V1_3 | Version::V1_4 | Version::V1_5 => w.pad::<4>(),
    }
}

/// Reads the number that a request is about, and the padding that brings it to 8 bytes.
fn id(r: &mut Reader<'_>) -> Result<u32, DecodeError> {
    let id = r.u32()?;
    r.pad::<4>()?;
    Ok(id)
}

fn encode_id(id: u32, w: &mut Writer<'_>) {
    w.u32(id);
    w.pad::<4>();
}

/// Writes the number that a request is about, which before OpenFlow 1.5 is about all there are.
fn encode_id_from_1_5(id: u32, w: &mut Writer<'_>) {
    match w.version() {
        Version::V1_0 | Version::V1_3 | Version::V1_4 => {}
        Version::V1_5 => encode_id(id, w),
    }
}
