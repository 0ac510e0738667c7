use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{UnknownProperty, Version};

/// Body of `OFPT_SET_ASYNC` and `OFPT_GET_ASYNC_REPLY`: which messages the switch sends unasked.
///
/// ```text
/// 1.3   six masks in a fixed order: packet-in, port-status, flow-removed, for a master or equal
///       and for a slave each; all are set at once, and one that is absent here is sent as 0
/// 1.4   properties, one for each mask; one that is absent is left as it is
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AsyncConfig {
    /// Masks, in order.
    pub properties: Vec<AsyncProperty>,
}

/// A property of an [`AsyncConfig`].
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum AsyncProperty {
    /// A mask with a bit for each reason.
    Mask {
        /// Which messages, to a controller in which role.
        kind: AsyncKind,
        /// A bit for each reason for which they are sent.
        mask: u32,
    },
    /// An experimenter's property (1.4 on).
    Unknown(Box<UnknownProperty>),
}

/// Which messages, to a controller in which role: the property types of OpenFlow 1.4 §7.3.10.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct AsyncKind(pub u16);

impl AsyncKind {
    /// Packet-ins, to a slave.
    pub const PACKET_IN_SLAVE: AsyncKind = AsyncKind(0);
    /// Packet-ins, to a master or equal.
    pub const PACKET_IN_MASTER: AsyncKind = AsyncKind(1);
    /// Port-status, to a slave.
    pub const PORT_STATUS_SLAVE: AsyncKind = AsyncKind(2);
    /// Port-status, to a master or equal.
    pub const PORT_STATUS_MASTER: AsyncKind = AsyncKind(3);
    /// Flow-removed, to a slave.
    pub const FLOW_REMOVED_SLAVE: AsyncKind = AsyncKind(4);
    /// Flow-removed, to a master or equal.
    pub const FLOW_REMOVED_MASTER: AsyncKind = AsyncKind(5);
    /// Role-status, to a slave (1.4 on).
    pub const ROLE_STATUS_SLAVE: AsyncKind = AsyncKind(6);
    /// Role-status, to a master or equal (1.4 on).
    pub const ROLE_STATUS_MASTER: AsyncKind = AsyncKind(7);
    /// Table-status, to a slave (1.4 on).
    pub const TABLE_STATUS_SLAVE: AsyncKind = AsyncKind(8);
    /// Table-status, to a master or equal (1.4 on).
    pub const TABLE_STATUS_MASTER: AsyncKind = AsyncKind(9);
    /// Requests of other controllers, to a slave (1.4 on).
    pub const REQUESTFORWARD_SLAVE: AsyncKind = AsyncKind(10);
    /// Requests of other controllers, to a master or equal (1.4 on).
    pub const REQUESTFORWARD_MASTER: AsyncKind = AsyncKind(11);
    /// Flow statistics that passed a threshold, to a slave (1.5 on).
    pub const FLOW_STATS_SLAVE: AsyncKind = AsyncKind(12);
    /// Flow statistics that passed a threshold, to a master or equal (1.5 on).
    pub const FLOW_STATS_MASTER: AsyncKind = AsyncKind(13);
    /// Controller-status, to a slave (1.5 on).
    pub const CONTROLLER_STATUS_SLAVE: AsyncKind = AsyncKind(14);
    /// Controller-status, to a master or equal (1.5 on).
    pub const CONTROLLER_STATUS_MASTER: AsyncKind = AsyncKind(15);
    /// What an experimenter defines, to a slave (1.4 on).
    pub const EXPERIMENTER_SLAVE: AsyncKind = AsyncKind(0xfffe);
    /// What an experimenter defines, to a master or equal (1.4 on).
    pub const EXPERIMENTER_MASTER: AsyncKind = AsyncKind(0xffff);

    /// In the order of the masks of OpenFlow 1.3.
    const IN_1_3: [AsyncKind; 6] = [
        AsyncKind::PACKET_IN_MASTER,
        AsyncKind::PACKET_IN_SLAVE,
        AsyncKind::PORT_STATUS_MASTER,
        AsyncKind::PORT_STATUS_SLAVE,
        AsyncKind::FLOW_REMOVED_MASTER,
        AsyncKind::FLOW_REMOVED_SLAVE,
    ];

    fn is_mask(self, version: Version) -> bool {
        match version {
            Version::V1_0 | Version::V1_3 | Version::V1_4 => {
                self <= AsyncKind::REQUESTFORWARD_MASTER
            }
            Version::V1_5 => self <= AsyncKind::CONTROLLER_STATUS_MASTER,
        }
    }
}

impl AsyncConfig {
    /// Sets a mask.
    #[must_use]
    pub fn with(mut self, kind: AsyncKind, mask: u32) -> Self {
        self.properties.retain(|property| property.kind() != kind);
        self.properties.push(AsyncProperty::Mask { kind, mask });
        self
    }

    /// Returns a mask.
    pub fn mask(&self, kind: AsyncKind) -> Option<u32> {
        self.properties.iter().find_map(|property| match property {
            AsyncProperty::Mask { kind: known, mask } if *known == kind => Some(*mask),
            AsyncProperty::Mask { .. } | AsyncProperty::Unknown(_) => None,
        })
    }
}

/// Both forms, whatever the version: Nicira has a message for each.
impl AsyncConfig {
    pub(crate) fn decode_masks(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let properties = AsyncKind::IN_1_3
            .into_iter()
            .map(|kind| Ok(AsyncProperty::Mask { kind, mask: r.u32()? }))
            .collect::<Result<_, _>>()?;
        Ok(AsyncConfig { properties })
    }

    pub(crate) fn encode_masks(&self, w: &mut Writer<'_>) {
        for kind in AsyncKind::IN_1_3 {
            w.u32(self.mask(kind).unwrap_or_default());
        }
    }

    pub(crate) fn decode_properties(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(AsyncConfig { properties: r.bounded_list(Structure::Property)? })
    }

    pub(crate) fn encode_properties(&self, w: &mut Writer<'_>) {
        w.list(&self.properties);
    }
}

impl AsyncProperty {
    fn kind(&self) -> AsyncKind {
        match self {
            AsyncProperty::Mask { kind, .. } => *kind,
            AsyncProperty::Unknown(property) => AsyncKind(property.kind),
        }
    }
}

impl Wire for AsyncConfig {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 | Version::V1_3 => AsyncConfig::decode_masks(r),
            Version::V1_4 | Version::V1_5 => AsyncConfig::decode_properties(r),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 | Version::V1_3 => self.encode_masks(w),
            Version::V1_4 | Version::V1_5 => self.encode_properties(w),
        }
    }
}

impl Wire for AsyncProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        if !AsyncKind(kind).is_mask(r.version()) {
            let body = body.rest();
            return Ok(AsyncProperty::Unknown(Box::new(UnknownProperty { kind, body })));
        }
        let mask = body.u32()?;
        body.finish()?;
        Ok(AsyncProperty::Mask { kind: AsyncKind(kind), mask })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            AsyncProperty::Mask { kind, mask } => w.padded_element(kind.0, |w| w.u32(*mask)),
            AsyncProperty::Unknown(property) => property.encode(w),
        }
    }
}
