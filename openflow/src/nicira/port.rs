use std::fmt;

use crate::wire::{DecodeError, Reader, Wire, Writer};
use crate::{PortNo, Version};

/// Number of a switch port in the 16 bits of OpenFlow 1.0, as in Nicira's actions.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct ShortPort(pub u16);

impl ShortPort {
    /// Port where the packet came in; in a resubmit: as it is.
    pub const IN_PORT: ShortPort = ShortPort(0xfff8);
    /// The controller.
    pub const CONTROLLER: ShortPort = ShortPort(0xfffd);
    /// The switch's own network stack.
    pub const LOCAL: ShortPort = ShortPort(0xfffe);
    /// No port.
    pub const NONE: ShortPort = ShortPort(0xffff);

    /// The lowest of the numbers that stand for the highest of 32 bits.
    const FIRST_RESERVED: u16 = 0xff00;

    /// Returns the number in 16 bits of a port, if it has one.
    pub fn of(port: PortNo) -> Option<Self> {
        let short = ShortPort(port.0 as u16);
        (PortNo::from(short) == port).then_some(short)
    }
}

impl Wire for PortNo {
    /// Reads 16 bits in OpenFlow 1.0, and 32 later.
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(match r.version() {
            Version::V1_0 => ShortPort::decode(r)?.into(),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => PortNo(r.u32()?),
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match (w.version(), ShortPort::of(*self)) {
            (Version::V1_0, Some(short)) => short.encode(w),
            (Version::V1_0, None) => w.lacks("port with a number of more than 16 bits"),
            (Version::V1_3 | Version::V1_4 | Version::V1_5, _) => w.u32(self.0),
        }
    }
}

impl From<ShortPort> for PortNo {
    fn from(port: ShortPort) -> Self {
        let high = if port.0 >= ShortPort::FIRST_RESERVED { 0xffff_0000 } else { 0 };
        PortNo(high | u32::from(port.0))
    }
}

impl fmt::Display for ShortPort {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        PortNo::from(*self).fmt(f)
    }
}

impl Wire for ShortPort {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(ShortPort(r.u16()?))
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reserved_ports_are_the_highest_of_32_bits() {
        assert_eq!(PortNo::from(ShortPort::IN_PORT), PortNo::IN_PORT);
        assert_eq!(PortNo::from(ShortPort::NONE), PortNo::ANY);
        assert_eq!(PortNo::from(ShortPort(0xff00)), PortNo::MAX);
        assert_eq!(PortNo::from(ShortPort(0xfeff)), PortNo(0xfeff));
        assert_eq!(ShortPort::LOCAL.to_string(), "LOCAL");
    }

    #[test]
    fn a_port_has_a_short_number_or_none() {
        for number in 0..=u16::MAX {
            assert_eq!(ShortPort::of(ShortPort(number).into()), Some(ShortPort(number)));
        }
        for number in [0xff00, 0xffff, 0x1_0000, 0xffff_feff] {
            assert_eq!(ShortPort::of(PortNo(number)), None, "{number:#x}");
        }
    }
}
