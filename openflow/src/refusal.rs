use bytes::Bytes;

use crate::{ErrorCode, ErrorMessage, Experimenter, FieldId, Version, Xid};

/// A message that could not be read: what was wrong with it, and what the specification says to
/// answer.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
#[error("refused a message (type {kind}, xid {xid}): {error}", xid = .xid.0)]
pub struct Refusal {
    /// What was wrong, and where.
    pub error: DecodeError,
    /// Transaction id of the refused message, which the reply carries; 0 if it ended before it.
    pub xid: Xid,
    /// Type of the refused message, as in its header.
    pub kind: u8,
    /// Start of the refused message, at most [`ErrorMessage::MAX_QUOTE`] bytes.
    pub quote: Bytes,
}

impl Refusal {
    pub(crate) fn new(error: DecodeError, message: &[u8]) -> Self {
        let xid = message.get(4..8).map_or(0, |b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]));
        let kind = message.get(1).copied().unwrap_or_default();
        let quote = &message[..message.len().min(ErrorMessage::MAX_QUOTE)];
        Refusal { error, xid: Xid(xid), kind, quote: Bytes::copy_from_slice(quote) }
    }

    /// Returns the `OFPT_ERROR` that answers the message.
    ///
    /// OpenFlow 1.3 has no errors of bundles: there they are the ONF's, with its number before the
    /// quote. OpenFlow 1.0 has few codes, and what it lacks goes by the nearest.
    pub fn reply(&self) -> ErrorMessage {
        let mut code = self.error.code();
        if self.quote.first() == Some(&Version::V1_0.wire()) {
            code = code.nearest_in_1_0();
        }
        if code.kind == ErrorCode::BUNDLE && self.quote.first() == Some(&Version::V1_3.wire()) {
            let onf = Experimenter::ONF.to_be_bytes();
            let code = Experimenter::ONF_BUNDLE_ERROR + code.code;
            let code = ErrorCode { kind: ErrorCode::EXPERIMENTER, code };
            return ErrorMessage { code, data: [&onf[..], &self.quote].concat().into() };
        }
        ErrorMessage { code, data: self.quote.clone() }
    }

    /// Returns whether the stream itself is lost: there is no telling where the next message
    /// starts.
    pub fn loses_framing(&self) -> bool {
        matches!(self.error, DecodeError::TooShort { structure: Structure::Header, .. })
    }
}

/// Why bytes are not what their structure should be. Offsets count from the message's first byte.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, thiserror::Error)]
pub enum DecodeError {
    /// The version in the header is none that this crate speaks.
    #[error("OpenFlow wire version {version} is not supported")]
    Version {
        /// First byte of the header.
        version: u8,
    },
    /// A structure ends before what it must hold.
    #[error("{structure}: {needed} bytes expected at byte {offset}, {left} left")]
    Truncated {
        /// What was being read.
        structure: Structure,
        /// Where the missing part should start.
        offset: usize,
        /// Length of that part, in bytes.
        needed: usize,
        /// Bytes that are there.
        left: usize,
    },
    /// A length field holds less than its structure's fixed part.
    #[error("{structure} at byte {offset}: length {length}, at least {minimum} expected")]
    TooShort {
        /// What was being read.
        structure: Structure,
        /// Where the structure starts.
        offset: usize,
        /// Value of the length field, in bytes.
        length: usize,
        /// Length of the fixed part, in bytes.
        minimum: usize,
    },
    /// A length field is not a multiple of 8.
    #[error("{structure} at byte {offset}: length {length} is not a multiple of 8")]
    Unaligned {
        /// What was being read.
        structure: Structure,
        /// Where the structure starts.
        offset: usize,
        /// Value of the length field, in bytes.
        length: usize,
    },
    /// A length field covers more than its structure holds.
    #[error("{structure}: {unread} bytes too many at byte {offset}")]
    Trailing {
        /// What was being read.
        structure: Structure,
        /// Where the surplus starts.
        offset: usize,
        /// Length of the surplus, in bytes.
        unread: usize,
    },
    /// A list holds more elements than any sender has use for.
    #[error("{structure}: too many elements at byte {offset}")]
    TooMany {
        /// What was being read.
        structure: Structure,
        /// Where the first element over the bound starts.
        offset: usize,
    },
    /// A field holds a value that the specification does not allow.
    #[error("{structure} at byte {offset}: {value} is no valid {field}")]
    Value {
        /// What was being read.
        structure: Structure,
        /// Which of its fields.
        field: &'static str,
        /// Where the field, or the element that it belongs to, starts.
        offset: usize,
        /// What it holds.
        value: u32,
        /// The error that the specification prescribes for it.
        code: ErrorCode,
    },
}

impl DecodeError {
    /// Returns the error type and code that the specification prescribes.
    pub fn code(&self) -> ErrorCode {
        match *self {
            DecodeError::Version { .. } => ErrorCode::BAD_REQUEST_VERSION,
            DecodeError::Value { code, .. } => code,
            DecodeError::Truncated { structure, .. }
            | DecodeError::TooShort { structure, .. }
            | DecodeError::Unaligned { structure, .. }
            | DecodeError::Trailing { structure, .. }
            | DecodeError::TooMany { structure, .. } => structure.bad_length(),
        }
    }
}

/// The part of a message at fault.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Structure {
    /// The eight bytes that start every message.
    Header,
    /// The body of a message, outside the structures below.
    Body,
    /// An element of a hello.
    HelloElement,
    /// A match, or one of its OXM fields.
    Match,
    /// An action.
    Action,
    /// The OXM field of a set-field action.
    SetField,
    /// An instruction.
    Instruction,
    /// The description of a port.
    Port,
    /// A property in OpenFlow 1.4's type-length-value form.
    Property,
    /// An entry of flow statistics.
    FlowStats,
    /// An entry of port statistics.
    PortStats,
    /// An entry of queue statistics.
    QueueStats,
    /// The description of a queue.
    QueueDesc,
    /// An entry of group statistics.
    GroupStats,
    /// The description of a group.
    GroupDesc,
    /// A bucket of a group.
    Bucket,
    /// An entry of meter statistics.
    MeterStats,
    /// The configuration of a meter.
    MeterConfig,
    /// A band of a meter.
    MeterBand,
    /// The description of a table.
    TableDesc,
    /// A property of a queue in OpenFlow 1.3.
    QueueProperty,
    /// A message that stands in another.
    Enclosed,
    /// What a table can do.
    TableFeatures,
    /// A property of what a table can do, in OpenFlow 1.3.
    TableFeatureProperty,
    /// A request to monitor flows.
    FlowMonitor,
    /// What a monitor tells about flows.
    FlowUpdate,
}

impl Structure {
    fn bad_length(self) -> ErrorCode {
        match self {
            Structure::Match => ErrorCode::BAD_MATCH_LENGTH,
            Structure::Action => ErrorCode::BAD_ACTION_LENGTH,
            Structure::SetField => ErrorCode::BAD_ACTION_SET_LENGTH,
            Structure::Instruction => ErrorCode::BAD_INSTRUCTION_LENGTH,
            Structure::Property => ErrorCode::BAD_PROPERTY_LENGTH,
            Structure::Bucket => ErrorCode::GROUP_MOD_BUCKET,
            Structure::Enclosed => ErrorCode::BUNDLE_MESSAGE_LENGTH,
            Structure::TableFeatureProperty => ErrorCode::TABLE_FEATURES_LENGTH,
            Structure::Header
            | Structure::Body
            | Structure::HelloElement
            | Structure::Port
            | Structure::FlowStats
            | Structure::PortStats
            | Structure::QueueStats
            | Structure::QueueDesc
            | Structure::GroupStats
            | Structure::GroupDesc
            | Structure::MeterStats
            | Structure::MeterConfig
            | Structure::MeterBand
            | Structure::TableDesc
            | Structure::QueueProperty
            | Structure::TableFeatures
            | Structure::FlowMonitor
            | Structure::FlowUpdate => ErrorCode::BAD_REQUEST_LENGTH,
        }
    }
}

impl std::fmt::Display for Structure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Structure::Header => "header",
            Structure::Body => "body",
            Structure::HelloElement => "hello element",
            Structure::Match => "match",
            Structure::Action => "action",
            Structure::SetField => "set-field",
            Structure::Instruction => "instruction",
            Structure::Port => "port",
            Structure::Property => "property",
            Structure::FlowStats => "flow statistics",
            Structure::PortStats => "port statistics",
            Structure::QueueStats => "queue statistics",
            Structure::QueueDesc => "queue description",
            Structure::QueueProperty => "queue property",
            Structure::GroupStats => "group statistics",
            Structure::GroupDesc => "group description",
            Structure::Bucket => "bucket",
            Structure::MeterStats => "meter statistics",
            Structure::MeterConfig => "meter configuration",
            Structure::MeterBand => "meter band",
            Structure::TableDesc => "table description",
            Structure::TableFeatures => "table features",
            Structure::TableFeatureProperty => "property of table features",
            Structure::FlowMonitor => "flow monitor",
            Structure::FlowUpdate => "flow update",
            Structure::Enclosed => "enclosed message",
        })
    }
}

/// Why a message cannot be written.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum EncodeError {
    /// It does not fit in the 16 bits of its length field.
    #[error("an OpenFlow {version} message of {length} bytes is too long, 65535 is the most")]
    TooLong {
        /// Version that it was encoded for.
        version: Version,
        /// Length that it would have, in bytes.
        length: usize,
    },
    /// The version has no way to say a part of it.
    #[error("OpenFlow {version} has no {what}")]
    Lacking {
        /// Version that it was encoded for.
        version: Version,
        /// What the version lacks.
        what: &'static str,
    },
    /// The version cannot match a field, or not beside the others or with its mask.
    #[error("OpenFlow {version} has no match that asks this of {field}")]
    Field {
        /// Version that it was encoded for.
        version: Version,
        /// The field.
        field: FieldId,
    },
}
