use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{BundleFlags, Time, UnknownProperty};

/// What can bundles do, and with what tolerance? (`ofp_bundle_features_request`, OpenFlow 1.5.1)
///
/// ```text
/// feature_request_flags 4 | pad 4 | properties
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BundleFeaturesRequest {
    /// What the properties are there for.
    pub flags: BundleFeatureFlags,
    /// Properties.
    pub properties: Vec<BundleFeatureProperty>,
}

/// What bundles can do (`ofp_bundle_features`, OpenFlow 1.5.1).
///
/// ```text
/// capabilities 2 | pad 6 | properties
/// ```
#[derive(Clone, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BundleFeatures {
    /// Which flags bundles may have.
    pub capabilities: BundleFlags,
    /// Properties.
    pub properties: Vec<BundleFeatureProperty>,
}

bitflags::bitflags! {
    /// What the properties of a request for bundle features are there for; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct BundleFeatureFlags: u32 {
        /// They have the controller's time.
        const TIMESTAMP = 1 << 0;
        /// They set the tolerance of scheduled commits.
        const TIME_SET_SCHED = 1 << 1;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(BundleFeatureFlags);

/// A property of what bundles can do.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum BundleFeatureProperty {
    /// How bundles are committed at a set time.
    Time(Box<BundleTime>),
    /// Experimenters' and the rest.
    Unknown(UnknownProperty),
}

/// How bundles are committed at a set time (`ofp_bundle_features_prop_time`).
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct BundleTime {
    /// How exactly the time is kept.
    pub accuracy: Time,
    /// How far ahead it may be.
    pub max_future: Time,
    /// How long ago it may be.
    pub max_past: Time,
    /// The sender's time.
    pub timestamp: Time,
}

impl Wire for BundleFeaturesRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let flags = BundleFeatureFlags::from_bits_retain(r.u32()?);
        r.pad::<4>()?;
        Ok(BundleFeaturesRequest { flags, properties: r.bounded_list(Structure::Property)? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.flags.bits());
        w.pad::<4>();
        w.list(&self.properties);
    }
}

impl Wire for BundleFeatures {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let capabilities = BundleFlags::from_bits_retain(r.u16()?);
        r.pad::<6>()?;
        Ok(BundleFeatures { capabilities, properties: r.bounded_list(Structure::Property)? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u16(self.capabilities.bits());
        w.pad::<6>();
        w.list(&self.properties);
    }
}

impl Wire for BundleFeatureProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        if kind != TIME {
            return Ok(BundleFeatureProperty::Unknown(UnknownProperty { kind, body: body.rest() }));
        }
        body.pad::<4>()?;
        let time = BundleTime::decode(&mut body)?;
        body.finish()?;
        Ok(BundleFeatureProperty::Time(Box::new(time)))
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            BundleFeatureProperty::Time(time) => w.padded_element(TIME, |w| {
                w.pad::<4>();
                time.encode(w);
            }),
            BundleFeatureProperty::Unknown(property) => property.encode(w),
        }
    }
}

impl Wire for BundleTime {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(BundleTime {
            accuracy: Time::decode(r)?,
            max_future: Time::decode(r)?,
            max_past: Time::decode(r)?,
            timestamp: Time::decode(r)?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.accuracy.encode(w);
        self.max_future.encode(w);
        self.max_past.encode(w);
        self.timestamp.encode(w);
    }
}

const TIME: u16 = 1;
