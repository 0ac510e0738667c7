use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{MacAddr, OpticalPort, OxmHeader, PortNo, Text, UnknownProperty, Version};

/// Description of a port (`ofp_port`, OpenFlow 1.4 §7.2.1).
///
/// ```text
/// 1.0   number in 16 bits, then as in 1.3 but for padding and speeds: 48 bytes
/// 1.3   number, address, name, config, state, then the Ethernet properties in place: 64 bytes
/// 1.4   number, length, address, name, config, state, then properties with type and length
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Port {
    /// Number of the port.
    pub port_no: PortNo,
    /// Its Ethernet address.
    pub hw_addr: MacAddr,
    /// Its name, such as that of a network interface.
    pub name: Text<16>,
    /// What an administrator set.
    pub config: PortConfig,
    /// What the switch sees.
    pub state: PortState,
    /// Properties; 1.0 and 1.3 have place for one of the Ethernet kind only.
    pub properties: Vec<PortProperty>,
}

/// A property of a port.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(untagged))]
pub enum PortProperty {
    /// What an Ethernet port does and can do.
    Ethernet(EthernetPort),
    /// What an optical port does and can do (1.4 on).
    Optical(OpticalPort),
    /// Fields that packets from the port have beside their bytes (1.5 on).
    PipelineInput {
        /// The fields.
        pipeline_input: Vec<OxmHeader>,
    },
    /// Fields that packets to the port may have beside their bytes (1.5 on).
    PipelineOutput {
        /// The fields.
        pipeline_output: Vec<OxmHeader>,
    },
    /// What is sent to the port comes in again (1.5 on).
    Recirculate {
        /// Where.
        recirculate: Vec<PortNo>,
    },
    /// Experimenters' and the rest (1.4 on).
    Unknown(UnknownProperty),
}

/// What an Ethernet port does and can do, as sets of `OFPPF_*` bits by their numbers from OpenFlow
/// 1.1 on.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct EthernetPort {
    /// Features in use.
    pub curr: u32,
    /// Features that the port advertises.
    pub advertised: u32,
    /// Features that the port supports.
    pub supported: u32,
    /// Features that the other end advertises.
    pub peer: u32,
    /// Current bit rate, in kbit/s; 0 in OpenFlow 1.0.
    pub curr_speed: u32,
    /// Highest bit rate, in kbit/s; 0 in OpenFlow 1.0.
    pub max_speed: u32,
}

bitflags::bitflags! {
    /// What an administrator set on a port; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct PortConfig: u32 {
        /// The port is down.
        const PORT_DOWN = 1 << 0;
        /// It has no part in a spanning tree (1.0).
        const NO_STP = 1 << 1;
        /// What it receives is dropped.
        const NO_RECV = 1 << 2;
        /// What a spanning tree protocol sends it is dropped (1.0).
        const NO_RECV_STP = 1 << 3;
        /// Flooding leaves it out (1.0).
        const NO_FLOOD = 1 << 4;
        /// What is sent to it is dropped.
        const NO_FWD = 1 << 5;
        /// It causes no packet-ins.
        const NO_PACKET_IN = 1 << 6;
    }

    /// What a switch sees of a port; bits that have no name are kept.
    #[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
    pub struct PortState: u32 {
        /// There is no link.
        const LINK_DOWN = 1 << 0;
        /// A spanning tree blocks it.
        const BLOCKED = 1 << 1;
        /// It may serve in a fast-failover group.
        const LIVE = 1 << 2;
        /// A spanning tree has it learn and not forward (1.0).
        const STP_LEARN = 1 << 8;
        /// A spanning tree has it forward (1.0).
        const STP_FORWARD = 1 << 9;
        /// A spanning tree leaves it out (1.0).
        const STP_BLOCK = 1 << 8 | 1 << 9;
    }
}

#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(PortConfig);
#[cfg(feature = "serde")]
crate::flags::serialize_as_number!(PortState);

impl Port {
    /// Returns whether the port is enabled and has a link.
    pub fn is_up(&self) -> bool {
        !self.config.contains(PortConfig::PORT_DOWN) && !self.state.contains(PortState::LINK_DOWN)
    }

    /// Returns the Ethernet properties.
    pub fn ethernet(&self) -> Option<&EthernetPort> {
        self.properties.iter().find_map(|property| match property {
            PortProperty::Ethernet(ethernet) => Some(ethernet),
            PortProperty::Optical(_)
            | PortProperty::PipelineInput { .. }
            | PortProperty::PipelineOutput { .. }
            | PortProperty::Recirculate { .. }
            | PortProperty::Unknown(_) => None,
        })
    }

    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.within(Structure::Port, LENGTH_1_0)?;
        let port_no = PortNo::decode(&mut r)?;
        let hw_addr = MacAddr(r.array()?);
        let mut port = Port::decode_tail(port_no, hw_addr, &mut r)?;
        let [curr, advertised, supported, peer] = [r.u32()?, r.u32()?, r.u32()?, r.u32()?];
        let ethernet = EthernetPort {
            curr: features_from_1_0(curr),
            advertised: features_from_1_0(advertised),
            supported: features_from_1_0(supported),
            peer: features_from_1_0(peer),
            ..EthernetPort::default()
        };
        port.properties = vec![PortProperty::Ethernet(ethernet)];
        Ok(port)
    }

    fn encode_1_0(&self, w: &mut Writer<'_>) {
        self.port_no.encode(w);
        w.slice(&self.hw_addr.0);
        self.encode_tail(w);
        let ethernet = self.ethernet().copied().unwrap_or_default();
        for features in [ethernet.curr, ethernet.advertised, ethernet.supported, ethernet.peer] {
            w.u32(features_in_1_0(features));
        }
    }

    fn decode_1_3(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.within(Structure::Port, LENGTH_1_3)?;
        let port_no = PortNo(r.u32()?);
        r.pad::<4>()?;
        let mut port = Port::decode_common(port_no, &mut r)?;
        port.properties = vec![PortProperty::Ethernet(EthernetPort::decode(&mut r)?)];
        Ok(port)
    }

    fn decode_1_4(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let mut head = r.within(Structure::Port, 6)?;
        let port_no = PortNo(head.u32()?);
        let length = usize::from(head.u16()?);
        let mut r = r.rest_of_entry(Structure::Port, offset, length, MINIMUM_1_4)?;
        r.pad::<2>()?;
        let mut port = Port::decode_common(port_no, &mut r)?;
        port.properties = r.bounded_list(Structure::Property)?;
        Ok(port)
    }

    fn decode_common(port_no: PortNo, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let hw_addr = MacAddr(r.array()?);
        r.pad::<2>()?;
        Port::decode_tail(port_no, hw_addr, r)
    }

    fn decode_tail(
        port_no: PortNo,
        hw_addr: MacAddr,
        r: &mut Reader<'_>,
    ) -> Result<Self, DecodeError> {
        Ok(Port {
            port_no,
            hw_addr,
            name: Text::decode(r)?,
            config: PortConfig::from_bits_retain(r.u32()?),
            state: PortState::from_bits_retain(r.u32()?),
            properties: Vec::new(),
        })
    }

    fn encode_common(&self, w: &mut Writer<'_>) {
        w.slice(&self.hw_addr.0);
        w.pad::<2>();
        self.encode_tail(w);
    }

    fn encode_tail(&self, w: &mut Writer<'_>) {
        self.name.encode(w);
        w.u32(self.config.bits());
        w.u32(self.state.bits());
    }
}

impl Wire for Port {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 => Port::decode_1_0(r),
            Version::V1_3 => Port::decode_1_3(r),
            Version::V1_4 | Version::V1_5 => Port::decode_1_4(r),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 => self.encode_1_0(w),
            Version::V1_3 => {
                w.u32(self.port_no.0);
                w.pad::<4>();
                self.encode_common(w);
                self.ethernet().copied().unwrap_or_default().encode(w);
            }
            Version::V1_4 | Version::V1_5 => {
                let start = w.position();
                w.u32(self.port_no.0);
                w.u16(0);
                w.pad::<2>();
                self.encode_common(w);
                w.list(&self.properties);
                w.fill(start + 4, w.position() - start);
            }
        }
    }
}

impl Wire for PortProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let in_1_5 = body.version() >= Version::V1_5;
        let property = match kind {
            ETHERNET => {
                body.pad::<4>()?;
                PortProperty::Ethernet(EthernetPort::decode(&mut body)?)
            }
            OPTICAL => {
                body.pad::<4>()?;
                PortProperty::Optical(OpticalPort::decode(&mut body)?)
            }
            PIPELINE_INPUT if in_1_5 => {
                let pipeline_input = body.bounded_list(Structure::Property)?;
                PortProperty::PipelineInput { pipeline_input }
            }
            PIPELINE_OUTPUT if in_1_5 => {
                let pipeline_output = body.bounded_list(Structure::Property)?;
                PortProperty::PipelineOutput { pipeline_output }
            }
            RECIRCULATE if in_1_5 => PortProperty::Recirculate { recirculate: ports(&mut body)? },
            kind => PortProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            PortProperty::Ethernet(ethernet) => w.padded_element(ETHERNET, |w| {
                w.pad::<4>();
                ethernet.encode(w);
            }),
            PortProperty::Optical(optical) => w.padded_element(OPTICAL, |w| {
                w.pad::<4>();
                optical.encode(w);
            }),
            PortProperty::PipelineInput { pipeline_input } => {
                w.padded_element(PIPELINE_INPUT, |w| w.list(pipeline_input));
            }
            PortProperty::PipelineOutput { pipeline_output } => {
                w.padded_element(PIPELINE_OUTPUT, |w| w.list(pipeline_output));
            }
            PortProperty::Recirculate { recirculate } => w.padded_element(RECIRCULATE, |w| {
                recirculate.iter().for_each(|port| w.u32(port.0));
            }),
            PortProperty::Unknown(property) => property.encode(w),
        }
    }
}

impl Wire for EthernetPort {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(EthernetPort {
            curr: r.u32()?,
            advertised: r.u32()?,
            supported: r.u32()?,
            peer: r.u32()?,
            curr_speed: r.u32()?,
            max_speed: r.u32()?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u32(self.curr);
        w.u32(self.advertised);
        w.u32(self.supported);
        w.u32(self.peer);
        w.u32(self.curr_speed);
        w.u32(self.max_speed);
    }
}

/// Returns features of an Ethernet port by their bits from OpenFlow 1.1 on: between 10 Gb/s and the
/// medium there came four bits for higher rates.
pub(crate) fn features_from_1_0(bits: u32) -> u32 {
    let (kept, moved, new) = (bits & !MOVED_FEATURES, bits & MEDIUM_1_0, bits & SPARE_1_0);
    kept | moved << 4 | new >> 5
}

/// Returns features of an Ethernet port by their bits in OpenFlow 1.0; the higher rates, which it does
/// not know, get bits that it leaves free, so that none is lost.
pub(crate) fn features_in_1_0(bits: u32) -> u32 {
    let (moved, new) = (bits & MEDIUM_1_0 << 4, bits & SPARE_1_0 >> 5);
    bits & !MOVED_FEATURES | moved >> 4 | new << 5
}

fn ports(body: &mut Reader<'_>) -> Result<Vec<PortNo>, DecodeError> {
    let mut ports = Vec::new();
    while !body.is_empty() {
        ports.push(PortNo(body.u32()?));
    }
    Ok(ports)
}

const ETHERNET: u16 = 0;
const OPTICAL: u16 = 1;
const PIPELINE_INPUT: u16 = 2;
const PIPELINE_OUTPUT: u16 = 3;
const RECIRCULATE: u16 = 4;
/// Medium, negotiation and pause, bits 7 to 11 in OpenFlow 1.0 and 11 to 15 later.
const MEDIUM_1_0: u32 = 0x0f80;
/// The bits from 12 on that OpenFlow 1.0 leaves free, 7 to 10 later.
const SPARE_1_0: u32 = 0xf000;
const MOVED_FEATURES: u32 = MEDIUM_1_0 | SPARE_1_0;
const LENGTH_1_0: usize = 48;
const LENGTH_1_3: usize = 64;
/// A port of OpenFlow 1.4 without properties.
const MINIMUM_1_4: usize = 40;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_have_other_bits_in_1_0() {
        // 1 Gb/s full-duplex and 10 Gb/s stay; copper and asymmetric pause move by four.
        assert_eq!(features_from_1_0(0b1000_1110_0000), 0b1000_1000_0110_0000);
        for bit in 0..32 {
            assert_eq!(features_in_1_0(features_from_1_0(1 << bit)), 1 << bit);
            assert_eq!(features_from_1_0(features_in_1_0(1 << bit)), 1 << bit);
        }
    }
}
