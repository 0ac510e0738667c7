use bytes::Bytes;

use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{PacketInReason, UnknownProperty};

/// A property of `NXAST_CONTROLLER2`, which sends the packet to controllers (`NXAC2PT_*`).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum ControllerProperty {
    /// How many bytes of the packet to send; all of them if absent.
    MaxLen(u16),
    /// To controllers with this id; 0 if absent.
    ControllerId(ControllerId),
    /// Why; an output action if absent.
    Reason(PacketInReason),
    /// What the packet-in shall carry too.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    Userdata(Bytes),
    /// Stop here until the controller says `NXT_RESUME`.
    Pause,
    /// Meter that the packet-ins count against.
    MeterId(u32),
    /// A property that this crate does not know.
    Unknown(UnknownProperty),
}

impl Wire for ControllerProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let property = match kind {
            MAX_LEN => ControllerProperty::MaxLen(short(&mut body)?),
            CONTROLLER_ID => ControllerProperty::ControllerId(ControllerId(short(&mut body)?)),
            REASON => ControllerProperty::Reason(PacketInReason(body.u8()?)),
            USERDATA => ControllerProperty::Userdata(body.rest()),
            PAUSE => ControllerProperty::Pause,
            METER_ID => ControllerProperty::MeterId(body.u32()?),
            kind => ControllerProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            ControllerProperty::MaxLen(bytes) => encode_short(MAX_LEN, *bytes, w),
            ControllerProperty::ControllerId(id) => encode_short(CONTROLLER_ID, id.0, w),
            ControllerProperty::Reason(reason) => w.padded_element(REASON, |w| w.u8(reason.0)),
            ControllerProperty::Userdata(data) => w.padded_element(USERDATA, |w| w.slice(data)),
            ControllerProperty::Pause => w.padded_element(PAUSE, |_| {}),
            ControllerProperty::MeterId(meter) => w.padded_element(METER_ID, |w| w.u32(*meter)),
            ControllerProperty::Unknown(property) => property.encode(w),
        }
    }
}

/// Number that a connection to a controller has by `NXT_SET_CONTROLLER_ID`, 0 without.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ControllerId(pub u16);

impl Wire for ControllerId {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(ControllerId(r.u16()?))
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.0);
    }
}

/// Reads 16 bits: their property's length counts padding to 32.
fn short(body: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let value = body.u16()?;
    body.pad::<2>()?;
    Ok(value)
}

fn encode_short(kind: u16, value: u16, w: &mut Writer<'_>) {
    w.padded_element(kind, |w| {
        w.u16(value);
        w.pad::<2>();
    });
}

const MAX_LEN: u16 = 0;
const CONTROLLER_ID: u16 = 1;
const REASON: u16 = 2;
const USERDATA: u16 = 3;
const PAUSE: u16 = 4;
const METER_ID: u16 = 5;
