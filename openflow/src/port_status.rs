use crate::Port;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Body of `OFPT_PORT_STATUS`: a port that came, went or changed.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PortStatus {
    /// What happened to it.
    pub reason: PortReason,
    /// The port as it is now, or was when it went.
    pub port: Port,
}

impl Wire for PortStatus {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let reason = PortReason(r.u8()?);
        r.pad::<7>()?;
        Ok(PortStatus { reason, port: Port::decode(r)? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u8(self.reason.0);
        w.pad::<7>();
        self.port.encode(w);
    }
}

/// What happened to a port: an open registry (OpenFlow 1.3.5 §7.4.3).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PortReason(pub u8);

impl PortReason {
    /// The port is new.
    pub const ADD: PortReason = PortReason(0);
    /// The port is gone.
    pub const DELETE: PortReason = PortReason(1);
    /// Something about the port changed.
    pub const MODIFY: PortReason = PortReason(2);
}
