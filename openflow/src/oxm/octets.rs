use std::ops::Deref;

/// The payload of an OXM field: in place when it is short, as all but masked IPv6 addresses are.
#[derive(Clone, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(super) enum Octets {
    /// `bytes[..length]`, zeroes after it.
    Inline { length: u8, bytes: [u8; INLINE] },
    /// Longer than fits in place.
    Heap(Box<[u8]>),
}

impl Octets {
    #[inline(always)]
    pub(super) fn new(payload: &[u8]) -> Self {
        if payload.len() > INLINE {
            return Octets::Heap(payload.into());
        }
        let mut bytes = [0; INLINE];
        bytes[..payload.len()].copy_from_slice(payload);
        Octets::Inline { length: payload.len() as u8, bytes }
    }
}

impl Deref for Octets {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Octets::Inline { length, bytes } => &bytes[..usize::from(*length)],
            Octets::Heap(bytes) => bytes,
        }
    }
}

const INLINE: usize = 22;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_length_comes_back() {
        let payload: Vec<u8> = (0..=255).collect();
        for length in 0..payload.len() {
            assert_eq!(*Octets::new(&payload[..length]), payload[..length]);
        }
        assert!(matches!(Octets::new(&payload[..22]), Octets::Inline { .. }));
        assert!(matches!(Octets::new(&payload[..23]), Octets::Heap(_)));
    }
}
