use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{EthernetStats, PortNo, PortStatsProperty, Version};

/// Counters of a port (`ofp_port_stats`, OpenFlow 1.4 §7.3.5.7); all ones where the switch does not
/// count.
///
/// ```text
/// 1.0   number in 16 bits, then as in 1.3 but for the duration: 104 bytes
/// 1.3   number, counters, then those of Ethernet in place, then the duration: 112 bytes
/// 1.4   length, number, duration, counters, then properties with type and length
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct PortStats {
    /// Which port.
    pub port_no: PortNo,
    /// How long it has been there, in whole seconds; 0 in OpenFlow 1.0, which does not tell.
    pub duration_sec: u32,
    /// How long it has been there beyond `duration_sec`, in nanoseconds.
    pub duration_nsec: u32,
    /// How many packets it received.
    pub rx_packets: u64,
    /// How many packets it sent.
    pub tx_packets: u64,
    /// How many bytes it received.
    pub rx_bytes: u64,
    /// How many bytes it sent.
    pub tx_bytes: u64,
    /// How many received packets were dropped.
    pub rx_dropped: u64,
    /// How many packets to send were dropped.
    pub tx_dropped: u64,
    /// How many errors there were in what it received, of all kinds.
    pub rx_errors: u64,
    /// How many errors there were in what it sent, of all kinds.
    pub tx_errors: u64,
    /// Counters of its kind of port; 1.0 and 1.3 have place for those of Ethernet only.
    pub properties: Vec<PortStatsProperty>,
}

impl PortStats {
    /// Returns the counters of an Ethernet port.
    pub fn ethernet(&self) -> Option<&EthernetStats> {
        self.properties.iter().find_map(|property| match property {
            PortStatsProperty::Ethernet(ethernet) => Some(ethernet),
            PortStatsProperty::Optical(_) | PortStatsProperty::Unknown(_) => None,
        })
    }

    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.within(Structure::PortStats, LENGTH_1_0)?;
        let port_no = PortNo::decode(&mut r)?;
        r.pad::<6>()?;
        let stats = PortStats::decode_counters(port_no, &mut r)?;
        let ethernet = PortStatsProperty::Ethernet(EthernetStats::decode(&mut r)?);
        Ok(PortStats { properties: vec![ethernet], ..stats })
    }

    fn decode_1_3(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.within(Structure::PortStats, LENGTH_1_3)?;
        let port_no = PortNo(r.u32()?);
        r.pad::<4>()?;
        let mut stats = PortStats::decode_counters(port_no, &mut r)?;
        stats.properties = vec![PortStatsProperty::Ethernet(EthernetStats::decode(&mut r)?)];
        stats.duration_sec = r.u32()?;
        stats.duration_nsec = r.u32()?;
        Ok(stats)
    }

    fn decode_1_4(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut r = r.entry(Structure::PortStats, MINIMUM_1_4)?;
        r.pad::<2>()?;
        let port_no = PortNo(r.u32()?);
        let (duration_sec, duration_nsec) = (r.u32()?, r.u32()?);
        let stats = PortStats::decode_counters(port_no, &mut r)?;
        let properties = r.bounded_list(Structure::Property)?;
        Ok(PortStats { duration_sec, duration_nsec, properties, ..stats })
    }

    fn decode_counters(port_no: PortNo, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(PortStats {
            port_no,
            duration_sec: 0,
            duration_nsec: 0,
            rx_packets: r.u64()?,
            tx_packets: r.u64()?,
            rx_bytes: r.u64()?,
            tx_bytes: r.u64()?,
            rx_dropped: r.u64()?,
            tx_dropped: r.u64()?,
            rx_errors: r.u64()?,
            tx_errors: r.u64()?,
            properties: Vec::new(),
        })
    }

    fn encode_counters(&self, w: &mut Writer<'_>) {
        w.u64(self.rx_packets);
        w.u64(self.tx_packets);
        w.u64(self.rx_bytes);
        w.u64(self.tx_bytes);
        w.u64(self.rx_dropped);
        w.u64(self.tx_dropped);
        w.u64(self.rx_errors);
        w.u64(self.tx_errors);
    }
}

impl Wire for PortStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 => PortStats::decode_1_0(r),
            Version::V1_3 => PortStats::decode_1_3(r),
            Version::V1_4 | Version::V1_5 => PortStats::decode_1_4(r),
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 => {
                self.port_no.encode(w);
                w.pad::<6>();
                self.encode_counters(w);
                self.ethernet().unwrap_or(&EthernetStats::UNSUPPORTED).encode(w);
            }
            Version::V1_3 => {
                w.u32(self.port_no.0);
                w.pad::<4>();
                self.encode_counters(w);
                self.ethernet().unwrap_or(&EthernetStats::UNSUPPORTED).encode(w);
                w.u32(self.duration_sec);
                w.u32(self.duration_nsec);
            }
            Version::V1_4 | Version::V1_5 => w.entry(|w| {
                w.pad::<2>();
                w.u32(self.port_no.0);
                w.u32(self.duration_sec);
                w.u32(self.duration_nsec);
                self.encode_counters(w);
                w.list(&self.properties);
            }),
        }
    }
}

const LENGTH_1_0: usize = 104;
const LENGTH_1_3: usize = 112;
/// An entry of OpenFlow 1.4 without properties.
const MINIMUM_1_4: usize = 80;
