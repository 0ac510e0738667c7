use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{
    AsyncConfig, BundleAdd, BundleControl, ControllerStatus, ErrorCode, ErrorMessage, Experimenter,
    Features, FlowMod, FlowRemoved, GroupMod, Hello, MessageType, MeterMod, MultipartReply,
    MultipartRequest, NiciraMessage, PacketIn, PacketOut, PortMod, PortStatus, QueueConfig,
    QueueConfigRequest, RequestForward, RoleRequest, RoleStatus, Sender, ShortId, SwitchConfig,
    TableMod, TableStatus, Version,
};

/// What a message says: everything but its version and transaction id.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum Message {
    /// Which versions the sender speaks.
    Hello(Hello),
    /// What the sender could not do.
    Error(ErrorMessage),
    /// Are you there?
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    EchoRequest(Bytes),
    /// Yes, with the request's data.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    EchoReply(Bytes),
    /// A message that the specification does not define.
    Experimenter(Experimenter),
    /// One of Nicira's messages, which Open vSwitch speaks.
    Nicira(Box<NiciraMessage>),
    /// Who are you?
    FeaturesRequest,
    /// Who the switch is.
    FeaturesReply(Features),
    /// How are you configured?
    GetConfigRequest,
    /// How the switch is configured.
    GetConfigReply(SwitchConfig),
    /// How the switch shall be configured.
    SetConfig(SwitchConfig),
    /// A packet that the switch asks about.
    PacketIn(PacketIn),
    /// A flow that is no more.
    FlowRemoved(FlowRemoved),
    /// A port that came, went or changed.
    PortStatus(PortStatus),
    /// A packet to send.
    PacketOut(PacketOut),
    /// A change to a flow table.
    FlowMod(FlowMod),
    /// A change to the group table.
    GroupMod(GroupMod),
    /// A change to a port.
    PortMod(PortMod),
    /// A change to how a table works.
    TableMod(TableMod),
    /// A change to a meter.
    MeterMod(MeterMod),
    /// A question about the switch's state.
    MultipartRequest(MultipartRequest),
    /// Its answer, or a part of it.
    MultipartReply(MultipartReply),
    /// Are you done with what came before?
    BarrierRequest,
    /// Yes.
    BarrierReply,
    /// Which queues do you have? (1.0 and 1.3)
    QueueGetConfigRequest(QueueConfigRequest),
    /// The queues of a port (1.0 and 1.3).
    QueueGetConfigReply(QueueConfig),
    /// Role that the controller wants; Nicira's in OpenFlow 1.0.
    RoleRequest(RoleRequest),
    /// Role that the controller has; Nicira's in OpenFlow 1.0.
    RoleReply(RoleRequest),
    /// Role that the controller has now, unasked.
    RoleStatus(RoleStatus),
    /// A table that has little room, or more again (1.4 on).
    TableStatus(TableStatus),
    /// What another controller changed.
    RequestForward(RequestForward),
    /// What is to become of a bundle, or became of it.
    BundleControl(BundleControl),
    /// A change to put in a bundle.
    BundleAdd(BundleAdd),
    /// What a controller is now, told to others too.
    ControllerStatus(ControllerStatus),
    /// By which number the switch shall tell of the controller.
    ShortId(ShortId),
    /// What do you send unasked?
    GetAsyncRequest,
    /// What the switch sends unasked.
    GetAsyncReply(AsyncConfig),
    /// What the switch shall send unasked; Nicira's in OpenFlow 1.0.
    SetAsync(AsyncConfig),
    /// A message of a type that its version does not have.
    Unknown {
        /// Type in the header.
        kind: u8,
        /// What follows the header.
        #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
        body: Bytes,
    },
}

impl Message {
    /// Returns the name of the message's type in the specification, such as `OFPT_FLOW_MOD`.
    pub fn type_name(&self) -> &'static str {
        match self {
            // Version 1.3 knows it as an experimenter's.
            Message::RoleStatus(_) => "OFPT_ROLE_STATUS",
            // Only version 1.5 knows it.
            Message::ControllerStatus(_) => MessageType::CONTROLLER_STATUS.name(),
            Message::ShortId(_) => "BATON_SHORT_ID",
            Message::Nicira(message) => message.type_name(),
            message => message.kind(Version::V1_4).name(),
        }
    }

    /// Returns the type that stands in the header of the message in this version.
    pub fn kind(&self, version: Version) -> MessageType {
        match self {
            Message::Unknown { kind, .. } => MessageType(*kind),
            Message::RoleRequest(_) | Message::RoleReply(_) | Message::SetAsync(_)
                if version == Version::V1_0 =>
            {
                MessageType::EXPERIMENTER
            }
            message => message.kind_since_1_1(version).in_header(version),
        }
    }

    /// Returns who may send the message in this version.
    pub fn sender(&self, version: Version) -> Sender {
        let kind = self.kind(version).meant_in(version);
        kind.map_or(Sender::Nobody, MessageType::sender)
    }

    fn kind_since_1_1(&self, version: Version) -> MessageType {
        match self {
            Message::Hello(_) => MessageType::HELLO,
            Message::Error(_) => MessageType::ERROR,
            Message::EchoRequest(_) => MessageType::ECHO_REQUEST,
            Message::EchoReply(_) => MessageType::ECHO_REPLY,
            Message::Experimenter(_) | Message::Nicira(_) | Message::ShortId(_) => {
                MessageType::EXPERIMENTER
            }
            Message::ControllerStatus(_) => match version {
                Version::V1_0 | Version::V1_3 | Version::V1_4 => MessageType::EXPERIMENTER,
                Version::V1_5 => MessageType::CONTROLLER_STATUS,
            },
            Message::FeaturesRequest => MessageType::FEATURES_REQUEST,
            Message::FeaturesReply(_) => MessageType::FEATURES_REPLY,
            Message::GetConfigRequest => MessageType::GET_CONFIG_REQUEST,
            Message::GetConfigReply(_) => MessageType::GET_CONFIG_REPLY,
            Message::SetConfig(_) => MessageType::SET_CONFIG,
            Message::PacketIn(_) => MessageType::PACKET_IN,
            Message::FlowRemoved(_) => MessageType::FLOW_REMOVED,
            Message::PortStatus(_) => MessageType::PORT_STATUS,
            Message::PacketOut(_) => MessageType::PACKET_OUT,
            Message::FlowMod(_) => MessageType::FLOW_MOD,
            Message::GroupMod(_) => MessageType::GROUP_MOD,
            Message::PortMod(_) => MessageType::PORT_MOD,
            Message::TableMod(_) => MessageType::TABLE_MOD,
            Message::MeterMod(_) => MessageType::METER_MOD,
            Message::MultipartRequest(_) => MessageType::MULTIPART_REQUEST,
            Message::MultipartReply(_) => MessageType::MULTIPART_REPLY,
            Message::BarrierRequest => MessageType::BARRIER_REQUEST,
            Message::BarrierReply => MessageType::BARRIER_REPLY,
            Message::QueueGetConfigRequest(_) => MessageType::QUEUE_GET_CONFIG_REQUEST,
            Message::QueueGetConfigReply(_) => MessageType::QUEUE_GET_CONFIG_REPLY,
            Message::RoleRequest(_) => MessageType::ROLE_REQUEST,
            Message::RoleReply(_) => MessageType::ROLE_REPLY,
            Message::RoleStatus(_) => from_1_4(version, MessageType::ROLE_STATUS),
            Message::TableStatus(_) => MessageType::TABLE_STATUS,
            Message::RequestForward(_) => from_1_4(version, MessageType::REQUESTFORWARD),
            Message::BundleControl(_) => from_1_4(version, MessageType::BUNDLE_CONTROL),
            Message::BundleAdd(_) => from_1_4(version, MessageType::BUNDLE_ADD_MESSAGE),
            Message::GetAsyncRequest => MessageType::GET_ASYNC_REQUEST,
            Message::GetAsyncReply(_) => MessageType::GET_ASYNC_REPLY,
            Message::SetAsync(_) => MessageType::SET_ASYNC,
            Message::Unknown { kind, .. } => MessageType(*kind),
        }
    }

    /// Returns whether a switch that gets the message changes its state or emits a packet, or
    /// might: what the fence lets through only for the owner of the switch.
    pub fn changes_switch(&self) -> bool {
        match self {
            Message::SetConfig(_)
            | Message::PacketOut(_)
            | Message::FlowMod(_)
            | Message::GroupMod(_)
            | Message::PortMod(_)
            | Message::TableMod(_)
            | Message::MeterMod(_)
            | Message::BundleControl(_)
            | Message::BundleAdd(_)
            | Message::Experimenter(_)
            | Message::Unknown { .. } => true,
            Message::MultipartRequest(request) => request.changes_switch(),
            Message::Nicira(message) => message.changes_switch(),
            Message::Hello(_)
            | Message::Error(_)
            | Message::EchoRequest(_)
            | Message::EchoReply(_)
            | Message::FeaturesRequest
            | Message::GetConfigRequest
            | Message::BarrierRequest
            | Message::QueueGetConfigRequest(_)
            | Message::RoleRequest(_)
            | Message::GetAsyncRequest
            | Message::SetAsync(_)
            | Message::FeaturesReply(_)
            | Message::GetConfigReply(_)
            | Message::PacketIn(_)
            | Message::FlowRemoved(_)
            | Message::PortStatus(_)
            | Message::MultipartReply(_)
            | Message::BarrierReply
            | Message::QueueGetConfigReply(_)
            | Message::RoleReply(_)
            | Message::RoleStatus(_)
            | Message::TableStatus(_)
            | Message::RequestForward(_)
            | Message::ControllerStatus(_)
            | Message::ShortId(_)
            | Message::GetAsyncReply(_) => false,
        }
    }

    /// Reads a body to its end. A hello has its version beside it: it need not be one that this
    /// crate speaks.
    #[inline(always)]
    pub(crate) fn decode(
        kind: MessageType,
        wire_version: u8,
        r: &mut Reader<'_>,
    ) -> Result<Self, DecodeError> {
        let Some(known) = kind.meant_in(r.version()) else {
            return Ok(Message::Unknown { kind: kind.0, body: r.rest() });
        };
        Ok(match known {
            MessageType::HELLO => Message::Hello(Hello::decode(wire_version, r)?),
            MessageType::ERROR => decode_error(r)?,
            MessageType::ECHO_REQUEST => Message::EchoRequest(r.rest()),
            MessageType::ECHO_REPLY => Message::EchoReply(r.rest()),
            MessageType::EXPERIMENTER => decode_experimenter(r)?,
            MessageType::FEATURES_REQUEST => Message::FeaturesRequest,
            MessageType::FEATURES_REPLY => Message::FeaturesReply(Features::decode(r)?),
            MessageType::GET_CONFIG_REQUEST => Message::GetConfigRequest,
            MessageType::GET_CONFIG_REPLY => Message::GetConfigReply(SwitchConfig::decode(r)?),
            MessageType::SET_CONFIG => Message::SetConfig(SwitchConfig::decode(r)?),
            MessageType::PACKET_IN => Message::PacketIn(PacketIn::decode(r)?),
            MessageType::FLOW_REMOVED => Message::FlowRemoved(FlowRemoved::decode(r)?),
            MessageType::PORT_STATUS => Message::PortStatus(PortStatus::decode(r)?),
            MessageType::PACKET_OUT => Message::PacketOut(PacketOut::decode(r)?),
            MessageType::FLOW_MOD => Message::FlowMod(FlowMod::decode(r)?),
            MessageType::GROUP_MOD => Message::GroupMod(GroupMod::decode(r)?),
            MessageType::PORT_MOD => Message::PortMod(PortMod::decode(r)?),
            MessageType::TABLE_MOD => Message::TableMod(TableMod::decode(r)?),
            MessageType::METER_MOD => Message::MeterMod(MeterMod::decode(r)?),
            MessageType::MULTIPART_REQUEST => {
                Message::MultipartRequest(MultipartRequest::decode(r)?)
            }
            MessageType::MULTIPART_REPLY => Message::MultipartReply(MultipartReply::decode(r)?),
            MessageType::BARRIER_REQUEST => Message::BarrierRequest,
            MessageType::BARRIER_REPLY => Message::BarrierReply,
            MessageType::QUEUE_GET_CONFIG_REQUEST if r.version() <= Version::V1_3 => {
                Message::QueueGetConfigRequest(QueueConfigRequest::decode(r)?)
            }
            MessageType::QUEUE_GET_CONFIG_REPLY if r.version() <= Version::V1_3 => {
                Message::QueueGetConfigReply(QueueConfig::decode(r)?)
            }
            MessageType::ROLE_REQUEST => Message::RoleRequest(RoleRequest::decode(r)?),
            MessageType::ROLE_REPLY => Message::RoleReply(RoleRequest::decode(r)?),
            MessageType::ROLE_STATUS if r.version() >= Version::V1_4 => {
                Message::RoleStatus(RoleStatus::decode(r)?)
            }
            MessageType::TABLE_STATUS if r.version() >= Version::V1_4 => {
                Message::TableStatus(TableStatus::decode(r)?)
            }
            MessageType::REQUESTFORWARD if r.version() >= Version::V1_4 => {
                Message::RequestForward(RequestForward::decode(r)?)
            }
            MessageType::BUNDLE_CONTROL if r.version() >= Version::V1_4 => {
                Message::BundleControl(BundleControl::decode(r)?)
            }
            MessageType::BUNDLE_ADD_MESSAGE if r.version() >= Version::V1_4 => {
                Message::BundleAdd(BundleAdd::decode(r)?)
            }
            MessageType::CONTROLLER_STATUS if r.version() >= Version::V1_5 => {
                Message::ControllerStatus(ControllerStatus::decode(r)?)
            }
            MessageType::GET_ASYNC_REQUEST => Message::GetAsyncRequest,
            MessageType::GET_ASYNC_REPLY => Message::GetAsyncReply(AsyncConfig::decode(r)?),
            MessageType::SET_ASYNC => Message::SetAsync(AsyncConfig::decode(r)?),
            MessageType(kind) => Message::Unknown { kind, body: r.rest() },
        })
    }

    pub(crate) fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 => self.encode_1_0(w),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => self.encode_body(w),
        }
    }

    /// Writes what OpenFlow 1.0 has in another message, and notes what it does not have.
    fn encode_1_0(&self, w: &mut Writer<'_>) {
        match self {
            Message::RoleRequest(role) => role.encode_nicira(NiciraMessage::RoleRequest, w),
            Message::RoleReply(role) => role.encode_nicira(NiciraMessage::RoleReply, w),
            Message::SetAsync(masks) => NiciraMessage::SetAsyncConfig(masks.clone()).encode(w),
            Message::GroupMod(_) => w.lacks("group-mod"),
            Message::TableMod(_) => w.lacks("table-mod"),
            Message::MeterMod(_) => w.lacks("meter-mod"),
            Message::RoleStatus(_) => w.lacks("role-status"),
            Message::TableStatus(_) => w.lacks("table-status"),
            Message::RequestForward(_) => w.lacks("requestforward"),
            Message::BundleControl(_) | Message::BundleAdd(_) => w.lacks("bundles"),
            Message::GetAsyncRequest | Message::GetAsyncReply(_) => w.lacks("get-async"),
            message => message.encode_body(w),
        }
    }

    fn encode_body(&self, w: &mut Writer<'_>) {
        match self {
            Message::Hello(hello) => hello.encode(w),
            Message::Error(error) => error.encode(w),
            Message::Experimenter(experimenter) => experimenter.encode(w),
            Message::Nicira(message) => message.encode(w),
            Message::FeaturesReply(features) => features.encode(w),
            Message::GetConfigReply(config) | Message::SetConfig(config) => config.encode(w),
            Message::PacketIn(packet_in) => packet_in.encode(w),
            Message::FlowRemoved(removed) => removed.encode(w),
            Message::PortStatus(status) => status.encode(w),
            Message::PacketOut(packet_out) => packet_out.encode(w),
            Message::FlowMod(flow_mod) => flow_mod.encode(w),
            Message::GroupMod(group_mod) => group_mod.encode(w),
            Message::PortMod(port_mod) => port_mod.encode(w),
            Message::TableMod(table_mod) => table_mod.encode(w),
            Message::MeterMod(meter_mod) => meter_mod.encode(w),
            Message::MultipartRequest(request) => request.encode(w),
            Message::MultipartReply(reply) => reply.encode(w),
            Message::RoleRequest(role) | Message::RoleReply(role) => role.encode(w),
            Message::QueueGetConfigRequest(request) => request.encode(w),
            Message::QueueGetConfigReply(config) => config.encode(w),
            Message::RoleStatus(status) => {
                encode_from_1_4(Experimenter::ONF_ROLE_STATUS, status, w);
            }
            Message::TableStatus(status) => status.encode(w),
            Message::RequestForward(forward) => {
                encode_from_1_4(Experimenter::ONF_REQUESTFORWARD, forward, w);
            }
            Message::BundleControl(control) => {
                encode_from_1_4(Experimenter::ONF_BUNDLE_CONTROL, control, w);
            }
            Message::BundleAdd(add) => encode_from_1_4(Experimenter::ONF_BUNDLE_ADD, add, w),
            Message::ControllerStatus(status) => match w.version() {
                Version::V1_0 | Version::V1_3 | Version::V1_4 => {
                    encode_own(Experimenter::BATON_CONTROLLER_STATUS, status, w);
                }
                Version::V1_5 => status.encode(w),
            },
            Message::ShortId(id) => encode_own(Experimenter::BATON_SHORT_ID, id, w),
            Message::GetAsyncReply(masks) | Message::SetAsync(masks) => masks.encode(w),
            Message::EchoRequest(body)
            | Message::EchoReply(body)
            | Message::Unknown { body, .. } => w.slice(body),
            Message::FeaturesRequest
            | Message::GetConfigRequest
            | Message::BarrierRequest
            | Message::BarrierReply
            | Message::GetAsyncRequest => {}
        }
    }
}

/// Reads what an experimenter defines; later versions' messages are there.
fn decode_error(r: &mut Reader<'_>) -> Result<Message, DecodeError> {
    let foreign = |[a, b, c, d]: [u8; 4]| {
        let (kind, code) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
        ErrorCode::is_foreign(r.version(), kind, code)
    };
    if r.peek().is_some_and(foreign) {
        return Ok(Message::Unknown { kind: MessageType::ERROR.0, body: r.rest() });
    }
    Ok(Message::Error(ErrorMessage::decode(r)?))
}

fn decode_experimenter(r: &mut Reader<'_>) -> Result<Message, DecodeError> {
    if Experimenter::has_no_kind(r) {
        return Ok(Message::Unknown { kind: MessageType::EXPERIMENTER.0, body: r.rest() });
    }
    let experimenter = r.u32()?;
    let kind = r.u32()?;
    Ok(match (experimenter, kind) {
        (Experimenter::ONF, kind) if r.version() == Version::V1_3 => decode_onf(kind, r)?,
        (Experimenter::BATON, Experimenter::BATON_CONTROLLER_STATUS)
            if r.version() < Version::V1_5 =>
        {
            Message::ControllerStatus(ControllerStatus::decode(r)?)
        }
        (Experimenter::BATON, Experimenter::BATON_SHORT_ID) => {
            Message::ShortId(ShortId::decode(r)?)
        }
        (Experimenter::NICIRA, kind) => match NiciraMessage::decode(kind, r)? {
            Some(message) => nicira(message, r.version()),
            None => Message::Experimenter(Experimenter { experimenter, kind, data: r.rest() }),
        },
        _ => Message::Experimenter(Experimenter { experimenter, kind, data: r.rest() }),
    })
}

/// Returns what a message of Nicira's says: in OpenFlow 1.0, what later versions have a message of
/// their own for.
fn nicira(message: NiciraMessage, version: Version) -> Message {
    match message {
        NiciraMessage::RoleRequest(role) if version == Version::V1_0 => {
            Message::RoleRequest(role.into())
        }
        NiciraMessage::RoleReply(role) if version == Version::V1_0 => {
            Message::RoleReply(role.into())
        }
        NiciraMessage::SetAsyncConfig(masks) if version == Version::V1_0 => {
            Message::SetAsync(masks)
        }
        message => Message::Nicira(Box::new(message)),
    }
}

/// Reads what of OpenFlow 1.4 the ONF brings to 1.3.
fn decode_onf(kind: u32, r: &mut Reader<'_>) -> Result<Message, DecodeError> {
    Ok(match kind {
        Experimenter::ONF_ROLE_STATUS => Message::RoleStatus(RoleStatus::decode(r)?),
        Experimenter::ONF_REQUESTFORWARD => Message::RequestForward(RequestForward::decode(r)?),
        Experimenter::ONF_BUNDLE_CONTROL => Message::BundleControl(BundleControl::decode(r)?),
        Experimenter::ONF_BUNDLE_ADD => Message::BundleAdd(BundleAdd::decode(r)?),
        kind => {
            let data = r.rest();
            Message::Experimenter(Experimenter { experimenter: Experimenter::ONF, kind, data })
        }
    })
}

/// Returns the type of a message that 1.3 has as the ONF's.
fn from_1_4(version: Version, kind: MessageType) -> MessageType {
    match version {
        Version::V1_0 | Version::V1_3 => MessageType::EXPERIMENTER,
        Version::V1_4 | Version::V1_5 => kind,
    }
}

fn encode_from_1_4(onf: u32, body: &impl Wire, w: &mut Writer<'_>) {
    if w.version() == Version::V1_3 {
        w.u32(Experimenter::ONF);
        w.u32(onf);
    }
    body.encode(w);
}

fn encode_own(kind: u32, body: &impl Wire, w: &mut Writer<'_>) {
    w.u32(Experimenter::BATON);
    w.u32(kind);
    body.encode(w);
}
