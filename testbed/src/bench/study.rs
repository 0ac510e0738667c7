//! The studies: named lists of cells, each of which answers one question.

use super::cell::{Cell, Choice, Conditions, Delays, Glitch, grid};
use migration::ownership::Protocol;

/// A question, and what must be measured to answer it.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Study {
    /// How much faster is each protocol than ElastiCon, over delays and loads?
    Grid,
    /// What does each variant cost?
    Variants,
    /// What does the size of the application's state cost?
    State,
    /// What do more candidates do to the tail, where candidates are sometimes slow?
    Meta,
    /// What does the load cost?
    Rate,
    /// What does the size of the cluster cost?
    Nodes,
    /// What does a slow Raft cost?
    Raft,
    /// All of them, one after the other.
    All,
}

/// What the options chose, of which a study overrides what it varies.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Protocols, if they were chosen.
    pub protocols: Vec<Protocol>,
    /// Delays, if they were chosen; else 1 ms, or what the study asks for.
    pub delays: Vec<Delays>,
    /// Packet-ins a second; these and all further lists are combined in every way.
    pub rates: Vec<u64>,
    /// Hosts learnt.
    pub hosts: Vec<u64>,
    /// Nodes; chosen by the number of candidates if empty.
    pub nodes: Vec<u64>,
    /// Raft's delays in microseconds.
    pub raft_us: Vec<u64>,
    /// All else.
    pub base: Conditions,
    /// Whether minutes must do.
    pub is_quick: bool,
}

impl Study {
    /// Returns the studies that this stands for.
    pub fn each(self) -> Vec<Self> {
        use Study::{All, Grid, Meta, Nodes, Raft, Rate, State, Variants};
        match self {
            All => vec![Grid, Variants, State, Meta, Rate, Nodes, Raft],
            one => vec![one],
        }
    }

    /// Returns the name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Grid => "grid",
            Self::Variants => "variants",
            Self::State => "state",
            Self::Meta => "meta",
            Self::Rate => "rate",
            Self::Nodes => "nodes",
            Self::Raft => "raft",
            Self::All => "all",
        }
    }

    /// Returns how many hand-overs each cell takes unless told otherwise.
    pub fn migrations(self, is_quick: bool) -> u64 {
        match (self, is_quick) {
            (Self::Meta, true) => 100,
            (Self::Meta, false) => 1_000,
            (_, true) => 20,
            (_, false) => 200,
        }
    }

    /// Returns its cells, without those at rest that [`with_rest`] adds.
    pub fn cells(self, wanted: &Wanted) -> Vec<Cell> {
        let full_or = |full: &[u64], quick: &[u64]| {
            if wanted.is_quick { quick.to_vec() } else { full.to_vec() }
        };
        let mut own = wanted.clone();
        if own.protocols.is_empty() {
            own.protocols = match self {
                Self::Variants | Self::All => {
                    Protocol::ALL.into_iter().filter(|p| is_sound(*p)).collect()
                }
                Self::Meta => known(&["erc"]),
                Self::Grid | Self::State | Self::Rate | Self::Nodes | Self::Raft => {
                    known(&["erc", "elasticon", "direct"])
                }
            };
        }
        match self {
            Self::Grid => {
                if own.delays.is_empty() {
                    own.delays = grid(wanted.is_quick);
                }
                own.rates = full_or(&[200, 1_000, 3_000], &[200, 1_000]);
            }
            Self::Variants => {}
            Self::State => own.hosts = full_or(&[0, 100, 1_000, 3_000, 9_000], &[0, 1_000, 9_000]),
            Self::Meta => return meta(&own),
            Self::Rate => {
                own.rates = full_or(&[0, 100, 300, 1_000, 3_000, 6_000], &[0, 1_000, 3_000])
            }
            Self::Nodes => own.nodes = full_or(&[2, 3, 5, 7, 9], &[2, 3, 5]),
            Self::Raft => {
                own.raft_us = full_or(&[0, 500, 1_000, 2_000, 5_000, 10_000], &[0, 1_000, 5_000])
            }
            Self::All => {
                return self.each().into_iter().flat_map(|study| study.cells(wanted)).collect();
            }
        }
        product(self.name(), &own)
    }
}

/// Returns whether a protocol promises to lose nothing and to double nothing.
pub fn is_sound(protocol: Protocol) -> bool {
    !UNSOUND.contains(&protocol.name())
}

/// Those that are measured to show what goes wrong.
pub const UNSOUND: [&str; 2] = ["naive", "elasticon-flow-removed"];

/// Returns every combination of the lists.
pub fn product(study: &'static str, wanted: &Wanted) -> Vec<Cell> {
    let base = &wanted.base;
    let nodes = match &wanted.nodes[..] {
        [] => vec![base.nodes.max(base.candidates as u64 + 1)],
        nodes => nodes.to_vec(),
    };
    let one_ms = vec![Delays::symmetric(1_000)];
    let delays = if wanted.delays.is_empty() { &one_ms } else { &wanted.delays };
    let mut cells = vec![];
    for &nodes in &nodes {
        for &hosts in &wanted.hosts {
            for &raft_delay_us in &wanted.raft_us {
                for &rate in &wanted.rates {
                    for &delays in delays {
                        let varied = Conditions {
                            delays,
                            rate,
                            hosts,
                            nodes,
                            raft_delay_us,
                            ..base.clone()
                        };
                        cells.extend(wanted.protocols.iter().map(|&protocol| Cell {
                            study,
                            protocol,
                            conditions: varied.clone(),
                        }));
                    }
                }
            }
        }
    }
    cells
}

/// Fixed against Meta: the same candidates and the same glitches, and either one of them drawn or all probed.
fn meta(wanted: &Wanted) -> Vec<Cell> {
    let base = &wanted.base;
    let glitch = if base.glitch == Glitch::default() { GLITCH } else { base.glitch };
    let nodes = MOST_CANDIDATES as u64 + 1;
    let delays = if wanted.delays.is_empty() { vec![META_DELAYS] } else { wanted.delays.clone() };
    let wanted = &Wanted { delays, ..wanted.clone() };
    let choices = [(MOST_CANDIDATES, Choice::Fixed)].into_iter();
    let choices = choices.chain((1..=MOST_CANDIDATES).map(|k| (k, Choice::Meta)));
    choices
        .flat_map(|(candidates, choice)| {
            let base = Conditions { glitch, candidates, choice, ..base.clone() };
            product("meta", &Wanted { base, nodes: vec![nodes], ..wanted.clone() })
        })
        .collect()
}

/// Returns the protocols of these names that there are.
fn known(names: &[&str]) -> Vec<Protocol> {
    names.iter().filter_map(|name| name.parse().ok()).collect()
}

/// Adds to the cells that can be compared with themselves at rest those at rest.
pub fn with_rest(mut cells: Vec<Cell>) -> Vec<Cell> {
    for cell in cells.clone() {
        let rest = Cell { conditions: cell.conditions.at_rest(), ..cell.clone() };
        if cell.conditions.is_plain() && !cells.contains(&rest) {
            cells.push(rest);
        }
    }
    cells
}

const GLITCH: Glitch = Glitch { probability: 0.1, factor: 4.0 };
/// Long enough to stand out from what five nodes on the few cores of a laboratory take, and no longer: the more time
/// a hand-over takes, the more of the machine's own pauses it meets.
const META_DELAYS: Delays = Delays::symmetric(10_000);
const MOST_CANDIDATES: usize = 4;

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted() -> Wanted {
        Wanted {
            protocols: vec![],
            delays: vec![],
            rates: vec![1_000],
            hosts: vec![0],
            nodes: vec![],
            raft_us: vec![0],
            base: Conditions::default(),
            is_quick: false,
        }
    }

    #[test]
    fn each_study_varies_what_it_is_named_after() {
        let different = |study: Study, of: fn(&Conditions) -> u64| {
            let cells = study.cells(&wanted());
            let values: std::collections::BTreeSet<u64> =
                cells.iter().map(|c| of(&c.conditions)).collect();
            values.len()
        };
        assert_eq!(different(Study::State, |c| c.hosts), 5);
        assert_eq!(different(Study::Rate, |c| c.rate), 6);
        assert_eq!(different(Study::Nodes, |c| c.nodes), 5);
        assert_eq!(different(Study::Raft, |c| c.raft_delay_us), 6);
        assert_eq!(different(Study::Grid, |c| c.delays.target_us), 5);
        assert_eq!(different(Study::Meta, |c| c.candidates as u64), 4);
    }

    #[test]
    fn all_is_every_study() {
        let cells = Study::All.cells(&wanted());
        for study in Study::All.each() {
            assert!(cells.iter().any(|cell| cell.study == study.name()), "{study:?}");
        }
    }

    #[test]
    fn fixed_and_meta_choose_among_the_same_nodes_under_the_same_glitches() {
        let cells = Study::Meta.cells(&wanted());
        let choices: Vec<_> =
            cells.iter().map(|c| (c.conditions.candidates, c.conditions.choice)).collect();
        use Choice::{Fixed, Meta};
        assert_eq!(choices, [(4, Fixed), (1, Meta), (2, Meta), (3, Meta), (4, Meta)]);
        assert!(cells.iter().all(|c| c.conditions.glitch == GLITCH && c.conditions.nodes == 5));
    }

    #[test]
    fn more_candidates_take_more_nodes_and_a_rest_is_added_once() {
        let base = Conditions { candidates: 4, ..Conditions::default() };
        let protocols = vec![Protocol::Erc];
        let delays = vec![Delays::symmetric(1), Delays::symmetric(2)];
        let two = Wanted { protocols, delays, base, ..wanted() };
        assert_eq!(product("own", &two)[0].conditions.nodes, 5);
        let plain = Wanted { base: Conditions::default(), ..two };
        assert_eq!(with_rest(product("own", &plain)).len(), 3);
    }
}
