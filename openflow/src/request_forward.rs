use crate::frame::{decode_enclosed, encode_enclosed};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{ErrorCode, GroupMod, Message, MessageType, MeterMod, Xid};

/// Body of `OFPT_REQUESTFORWARD`: what another controller changed (OpenFlow 1.4 §7.4.6).
///
/// It is that controller's whole message. OpenFlow 1.3 has it as an ONF extension, an experimenter
/// message with the same body.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct RequestForward {
    /// Transaction id that the other controller gave it.
    pub xid: Xid,
    /// What it asked for.
    pub request: ForwardedRequest,
}

/// A request that switches tell other controllers of.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum ForwardedRequest {
    /// A change to the group table.
    GroupMod(GroupMod),
    /// A change to a meter.
    MeterMod(MeterMod),
}

impl Wire for RequestForward {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (structure, offset) = (Structure::Enclosed, r.offset());
        let (xid, message) = decode_enclosed(r)?;
        let request = match message {
            Message::GroupMod(group_mod) => ForwardedRequest::GroupMod(group_mod),
            Message::MeterMod(meter_mod) => ForwardedRequest::MeterMod(meter_mod),
            other => {
                return Err(DecodeError::Value {
                    structure,
                    field: "type of a forwarded request",
                    offset,
                    value: other.kind(r.version()).0.into(),
                    code: ErrorCode::BAD_REQUEST_TYPE,
                });
            }
        };
        Ok(RequestForward { xid, request })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match &self.request {
            ForwardedRequest::GroupMod(group_mod) => {
                encode_enclosed(MessageType::GROUP_MOD, self.xid, w, |w| group_mod.encode(w));
            }
            ForwardedRequest::MeterMod(meter_mod) => {
                encode_enclosed(MessageType::METER_MOD, self.xid, w, |w| meter_mod.encode(w));
            }
        }
    }
}
