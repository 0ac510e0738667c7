use crate::port::{features_from_1_0, features_in_1_0};
use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{MacAddr, OpticalPortMod, PortConfig, PortNo, UnknownProperty, Version};

/// Body of `OFPT_PORT_MOD`: a change to a port (OpenFlow 1.4 §7.3.4.3).
///
/// ```text
/// 1.0   number in 16 bits, then as in 1.3 but for padding: 24 bytes
/// 1.3   number, address, config, mask, then what an Ethernet port advertises in place: 32 bytes
/// 1.4   number, address, config, mask, then properties with type and length
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PortMod {
    /// Port to change.
    pub port_no: PortNo,
    /// Its address, which must be the one that the switch told: it is not changed.
    pub hw_addr: MacAddr,
    /// What to set.
    pub config: PortConfig,
    /// Which bits of `config` to heed.
    pub mask: PortConfig,
    /// Properties; 1.0 and 1.3 have place for one of the Ethernet kind only.
    pub properties: Vec<PortModProperty>,
}

/// A property of a port-mod.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum PortModProperty {
    /// What an Ethernet port advertises.
    Ethernet {
        /// Features, as a set of `OFPPF_*` bits; 0 to leave them.
        advertise: u32,
    },
    /// How an optical port is tuned (1.4 on).
    Optical(OpticalPortMod),
    /// Experimenters' and the rest (1.4 on).
    Unknown(UnknownProperty),
}

impl PortMod {
    /// Returns what an Ethernet port shall advertise, 0 if that is left as it is.
    pub fn advertise(&self) -> u32 {
        let advertise = self.properties.iter().find_map(|property| match property {
            PortModProperty::Ethernet { advertise } => Some(*advertise),
            PortModProperty::Optical(_) | PortModProperty::Unknown(_) => None,
        });
        advertise.unwrap_or_default()
    }
}

impl Wire for PortMod {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let port_no = PortNo::decode(r)?;
        if r.version() > Version::V1_0 {
            r.pad::<4>()?;
        }
        let hw_addr = MacAddr(r.array()?);
        if r.version() > Version::V1_0 {
            r.pad::<2>()?;
        }
        let config = PortConfig::from_bits_retain(r.u32()?);
        let mask = PortConfig::from_bits_retain(r.u32()?);
        let properties = match r.version() {
            Version::V1_0 => {
                let advertise = features_from_1_0(r.u32()?);
                r.pad::<4>()?;
                vec![PortModProperty::Ethernet { advertise }]
            }
            Version::V1_3 => {
                let advertise = r.u32()?;
                r.pad::<4>()?;
                vec![PortModProperty::Ethernet { advertise }]
            }
            Version::V1_4 | Version::V1_5 => r.bounded_list(Structure::Property)?,
        };
        Ok(PortMod { port_no, hw_addr, config, mask, properties })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.port_no.encode(w);
        if w.version() > Version::V1_0 {
            w.pad::<4>();
        }
        w.slice(&self.hw_addr.0);
        if w.version() > Version::V1_0 {
            w.pad::<2>();
        }
        w.u32(self.config.bits());
        w.u32(self.mask.bits());
        match w.version() {
            Version::V1_0 => {
                w.u32(features_in_1_0(self.advertise()));
                w.pad::<4>();
            }
            Version::V1_3 => {
                w.u32(self.advertise());
                w.pad::<4>();
            }
            Version::V1_4 | Version::V1_5 => w.list(&self.properties),
        }
    }
}

impl Wire for PortModProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let property = match kind {
            ETHERNET => PortModProperty::Ethernet { advertise: body.u32()? },
            OPTICAL => PortModProperty::Optical(OpticalPortMod::decode(&mut body)?),
            kind => PortModProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            PortModProperty::Ethernet { advertise } => {
                w.padded_element(ETHERNET, |w| w.u32(*advertise));
            }
            PortModProperty::Optical(optical) => w.padded_element(OPTICAL, |w| optical.encode(w)),
            PortModProperty::Unknown(property) => property.encode(w),
        }
    }
}

const ETHERNET: u16 = 0;
const OPTICAL: u16 = 1;
