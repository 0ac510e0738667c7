use std::fmt;

use crate::Version;

/// An error's type, and its code within the type: an open registry (OpenFlow 1.3.5 §7.4.4).
///
/// The names are those of OpenFlow 1.4 §7.5.4, with what only earlier versions have and what 1.5 adds. The
/// numbers are those of OpenFlow 1.1 on: the others that 1.0 has from type 3 on are in its messages alone.
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
    /// The type of errors of bundles (1.4 on).
    pub(crate) const BUNDLE: u16 = 17;
    /// The type of errors that an experimenter defines.
    pub const EXPERIMENTER: u16 = 0xffff;
    /// The type of Nicira's errors in OpenFlow 1.0: vendor, type and code stand before the quote.
    pub const NICIRA_VENDOR: u16 = 0xb0c2;

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
            ErrorCode::BUNDLE => "OFPET_BUNDLE_FAILED",
            ErrorCode::NICIRA_VENDOR => "NXET_VENDOR",
            ErrorCode::EXPERIMENTER => "OFPET_EXPERIMENTER",
            _ => "OFPET_UNKNOWN",
        }
    }
}

/// OpenFlow 1.0 (§5.4.4) numbers from type 3 on otherwise.
///
/// ```text
/// 1.0   3 flow-mod failed   4 port-mod failed   5 queue operation failed
/// 1.1   5                   7                   9, and most codes of flow-mods are others too
/// ```
///
/// A code that only 1.0 has, or nobody knows, has [`ONLY_IN_1_0`] turned over here.
impl ErrorCode {
    /// Returns whether the version has no error of this type, while others have one that would be taken for it:
    /// a message that says so is kept as it is.
    pub(crate) fn is_foreign(version: Version, kind: u16, code: u16) -> bool {
        let is_old = MOVED.iter().any(|(old, _)| *old == kind);
        let is_later = MOVED.iter().any(|(_, moved)| *moved == kind);
        version == Version::V1_0 && if is_old { code >= ONLY_IN_1_0 } else { is_later }
    }

    /// Returns the code that stands for these numbers in a message of this version.
    pub(crate) fn from_wire(version: Version, kind: u16, code: u16) -> Self {
        let wire = ErrorCode { kind, code };
        if version != Version::V1_0 {
            return wire;
        }
        if let Some((_, same)) = IN_1_0.iter().find(|(old, _)| *old == wire) {
            return *same;
        }
        match MOVED.iter().find(|(old, _)| *old == kind) {
            Some((_, moved)) => ErrorCode { kind: *moved, code: code ^ ONLY_IN_1_0 },
            None => wire,
        }
    }

    /// Returns the code with the numbers that it has in a message of this version.
    pub(crate) fn to_wire(self, version: Version) -> Self {
        if version != Version::V1_0 {
            return self;
        }
        if let Some((old, _)) = IN_1_0.iter().find(|(_, same)| *same == self) {
            return *old;
        }
        match MOVED.iter().find(|(_, moved)| *moved == self.kind) {
            Some((old, _)) => ErrorCode { kind: *old, code: self.code ^ ONLY_IN_1_0 },
            // Its numbers are those of another error there.
            None if MOVED.iter().any(|(old, _)| *old == self.kind) => self.nearest_in_1_0(),
            None => self,
        }
    }

    /// Returns the code that says in OpenFlow 1.0 what comes nearest to this one.
    pub(crate) fn nearest_in_1_0(self) -> Self {
        match self {
            ErrorCode::BAD_ACTION_SET_LENGTH => ErrorCode::BAD_ACTION_LENGTH,
            ErrorCode { kind: BAD_ACTION, code: 9.. } => ErrorCode::BAD_ACTION_ARGUMENT,
            ErrorCode { kind: 0..=BAD_ACTION, .. } => self,
            known if IN_1_0.iter().any(|(_, same)| *same == known) => known,
            ErrorCode::BAD_INSTRUCTION_LENGTH
            | ErrorCode::BAD_MATCH_LENGTH
            | ErrorCode::BAD_PROPERTY_LENGTH => ErrorCode::BAD_REQUEST_LENGTH,
            // What else is known to later versions alone stands in vendors' messages.
            _ => ErrorCode::BAD_REQUEST_EXPERIMENTER_TYPE,
        }
    }
}

const BAD_ACTION: u16 = 2;
/// The types of OpenFlow 1.0 that have other numbers from 1.1 on.
const MOVED: [(u16, u16); 3] = [(3, 5), (4, 7), (5, 9)];
/// The bit of a code that says that OpenFlow 1.0 alone has it.
const ONLY_IN_1_0: u16 = 0x8000;
/// The codes of these types, with their numbers in OpenFlow 1.0.
const IN_1_0: [(ErrorCode, ErrorCode); 11] = [
    (ErrorCode { kind: 3, code: 0 }, ErrorCode::FLOW_MOD_TABLE_FULL),
    (ErrorCode { kind: 3, code: 1 }, ErrorCode::FLOW_MOD_OVERLAP),
    (ErrorCode { kind: 3, code: 2 }, ErrorCode::FLOW_MOD_PERMISSIONS),
    (ErrorCode { kind: 3, code: 3 }, ErrorCode::FLOW_MOD_EMERGENCY_TIMEOUT),
    (ErrorCode { kind: 3, code: 4 }, ErrorCode::FLOW_MOD_COMMAND),
    (ErrorCode { kind: 3, code: 5 }, ErrorCode::FLOW_MOD_UNSUPPORTED),
    (ErrorCode { kind: 4, code: 0 }, ErrorCode::PORT_MOD_PORT),
    (ErrorCode { kind: 4, code: 1 }, ErrorCode::PORT_MOD_HW_ADDR),
    (ErrorCode { kind: 5, code: 0 }, ErrorCode::QUEUE_OP_PORT),
    (ErrorCode { kind: 5, code: 1 }, ErrorCode::QUEUE_OP_QUEUE),
    (ErrorCode { kind: 5, code: 2 }, ErrorCode::QUEUE_OP_PERMISSIONS),
];

impl fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} code {}", self.kind_name(), self.code)
    }
}

macro_rules! error_codes {
    ($($kind:literal { $($name:ident = $code:literal, $spec:literal, $doc:literal;)* })*) => {
        impl ErrorCode {
            $($(
                #[doc = concat!($doc, " (`", $spec, "`).")]
                pub const $name: ErrorCode = ErrorCode { kind: $kind, code: $code };
            )*)*

            /// Returns the name of the code in the specification, if it has one.
            pub fn name(self) -> Option<&'static str> {
                Some(match self {
                    $($(ErrorCode::$name => $spec,)*)*
                    _ => return None,
                })
            }
        }
    };
}

error_codes! {
    0 {
        HELLO_INCOMPATIBLE = 0, "OFPHFC_INCOMPATIBLE", "No version in common";
        HELLO_PERMISSIONS = 1, "OFPHFC_EPERM", "The hello is not allowed";
    }
    1 {
        BAD_REQUEST_VERSION = 0, "OFPBRC_BAD_VERSION",
            "The version in the header is not supported, or not the one negotiated";
        BAD_REQUEST_TYPE = 1, "OFPBRC_BAD_TYPE",
            "The message type is not supported, or not for this direction";
        BAD_REQUEST_MULTIPART = 2, "OFPBRC_BAD_MULTIPART", "The multipart type is not supported";
        BAD_REQUEST_EXPERIMENTER = 3, "OFPBRC_BAD_EXPERIMENTER",
            "The experimenter is not supported";
        BAD_REQUEST_EXPERIMENTER_TYPE = 4, "OFPBRC_BAD_EXP_TYPE",
            "The experimenter's type is not supported";
        BAD_REQUEST_PERMISSIONS = 5, "OFPBRC_EPERM", "The request is not permitted";
        BAD_REQUEST_LENGTH = 6, "OFPBRC_BAD_LEN", "A length is wrong";
        BAD_REQUEST_BUFFER_EMPTY = 7, "OFPBRC_BUFFER_EMPTY", "The buffer has been used already";
        BAD_REQUEST_BUFFER_UNKNOWN = 8, "OFPBRC_BUFFER_UNKNOWN", "The buffer does not exist";
        BAD_REQUEST_TABLE_ID = 9, "OFPBRC_BAD_TABLE_ID", "The table does not exist";
        BAD_REQUEST_IS_SLAVE = 10, "OFPBRC_IS_SLAVE",
            "The sender is SLAVE, and only a MASTER or EQUAL may ask for this";
        BAD_REQUEST_PORT = 11, "OFPBRC_BAD_PORT", "The port is not valid";
        BAD_REQUEST_PACKET = 12, "OFPBRC_BAD_PACKET", "The packet of a packet-out is not valid";
        BAD_REQUEST_MULTIPART_OVERFLOW = 13, "OFPBRC_MULTIPART_BUFFER_OVERFLOW",
            "The parts of the request do not fit in the buffer";
        BAD_REQUEST_MULTIPART_REQUEST_TIMEOUT = 14, "OFPBRC_MULTIPART_REQUEST_TIMEOUT",
            "The next part of the request took too long, from OpenFlow 1.4 on";
        BAD_REQUEST_MULTIPART_REPLY_TIMEOUT = 15, "OFPBRC_MULTIPART_REPLY_TIMEOUT",
            "The next part of the reply took too long, from OpenFlow 1.4 on";
        BAD_REQUEST_MULTIPART_SCHEDULE = 16, "OFPBRC_MULTIPART_BAD_SCHED",
            "The tolerance of bundles' times cannot be set, from OpenFlow 1.5 on";
        BAD_REQUEST_PIPELINE_FIELDS = 17, "OFPBRC_PIPELINE_FIELDS_ONLY",
            "A field is none of the pipeline, from OpenFlow 1.5 on";
        BAD_REQUEST_UNKNOWN = 18, "OFPBRC_UNKNOWN",
            "The request failed, nobody says why, from OpenFlow 1.5 on";
    }
    2 {
        BAD_ACTION_TYPE = 0, "OFPBAC_BAD_TYPE", "The action type is not supported";
        BAD_ACTION_LENGTH = 1, "OFPBAC_BAD_LEN", "An action's length is wrong";
        BAD_ACTION_EXPERIMENTER = 2, "OFPBAC_BAD_EXPERIMENTER", "The experimenter is not supported";
        BAD_ACTION_EXPERIMENTER_TYPE = 3, "OFPBAC_BAD_EXP_TYPE",
            "The experimenter's action is not supported";
        BAD_ACTION_OUT_PORT = 4, "OFPBAC_BAD_OUT_PORT", "The output port is not valid";
        BAD_ACTION_ARGUMENT = 5, "OFPBAC_BAD_ARGUMENT", "An action's argument is not valid";
        BAD_ACTION_PERMISSIONS = 6, "OFPBAC_EPERM", "The action is not permitted";
        BAD_ACTION_TOO_MANY = 7, "OFPBAC_TOO_MANY", "There are too many actions";
        BAD_ACTION_QUEUE = 8, "OFPBAC_BAD_QUEUE", "The queue is not valid";
        BAD_ACTION_OUT_GROUP = 9, "OFPBAC_BAD_OUT_GROUP", "The group is not valid";
        BAD_ACTION_MATCH_INCONSISTENT = 10, "OFPBAC_MATCH_INCONSISTENT",
            "The action does not apply to packets of this match";
        BAD_ACTION_UNSUPPORTED_ORDER = 11, "OFPBAC_UNSUPPORTED_ORDER",
            "The actions cannot be applied in this order";
        BAD_ACTION_TAG = 12, "OFPBAC_BAD_TAG", "The tag or encapsulation is not supported";
        BAD_ACTION_SET_TYPE = 13, "OFPBAC_BAD_SET_TYPE",
            "The OXM field of a set-field is not supported";
        BAD_ACTION_SET_LENGTH = 14, "OFPBAC_BAD_SET_LEN",
            "The OXM field of a set-field has a length that is wrong";
        BAD_ACTION_SET_ARGUMENT = 15, "OFPBAC_BAD_SET_ARGUMENT",
            "The OXM field of a set-field holds what it may not";
        BAD_ACTION_SET_MASK = 16, "OFPBAC_BAD_SET_MASK",
            "The OXM field of a set-field has a mask that it may not have, from OpenFlow 1.5 on";
        BAD_ACTION_METER = 17, "OFPBAC_BAD_METER",
            "The meter is not valid, from OpenFlow 1.5 on";
    }
    3 {
        BAD_INSTRUCTION_UNKNOWN = 0, "OFPBIC_UNKNOWN_INST", "The instruction is unknown";
        BAD_INSTRUCTION_UNSUPPORTED = 1, "OFPBIC_UNSUP_INST", "The instruction is not supported";
        BAD_INSTRUCTION_TABLE_ID = 2, "OFPBIC_BAD_TABLE_ID", "The table to go to is not valid";
        BAD_INSTRUCTION_METADATA = 3, "OFPBIC_UNSUP_METADATA", "The metadata is not supported";
        BAD_INSTRUCTION_METADATA_MASK = 4, "OFPBIC_UNSUP_METADATA_MASK",
            "The metadata's mask is not supported";
        BAD_INSTRUCTION_EXPERIMENTER = 5, "OFPBIC_BAD_EXPERIMENTER",
            "The experimenter is not supported";
        BAD_INSTRUCTION_EXPERIMENTER_TYPE = 6, "OFPBIC_BAD_EXP_TYPE",
            "The experimenter's instruction is not supported";
        BAD_INSTRUCTION_LENGTH = 7, "OFPBIC_BAD_LEN", "An instruction's length is wrong";
        BAD_INSTRUCTION_PERMISSIONS = 8, "OFPBIC_EPERM", "The instruction is not permitted";
        BAD_INSTRUCTION_DUPLICATE = 9, "OFPBIC_DUP_INST",
            "An instruction stands in the list twice, from OpenFlow 1.4 on";
    }
    4 {
        BAD_MATCH_TYPE = 0, "OFPBMC_BAD_TYPE", "The match type is not supported";
        BAD_MATCH_LENGTH = 1, "OFPBMC_BAD_LEN",
            "The length of a match or of one of its fields is wrong";
        BAD_MATCH_TAG = 2, "OFPBMC_BAD_TAG", "The tag or encapsulation is not supported";
        BAD_MATCH_LINK_MASK = 3, "OFPBMC_BAD_DL_ADDR_MASK",
            "The mask of a link address is not supported";
        BAD_MATCH_NETWORK_MASK = 4, "OFPBMC_BAD_NW_ADDR_MASK",
            "The mask of a network address is not supported";
        BAD_MATCH_WILDCARDS = 5, "OFPBMC_BAD_WILDCARDS",
            "A field's value has bits that its mask excludes";
        BAD_MATCH_FIELD = 6, "OFPBMC_BAD_FIELD", "A field is not supported";
        BAD_MATCH_VALUE = 7, "OFPBMC_BAD_VALUE", "A field's value is impossible";
        BAD_MATCH_MASK = 8, "OFPBMC_BAD_MASK", "A field's mask is not supported";
        BAD_MATCH_PREREQUISITE = 9, "OFPBMC_BAD_PREREQ",
            "A field stands without one that it requires";
        BAD_MATCH_DUPLICATE = 10, "OFPBMC_DUP_FIELD", "A field stands in a match twice";
        BAD_MATCH_PERMISSIONS = 11, "OFPBMC_EPERM", "The match is not permitted";
    }
    5 {
        FLOW_MOD_UNKNOWN = 0, "OFPFMFC_UNKNOWN", "The flow-mod failed, nobody says why";
        FLOW_MOD_TABLE_FULL = 1, "OFPFMFC_TABLE_FULL", "The table is full";
        FLOW_MOD_TABLE_ID = 2, "OFPFMFC_BAD_TABLE_ID", "The table does not exist";
        FLOW_MOD_OVERLAP = 3, "OFPFMFC_OVERLAP",
            "The flow overlaps another, which the request forbids";
        FLOW_MOD_PERMISSIONS = 4, "OFPFMFC_EPERM", "The flow-mod is not permitted";
        FLOW_MOD_TIMEOUT = 5, "OFPFMFC_BAD_TIMEOUT", "A timeout is not supported";
        FLOW_MOD_COMMAND = 6, "OFPFMFC_BAD_COMMAND", "The flow-mod command is unknown";
        FLOW_MOD_FLAGS = 7, "OFPFMFC_BAD_FLAGS", "A flag is not supported";
        FLOW_MOD_CANNOT_SYNCHRONIZE = 8, "OFPFMFC_CANT_SYNC",
            "Synchronized tables do not take the flow, from OpenFlow 1.4 on";
        FLOW_MOD_PRIORITY = 9, "OFPFMFC_BAD_PRIORITY",
            "The priority is not supported, from OpenFlow 1.4 on";
        FLOW_MOD_IS_SYNCHRONIZED = 10, "OFPFMFC_IS_SYNC",
            "The flow follows another table's and is read-only, from OpenFlow 1.4 on";
        FLOW_MOD_EMERGENCY_TIMEOUT = 0x8003, "OFPFMFC_BAD_EMERG_TIMEOUT",
            "An emergency flow has a timeout, in OpenFlow 1.0";
        FLOW_MOD_UNSUPPORTED = 0x8005, "OFPFMFC_UNSUPPORTED",
            "The actions cannot be applied in this order, in OpenFlow 1.0";
    }
    6 {
        GROUP_MOD_EXISTS = 0, "OFPGMFC_GROUP_EXISTS", "The group to add exists";
        GROUP_MOD_INVALID_GROUP = 1, "OFPGMFC_INVALID_GROUP", "The group is not valid";
        GROUP_MOD_WEIGHT = 2, "OFPGMFC_WEIGHT_UNSUPPORTED", "Unequal weights are not supported";
        GROUP_MOD_OUT_OF_GROUPS = 3, "OFPGMFC_OUT_OF_GROUPS", "The group table is full";
        GROUP_MOD_OUT_OF_BUCKETS = 4, "OFPGMFC_OUT_OF_BUCKETS", "There are too many buckets";
        GROUP_MOD_CHAINING = 5, "OFPGMFC_CHAINING_UNSUPPORTED",
            "Groups that forward to groups are not supported";
        GROUP_MOD_WATCH_UNSUPPORTED = 6, "OFPGMFC_WATCH_UNSUPPORTED",
            "The group cannot watch this port or group";
        GROUP_MOD_LOOP = 7, "OFPGMFC_LOOP", "The group would forward to itself";
        GROUP_MOD_UNKNOWN_GROUP = 8, "OFPGMFC_UNKNOWN_GROUP", "The group to modify does not exist";
        GROUP_MOD_CHAINED = 9, "OFPGMFC_CHAINED_GROUP",
            "Another group forwards to the group to delete";
        GROUP_MOD_TYPE = 10, "OFPGMFC_BAD_TYPE", "The group type is unknown";
        GROUP_MOD_COMMAND = 11, "OFPGMFC_BAD_COMMAND", "The group-mod command is unknown";
        GROUP_MOD_BUCKET = 12, "OFPGMFC_BAD_BUCKET", "A bucket is wrong";
        GROUP_MOD_WATCH = 13, "OFPGMFC_BAD_WATCH", "The port or group to watch is wrong";
        GROUP_MOD_PERMISSIONS = 14, "OFPGMFC_EPERM", "The group-mod is not permitted";
        GROUP_MOD_UNKNOWN_BUCKET = 15, "OFPGMFC_UNKNOWN_BUCKET",
            "The bucket to remove, or to insert at, does not exist, from OpenFlow 1.5 on";
        GROUP_MOD_BUCKET_EXISTS = 16, "OFPGMFC_BUCKET_EXISTS",
            "The bucket to insert exists, from OpenFlow 1.5 on";
    }
    7 {
        PORT_MOD_PORT = 0, "OFPPMFC_BAD_PORT", "The port does not exist";
        PORT_MOD_HW_ADDR = 1, "OFPPMFC_BAD_HW_ADDR", "The address is not the port's";
        PORT_MOD_CONFIG = 2, "OFPPMFC_BAD_CONFIG", "The configuration is not valid";
        PORT_MOD_ADVERTISE = 3, "OFPPMFC_BAD_ADVERTISE", "What to advertise is not valid";
        PORT_MOD_PERMISSIONS = 4, "OFPPMFC_EPERM", "The port-mod is not permitted";
    }
    8 {
        TABLE_MOD_TABLE = 0, "OFPTMFC_BAD_TABLE", "The table does not exist";
        TABLE_MOD_CONFIG = 1, "OFPTMFC_BAD_CONFIG", "The configuration is not valid";
        TABLE_MOD_PERMISSIONS = 2, "OFPTMFC_EPERM", "The table-mod is not permitted";
    }
    9 {
        QUEUE_OP_PORT = 0, "OFPQOFC_BAD_PORT", "The port does not exist";
        QUEUE_OP_QUEUE = 1, "OFPQOFC_BAD_QUEUE", "The queue does not exist";
        QUEUE_OP_PERMISSIONS = 2, "OFPQOFC_EPERM", "The request is not permitted";
    }
    10 {
        SWITCH_CONFIG_FLAGS = 0, "OFPSCFC_BAD_FLAGS", "A flag is not valid";
        SWITCH_CONFIG_LENGTH = 1, "OFPSCFC_BAD_LEN", "The length to send on a miss is not valid";
        SWITCH_CONFIG_PERMISSIONS = 2, "OFPSCFC_EPERM", "The configuration is not permitted";
    }
    11 {
        ROLE_STALE = 0, "OFPRRFC_STALE",
            "The generation id is older than the newest that the switch has seen";
        ROLE_UNSUPPORTED = 1, "OFPRRFC_UNSUP", "The switch does not have roles";
        ROLE_BAD = 2, "OFPRRFC_BAD_ROLE", "The role is none that exists";
        ROLE_ID_UNSUPPORTED = 3, "OFPRRFC_ID_UNSUP",
            "The switch does not change short ids, from OpenFlow 1.5 on";
        ROLE_ID_IN_USE = 4, "OFPRRFC_ID_IN_USE",
            "Another controller has the short id, from OpenFlow 1.5 on";
    }
    12 {
        METER_MOD_UNKNOWN = 0, "OFPMMFC_UNKNOWN", "The meter-mod failed, nobody says why";
        METER_MOD_EXISTS = 1, "OFPMMFC_METER_EXISTS", "The meter to add exists";
        METER_MOD_INVALID_METER = 2, "OFPMMFC_INVALID_METER", "The meter is not valid";
        METER_MOD_UNKNOWN_METER = 3, "OFPMMFC_UNKNOWN_METER",
            "The meter to modify, or to send packets to, does not exist";
        METER_MOD_COMMAND = 4, "OFPMMFC_BAD_COMMAND", "The meter-mod command is unknown";
        METER_MOD_FLAGS = 5, "OFPMMFC_BAD_FLAGS", "The flags are not supported";
        METER_MOD_RATE = 6, "OFPMMFC_BAD_RATE", "The rate is not supported";
        METER_MOD_BURST = 7, "OFPMMFC_BAD_BURST", "The burst size is not supported";
        METER_MOD_BAND = 8, "OFPMMFC_BAD_BAND", "The band is not supported";
        METER_MOD_BAND_VALUE = 9, "OFPMMFC_BAD_BAND_VALUE", "A band's value is not supported";
        METER_MOD_OUT_OF_METERS = 10, "OFPMMFC_OUT_OF_METERS", "There are no more meters";
        METER_MOD_OUT_OF_BANDS = 11, "OFPMMFC_OUT_OF_BANDS", "There are too many bands";
    }
    13 {
        TABLE_FEATURES_TABLE = 0, "OFPTFFC_BAD_TABLE", "The table does not exist";
        TABLE_FEATURES_METADATA = 1, "OFPTFFC_BAD_METADATA", "The metadata's mask is not valid";
        TABLE_FEATURES_TYPE = 2, "OFPTFFC_BAD_TYPE", "The property is unknown, in OpenFlow 1.3";
        TABLE_FEATURES_LENGTH = 3, "OFPTFFC_BAD_LEN",
            "A property's length is wrong, in OpenFlow 1.3";
        TABLE_FEATURES_ARGUMENT = 4, "OFPTFFC_BAD_ARGUMENT",
            "A property's value is not supported, in OpenFlow 1.3";
        TABLE_FEATURES_PERMISSIONS = 5, "OFPTFFC_EPERM", "The request is not permitted";
        TABLE_FEATURES_CAPABILITIES = 6, "OFPTFFC_BAD_CAP",
            "A way to configure the table is not valid, from OpenFlow 1.5 on";
        TABLE_FEATURES_MAX_ENTRIES = 7, "OFPTFFC_BAD_MAX_ENT",
            "The number of flows is not valid, from OpenFlow 1.5 on";
        TABLE_FEATURES_FEATURES = 8, "OFPTFFC_BAD_FEATURES",
            "The place in the pipeline is not valid, from OpenFlow 1.5 on";
        TABLE_FEATURES_COMMAND = 9, "OFPTFFC_BAD_COMMAND",
            "The command is unknown, from OpenFlow 1.5 on";
        TABLE_FEATURES_TOO_MANY = 10, "OFPTFFC_TOO_MANY",
            "There are too many tables, from OpenFlow 1.5 on";
    }
    14 {
        BAD_PROPERTY_TYPE = 0, "OFPBPC_BAD_TYPE", "The property is unknown, from OpenFlow 1.4 on";
        BAD_PROPERTY_LENGTH = 1, "OFPBPC_BAD_LEN",
            "The length of an OpenFlow 1.4 property is wrong";
        BAD_PROPERTY_VALUE = 2, "OFPBPC_BAD_VALUE", "A property's value is not supported";
        BAD_PROPERTY_TOO_MANY = 3, "OFPBPC_TOO_MANY", "There are too many properties";
        BAD_PROPERTY_DUPLICATE = 4, "OFPBPC_DUP_TYPE", "A property stands in the list twice";
        BAD_PROPERTY_EXPERIMENTER = 5, "OFPBPC_BAD_EXPERIMENTER",
            "The experimenter is not supported";
        BAD_PROPERTY_EXPERIMENTER_TYPE = 6, "OFPBPC_BAD_EXP_TYPE",
            "The experimenter's property is not supported";
        BAD_PROPERTY_EXPERIMENTER_VALUE = 7, "OFPBPC_BAD_EXP_VALUE",
            "The value of the experimenter's property is not supported";
        BAD_PROPERTY_PERMISSIONS = 8, "OFPBPC_EPERM", "The property is not permitted";
    }
    15 {
        ASYNC_CONFIG_INVALID = 0, "OFPACFC_INVALID", "A mask is not valid, from OpenFlow 1.4 on";
        ASYNC_CONFIG_UNSUPPORTED = 1, "OFPACFC_UNSUPPORTED", "The masks are not supported";
        ASYNC_CONFIG_PERMISSIONS = 2, "OFPACFC_EPERM", "The masks are not permitted";
    }
    16 {
        FLOW_MONITOR_UNKNOWN = 0, "OFPMOFC_UNKNOWN",
            "The monitor failed, nobody says why, from OpenFlow 1.4 on";
        FLOW_MONITOR_EXISTS = 1, "OFPMOFC_MONITOR_EXISTS", "The monitor to add exists";
        FLOW_MONITOR_INVALID = 2, "OFPMOFC_INVALID_MONITOR", "The monitor is not valid";
        FLOW_MONITOR_UNKNOWN_MONITOR = 3, "OFPMOFC_UNKNOWN_MONITOR",
            "The monitor to modify does not exist";
        FLOW_MONITOR_COMMAND = 4, "OFPMOFC_BAD_COMMAND", "The monitor's command is unknown";
        FLOW_MONITOR_FLAGS = 5, "OFPMOFC_BAD_FLAGS", "The flags are not supported";
        FLOW_MONITOR_TABLE_ID = 6, "OFPMOFC_BAD_TABLE_ID", "The table does not exist";
        FLOW_MONITOR_OUT = 7, "OFPMOFC_BAD_OUT", "The output port or group is wrong";
    }
    17 {
        BUNDLE_UNKNOWN = 0, "OFPBFC_UNKNOWN",
            "The bundle failed, nobody says why, from OpenFlow 1.4 on";
        BUNDLE_PERMISSIONS = 1, "OFPBFC_EPERM", "The bundle is not permitted";
        BUNDLE_ID = 2, "OFPBFC_BAD_ID", "The bundle does not exist";
        BUNDLE_EXISTS = 3, "OFPBFC_BUNDLE_EXIST", "The bundle to open exists";
        BUNDLE_CLOSED = 4, "OFPBFC_BUNDLE_CLOSED", "The bundle is closed";
        BUNDLE_OUT_OF_BUNDLES = 5, "OFPBFC_OUT_OF_BUNDLES", "There are too many bundles";
        BUNDLE_TYPE = 6, "OFPBFC_BAD_TYPE", "The type of a bundle-control is unknown";
        BUNDLE_FLAGS = 7, "OFPBFC_BAD_FLAGS",
            "The flags are not supported, or not those that the bundle was opened with";
        BUNDLE_MESSAGE_LENGTH = 8, "OFPBFC_MSG_BAD_LEN",
            "The length of the message inside is wrong";
        BUNDLE_MESSAGE_XID = 9, "OFPBFC_MSG_BAD_XID",
            "The message inside has another transaction id than the one around it";
        BUNDLE_MESSAGE_UNSUPPORTED = 10, "OFPBFC_MSG_UNSUP",
            "The message inside is none that a bundle may hold";
        BUNDLE_MESSAGE_CONFLICT = 11, "OFPBFC_MSG_CONFLICT",
            "The bundle may not hold these messages together";
        BUNDLE_TOO_MANY = 12, "OFPBFC_MSG_TOO_MANY", "The bundle holds too many messages";
        BUNDLE_FAILED = 13, "OFPBFC_MSG_FAILED", "A message of the bundle failed";
        BUNDLE_TIMEOUT = 14, "OFPBFC_TIMEOUT", "The bundle took too long";
        BUNDLE_IN_PROGRESS = 15, "OFPBFC_BUNDLE_IN_PROGRESS", "Another bundle locks the resource";
        BUNDLE_SCHEDULE_UNSUPPORTED = 16, "OFPBFC_SCHED_NOT_SUPPORTED",
            "The switch commits nothing at a set time, from OpenFlow 1.5 on";
        BUNDLE_SCHEDULE_FUTURE = 17, "OFPBFC_SCHED_FUTURE",
            "The time to commit at is too far ahead, from OpenFlow 1.5 on";
        BUNDLE_SCHEDULE_PAST = 18, "OFPBFC_SCHED_PAST",
            "The time to commit at is too long ago, from OpenFlow 1.5 on";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_of_the_specification_has_a_name() {
        let highest = [1, 18, 17, 9, 11, 10, 16, 4, 2, 2, 2, 4, 11, 10, 8, 2, 7, 18];
        for (kind, highest) in (0..).zip(highest) {
            for code in 0..=highest {
                assert!(ErrorCode { kind, code }.name().is_some(), "type {kind} code {code}");
            }
            assert_eq!(ErrorCode { kind, code: highest + 1 }.name(), None);
        }
        assert_eq!(ErrorCode { kind: 18, code: 0 }.name(), None);
        assert_eq!(ErrorCode::BUNDLE_TYPE.kind_name(), "OFPET_BUNDLE_FAILED");
        assert_eq!(ErrorCode::BUNDLE_TYPE.name(), Some("OFPBFC_BAD_TYPE"));
    }

    #[test]
    fn every_code_of_1_0_has_a_name_and_comes_back_with_its_numbers() {
        for (kind, highest) in [1, 8, 8, 5, 1, 2].into_iter().enumerate() {
            for code in 0..=highest {
                let wire = ErrorCode { kind: kind as u16, code };
                let read = ErrorCode::from_wire(Version::V1_0, wire.kind, wire.code);
                assert!(read.name().is_some(), "type {kind} code {code}");
                assert_eq!(read.to_wire(Version::V1_0), wire);
                assert_eq!(read.nearest_in_1_0(), read);
            }
        }
    }

    #[test]
    fn a_code_that_1_0_does_not_know_is_kept() {
        for kind in [0, 3, 4, 5, 6, 0xb0c2] {
            let wire = ErrorCode { kind, code: 99 };
            let read = ErrorCode::from_wire(Version::V1_0, kind, 99);
            assert_eq!(read.to_wire(Version::V1_0), wire);
            assert_eq!(read.name(), None);
        }
    }

    #[test]
    fn numbers_that_would_be_taken_for_others_are_foreign_to_1_0() {
        let foreign = |kind, code| ErrorCode::is_foreign(Version::V1_0, kind, code);
        assert!(foreign(7, 0) && foreign(9, 99) && foreign(3, 0x8001) && foreign(5, 0xffff));
        assert!(!foreign(3, 0x7fff) && !foreign(6, 0xffff) && !foreign(0, 0) && !foreign(8, 0));
        assert!(!ErrorCode::is_foreign(Version::V1_3, 7, 0));
    }

    #[test]
    fn no_error_of_a_later_version_takes_the_numbers_of_another_in_1_0() {
        let sent = |code: ErrorCode| code.to_wire(Version::V1_0);
        assert_eq!(sent(ErrorCode::BAD_MATCH_LENGTH), ErrorCode::BAD_REQUEST_LENGTH);
        assert_eq!(
            sent(ErrorCode::BAD_INSTRUCTION_UNKNOWN),
            ErrorCode::BAD_REQUEST_EXPERIMENTER_TYPE
        );
        assert_eq!(ErrorCode::ROLE_BAD.nearest_in_1_0(), ErrorCode::BAD_REQUEST_EXPERIMENTER_TYPE);
        assert_eq!(ErrorCode::BAD_ACTION_SET_LENGTH.nearest_in_1_0(), ErrorCode::BAD_ACTION_LENGTH);
        assert_eq!(
            ErrorCode::BAD_ACTION_SET_ARGUMENT.nearest_in_1_0(),
            ErrorCode::BAD_ACTION_ARGUMENT
        );
    }
}
