use std::fmt;
use std::str::FromStr;

/// A version of OpenFlow.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub enum Version {
    /// OpenFlow 1.0, wire version 1.
    #[cfg_attr(feature = "serde", serde(rename = "1.0"))]
    V1_0 = 1,
    /// OpenFlow 1.3, wire version 4.
    #[cfg_attr(feature = "serde", serde(rename = "1.3"))]
    V1_3 = 4,
    /// OpenFlow 1.4, wire version 5.
    #[cfg_attr(feature = "serde", serde(rename = "1.4"))]
    V1_4 = 5,
    /// OpenFlow 1.5, wire version 6.
    #[cfg_attr(feature = "serde", serde(rename = "1.5"))]
    V1_5 = 6,
}

impl Version {
    /// Every version that this crate speaks, lowest first.
    pub const ALL: [Version; 4] = [Version::V1_0, Version::V1_3, Version::V1_4, Version::V1_5];

    /// Returns the version that a header's first byte stands for, if this crate speaks it.
    pub fn from_wire(byte: u8) -> Option<Version> {
        Version::ALL.into_iter().find(|version| version.wire() == byte)
    }

    /// Returns the first byte of every header of this version.
    pub fn wire(self) -> u8 {
        self as u8
    }
}

impl FromStr for Version {
    type Err = UnknownVersion;

    /// Reads a version as it is shown, such as `1.3`.
    fn from_str(text: &str) -> Result<Self, UnknownVersion> {
        let same = |version: &Version| version.to_string() == text;
        Version::ALL.into_iter().find(same).ok_or(UnknownVersion)
    }
}

/// A text is no version that this crate speaks.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("not a version of OpenFlow that is spoken")]
pub struct UnknownVersion;

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Version::V1_0 => "1.0",
            Version::V1_3 => "1.3",
            Version::V1_4 => "1.4",
            Version::V1_5 => "1.5",
        })
    }
}
