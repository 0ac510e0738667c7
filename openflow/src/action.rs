use bytes::Bytes;
use smallvec::SmallVec;

use crate::nicira::{FieldHeader, FieldOffset};
use crate::oxm::Field;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{
    ErrorCode, FieldValue, GroupId, Key, MeterId, NiciraAction, PortNo, QueueId, Version,
    action_1_0,
};

/// What to do with a packet (OpenFlow 1.3.5 §7.2.5).
///
/// Sixteen bytes, since lists of actions are long and most actions short.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum Action {
    /// Send it out of a port.
    Output {
        /// The port, or a reserved one.
        port: PortNo,
        /// How many bytes go to the controller, if that is the port.
        max_len: u16,
    },
    /// Copy the TTL from the next-to-outermost header to the outermost.
    CopyTtlOut,
    /// Copy the TTL from the outermost header to the next.
    CopyTtlIn,
    /// Set the MPLS TTL.
    SetMplsTtl(u8),
    /// Decrement the MPLS TTL.
    DecMplsTtl,
    /// Push a VLAN tag with this Ethernet type.
    PushVlan(u16),
    /// Pop the outermost VLAN tag.
    PopVlan,
    /// Push an MPLS label with this Ethernet type.
    PushMpls(u16),
    /// Pop the outermost MPLS label; the payload has this Ethernet type.
    PopMpls(u16),
    /// Set the queue that later outputs use.
    SetQueue(u32),
    /// Apply a group.
    Group(GroupId),
    /// Set the IP TTL.
    SetNwTtl(u8),
    /// Decrement the IP TTL.
    DecNwTtl,
    /// Write a header field, where its mask has ones; without a mask before OpenFlow 1.5. In OpenFlow 1.0 a field of a
    /// VLAN tag gives a packet that has none a tag.
    SetField(Box<Field>),
    /// Send it out of a port's queue (1.0).
    Enqueue {
        /// The port.
        port: PortNo,
        /// The queue.
        queue_id: QueueId,
    },
    /// Push a provider backbone bridge tag with this Ethernet type.
    PushPbb(u16),
    /// Pop the outermost provider backbone bridge tag.
    PopPbb,
    /// Copy bits from one field to another (1.5 on).
    CopyField(Box<CopyField>),
    /// Apply a meter (1.5 on).
    Meter(MeterId),
    /// One of Nicira's, which Open vSwitch has.
    Nicira(Box<NiciraAction>),
    /// An action of a type that this crate does not know, other experimenters' included.
    Unknown(Box<UnknownAction>),
}

/// What to do with a packet, in order; in place while it is two actions.
pub type Actions = SmallVec<[Action; 2]>;

/// Which bits to copy where (`ofp_action_copy_field`, OpenFlow 1.5.1).
///
/// ```text
/// type 2 | length 2 | n_bits 2 | src_offset 2 | dst_offset 2 | pad 2 | source | target | padding
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct CopyField {
    /// How many bits.
    pub bits: u16,
    /// Where from.
    pub source: FieldOffset,
    /// Where to.
    pub target: FieldOffset,
}

/// An action kept as it stood in the message.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct UnknownAction {
    /// Type of the action, [`Action::EXPERIMENTER`] among them.
    pub kind: u16,
    /// What follows type and length. Its length is 4 more than a multiple of 8, and is brought up
    /// to one with zeroes.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub body: Bytes,
}

impl Action {
    /// The `max_len` that sends the controller whole packets, unbuffered (`OFPCML_NO_BUFFER`).
    pub const WHOLE_PACKET: u16 = 0xffff;
    /// Type of the actions that an experimenter defines (`OFPAT_EXPERIMENTER`).
    pub const EXPERIMENTER: u16 = 0xffff;

    /// Returns the action that sends a packet out of a port, or to the controller as a whole.
    pub fn output(port: PortNo) -> Self {
        Action::Output { port, max_len: Action::WHOLE_PACKET }
    }

    /// Returns the action that writes a header field.
    pub fn set_field<T: FieldValue>(key: Key<T>, value: T) -> Self {
        Action::SetField(Box::new(Field::exact(key, value)))
    }

    /// Returns the action that writes a header field where `mask` has ones (1.5 on).
    pub fn set_field_masked<T: FieldValue>(key: Key<T>, value: T, mask: T) -> Self {
        Action::SetField(Box::new(Field::masked(key, value, mask)))
    }
}

impl Wire for Action {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        if r.version() == Version::V1_0 {
            return action_1_0::decode(r);
        }
        let (kind, mut body) = r.aligned_element(Structure::Action)?;
        let action = match kind {
            OUTPUT => {
                let action = Action::Output { port: PortNo(body.u32()?), max_len: body.u16()? };
                body.pad::<6>()?;
                action
            }
            COPY_TTL_OUT => bare(&mut body, Action::CopyTtlOut)?,
            COPY_TTL_IN => bare(&mut body, Action::CopyTtlIn)?,
            SET_MPLS_TTL => Action::SetMplsTtl(byte(&mut body)?),
            DEC_MPLS_TTL => bare(&mut body, Action::DecMplsTtl)?,
            PUSH_VLAN => Action::PushVlan(ethertype(&mut body)?),
            POP_VLAN => bare(&mut body, Action::PopVlan)?,
            PUSH_MPLS => Action::PushMpls(ethertype(&mut body)?),
            POP_MPLS => Action::PopMpls(ethertype(&mut body)?),
            SET_QUEUE => Action::SetQueue(body.u32()?),
            GROUP => Action::Group(GroupId(body.u32()?)),
            SET_NW_TTL => Action::SetNwTtl(byte(&mut body)?),
            DEC_NW_TTL => bare(&mut body, Action::DecNwTtl)?,
            SET_FIELD => Action::SetField(Box::new(field_to_set(&mut body)?)),
            PUSH_PBB => Action::PushPbb(ethertype(&mut body)?),
            POP_PBB => bare(&mut body, Action::PopPbb)?,
            COPY_FIELD if body.version() >= Version::V1_5 => {
                Action::CopyField(Box::new(CopyField::decode(&mut body)?))
            }
            METER if body.version() >= Version::V1_5 => Action::Meter(MeterId(body.u32()?)),
            kind => match nicira_action(kind, &mut body)? {
                Some(action) => Action::Nicira(Box::new(action)),
                None => Action::Unknown(Box::new(UnknownAction { kind, body: body.rest() })),
            },
        };
        body.finish()?;
        Ok(action)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        if w.version() == Version::V1_0 {
            return action_1_0::encode(self, w);
        }
        // What is missing to a multiple of 8 is the padding of every action.
        match self {
            Action::Output { port, max_len } => w.aligned_element(OUTPUT, |w| {
                w.u32(port.0);
                w.u16(*max_len);
            }),
            Action::CopyTtlOut => w.aligned_element(COPY_TTL_OUT, |w| w.pad::<4>()),
            Action::CopyTtlIn => w.aligned_element(COPY_TTL_IN, |w| w.pad::<4>()),
            Action::SetMplsTtl(ttl) => w.aligned_element(SET_MPLS_TTL, |w| w.u8(*ttl)),
            Action::DecMplsTtl => w.aligned_element(DEC_MPLS_TTL, |w| w.pad::<4>()),
            Action::PushVlan(ethertype) => w.aligned_element(PUSH_VLAN, |w| w.u16(*ethertype)),
            Action::PopVlan => w.aligned_element(POP_VLAN, |w| w.pad::<4>()),
            Action::PushMpls(ethertype) => w.aligned_element(PUSH_MPLS, |w| w.u16(*ethertype)),
            Action::PopMpls(ethertype) => w.aligned_element(POP_MPLS, |w| w.u16(*ethertype)),
            Action::SetQueue(queue) => w.aligned_element(SET_QUEUE, |w| w.u32(*queue)),
            Action::Group(group) => w.aligned_element(GROUP, |w| w.u32(group.0)),
            Action::SetNwTtl(ttl) => w.aligned_element(SET_NW_TTL, |w| w.u8(*ttl)),
            Action::DecNwTtl => w.aligned_element(DEC_NW_TTL, |w| w.pad::<4>()),
            Action::SetField(field) => w.aligned_element(SET_FIELD, |w| field.encode(w)),
            Action::Enqueue { .. } => w.lacks("action that sends out of a queue"),
            Action::PushPbb(ethertype) => w.aligned_element(PUSH_PBB, |w| w.u16(*ethertype)),
            Action::PopPbb => w.aligned_element(POP_PBB, |w| w.pad::<4>()),
            Action::CopyField(copy) => w.aligned_element(COPY_FIELD, |w| copy.encode(w)),
            Action::Meter(meter) => w.aligned_element(METER, |w| w.u32(meter.0)),
            Action::Nicira(action) => action.encode(w),
            Action::Unknown(action) => w.aligned_element(action.kind, |w| w.slice(&action.body)),
        }
    }
}

impl Wire for CopyField {
    fn decode(body: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let bits = body.u16()?;
        let [source, target] = [body.u16()?, body.u16()?];
        body.pad::<2>()?;
        let source = FieldOffset { field: FieldHeader::decode(body)?, offset: source };
        let target = FieldOffset { field: FieldHeader::decode(body)?, offset: target };
        body.end_padding();
        Ok(CopyField { bits, source, target })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.bits);
        w.u16(self.source.offset);
        w.u16(self.target.offset);
        w.pad::<2>();
        self.source.field.encode(w);
        self.target.field.encode(w);
    }
}

fn nicira_action(kind: u16, body: &mut Reader<'_>) -> Result<Option<NiciraAction>, DecodeError> {
    if kind == Action::EXPERIMENTER { NiciraAction::decode(body) } else { Ok(None) }
}

fn bare(body: &mut Reader<'_>, action: Action) -> Result<Action, DecodeError> {
    body.pad::<4>()?;
    Ok(action)
}

fn byte(body: &mut Reader<'_>) -> Result<u8, DecodeError> {
    let byte = body.u8()?;
    body.pad::<3>()?;
    Ok(byte)
}

fn ethertype(body: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let ethertype = body.u16()?;
    body.pad::<2>()?;
    Ok(ethertype)
}

/// Reads an OXM field and its padding: "the field's mask must be zero" before OpenFlow 1.5
/// (1.3.5 §7.2.5), and the padding is less than 8 bytes.
fn field_to_set(body: &mut Reader<'_>) -> Result<Field, DecodeError> {
    let offset = body.offset();
    let length = body.remaining();
    let mut oxm = body.within(Structure::SetField, length)?;
    let field = Field::decode(&mut oxm)?;
    if field.has_mask() && body.version() < Version::V1_5 {
        return Err(DecodeError::Value {
            structure: Structure::SetField,
            field: "field without a mask",
            offset,
            value: field.id().number.into(),
            code: ErrorCode::BAD_ACTION_SET_ARGUMENT,
        });
    }
    oxm.end_padding();
    oxm.finish()?;
    Ok(field)
}

const OUTPUT: u16 = 0;
const COPY_TTL_OUT: u16 = 11;
const COPY_TTL_IN: u16 = 12;
const SET_MPLS_TTL: u16 = 15;
const DEC_MPLS_TTL: u16 = 16;
const PUSH_VLAN: u16 = 17;
const POP_VLAN: u16 = 18;
const PUSH_MPLS: u16 = 19;
const POP_MPLS: u16 = 20;
const SET_QUEUE: u16 = 21;
const GROUP: u16 = 22;
const SET_NW_TTL: u16 = 23;
const DEC_NW_TTL: u16 = 24;
const SET_FIELD: u16 = 25;
const PUSH_PBB: u16 = 26;
const POP_PBB: u16 = 27;
const COPY_FIELD: u16 = 28;
const METER: u16 = 29;
