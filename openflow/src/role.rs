use std::fmt;

use crate::nicira::NiciraRole;
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{ErrorCode, GenerationId, NiciraMessage, ShortId, UnknownProperty, Version};

/// What a controller may do to a switch (OpenFlow 1.3.5 §6.3.4).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "lowercase"))]
pub enum Role {
    /// In a request: tell me my role and leave it.
    NoChange = 0,
    /// May do everything, beside others that may too.
    Equal = 1,
    /// May do everything, and is the only master.
    Master = 2,
    /// May only read.
    Slave = 3,
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Role::NoChange => "nochange",
            Role::Equal => "equal",
            Role::Master => "master",
            Role::Slave => "slave",
        })
    }
}

impl Wire for Role {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        Ok(match r.u32()? {
            0 => Role::NoChange,
            1 => Role::Equal,
            2 => Role::Master,
            3 => Role::Slave,
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

/// Body of `OFPT_ROLE_REQUEST` and `OFPT_ROLE_REPLY`.
///
/// ```text
/// 1.3   role 4 | pad 4              | generation_id 8
/// 1.5   role 4 | short_id 2 | pad 2 | generation_id 8
/// ```
///
/// OpenFlow 1.0 has no roles. Nicira's `NXT_ROLE_REQUEST` and `NXT_ROLE_REPLY` stand for them there,
/// which know EQUAL as OTHER and neither NOCHANGE nor a generation id: none is sent, and
/// [`GenerationId::UNDEFINED`] is read.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RoleRequest {
    /// Role asked for or granted.
    pub role: Role,
    /// By which number the switch shall tell of the controller, from OpenFlow 1.5 on; never sent before.
    pub short_id: ShortId,
    /// Position of this change among all elections of a master for the switch.
    pub generation_id: GenerationId,
}

impl RoleRequest {
    /// Returns the request for a role, by a controller that has not said its number.
    pub const fn new(role: Role, generation_id: GenerationId) -> Self {
        RoleRequest { role, short_id: ShortId::UNDEFINED, generation_id }
    }
}

impl Wire for RoleRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let role = Role::decode(r)?;
        let short_id = match r.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => {
                r.pad::<4>()?;
                ShortId::UNDEFINED
            }
            Version::V1_5 => {
                let short_id = ShortId(r.u16()?);
                r.pad::<2>()?;
                short_id
            }
        };
        Ok(RoleRequest { role, short_id, generation_id: GenerationId(r.u64()?) })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.role.encode(w);
        match w.version() {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => w.pad::<4>(),
            Version::V1_5 => {
                w.u16(self.short_id.0);
                w.pad::<2>();
            }
        }
        w.u64(self.generation_id.0);
    }
}

impl RoleRequest {
    /// Writes the message of Nicira's that says this in OpenFlow 1.0.
    pub(crate) fn encode_nicira(
        &self,
        message: impl FnOnce(NiciraRole) -> NiciraMessage,
        w: &mut Writer<'_>,
    ) {
        match NiciraRole::of(self.role) {
            Some(role) => message(role).encode(w),
            None => w.lacks("role NOCHANGE"),
        }
    }
}

impl From<NiciraRole> for RoleRequest {
    fn from(role: NiciraRole) -> Self {
        RoleRequest::new(role.into(), GenerationId::UNDEFINED)
    }
}

/// Body of `OFPT_ROLE_STATUS`: the switch changed the controller's role unasked.
///
/// OpenFlow 1.3 has it as an ONF extension, an experimenter message with the same body.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RoleStatus {
    /// Role that the controller has now.
    pub role: Role,
    /// Why it changed.
    pub reason: RoleReason,
    /// Newest generation id that the switch has seen.
    pub generation_id: GenerationId,
    /// Properties; only experimenters define any.
    pub properties: Vec<UnknownProperty>,
}

impl Wire for RoleStatus {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let role = Role::decode(r)?;
        let reason = RoleReason(r.u8()?);
        r.pad::<3>()?;
        let generation_id = GenerationId(r.u64()?);
        let properties = r.bounded_list(Structure::Property)?;
        Ok(RoleStatus { role, reason, generation_id, properties })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.role.encode(w);
        w.u8(self.reason.0);
        w.pad::<3>();
        w.u64(self.generation_id.0);
        w.list(&self.properties);
    }
}

/// Why a switch changed a controller's role: an open registry (OpenFlow 1.4 §7.4.4).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RoleReason(pub u8);

impl RoleReason {
    /// Another controller became master.
    pub const MASTER_REQUEST: RoleReason = RoleReason(0);
    /// The switch was configured so.
    pub const CONFIG: RoleReason = RoleReason(1);
    /// An experimenter's reason.
    pub const EXPERIMENTER: RoleReason = RoleReason(2);
}
