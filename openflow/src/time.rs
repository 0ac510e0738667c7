use crate::wire::{DecodeError, Reader, Wire, Writer};

/// A time, or how long something takes (`ofp_time`, OpenFlow 1.5.1).
///
/// ```text
/// seconds 8 | nanoseconds 4 | pad 4
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
pub struct Time {
    /// In whole seconds; of a time, since the start of 1970.
    pub sec: u64,
    /// Beyond `sec`, in nanoseconds.
    pub nsec: u32,
}

impl Wire for Time {
    fn decode(r: &mut Reader<'_>) -> Result<Self, DecodeError> {
        let time = Time { sec: r.u64()?, nsec: r.u32()? };
        r.pad::<4>()?;
        Ok(time)
    }

    fn encode(&self, w: &mut Writer<'_>) {
        w.u64(self.sec);
        w.u32(self.nsec);
        w.pad::<4>();
    }
}
