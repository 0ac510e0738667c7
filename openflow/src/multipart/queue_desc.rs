use crate::wire::{DecodeError, Reader, Structure, Wire, Writer};
use crate::{PortNo, QueueId, UnknownProperty};

/// Description of a queue (`ofp_queue_desc`, OpenFlow 1.4 §7.3.5.10).
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct QueueDesc {
    /// Port of the queue.
    pub port_no: PortNo,
    /// Which of its queues.
    pub queue_id: QueueId,
    /// How it is configured.
    pub properties: Vec<QueueProperty>,
}

/// A property of a queue.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub enum QueueProperty {
    /// Rate that the queue gets at least, in tenths of a percent of the port's; none above 1000.
    MinRate(u16),
    /// Rate that the queue gets at most, in tenths of a percent of the port's; none above 1000.
    MaxRate(u16),
    /// Experimenters' and the rest.
    Unknown(UnknownProperty),
}

impl Wire for QueueDesc {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let offset = r.offset();
        let mut head = r.within(Structure::QueueDesc, 10)?;
        let (port_no, queue_id) = (PortNo(head.u32()?), QueueId(head.u32()?));
        let length = usize::from(head.u16()?);
        let mut r = r.rest_of_entry(Structure::QueueDesc, offset, length, MINIMUM)?;
        r.pad::<6>()?;
        Ok(QueueDesc { port_no, queue_id, properties: r.bounded_list(Structure::Property)? })
    }

    fn encode(&self, w: &mut Writer<'_>) {
        let start = w.position();
        w.u32(self.port_no.0);
        w.u32(self.queue_id.0);
        w.u16(0);
        w.pad::<6>();
        w.list(&self.properties);
        w.fill(start + 8, w.position() - start);
    }
}

impl Wire for QueueProperty {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let (kind, mut body) = r.padded_element(Structure::Property)?;
        let property = match kind {
            MIN_RATE => QueueProperty::MinRate(rate(&mut body)?),
            MAX_RATE => QueueProperty::MaxRate(rate(&mut body)?),
            kind => QueueProperty::Unknown(UnknownProperty { kind, body: body.rest() }),
        };
        body.finish()?;
        Ok(property)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        match self {
            QueueProperty::MinRate(rate) => encode_rate(w, MIN_RATE, *rate),
            QueueProperty::MaxRate(rate) => encode_rate(w, MAX_RATE, *rate),
            QueueProperty::Unknown(property) => property.encode(w),
        }
    }
}

fn rate(body: &mut Reader<'_>) -> Result<u16, DecodeError> {
    let rate = body.u16()?;
    body.pad::<2>()?;
    Ok(rate)
}

fn encode_rate(w: &mut Writer<'_>, kind: u16, rate: u16) {
    w.padded_element(kind, |w| {
        w.u16(rate);
        w.pad::<2>();
    });
}

/// A description without properties.
const MINIMUM: usize = 16;
const MIN_RATE: u16 = 1;
const MAX_RATE: u16 = 2;
