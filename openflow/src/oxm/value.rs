use std::net::{Ipv4Addr, Ipv6Addr};

use crate::{MacAddr, PortNo};

/// A type that the value of an OXM field can have.
pub trait FieldValue: Copy {
    /// Returns the value in network byte order.
    fn octets(self) -> impl AsRef<[u8]>;

    /// Returns the value that stands in these bytes, if they are as many as the type has.
    fn from_octets(octets: &[u8]) -> Option<Self>;
}

impl FieldValue for u8 {
    fn octets(self) -> impl AsRef<[u8]> {
        [self]
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(u8::from_be_bytes)
    }
}

impl FieldValue for u16 {
    fn octets(self) -> impl AsRef<[u8]> {
        self.to_be_bytes()
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(u16::from_be_bytes)
    }
}

impl FieldValue for u32 {
    fn octets(self) -> impl AsRef<[u8]> {
        self.to_be_bytes()
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(u32::from_be_bytes)
    }
}

impl FieldValue for u64 {
    fn octets(self) -> impl AsRef<[u8]> {
        self.to_be_bytes()
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(u64::from_be_bytes)
    }
}

impl FieldValue for u128 {
    fn octets(self) -> impl AsRef<[u8]> {
        self.to_be_bytes()
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(u128::from_be_bytes)
    }
}

impl FieldValue for [u8; 3] {
    fn octets(self) -> impl AsRef<[u8]> {
        self
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok()
    }
}

impl FieldValue for PortNo {
    fn octets(self) -> impl AsRef<[u8]> {
        self.0.octets()
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        u32::from_octets(octets).map(PortNo)
    }
}

impl FieldValue for MacAddr {
    fn octets(self) -> impl AsRef<[u8]> {
        self.0
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        octets.try_into().ok().map(MacAddr)
    }
}

impl FieldValue for Ipv4Addr {
    fn octets(self) -> impl AsRef<[u8]> {
        Ipv4Addr::octets(&self)
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        u32::from_octets(octets).map(Ipv4Addr::from_bits)
    }
}

impl FieldValue for Ipv6Addr {
    fn octets(self) -> impl AsRef<[u8]> {
        Ipv6Addr::octets(&self)
    }

    fn from_octets(octets: &[u8]) -> Option<Self> {
        <[u8; 16]>::try_from(octets).ok().map(Ipv6Addr::from)
    }
}
