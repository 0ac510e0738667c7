//! What the network does: partitions as functions from (who sends, who receives) to what becomes of it, which add up.

use std::collections::BTreeSet;
use std::fmt;

/// One thing that is wrong with the network between nodes.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Weather {
    /// Nothing passes between these and all others.
    Halves(BTreeSet<u64>),
    /// Nothing passes between these and all others but for the bridge, which sees everybody.
    Bridge(u64, BTreeSet<u64>),
    /// Everybody sees neighbours only, or, of three, hears one other only.
    Ring(Vec<u64>),
    /// Nothing passes from the one to the other.
    OneWay(u64, u64),
    /// Nothing passes from it.
    Mute(u64),
    /// Nothing passes to it.
    Deaf(u64),
    /// Everything is late.
    Delay,
    /// Connections are reset.
    Reset,
}

/// What becomes of what one node sends to another; the worst comes last.
#[derive(Clone, Copy, Debug, Default, Eq, Ord, PartialEq, PartialOrd)]
pub enum Fate {
    /// It arrives.
    #[default]
    Arrives,
    /// It arrives late.
    Late,
    /// It is held back until the weather changes.
    Vanishes,
}

impl Weather {
    /// Returns what becomes of what `from` sends to `to`.
    pub fn fate(&self, from: u64, to: u64) -> Fate {
        let vanishes = match self {
            Self::Halves(side) => side.contains(&from) != side.contains(&to),
            Self::Bridge(bridge, side) => {
                from != *bridge && to != *bridge && side.contains(&from) != side.contains(&to)
            }
            Self::Ring(circle) => !are_neighbours(circle, from, to),
            Self::OneWay(one, other) => (from, to) == (*one, *other),
            Self::Mute(node) => from == *node,
            Self::Deaf(node) => to == *node,
            Self::Delay => return Fate::Late,
            Self::Reset => false,
        };
        if vanishes { Fate::Vanishes } else { Fate::Arrives }
    }

    /// Returns the nodes, of so many, that may find themselves without a majority by it.
    pub fn strikes(&self, nodes: u64) -> Vec<u64> {
        match self {
            Self::Halves(side) => side.iter().copied().collect(),
            _ => (1..=nodes).collect(),
        }
    }
}

/// Returns what becomes of what `from` sends to `to` in all of this weather.
pub fn fate<'a>(weather: impl IntoIterator<Item = &'a Weather>, from: u64, to: u64) -> Fate {
    weather.into_iter().map(|weather| weather.fate(from, to)).max().unwrap_or_default()
}

fn are_neighbours(circle: &[u64], from: u64, to: u64) -> bool {
    let place = |node| circle.iter().position(|&other| other == node);
    let (Some(from), Some(to)) = (place(from), place(to)) else { return false };
    let ahead = (to + circle.len() - from) % circle.len();
    // In a circle of three everybody is everybody's neighbour: there they only hear who is behind them.
    ahead == 1 || (circle.len() > 3 && ahead + 1 == circle.len())
}

impl fmt::Display for Weather {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Halves(side) => write!(f, "{side:?} apart from the others"),
            Self::Bridge(bridge, side) => {
                write!(f, "{side:?} apart from the others, {bridge} sees all")
            }
            Self::Ring(circle) => write!(f, "a circle {circle:?}"),
            Self::OneWay(from, to) => write!(f, "nothing from {from} to {to}"),
            Self::Mute(node) => write!(f, "nothing from {node}"),
            Self::Deaf(node) => write!(f, "nothing to {node}"),
            Self::Delay => write!(f, "everything late"),
            Self::Reset => write!(f, "connections reset"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(weather: &Weather, nodes: u64) -> Vec<(u64, u64)> {
        let pairs = (1..=nodes).flat_map(|from| (1..=nodes).map(move |to| (from, to)));
        pairs.filter(|&(f, t)| f != t && weather.fate(f, t) == Fate::Arrives).collect()
    }

    #[test]
    fn who_reaches_whom() {
        let one = BTreeSet::from([1]);
        assert_eq!(reached(&Weather::Halves(one.clone()), 3), [(2, 3), (3, 2)]);
        assert_eq!(reached(&Weather::Bridge(2, one), 3), [(1, 2), (2, 1), (2, 3), (3, 2)]);
        assert_eq!(reached(&Weather::Ring(vec![1, 3, 2]), 3), [(1, 3), (2, 1), (3, 2)]);
        let five = Weather::Ring(vec![1, 2, 3, 4, 5]);
        assert_eq!(reached(&five, 5).len(), 10);
        assert!(reached(&five, 5).contains(&(1, 5)) && !reached(&five, 5).contains(&(1, 3)));
        assert_eq!(reached(&Weather::OneWay(1, 2), 2), [(2, 1)]);
        assert_eq!(reached(&Weather::Mute(1), 3).len(), 4);
        assert_eq!(reached(&Weather::Deaf(1), 3).len(), 4);
        assert_eq!(reached(&Weather::Reset, 3).len(), 6);
    }

    #[test]
    fn the_worst_of_all_weather_counts() {
        let both = [Weather::Delay, Weather::OneWay(1, 2)];
        assert_eq!(fate(&both, 1, 2), Fate::Vanishes);
        assert_eq!(fate(&both, 2, 1), Fate::Late);
        assert_eq!(fate(&[], 2, 1), Fate::Arrives);
    }
}
