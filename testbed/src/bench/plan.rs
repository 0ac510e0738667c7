//! Who is measured when.

use super::cell::Cell;
use crate::seeded::Seeded;

/// Hand-overs that one cluster makes.
#[derive(Clone, Debug, PartialEq)]
pub struct Stage {
    /// Nodes of the cluster.
    pub nodes: u64,
    /// Hosts that the application learns.
    pub hosts: u64,
    /// Turns in their order.
    pub turns: Vec<Turn>,
}

/// One hand-over to come.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Turn {
    /// Index of its cell.
    pub cell: usize,
    /// Its number among those of the cell, from 0.
    pub number: u64,
}

/// Returns the stages that measure every cell, each as often as `migrations` says.
pub fn stages(cells: &[Cell], migrations: &[u64], seed: u64) -> Vec<Stage> {
    let mut stages: Vec<Stage> = vec![];
    for (index, (cell, &migrations)) in cells.iter().zip(migrations).enumerate() {
        let (nodes, hosts) = (cell.conditions.nodes, cell.conditions.hosts);
        let turns = (0..migrations).map(|number| Turn { cell: index, number });
        match stages.iter_mut().find(|stage| (stage.nodes, stage.hosts) == (nodes, hosts)) {
            Some(stage) => stage.turns.extend(turns),
            None => stages.push(Stage { nodes, hosts, turns: turns.collect() }),
        }
    }
    for stage in &mut stages {
        Seeded::of(seed, &[PURPOSE, stage.nodes, stage.hosts]).shuffle(&mut stage.turns);
    }
    stages
}

/// Sets this use of a seed apart.
const PURPOSE: u64 = 0x706c_616e;

#[cfg(test)]
mod tests {
    use super::super::cell::Conditions;
    use super::*;
    use migration::ownership::Protocol;

    fn cells() -> Vec<Cell> {
        let with = |rate, hosts| {
            let conditions = Conditions { rate, hosts, ..Conditions::default() };
            Cell { study: "own", protocol: Protocol::Erc, conditions }
        };
        vec![with(1, 0), with(2, 0), with(1, 9)]
    }

    #[test]
    fn cells_that_can_share_a_cluster_are_interleaved() {
        let stages = stages(&cells(), &[50; 3], 1);
        assert_eq!(
            stages.iter().map(|s| (s.hosts, s.turns.len())).collect::<Vec<_>>(),
            [(0, 100), (9, 50)]
        );
        let changes =
            stages[0].turns.windows(2).filter(|pair| pair[0].cell != pair[1].cell).count();
        assert!(changes > 30, "{changes}");
        let mut turns = stages[0].turns.clone();
        turns.sort_unstable();
        turns.dedup();
        assert_eq!(turns.len(), 100, "each once");
    }

    #[test]
    fn the_seed_decides_the_order() {
        assert_eq!(stages(&cells(), &[9; 3], 1), stages(&cells(), &[9; 3], 1));
        assert_ne!(stages(&cells(), &[9; 3], 1), stages(&cells(), &[9; 3], 2));
    }
}
