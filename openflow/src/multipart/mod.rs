//! Multipart messages: requests for state, whose replies may come in several messages.
//!
//! ```text
//! +--------+------+-------+---------+------+
//! | header | type | flags | padding | body |    flags bit 0: more parts follow, with the same xid
//! +--------+------+-------+---------+------+
//!     8       2       2        4
//! ```

mod desc;
mod flow;
mod table;

pub use desc::Desc;
pub use flow::{FlowStats, FlowStatsRequest};
pub use table::TableStats;

use bytes::Bytes;

use crate::Port;
use crate::wire::{DecodeError, Reader, Wire, Writer};

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
    /// Counters of the tables.
    Table,
    /// The ports.
    PortDesc,
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
    /// Counters of the tables.
    Table(Vec<TableStats>),
    /// The ports.
    PortDesc(Vec<Port>),
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
    /// Flow statistics.
    pub const FLOW: MultipartType = MultipartType(1);
    /// Table statistics.
    pub const TABLE: MultipartType = MultipartType(3);
    /// Table features; a request with a body sets them.
    pub const TABLE_FEATURES: MultipartType = MultipartType(12);
    /// Description of the ports.
    pub const PORT_DESC: MultipartType = MultipartType(13);
    /// The last of the types that only read, flow monitor (1.4), but for [`TABLE_FEATURES`].
    ///
    /// [`TABLE_FEATURES`]: MultipartType::TABLE_FEATURES
    const LAST_READ: MultipartType = MultipartType(16);
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
            MultipartRequestBody::Table => MultipartType::TABLE,
            MultipartRequestBody::PortDesc => MultipartType::PORT_DESC,
            MultipartRequestBody::Unknown { kind, .. } => *kind,
        }
    }

    /// Returns whether more parts follow.
    pub fn has_more(&self) -> bool {
        self.flags.contains(MultipartFlags::MORE)
    }

    /// Returns whether the request may change the switch: one that sets table features does, and
    /// one that nobody here knows might.
    pub fn changes_switch(&self) -> bool {
        match &self.body {
            MultipartRequestBody::Unknown { kind: MultipartType::TABLE_FEATURES, body } => {
                !body.is_empty()
            }
            MultipartRequestBody::Unknown { kind, .. } => *kind > MultipartType::LAST_READ,
            MultipartRequestBody::Desc
            | MultipartRequestBody::Flow(_)
            | MultipartRequestBody::Table
            | MultipartRequestBody::PortDesc => false,
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
            MultipartReplyBody::Table(_) => MultipartType::TABLE,
            MultipartReplyBody::PortDesc(_) => MultipartType::PORT_DESC,
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
        let body = match kind {
            MultipartType::DESC => MultipartRequestBody::Desc,
            MultipartType::FLOW => MultipartRequestBody::Flow(FlowStatsRequest::decode(r)?),
            MultipartType::TABLE => MultipartRequestBody::Table,
            MultipartType::PORT_DESC => MultipartRequestBody::PortDesc,
            kind => MultipartRequestBody::Unknown { kind, body: r.rest() },
        };
        Ok(MultipartRequest { flags, body })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        encode_header(self.kind(), self.flags, w);
        match &self.body {
            MultipartRequestBody::Flow(request) => request.encode(w),
            MultipartRequestBody::Unknown { body, .. } => w.slice(body),
            MultipartRequestBody::Desc
            | MultipartRequestBody::Table
            | MultipartRequestBody::PortDesc => {}
        }
    }
}

impl Wire for MultipartReply {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, flags) = decode_header(r)?;
        let body = match kind {
            MultipartType::DESC => MultipartReplyBody::Desc(Box::new(Desc::decode(r)?)),
            MultipartType::FLOW => MultipartReplyBody::Flow(r.list()?),
            MultipartType::TABLE => MultipartReplyBody::Table(r.list()?),
            MultipartType::PORT_DESC => MultipartReplyBody::PortDesc(r.list()?),
            kind => MultipartReplyBody::Unknown { kind, body: r.rest() },
        };
        Ok(MultipartReply { flags, body })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        encode_header(self.kind(), self.flags, w);
        match &self.body {
            MultipartReplyBody::Desc(desc) => desc.encode(w),
            MultipartReplyBody::Flow(flows) => w.list(flows),
            MultipartReplyBody::Table(tables) => w.list(tables),
            MultipartReplyBody::PortDesc(ports) => w.list(ports),
            MultipartReplyBody::Unknown { body, .. } => w.slice(body),
        }
    }
}

fn decode_header(r: &mut Reader<'_>) -> Result<(MultipartType, MultipartFlags), DecodeError> {
    let kind = MultipartType(r.u16()?);
    let flags = MultipartFlags::from_bits_retain(r.u16()?);
    r.pad::<4>()?;
    Ok((kind, flags))
}

fn encode_header(kind: MultipartType, flags: MultipartFlags, w: &mut Writer<'_>) {
    w.u16(kind.0);
    w.u16(flags.bits());
    w.pad::<4>();
}
