//! OpenFlow 1.0, 1.3, 1.4 and 1.5 on the wire, and the controller's side of a switch connection as a pure
//! state machine.
//!
//! ```text
//! socket bytes -> framing::take_frames -> channel::Channel::handle
//!                                                 |
//! socket bytes <- Frame::encode <--- Send --------+----> Up, Deliver, Close
//! ```
//!
//! The crate does no I/O and knows no clock, so that the same code runs behind sockets, in a
//! simulator and under a model checker.
//!
//! A [`Message`] is the same in every version: what differs on the wire is inside the codec of the
//! structure that differs, and a message that a version cannot say is an [`EncodeError`]. Closed
//! sets, such as [`Role`], are enums that refuse the rest. Open registries, such as [`MessageType`]
//! or [`FieldId`], are newtypes, and what has an unknown value survives a round trip as it is.
//! Padding is written as zeroes and read as anything.
//!
//! What Open vSwitch adds to the specification is in [`nicira`], and its fields in [`nxm`].

mod action;
mod action_1_0;
mod async_config;
mod bucket;
mod bundle;
pub mod channel;
mod controller_status;
mod dpid;
mod error_code;
mod error_message;
mod experimenter;
mod features;
#[cfg(feature = "serde")]
mod flags;
mod flow_mod;
mod flow_removed;
mod frame;
pub mod framing;
mod generation;
mod group_mod;
mod hello;
mod hex;
mod ids;
mod instruction;
mod mac;
mod message;
mod message_type;
mod meter_band;
mod meter_mod;
mod multipart;
pub mod nicira;
mod optical;
mod oxm;
mod oxs;
mod packet_in;
mod packet_out;
mod port;
mod port_mod;
mod port_status;
mod property;
mod queue;
mod refusal;
mod request_forward;
mod role;
mod switch_config;
mod table_desc;
mod table_mod;
mod table_property;
mod table_status;
mod text;
mod time;
mod version;
mod wire;

pub use action::{Action, Actions, CopyField, UnknownAction};
pub use async_config::{AsyncConfig, AsyncKind, AsyncProperty};
pub use bucket::Bucket;
pub use bundle::{BundleAdd, BundleControl, BundleControlType, BundleFlags, BundleProperty};
pub use controller_status::{ChannelStatus, ControllerReason, ControllerStatus, ShortId};
pub use dpid::{Dpid, DpidError};
pub use error_code::ErrorCode;
pub use error_message::ErrorMessage;
pub use experimenter::Experimenter;
pub use features::{Capabilities, Features};
pub use flow_mod::{FlowMod, FlowModCommand, FlowModFlags};
pub use flow_removed::{FlowRemoved, FlowRemovedReason};
pub use frame::{Frame, encode};
pub use generation::GenerationId;
pub use group_mod::{GroupMod, GroupModCommand, GroupType};
pub use hello::{Hello, HelloElement};
pub use ids::{BucketId, BufferId, GroupId, MeterId, PortNo, QueueId, TableId, Xid};
pub use instruction::{Instruction, Instructions, StatTriggerFlags};
pub use mac::{MacAddr, MacAddrError};
pub use message::Message;
pub use message_type::{MessageType, Sender};
pub use meter_band::{BandEffect, MeterBand};
pub use meter_mod::{MeterFlags, MeterMod, MeterModCommand};
pub use multipart::{
    AggregateStats, BundleFeatureFlags, BundleFeatureProperty, BundleFeatures,
    BundleFeaturesRequest, BundleTime, Counters, Desc, ElementHeader, EthernetStats, FlowChange,
    FlowCounters, FlowEvent, FlowMonitorCommand, FlowMonitorFlags, FlowMonitorRequest, FlowStats,
    FlowStatsReason, FlowStatsRequest, FlowUpdate, GroupCapabilities, GroupDesc, GroupFeatures,
    GroupStats, MeterConfig, MeterFeatureFlags, MeterFeatures, MeterStats, MultipartFlags,
    MultipartReply, MultipartReplyBody, MultipartRequest, MultipartRequestBody, MultipartType,
    OpticalFlags, OpticalStats, PortStats, PortStatsProperty, QueueRequest, QueueStats,
    TableAbilities, TableFeatureFlags, TableFeatureProperty, TableFeatures, TableFeaturesCommand,
    TableStats, UnknownFlowUpdate,
};
pub use nicira::{NiciraAction, NiciraMessage};
pub use optical::{OpticalFeatures, OpticalPort, OpticalPortMod};
pub use oxm::{Field, FieldId, FieldValue, Key, Match, OxmHeader, TP_DST, TP_SRC, key, nxm};
pub use oxs::{StatsField, UnknownStatsField};
pub use packet_in::{PacketIn, PacketInReason};
pub use packet_out::PacketOut;
pub use port::{EthernetPort, Port, PortConfig, PortProperty, PortState};
pub use port_mod::{PortMod, PortModProperty};
pub use port_status::{PortReason, PortStatus};
pub use property::UnknownProperty;
pub use queue::{QueueConfig, QueueConfigRequest, QueueDesc, QueueProperty};
pub use refusal::{DecodeError, EncodeError, Refusal, Structure};
pub use request_forward::{ForwardedRequest, RequestForward};
pub use role::{Role, RoleReason, RoleRequest, RoleStatus};
pub use switch_config::SwitchConfig;
pub use table_desc::TableDesc;
pub use table_mod::TableMod;
pub use table_property::{EvictionFlags, TableConfig, TableProperty};
pub use table_status::{TableReason, TableStatus};
pub use text::Text;
pub use time::Time;
pub use version::{UnknownVersion, Version};
