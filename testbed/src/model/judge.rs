//! What must hold: the properties of DESIGN §5.

use super::scenario::Scenario;
use super::world::World;
use migration::gate::Mode;
use migration::ownership::State;
use openflow::Role;
use stateright::Property;

/// Returns whether a property holds in a state.
type Holds = fn(&Scenario, &World) -> bool;

/// What holds in every state.
pub(super) const PROPERTIES: [(&str, Holds); 7] = [
    ("P1 one writer", one_writer),
    ("P2 each packet-in takes effect", nothing_lost),
    ("P3 in the switch's order", in_order),
    ("P4 somebody is responsible", somebody_is_responsible),
    ("P5 the migration ends", the_migration_ends),
    ("P6 log and switch agree", log_and_switch_agree),
    ("P7 nothing is left behind", nothing_is_left),
];

/// No state change is accepted out of token order, and no two nodes answer that the switch would listen to.
///
/// In a group without a master the lease is the only fence, which is not in the model.
fn one_writer(scenario: &Scenario, world: &World) -> bool {
    if scenario.table().exchange.target_is_equal && !world.exact {
        return true;
    }
    let effects = &world.switch.effects;
    let in_order = effects.is_sorted_by(|before, after| before.token <= after.token);
    let writes = |n: &usize| world.nodes[*n].processes() && world.switch.listens(*n);
    in_order && (0..world.nodes.len()).filter(writes).count() <= 1
}

/// Once without a failure; with one, at least once if the owner or the source took it in, and lives.
fn nothing_lost(scenario: &Scenario, world: &World) -> bool {
    let numbered = || (1..).zip(&world.switch.raised);
    if world.exact {
        let twice = numbered().any(|(packet, _)| world.switch.answers(packet) > 1);
        let lost = |packet| world.switch.answers(packet) == 0;
        let missing = world.ended && numbered().any(|(packet, _)| lost(packet));
        return !twice && !missing;
    }
    // Two failures together are more than is promised, and what a switch that restarts had raised went with it.
    let excused = world.hasty_finish && !scenario.strict;
    if !world.ended || scenario.faults > 1 || world.restarted || excused {
        return true;
    }
    // Whoever followed an owner that died outside of any hand-over cannot have what that one held.
    let source = &world.nodes[0];
    let source_lost = !source.alive || source.broke;
    let aborted = matches!(world.log.state(), State::Aborted(_));
    let owner = world.owner().map_or(0, |owner| 1 << owner);
    let responsible = match (source_lost, aborted) {
        (true, true) => 0,
        (true, false) => owner,
        (false, _) => owner | 1,
    };
    numbered()
        .skip(world.lost_with_source)
        .all(|(packet, heard_by)| heard_by & responsible == 0 || world.switch.answers(packet) > 0)
}

/// What takes effect does so in the switch's order; after a failure, as far as one node heard it itself.
fn in_order(_: &Scenario, world: &World) -> bool {
    let effects = &world.switch.effects;
    if world.exact {
        return effects.is_sorted_by(|before, after| before.packet < after.packet);
    }
    let by = |n: usize| effects.iter().filter(move |effect| usize::from(effect.node) == n);
    let alone = (0..world.nodes.len()).filter(|&n| !world.nodes[n].took_over);
    alone.into_iter().all(|n| by(n).is_sorted_by(|before, after| before.packet < after.packet))
}

/// As long as nothing has failed, a live node hears the switch and does not discard.
fn somebody_is_responsible(_: &Scenario, world: &World) -> bool {
    let responsible = |n: usize| world.nodes[n].gate.mode() != Mode::Discard;
    !world.exact || world.switch.listeners().any(responsible)
}

/// In the end nobody waits for anything; where nothing may go wrong, the switch has moved.
fn the_migration_ends(scenario: &Scenario, world: &World) -> bool {
    let over = |n: usize| world.nodes[n].engine.is_none() && world.nodes[n].timers.is_empty();
    let served = (0..world.nodes.len()).any(|n| world.nodes[n].alive && world.nodes[n].connected);
    let state = world.log.state();
    let final_state = if scenario.faults == 0 { *state == State::Done } else { state.is_final() };
    let ended = final_state && (0..world.nodes.len()).all(over);
    !world.ended || ended || !served
}

/// In the end the owner in the log answers, as the switch's master, and nobody else does.
fn log_and_switch_agree(_: &Scenario, world: &World) -> bool {
    let equals = world.log.last().equals;
    let agrees = |n: usize| {
        let (mode, role) = match world.owner() == Some(n) {
            true => (Mode::Process, Role::Master),
            false => (Mode::Discard, Role::Slave),
        };
        let role = if equals & (1 << n) != 0 { Role::Equal } else { role };
        (world.nodes[n].gate.mode(), world.switch.roles[n]) == (mode, Some(role))
    };
    let lives = |n: &usize| world.nodes[*n].alive && world.nodes[*n].connected;
    !world.ended || (0..world.nodes.len()).filter(lives).all(agrees)
}

/// In the end no marker's flow is on the switch; that of a node that was lost the switch itself times out.
fn nothing_is_left(_: &Scenario, world: &World) -> bool {
    let planter = world.switch.planted.map(|n| &world.nodes[n]);
    !world.ended || planter.is_none_or(|node| !node.alive || !node.connected)
}

/// Returns what must be seen for the search to be worth anything.
pub(super) fn sightings(scenario: &Scenario) -> Vec<Property<Scenario>> {
    let mut sightings =
        vec![Property::sometimes("a hand-over is done", |_: &Scenario, world: &World| {
            world.ended && *world.log.state() == State::Done && world.owner() != Some(0)
        })];
    if scenario.faults > 0 {
        sightings.push(Property::sometimes("a mishap changes the outcome", |_, world: &World| {
            let aborted = matches!(world.log.state(), State::Aborted(_));
            world.ended && (aborted || !world.exact)
        }));
    }
    sightings
}
