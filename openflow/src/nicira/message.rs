use super::packet_in::{decode_packet_in, encode_packet_in};
use super::{ControllerId, PacketIn2, TlvTable, TlvTableMod};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{AsyncConfig, ErrorCode, Experimenter, PacketIn, Role};

/// One of Nicira's messages (`NXT_*`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum NiciraMessage {
    /// Role that the controller wants (`struct nx_role_request`); in OpenFlow 1.0 a
    /// [`Message::RoleRequest`](crate::Message::RoleRequest) is read.
    RoleRequest(NiciraRole),
    /// Role that the controller has; in OpenFlow 1.0 a
    /// [`Message::RoleReply`](crate::Message::RoleReply) is read.
    RoleReply(NiciraRole),
    /// How flows shall be described, for OpenFlow 1.0.
    SetFlowFormat(FlowFormat),
    /// Whether the command of a flow-mod has the table in its high byte, for OpenFlow 1.0: not if 0.
    FlowModTableId(u8),
    /// How packet-ins shall be described.
    SetPacketInFormat(PacketInFormat),
    /// A packet that the switch asks about, with NXM fields (`struct nx_packet_in`).
    PacketIn(PacketIn),
    /// Say how old flows are in statistics.
    FlowAge,
    /// What the switch shall send unasked, as the six masks of OpenFlow 1.3 (`struct nx_async_config`);
    /// in OpenFlow 1.0 a [`Message::SetAsync`](crate::Message::SetAsync) is read.
    SetAsyncConfig(AsyncConfig),
    /// What the switch shall send unasked, as the properties of OpenFlow 1.4.
    SetAsyncConfig2(AsyncConfig),
    /// Which number the connection shall have (`struct nx_controller_id`).
    SetControllerId(ControllerId),
    /// Tell no more of what this monitor is about (`struct nx_flow_monitor_cancel`).
    FlowMonitorCancel(u32),
    /// There is more to tell than can be told.
    FlowMonitorPaused,
    /// What can be told is all there is again.
    FlowMonitorResumed,
    /// A change to the table of tunnel options.
    TlvTableMod(TlvTableMod),
    /// Which tunnel options are there?
    TlvTableRequest,
    /// The table of tunnel options.
    TlvTableReply(TlvTable),
    /// Go on with a packet.
    Resume(PacketIn2),
    /// Forget the tracked connections of a zone (`struct nx_zone_id`).
    CtFlushZone(u16),
    /// A packet that the switch asks about, as properties.
    PacketIn2(PacketIn2),
}

impl NiciraMessage {
    /// Returns the name of the message in `nicira-ext.h`, such as `NXT_PACKET_IN2`.
    pub fn type_name(&self) -> &'static str {
        match self {
            NiciraMessage::RoleRequest(_) => "NXT_ROLE_REQUEST",
            NiciraMessage::RoleReply(_) => "NXT_ROLE_REPLY",
            NiciraMessage::SetFlowFormat(_) => "NXT_SET_FLOW_FORMAT",
            NiciraMessage::FlowModTableId(_) => "NXT_FLOW_MOD_TABLE_ID",
            NiciraMessage::SetPacketInFormat(_) => "NXT_SET_PACKET_IN_FORMAT",
            NiciraMessage::PacketIn(_) => "NXT_PACKET_IN",
            NiciraMessage::FlowAge => "NXT_FLOW_AGE",
            NiciraMessage::SetAsyncConfig(_) => "NXT_SET_ASYNC_CONFIG",
            NiciraMessage::SetAsyncConfig2(_) => "NXT_SET_ASYNC_CONFIG2",
            NiciraMessage::SetControllerId(_) => "NXT_SET_CONTROLLER_ID",
            NiciraMessage::FlowMonitorCancel(_) => "NXT_FLOW_MONITOR_CANCEL",
            NiciraMessage::FlowMonitorPaused => "NXT_FLOW_MONITOR_PAUSED",
            NiciraMessage::FlowMonitorResumed => "NXT_FLOW_MONITOR_RESUMED",
            NiciraMessage::TlvTableMod(_) => "NXT_TLV_TABLE_MOD",
            NiciraMessage::TlvTableRequest => "NXT_TLV_TABLE_REQUEST",
            NiciraMessage::TlvTableReply(_) => "NXT_TLV_TABLE_REPLY",
            NiciraMessage::Resume(_) => "NXT_RESUME",
            NiciraMessage::CtFlushZone(_) => "NXT_CT_FLUSH_ZONE",
            NiciraMessage::PacketIn2(_) => "NXT_PACKET_IN2",
        }
    }

    /// Returns whether a switch that gets the message changes its state or emits a packet. What it
    /// changes for its own connection alone does not count.
    pub fn changes_switch(&self) -> bool {
        match self {
            NiciraMessage::FlowModTableId(_)
            | NiciraMessage::TlvTableMod(_)
            | NiciraMessage::Resume(_)
            | NiciraMessage::CtFlushZone(_) => true,
            NiciraMessage::RoleRequest(_)
            | NiciraMessage::RoleReply(_)
            | NiciraMessage::SetFlowFormat(_)
            | NiciraMessage::SetPacketInFormat(_)
            | NiciraMessage::PacketIn(_)
            | NiciraMessage::FlowAge
            | NiciraMessage::SetAsyncConfig(_)
            | NiciraMessage::SetAsyncConfig2(_)
            | NiciraMessage::SetControllerId(_)
            | NiciraMessage::FlowMonitorCancel(_)
            | NiciraMessage::FlowMonitorPaused
            | NiciraMessage::FlowMonitorResumed
            | NiciraMessage::TlvTableRequest
            | NiciraMessage::TlvTableReply(_)
            | NiciraMessage::PacketIn2(_) => false,
        }
    }

    /// Reads what follows the type; nothing if the type is not modelled.
    pub(crate) fn decode(kind: u32, r: &mut Reader<'_>) -> Result<Option<Self>, DecodeError> {
        Ok(Some(match kind {
            ROLE_REQUEST => NiciraMessage::RoleRequest(NiciraRole::decode(r)?),
            ROLE_REPLY => NiciraMessage::RoleReply(NiciraRole::decode(r)?),
            SET_FLOW_FORMAT => NiciraMessage::SetFlowFormat(FlowFormat(r.u32()?)),
            FLOW_MOD_TABLE_ID => {
                let set = r.u8()?;
                r.pad::<7>()?;
                NiciraMessage::FlowModTableId(set)
            }
            SET_PACKET_IN_FORMAT => NiciraMessage::SetPacketInFormat(PacketInFormat(r.u32()?)),
            PACKET_IN => NiciraMessage::PacketIn(decode_packet_in(r)?),
            FLOW_AGE => NiciraMessage::FlowAge,
            SET_ASYNC_CONFIG => NiciraMessage::SetAsyncConfig(AsyncConfig::decode_masks(r)?),
            SET_ASYNC_CONFIG2 => NiciraMessage::SetAsyncConfig2(AsyncConfig::decode_properties(r)?),
            SET_CONTROLLER_ID => {
                r.pad::<6>()?;
                NiciraMessage::SetControllerId(ControllerId::decode(r)?)
            }
            FLOW_MONITOR_CANCEL => NiciraMessage::FlowMonitorCancel(r.u32()?),
            FLOW_MONITOR_PAUSED => NiciraMessage::FlowMonitorPaused,
            FLOW_MONITOR_RESUMED => NiciraMessage::FlowMonitorResumed,
            TLV_TABLE_MOD => NiciraMessage::TlvTableMod(TlvTableMod::decode(r)?),
            TLV_TABLE_REQUEST => NiciraMessage::TlvTableRequest,
            TLV_TABLE_REPLY => NiciraMessage::TlvTableReply(TlvTable::decode(r)?),
            RESUME => NiciraMessage::Resume(PacketIn2::decode(r)?),
            CT_FLUSH_ZONE => {
                r.pad::<6>()?;
                NiciraMessage::CtFlushZone(r.u16()?)
            }
            PACKET_IN2 => NiciraMessage::PacketIn2(PacketIn2::decode(r)?),
            _ => return Ok(None),
        }))
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        w.u32(Experimenter::NICIRA);
        w.u32(self.kind());
        match self {
            NiciraMessage::RoleRequest(role) | NiciraMessage::RoleReply(role) => role.encode(w),
            NiciraMessage::SetFlowFormat(format) => w.u32(format.0),
            NiciraMessage::FlowModTableId(set) => {
                w.u8(*set);
                w.pad::<7>();
            }
            NiciraMessage::SetPacketInFormat(format) => w.u32(format.0),
            NiciraMessage::PacketIn(packet_in) => encode_packet_in(packet_in, w),
            NiciraMessage::SetAsyncConfig(masks) => masks.encode_masks(w),
            NiciraMessage::SetAsyncConfig2(masks) => masks.encode_properties(w),
            NiciraMessage::SetControllerId(id) => {
                w.pad::<6>();
                id.encode(w);
            }
            NiciraMessage::FlowMonitorCancel(id) => w.u32(*id),
            NiciraMessage::TlvTableMod(change) => change.encode(w),
            NiciraMessage::TlvTableReply(table) => table.encode(w),
            NiciraMessage::CtFlushZone(zone) => {
                w.pad::<6>();
                w.u16(*zone);
            }
            NiciraMessage::Resume(packet_in) | NiciraMessage::PacketIn2(packet_in) => {
                packet_in.encode(w);
            }
            NiciraMessage::FlowAge
            | NiciraMessage::FlowMonitorPaused
            | NiciraMessage::FlowMonitorResumed
            | NiciraMessage::TlvTableRequest => {}
        }
    }

    fn kind(&self) -> u32 {
        match self {
            NiciraMessage::RoleRequest(_) => ROLE_REQUEST,
            NiciraMessage::RoleReply(_) => ROLE_REPLY,
            NiciraMessage::SetFlowFormat(_) => SET_FLOW_FORMAT,
            NiciraMessage::FlowModTableId(_) => FLOW_MOD_TABLE_ID,
            NiciraMessage::SetPacketInFormat(_) => SET_PACKET_IN_FORMAT,
            NiciraMessage::PacketIn(_) => PACKET_IN,
            NiciraMessage::FlowAge => FLOW_AGE,
            NiciraMessage::SetAsyncConfig(_) => SET_ASYNC_CONFIG,
            NiciraMessage::SetAsyncConfig2(_) => SET_ASYNC_CONFIG2,
            NiciraMessage::SetControllerId(_) => SET_CONTROLLER_ID,
            NiciraMessage::FlowMonitorCancel(_) => FLOW_MONITOR_CANCEL,
            NiciraMessage::FlowMonitorPaused => FLOW_MONITOR_PAUSED,
            NiciraMessage::FlowMonitorResumed => FLOW_MONITOR_RESUMED,
            NiciraMessage::TlvTableMod(_) => TLV_TABLE_MOD,
            NiciraMessage::TlvTableRequest => TLV_TABLE_REQUEST,
            NiciraMessage::TlvTableReply(_) => TLV_TABLE_REPLY,
            NiciraMessage::Resume(_) => RESUME,
            NiciraMessage::CtFlushZone(_) => CT_FLUSH_ZONE,
            NiciraMessage::PacketIn2(_) => PACKET_IN2,
        }
    }
}

/// What a controller may do to a switch, before OpenFlow 1.2 had roles (`enum nx_role`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum NiciraRole {
    /// May do everything, beside others that may too.
    Other = 0,
    /// May do everything, and is the only master.
    Master = 1,
    /// May only read.
    Slave = 2,
}

impl NiciraRole {
    /// Returns what Nicira calls the role, if it is one.
    pub fn of(role: Role) -> Option<Self> {
        match role {
            Role::Equal => Some(NiciraRole::Other),
            Role::Master => Some(NiciraRole::Master),
            Role::Slave => Some(NiciraRole::Slave),
            Role::NoChange => None,
        }
    }
}

impl From<NiciraRole> for Role {
    fn from(role: NiciraRole) -> Self {
        match role {
            NiciraRole::Other => Role::Equal,
            NiciraRole::Master => Role::Master,
            NiciraRole::Slave => Role::Slave,
        }
    }
}

impl Wire for NiciraRole {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        Ok(match r.u32()? {
            0 => NiciraRole::Other,
            1 => NiciraRole::Master,
            2 => NiciraRole::Slave,
            value => {
                return Err(DecodeError::Value {
                    structure: Structure::Body,
                    field: "role",
                    offset,
                    value,
                    code: ErrorCode::ROLE_BAD,
                });
            }
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(*self as u32);
    }
}

/// How flows are described in OpenFlow 1.0: an open registry (`enum nx_flow_format`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct FlowFormat(pub u32);

impl FlowFormat {
    /// As OpenFlow 1.0 does.
    pub const OPENFLOW10: FlowFormat = FlowFormat(0);
    /// With NXM fields.
    pub const NXM: FlowFormat = FlowFormat(2);
}

/// How packet-ins are described: an open registry (`enum ofputil_packet_in_format`).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PacketInFormat(pub u32);

impl PacketInFormat {
    /// As the version of OpenFlow does.
    pub const STANDARD: PacketInFormat = PacketInFormat(0);
    /// As a [`NiciraMessage::PacketIn`].
    pub const NXT_PACKET_IN: PacketInFormat = PacketInFormat(1);
    /// As a [`PacketIn2`].
    pub const NXT_PACKET_IN2: PacketInFormat = PacketInFormat(2);
}

const ROLE_REQUEST: u32 = 10;
const ROLE_REPLY: u32 = 11;
const SET_FLOW_FORMAT: u32 = 12;
const FLOW_MOD_TABLE_ID: u32 = 15;
const SET_PACKET_IN_FORMAT: u32 = 16;
const PACKET_IN: u32 = 17;
const FLOW_AGE: u32 = 18;
const SET_ASYNC_CONFIG: u32 = 19;
const SET_CONTROLLER_ID: u32 = 20;
const FLOW_MONITOR_CANCEL: u32 = 21;
const FLOW_MONITOR_PAUSED: u32 = 22;
const FLOW_MONITOR_RESUMED: u32 = 23;
const TLV_TABLE_MOD: u32 = 24;
const TLV_TABLE_REQUEST: u32 = 25;
const TLV_TABLE_REPLY: u32 = 26;
const SET_ASYNC_CONFIG2: u32 = 27;
const RESUME: u32 = 28;
const CT_FLUSH_ZONE: u32 = 29;
const PACKET_IN2: u32 = 30;
