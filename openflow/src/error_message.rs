use std::fmt;

use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Body of `OFPT_ERROR`: what the other side could not do.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ErrorMessage {
    /// What went wrong.
    #[cfg_attr(feature = "serde", serde(flatten))]
    pub code: ErrorCode,
    /// At least the first 64 bytes of the message at fault; for [`ErrorCode::HELLO_INCOMPATIBLE`]
    /// a text.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub data: Bytes,
}

impl ErrorMessage {
    /// How much of a message at fault goes into an error about it, in bytes.
    pub const MAX_QUOTE: usize = 64;
}

impl Wire for ErrorMessage {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let code = ErrorCode { kind: r.u16()?, code: r.u16()? };
        Ok(ErrorMessage { code, data: r.rest() })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.code.kind);
        w.u16(self.code.code);
        w.slice(&self.data);
    }
}

/// An error's type, and its code within the type: an open registry (OpenFlow 1.3.5 §7.4.4).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ErrorCode {
    /// The type, `OFPET_*`.
    #[cfg_attr(feature = "serde", serde(rename = "type"))]
    pub kind: u16,
    /// The code, whose meaning depends on the type.
    pub code: u16,
}

impl ErrorCode {
    /// No version in common.
    pub const HELLO_INCOMPATIBLE: ErrorCode = ErrorCode::new(0, 0);
    /// The hello is not allowed.
    pub const HELLO_PERMISSIONS: ErrorCode = ErrorCode::new(0, 1);
    /// The version in the header is not supported, or not the one negotiated.
    pub const BAD_REQUEST_VERSION: ErrorCode = ErrorCode::new(1, 0);
    /// The message type is not supported, or not for this direction.
    pub const BAD_REQUEST_TYPE: ErrorCode = ErrorCode::new(1, 1);
    /// The multipart type is not supported.
    pub const BAD_REQUEST_MULTIPART: ErrorCode = ErrorCode::new(1, 2);
    /// The experimenter is not supported.
    pub const BAD_REQUEST_EXPERIMENTER: ErrorCode = ErrorCode::new(1, 3);
    /// The request is not permitted.
    pub const BAD_REQUEST_PERMISSIONS: ErrorCode = ErrorCode::new(1, 5);
    /// A length is wrong.
    pub const BAD_REQUEST_LENGTH: ErrorCode = ErrorCode::new(1, 6);
    /// The buffer has been used already.
    pub const BAD_REQUEST_BUFFER_EMPTY: ErrorCode = ErrorCode::new(1, 7);
    /// The sender is SLAVE, and only a MASTER or EQUAL may ask for this.
    pub const BAD_REQUEST_IS_SLAVE: ErrorCode = ErrorCode::new(1, 10);
    /// The port is not valid.
    pub const BAD_REQUEST_PORT: ErrorCode = ErrorCode::new(1, 11);
    /// The action type is not supported.
    pub const BAD_ACTION_TYPE: ErrorCode = ErrorCode::new(2, 0);
    /// An action's length is wrong.
    pub const BAD_ACTION_LENGTH: ErrorCode = ErrorCode::new(2, 1);
    /// The OXM field of a set-field has a length that is wrong.
    pub const BAD_ACTION_SET_LENGTH: ErrorCode = ErrorCode::new(2, 14);
    /// The OXM field of a set-field holds what it may not.
    pub const BAD_ACTION_SET_ARGUMENT: ErrorCode = ErrorCode::new(2, 15);
    /// An instruction's length is wrong.
    pub const BAD_INSTRUCTION_LENGTH: ErrorCode = ErrorCode::new(3, 7);
    /// The match type is not supported.
    pub const BAD_MATCH_TYPE: ErrorCode = ErrorCode::new(4, 0);
    /// The length of a match or of one of its fields is wrong.
    pub const BAD_MATCH_LENGTH: ErrorCode = ErrorCode::new(4, 1);
    /// A field's value has bits that its mask excludes.
    pub const BAD_MATCH_WILDCARDS: ErrorCode = ErrorCode::new(4, 5);
    /// A field's value is impossible.
    pub const BAD_MATCH_VALUE: ErrorCode = ErrorCode::new(4, 7);
    /// A field's mask is not supported.
    pub const BAD_MATCH_MASK: ErrorCode = ErrorCode::new(4, 8);
    /// A field stands in a match twice.
    pub const BAD_MATCH_DUPLICATE: ErrorCode = ErrorCode::new(4, 10);
    /// The table is full.
    pub const FLOW_MOD_TABLE_FULL: ErrorCode = ErrorCode::new(5, 1);
    /// The table does not exist.
    pub const FLOW_MOD_TABLE_ID: ErrorCode = ErrorCode::new(5, 2);
    /// The flow overlaps another, which the request forbids.
    pub const FLOW_MOD_OVERLAP: ErrorCode = ErrorCode::new(5, 3);
    /// The flow-mod command is unknown.
    pub const FLOW_MOD_COMMAND: ErrorCode = ErrorCode::new(5, 6);
    /// A bucket is wrong.
    pub const GROUP_MOD_BUCKET: ErrorCode = ErrorCode::new(6, 12);
    /// The generation id is older than the newest that the switch has seen.
    pub const ROLE_STALE: ErrorCode = ErrorCode::new(11, 0);
    /// The switch does not have roles.
    pub const ROLE_UNSUPPORTED: ErrorCode = ErrorCode::new(11, 1);
    /// The role is none that exists.
    pub const ROLE_BAD: ErrorCode = ErrorCode::new(11, 2);
    /// The length of a property of table features is wrong (OpenFlow 1.3).
    pub const TABLE_FEATURES_LENGTH: ErrorCode = ErrorCode::new(13, 3);
    /// The length of an OpenFlow 1.4 property is wrong.
    pub const BAD_PROPERTY_LENGTH: ErrorCode = ErrorCode::new(14, 1);
    /// The flow monitor command is unknown.
    pub const FLOW_MONITOR_COMMAND: ErrorCode = ErrorCode::new(16, 4);

    /// The type of errors that an experimenter defines.
    pub const EXPERIMENTER: u16 = 0xffff;

    const fn new(kind: u16, code: u16) -> Self {
        ErrorCode { kind, code }
    }

    /// Returns the name of the type in the specification.
    pub fn kind_name(self) -> &'static str {
        match self.kind {
            0 => "OFPET_HELLO_FAILED",
            1 => "OFPET_BAD_REQUEST",
            2 => "OFPET_BAD_ACTION",
            3 => "OFPET_BAD_INSTRUCTION",
            4 => "OFPET_BAD_MATCH",
            5 => "OFPET_FLOW_MOD_FAILED",
            6 => "OFPET_GROUP_MOD_FAILED",
            7 => "OFPET_PORT_MOD_FAILED",
            8 => "OFPET_TABLE_MOD_FAILED",
            9 => "OFPET_QUEUE_OP_FAILED",
            10 => "OFPET_SWITCH_CONFIG_FAILED",
            11 => "OFPET_ROLE_REQUEST_FAILED",
            12 => "OFPET_METER_MOD_FAILED",
            13 => "OFPET_TABLE_FEATURES_FAILED",
            14 => "OFPET_BAD_PROPERTY",
            15 => "OFPET_ASYNC_CONFIG_FAILED",
            16 => "OFPET_FLOW_MONITOR_FAILED",
            17 => "OFPET_BUNDLE_FAILED",
            ErrorCode::EXPERIMENTER => "OFPET_EXPERIMENTER",
            _ => "OFPET_UNKNOWN",
        }
    }
}

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} code {}", self.kind_name(), self.code)
    }
}
