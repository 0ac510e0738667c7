use bytes::Bytes;

use crate::Version;
use crate::wire::{DecodeError, Reader, Wire, Writer};

/// Body of `OFPT_EXPERIMENTER`, of a multipart message or of a property: something that the
/// specification does not define.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Experimenter {
    /// Who defines it.
    pub experimenter: u32,
    /// Which of the experimenter's messages it is.
    pub kind: u32,
    /// The rest, as the experimenter defines it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::hex::serialize"))]
    pub data: Bytes,
}

impl Experimenter {
    /// Nicira, whose extensions Open vSwitch speaks: [`NiciraMessage`](crate::NiciraMessage),
    /// [`NiciraAction`](crate::NiciraAction).
    pub const NICIRA: u32 = 0x0000_2320;
    /// The Open Networking Foundation, whose extensions bring later features to OpenFlow 1.3.
    pub const ONF: u32 = 0x4f4e_4600;
    /// The [`RoleStatus`](crate::RoleStatus) of the ONF.
    pub const ONF_ROLE_STATUS: u32 = 1911;
    /// The [`BundleControl`](crate::BundleControl) of the ONF.
    pub const ONF_BUNDLE_CONTROL: u32 = 2300;
    /// The [`BundleAdd`](crate::BundleAdd) of the ONF.
    pub const ONF_BUNDLE_ADD: u32 = 2301;
    /// The [`RequestForward`](crate::RequestForward) of the ONF.
    pub const ONF_REQUESTFORWARD: u32 = 2350;
    /// The first of the ONF's errors of bundles, which follow in the order of OpenFlow 1.4's.
    pub const ONF_BUNDLE_ERROR: u16 = 2300;
    /// Baton, which brings [`ControllerStatus`](crate::ControllerStatus) to OpenFlow 1.3 and 1.4.
    ///
    /// A first byte of 0 says that an OUI follows, and the second bit of that one that it was assigned by
    /// nobody: it is locally administered.
    pub const BATON: u32 = 0x0002_ba70;
    /// The [`ShortId`](crate::ShortId) of Baton.
    pub const BATON_SHORT_ID: u32 = 1;
    /// The [`ControllerStatus`](crate::ControllerStatus) of Baton, by its type in OpenFlow 1.5.
    pub const BATON_CONTROLLER_STATUS: u32 = 35;
}

impl Experimenter {
    /// Returns whether this is an experimenter's message of OpenFlow 1.0 that ends before it says
    /// which one it is: there only the experimenter's number is sure to come.
    pub(crate) fn has_no_kind(r: &Reader<'_>) -> bool {
        r.version() == Version::V1_0 && (4..8).contains(&r.remaining())
    }
}

impl Wire for Experimenter {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(Experimenter { experimenter: r.u32()?, kind: r.u32()?, data: r.rest() })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.experimenter);
        w.u32(self.kind);
        w.slice(&self.data);
    }
}
