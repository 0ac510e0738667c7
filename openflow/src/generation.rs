use std::fmt;

/// Position of a role change among all elections of a master for a switch.
///
/// The derived order is that of plain numbers, for use as a key; which of two elections came first
/// is what [`GenerationId::is_older_than`] answers.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
pub struct GenerationId(pub u64);

impl GenerationId {
    /// What a switch reports that has seen no election since it started (OpenFlow 1.3.5 §7.3.9).
    pub const UNDEFINED: GenerationId = GenerationId(u64::MAX);

    /// Returns whether a switch that has seen `other` refuses this one as stale: the distance
    /// between two ids is a signed one, so that the sequence may wrap (OpenFlow 1.3.5 §6.3.5).
    pub fn is_older_than(self, other: GenerationId) -> bool {
        (self.0.wrapping_sub(other.0) as i64) < 0
    }
}

impl fmt::Display for GenerationId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == GenerationId::UNDEFINED { f.write_str("undefined") } else { self.0.fmt(f) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn age_is_a_signed_distance() {
        let older = |a, b| GenerationId(a).is_older_than(GenerationId(b));
        assert!(older(1, 2));
        assert!(!older(2, 2));
        assert!(!older(3, 2));
        assert!(older(u64::MAX, 0), "the sequence wraps");
        assert!(older(u64::MAX - 1, 1));
        assert!(!older(0, u64::MAX));
        assert!(older(1 << 63, 0), "half the circle away counts as behind");
        assert!(!older((1 << 63) - 1, 0));
    }
}
