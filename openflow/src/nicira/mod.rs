//! Nicira's extensions, which Open vSwitch speaks (`nicira-ext.h`, `ofp-actions.c`).
//!
//! ```text
//! message  | header 8 | experimenter = 0x2320 4 | type 4 | body
//!
//! action   | 0xffff 2 | length 2 | experimenter = 0x2320 4 | subtype 2 | body | padding
//! ```
//!
//! An action that is not modelled stays an [`UnknownAction`](crate::UnknownAction) and a message an
//! [`Experimenter`](crate::Experimenter), with their bytes as they are. So do
//! actions that hold actions below [`MAX_NESTING`]. Those that are for OpenFlow 1.0 alone are there the
//! actions and messages that later versions have in their place.

mod action;
mod conntrack;
mod controller;
mod hash;
mod learn;
mod message;
mod packet_in;
mod port;
mod register;
mod sample;
mod subfield;
mod tlv_table;

pub use action::{MAX_NESTING, NiciraAction};
pub use conntrack::{Conntrack, CtFlags, CtZone, Nat, NatFlags};
pub use controller::{ControllerId, ControllerProperty};
pub use hash::{Bundle, Multipath};
pub use learn::{Learn, LearnFlags, LearnLimit, LearnSource, LearnSpec, LearnTarget};
pub use message::{FlowFormat, NiciraMessage, NiciraRole, PacketInFormat};
pub use packet_in::{PacketIn2, PacketIn2Property};
pub use port::ShortPort;
pub use register::{OutputReg, RegLoad, RegMove};
pub use sample::{Sample, SampleDirection};
pub use subfield::{FieldHeader, FieldOffset, Subfield};
pub use tlv_table::{TlvMap, TlvTable, TlvTableCommand, TlvTableMod};

use crate::ErrorCode;
use crate::wire::{DecodeError, Reader, Structure, Wire};

/// Returns the refusal of an argument that starts at `offset`.
pub(crate) fn bad_argument(field: &'static str, offset: usize, value: u32) -> DecodeError {
    let (structure, code) = (Structure::Action, ErrorCode::BAD_ACTION_ARGUMENT);
    DecodeError::Value { structure, field, offset, value, code }
}

/// Reads `count` elements of two bytes.
fn counted_list<T: Wire>(body: &mut Reader<'_>, count: u16) -> Result<Vec<T>, DecodeError> {
    body.within(Structure::Action, usize::from(count) * size_of::<u16>())?.list()
}
