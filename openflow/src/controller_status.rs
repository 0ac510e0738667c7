use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{Role, UnknownProperty};

/// `OFPT_CONTROLLER_STATUS`: what a switch tells controllers of one of them (OpenFlow 1.5.1 §7.4.8).
///
/// ```text
/// length 2 | short_id 2 | role 4 | reason 1 | channel_status 1 | pad 6 | properties
/// ```
///
/// The same in an answer to a multipart request for them.
///
/// OpenFlow 1.3 and 1.4 do not have it: there it is an experimenter's message, Baton's own, as the ONF has
/// [`RoleStatus`](crate::RoleStatus) on 1.3.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ControllerStatus {
    /// Which controller.
    pub short_id: ShortId,
    /// Role that it has now.
    pub role: Role,
    /// Why the switch tells.
    pub reason: ControllerReason,
    /// Whether it is connected.
    pub channel_status: ChannelStatus,
    /// Properties, as they are.
    pub properties: Vec<UnknownProperty>,
}

impl ControllerStatus {
    /// Returns where the controller is, such as `tcp:192.0.2.1:6653`, if the switch says it and it is text.
    pub fn uri(&self) -> Option<&str> {
        let uri = self.properties.iter().find(|property| property.kind == URI)?;
        std::str::from_utf8(&uri.body).ok()
    }
}

impl Wire for ControllerStatus {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let length = usize::from(r.u16()?);
        let mut entry = r.rest_of_entry(Structure::Body, offset, length, FIXED_PART)?;
        let short_id = ShortId(entry.u16()?);
        let role = Role::decode(&mut entry)?;
        let reason = ControllerReason(entry.u8()?);
        let channel_status = ChannelStatus(entry.u8()?);
        entry.pad::<6>()?;
        let properties = entry.bounded_list(Structure::Property)?;
        Ok(ControllerStatus { short_id, role, reason, channel_status, properties })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.entry(|w| {
            w.u16(self.short_id.0);
            self.role.encode(w);
            w.u8(self.reason.0);
            w.u8(self.channel_status.0);
            w.pad::<6>();
            w.list(&self.properties);
        });
    }
}

/// Number by which a switch tells controllers of each other.
///
/// In OpenFlow 1.5 it is a field of the role request. As a message of its own, which goes before one, it is
/// Baton's.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ShortId(pub u16);

impl ShortId {
    /// The controller has not said.
    pub const UNDEFINED: ShortId = ShortId(0);
}

impl Wire for ShortId {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let id = ShortId(r.u16()?);
        r.pad::<6>()?;
        Ok(id)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.0);
        w.pad::<6>();
    }
}

/// Why a switch tells of a controller: an open registry.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ControllerReason(pub u8);

impl ControllerReason {
    /// Somebody asked.
    pub const REQUEST: ControllerReason = ControllerReason(0);
    /// It connected, or its connection is lost.
    pub const CHANNEL_STATUS: ControllerReason = ControllerReason(1);
    /// It has another role.
    pub const ROLE: ControllerReason = ControllerReason(2);
    /// It was configured.
    pub const CONTROLLER_ADDED: ControllerReason = ControllerReason(3);
    /// It is configured no more.
    pub const CONTROLLER_REMOVED: ControllerReason = ControllerReason(4);
    /// It has another short id.
    pub const SHORT_ID: ControllerReason = ControllerReason(5);
    /// An experimenter's reason.
    pub const EXPERIMENTER: ControllerReason = ControllerReason(6);
}

/// Whether a controller is connected: an open registry.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ChannelStatus(pub u8);

impl ChannelStatus {
    /// It is.
    pub const UP: ChannelStatus = ChannelStatus(0);
    /// It is not.
    pub const DOWN: ChannelStatus = ChannelStatus(1);
}

/// Property that says where the controller is.
const URI: u16 = 0;
/// What a length field counts at least.
const FIXED_PART: usize = 16;
