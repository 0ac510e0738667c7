use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{PortNo, QueueId, UnknownProperty, Version};

/// Which queues to report on (`ofp_queue_multipart_request`, OpenFlow 1.4 §7.3.5.9, §7.3.5.10).
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueueRequest {
    /// Port of the queues, or [`PortNo::ANY`].
    pub port_no: PortNo,
    /// The queue, or [`QueueId::ALL`].
    pub queue_id: QueueId,
}

/// Counters of a queue (`ofp_queue_stats`, OpenFlow 1.4 §7.3.5.9); all ones where the switch does
/// not count.
///
/// ```text
/// 1.0   port in 16 bits, padding, queue, counters: 32 bytes
/// 1.3   port, queue, counters, duration: 40 bytes
/// 1.4   length, padding, the same, then properties with type and length
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueueStats {
    /// Port of the queue.
    pub port_no: PortNo,
    /// Which of its queues.
    pub queue_id: QueueId,
    /// How many bytes were sent.
    pub tx_bytes: u64,
    /// How many packets were sent.
    pub tx_packets: u64,
    /// How many packets were dropped because the queue was full.
    pub tx_errors: u64,
    /// How long the queue has been there, in whole seconds; 0 in OpenFlow 1.0, which does not tell.
    pub duration_sec: u32,
    /// How long it has been there beyond `duration_sec`, in nanoseconds.
    pub duration_nsec: u32,
    /// Properties; only experimenters define any, and not before OpenFlow 1.4.
    pub properties: Vec<UnknownProperty>,
}

impl Wire for QueueRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let mut port_no = PortNo::decode(r)?;
        if r.version() == Version::V1_0 {
            port_no = any_in_1_0(port_no);
            r.pad::<2>()?;
        }
        Ok(QueueRequest { port_no, queue_id: QueueId(r.u32()?) })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 => {
                any_in_1_0(self.port_no).encode(w);
                w.pad::<2>();
            }
            Version::V1_3 | Version::V1_4 | Version::V1_5 => w.u32(self.port_no.0),
        }
        w.u32(self.queue_id.0);
    }
}

/// Swaps ANY and ALL: OpenFlow 1.0 asks for the queues of every port by the latter (§5.3.5).
fn any_in_1_0(port: PortNo) -> PortNo {
    match port {
        PortNo::ANY => PortNo::ALL,
        PortNo::ALL => PortNo::ANY,
        port => port,
    }
}

impl QueueStats {
    fn decode_1_0(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let port_no = PortNo::decode(r)?;
        r.pad::<2>()?;
        Ok(QueueStats {
            port_no,
            queue_id: QueueId(r.u32()?),
            tx_bytes: r.u64()?,
            tx_packets: r.u64()?,
            tx_errors: r.u64()?,
            duration_sec: 0,
            duration_nsec: 0,
            properties: Vec::new(),
        })
    }

    fn encode_1_0(&self, w: &mut Writer<'_>) {
        self.port_no.encode(w);
        w.pad::<2>();
        w.u32(self.queue_id.0);
        w.u64(self.tx_bytes);
        w.u64(self.tx_packets);
        w.u64(self.tx_errors);
    }

    fn decode_common(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        Ok(QueueStats {
            port_no: PortNo(r.u32()?),
            queue_id: QueueId(r.u32()?),
            tx_bytes: r.u64()?,
            tx_packets: r.u64()?,
            tx_errors: r.u64()?,
            duration_sec: r.u32()?,
            duration_nsec: r.u32()?,
            properties: Vec::new(),
        })
    }

    fn encode_common(&self, w: &mut Writer<'_>) {
        w.u32(self.port_no.0);
        w.u32(self.queue_id.0);
        w.u64(self.tx_bytes);
        w.u64(self.tx_packets);
        w.u64(self.tx_errors);
        w.u32(self.duration_sec);
        w.u32(self.duration_nsec);
    }
}

impl Wire for QueueStats {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        match r.version() {
            Version::V1_0 => {
                QueueStats::decode_1_0(&mut r.within(Structure::QueueStats, LENGTH_1_0)?)
            }
            Version::V1_3 => {
                QueueStats::decode_common(&mut r.within(Structure::QueueStats, LENGTH_1_3)?)
            }
            Version::V1_4 | Version::V1_5 => {
                let mut r = r.entry(Structure::QueueStats, MINIMUM_1_4)?;
                r.pad::<6>()?;
                let stats = QueueStats::decode_common(&mut r)?;
                Ok(QueueStats { properties: r.bounded_list(Structure::Property)?, ..stats })
            }
        }
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match w.version() {
            Version::V1_0 => self.encode_1_0(w),
            Version::V1_3 => self.encode_common(w),
            Version::V1_4 | Version::V1_5 => w.entry(|w| {
                w.pad::<6>();
                self.encode_common(w);
                w.list(&self.properties);
            }),
        }
    }
}

const LENGTH_1_0: usize = 32;
const LENGTH_1_3: usize = 40;
/// An entry of OpenFlow 1.4 without properties.
const MINIMUM_1_4: usize = 48;
