use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{PortNo, QueueId, UnknownProperty, Version};

/// Body of `OFPT_QUEUE_GET_CONFIG_REQUEST`: which queues do you have? (OpenFlow 1.3.5 §7.3.6)
///
/// From OpenFlow 1.4 on a multipart request asks for them.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueueConfigRequest {
    /// Port whose queues are asked for, or [`PortNo::ANY`].
    pub port: PortNo,
}

/// Body of `OFPT_QUEUE_GET_CONFIG_REPLY`: the queues of a port (OpenFlow 1.3.5 §7.3.6).
///
/// In OpenFlow 1.0 they are queues of that port alone, and do not say so again.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueueConfig {
    /// Port that was asked for.
    pub port: PortNo,
    /// Its queues.
    pub queues: Vec<QueueDesc>,
}

/// A queue of a port (`ofp_packet_queue`, OpenFlow 1.3.5 §7.2.2; `ofp_queue_desc`, 1.4 §7.3.5.10).
///
/// ```text
/// 1.0   queue_id 4             | length 2 | pad 2 | properties
/// 1.3   queue_id 4 | port_no 4  | length 2 | pad 6 | properties
/// 1.4   port_no 4  | queue_id 4 | length 2 | pad 6 | properties
/// ```
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueueDesc {
    /// Port that it belongs to.
    pub port_no: PortNo,
    /// Which of its queues.
    pub queue_id: QueueId,
    /// How it is configured.
    pub properties: Vec<QueueProperty>,
}

/// A property of a queue (OpenFlow 1.3.5 §7.2.2, 1.4 §7.3.5).
///
/// ```text
/// 1.0   type 2 | length 2 | pad 4 | rate 2 | pad 6
/// 1.3   the same
/// 1.4   type 2 | length 2 | rate 2 | pad 2
/// ```
///
/// Rates are in tenths of a percent of the port's; above 1000 there is none.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum QueueProperty {
    /// Rate that the queue has for sure.
    MinRate(u16),
    /// Rate that it may not exceed.
    MaxRate(u16),
    /// Experimenters' and the rest; the body is what follows the header, padding included.
    Unknown(UnknownProperty),
}

impl Wire for QueueConfigRequest {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let port = PortNo::decode(r)?;
        match r.version() {
            Version::V1_0 => r.pad::<2>()?,
            Version::V1_3 | Version::V1_4 | Version::V1_5 => r.pad::<4>()?,
        }
        Ok(QueueConfigRequest { port })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.port.encode(w);
        match w.version() {
            Version::V1_0 => w.pad::<2>(),
            Version::V1_3 | Version::V1_4 | Version::V1_5 => w.pad::<4>(),
        }
    }
}

impl Wire for QueueConfig {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let port = PortNo::decode(r)?;
        if r.version() == Version::V1_0 {
            r.pad::<6>()?;
            return Ok(QueueConfig { port, queues: QueueDesc::decode_list_1_0(port, r)? });
        }
        r.pad::<4>()?;
        Ok(QueueConfig { port, queues: r.list()? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        self.port.encode(w);
        match w.version() {
            Version::V1_0 => {
                w.pad::<6>();
                self.queues.iter().for_each(|queue| queue.encode_1_0(self.port, w));
            }
            Version::V1_3 | Version::V1_4 | Version::V1_5 => {
                w.pad::<4>();
                w.list(&self.queues);
            }
        }
    }
}

impl QueueDesc {
    fn decode_list_1_0(port: PortNo, r: &mut Reader<'_>) -> Result<Vec<Self>, DecodeError> {
        let mut queues = Vec::new();
        while !r.is_empty() {
            queues.push(QueueDesc::decode_1_0(port, r)?);
        }
        Ok(queues)
    }

    fn decode_1_0(port_no: PortNo, r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (structure, offset) = (Structure::QueueDesc, r.offset());
        let mut head = r.within(structure, HEAD_1_0)?;
        let queue_id = QueueId(head.u32()?);
        let length = usize::from(head.u16()?);
        let mut r = r.rest_of_entry(structure, offset, length, MINIMUM_1_0)?;
        r.pad::<2>()?;
        let properties = r.bounded_list(Structure::QueueProperty)?;
        Ok(QueueDesc { port_no, queue_id, properties })
    }

    fn encode_1_0(&self, port: PortNo, w: &mut Writer<'_>) {
        if self.port_no != port {
            w.lacks("queue of another port than was asked for");
        }
        let start = w.position();
        w.u32(self.queue_id.0);
        w.u16(0);
        w.pad::<2>();
        w.list(&self.properties);
        w.fill(start + 4, w.position() - start);
    }
}

impl Wire for QueueDesc {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (structure, offset) = (Structure::QueueDesc, r.offset());
        let mut head = r.within(structure, HEAD)?;
        let (first, second) = (head.u32()?, head.u32()?);
        let length = usize::from(head.u16()?);
        let mut r = r.rest_of_entry(structure, offset, length, MINIMUM)?;
        r.pad::<6>()?;
        let (port_no, queue_id, property) = match r.version() {
            Version::V1_0 | Version::V1_3 => (second, first, Structure::QueueProperty),
            Version::V1_4 | Version::V1_5 => (first, second, Structure::Property),
        };
        Ok(QueueDesc {
            port_no: PortNo(port_no),
            queue_id: QueueId(queue_id),
            properties: r.bounded_list(property)?,
        })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let start = w.position();
        let (first, second) = match w.version() {
            Version::V1_0 | Version::V1_3 => (self.queue_id.0, self.port_no.0),
            Version::V1_4 | Version::V1_5 => (self.port_no.0, self.queue_id.0),
        };
        w.u32(first);
        w.u32(second);
        w.u16(0);
        w.pad::<6>();
        w.list(&self.properties);
        w.fill(start + 8, w.position() - start);
    }
}

impl Wire for QueueProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = match r.version() {
            Version::V1_0 | Version::V1_3 => {
                let (kind, mut body) = r.bare_element(Structure::QueueProperty)?;
                body.pad::<4>()?;
                (kind, body)
            }
            Version::V1_4 | Version::V1_5 => r.padded_element(Structure::Property)?,
        };
        let property = match kind {
            MIN_RATE => QueueProperty::MinRate(decode_rate(&mut body)?),
            MAX_RATE => QueueProperty::MaxRate(decode_rate(&mut body)?),
            kind => QueueProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let kind = match self {
            QueueProperty::MinRate(_) => MIN_RATE,
            QueueProperty::MaxRate(_) => MAX_RATE,
            QueueProperty::Unknown(property) => property.kind,
        };
        match w.version() {
            Version::V1_0 | Version::V1_3 => w.bare_element(kind, |w| {
                w.pad::<4>();
                self.encode_body(w);
            }),
            Version::V1_4 | Version::V1_5 => w.padded_element(kind, |w| self.encode_body(w)),
        }
    }
}

impl QueueProperty {
    fn encode_body(&self, w: &mut Writer<'_>) {
        match self {
            QueueProperty::MinRate(rate) | QueueProperty::MaxRate(rate) => {
                w.u16(*rate);
                match w.version() {
                    Version::V1_0 | Version::V1_3 => w.pad::<6>(),
                    Version::V1_4 | Version::V1_5 => w.pad::<2>(),
                }
            }
            QueueProperty::Unknown(property) => w.slice(&property.body),
        }
    }
}

fn decode_rate(body: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let rate = body.u16()?;
    match body.version() {
        Version::V1_0 | Version::V1_3 => body.pad::<6>()?,
        Version::V1_4 | Version::V1_5 => body.pad::<2>()?,
    }
    Ok(rate)
}

const MIN_RATE: u16 = 1;
const MAX_RATE: u16 = 2;
/// What stands before the padding.
const HEAD: usize = 10;
const HEAD_1_0: usize = 6;
/// A queue without properties.
const MINIMUM: usize = 16;
const MINIMUM_1_0: usize = 8;
