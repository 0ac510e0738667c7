//! The model checker: every interleaving of one hand-over, small but complete.
//!
//! The real [`Engine`](migration::engine::Engine), [`Gate`](migration::gate::Gate),
//! [`Ownership`](migration::ownership::Ownership) and [`Reconciler`](migration::reconcile::Reconciler) of a source
//! and its candidates run around a switch; whatever could happen next, does. What must hold is what
//! DESIGN §5 promises, as properties P1 to P7.

mod judge;
mod log;
mod node;
mod scenario;
mod switch;
mod world;

pub use node::Flaw;
pub use scenario::{Mishap, Scenario, Sort};
pub use world::{Move, World};

use judge::PROPERTIES;
use serde::Serialize;
use stateright::{Checker, HasDiscoveries, Model, Property};

/// What a search found.
#[derive(Clone, Debug, Serialize)]
pub struct Found {
    /// States that can be reached, each counted once.
    pub states: usize,
    /// Moves that lead to them.
    pub moves: usize,
    /// The longest of the shortest ways to a state, or nearly so with more than one thread.
    pub depth: usize,
    /// What was looked at.
    pub properties: Vec<&'static str>,
    /// What does not hold, each with a shortest way there.
    pub broken: Vec<Counterexample>,
    /// What happens in no state, although it should in some.
    pub missing: Vec<&'static str>,
}

/// A property that does not hold, and how it comes to that.
#[derive(Clone, Debug, Serialize)]
pub struct Counterexample {
    /// The property.
    pub property: &'static str,
    /// Each move, and the world after it.
    pub trace: Vec<String>,
}

impl Found {
    /// Returns whether everything holds, and the search saw what it was to see.
    pub fn is_good(&self) -> bool {
        self.broken.is_empty() && self.missing.is_empty()
    }
}

/// Visits every state of `scenario`, or as many as it takes to find something that does not hold.
pub fn check(scenario: &Scenario, threads: usize) -> Found {
    let checker = scenario
        .clone()
        .checker()
        .threads(threads)
        .finish_when(HasDiscoveries::AnyFailures)
        .spawn_bfs()
        .join();
    let discoveries = checker.discoveries();
    let mut found = Found {
        states: checker.unique_state_count(),
        moves: checker.state_count(),
        depth: checker.max_depth(),
        properties: PROPERTIES.iter().map(|(name, _)| *name).collect(),
        broken: Vec::new(),
        missing: Vec::new(),
    };
    for property in scenario.properties() {
        let discovery = discoveries.get(property.name);
        match (property.expectation, discovery) {
            (stateright::Expectation::Sometimes, None) => found.missing.push(property.name),
            (stateright::Expectation::Sometimes, Some(_)) | (_, None) => {}
            (_, Some(path)) => {
                let steps = path.clone().into_vec();
                found.broken.push(Counterexample { property: property.name, trace: told(&steps) });
            }
        }
    }
    found.broken.sort_by_key(|broken| broken.property);
    if !found.broken.is_empty() {
        // The search ended early: what it has not seen says nothing.
        found.missing.clear();
    }
    found
}

/// Tells each move with what it led to.
fn told(steps: &[(World, Option<Move>)]) -> Vec<String> {
    let after = steps.iter().skip(1).map(|(world, _)| world);
    let moves = steps.iter().filter_map(|(_, next)| *next);
    moves.zip(after).map(|(next, world)| format!("{next:?}: {world}")).collect()
}

impl Model for Scenario {
    type State = World;
    type Action = Move;

    fn init_states(&self) -> Vec<World> {
        vec![World::new(self)]
    }

    fn actions(&self, world: &World, moves: &mut Vec<Move>) {
        world.moves(self, moves);
    }

    fn next_state(&self, world: &World, next: Move) -> Option<World> {
        let mut world = world.clone();
        world.take(next, self);
        Some(world)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        let always = PROPERTIES.iter().map(|(name, holds)| Property::always(name, *holds));
        let eventually =
            Property::eventually("every run comes to an end", |_, world: &World| world.ended);
        let sometimes = judge::sightings(self);
        always.chain([eventually]).chain(sometimes).collect()
    }
}
