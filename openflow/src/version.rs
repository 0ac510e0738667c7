use std::fmt;

/// A version of OpenFlow that this crate speaks.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub enum Version {
    /// OpenFlow 1.3, wire version 4.
    #[cfg_attr(feature = "serde", serde(rename = "1.3"))]
    V1_3 = 4,
    /// OpenFlow 1.4, wire version 5.
    #[cfg_attr(feature = "serde", serde(rename = "1.4"))]
    V1_4 = 5,
}

impl Version {
    /// Every version that this crate speaks, lowest first.
    pub const ALL: [Version; 2] = [Version::V1_3, Version::V1_4];

    /// Returns the version that a header's first byte stands for, if this crate speaks it.
    pub fn from_wire(byte: u8) -> Option<Version> {
        Version::ALL.into_iter().find(|version| version.wire() == byte)
    }

    /// Returns the first byte of every header of this version.
    pub fn wire(self) -> u8 {
        self as u8
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::V1_3 => "1.3",
            Version::V1_4 => "1.4",
        })
    }
}
