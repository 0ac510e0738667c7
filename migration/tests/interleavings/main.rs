//! Every interleaving of one hand-over, small but complete: breadth first over all states that two parties,
//! a switch and a log can reach, so that a counterexample is a shortest one.
//!
//! Without a failure each packet-in takes effect exactly once and in order. With one failure, each that a
//! survivor heard takes effect at least once. Whatever happens, it can still end well from every state.
//! Tables that are broken on purpose show that the search would notice.

mod world;

use migration::gate::Order;
use migration::ownership::Protocol;
use migration::protocol::{Fact, Rule, Step as Does, Table};
use std::collections::HashMap;
use std::collections::hash_map::{DefaultHasher, Entry};
use std::hash::{Hash, Hasher};
use world::{Failure, SOURCE, Scenario, Step, TARGET, World};

/// States that the search gives up beyond.
const MAX_STATES: usize = 3_000_000;

/// What a search found.
#[derive(Debug)]
struct Found {
    states: usize,
    ends: usize,
    /// What is wrong, and the steps that lead there.
    fault: Option<(String, Vec<String>)>,
}

/// Visits every state; stops at the first fault.
fn explore(scenario: &Scenario) -> Found {
    let mut search = Search::default();
    search.visit(None, World::new(scenario));
    let mut ends = Vec::new();
    while !search.frontier.is_empty() {
        for (number, world) in std::mem::take(&mut search.frontier) {
            let steps = world.steps(scenario);
            let fault = match steps.is_empty() {
                true => world.unfinished(),
                false => world.violation(),
            };
            if let Some(what) = fault {
                return search.fault(number, &what, scenario, ends.len());
            }
            if steps.is_empty() {
                ends.push(number);
            }
            for step in steps {
                let mut next = world.clone();
                next.take(step, scenario);
                search.visit(Some((number, step)), next);
            }
        }
        assert!(search.reached.len() < MAX_STATES, "the state space is not small any more");
    }
    match search.a_state_that_never_ends(&ends) {
        Some(number) => search.fault(number, "it can never end", scenario, ends.len()),
        None => Found { states: search.reached.len(), ends: ends.len(), fault: None },
    }
}

#[derive(Default)]
struct Search {
    /// Number of each state, by its hash: there are far too few states for two to collide.
    numbers: HashMap<u64, u32>,
    /// How each state was first reached.
    reached: Vec<Option<(u32, Step)>>,
    edges: Vec<(u32, u32)>,
    frontier: Vec<(u32, World)>,
}

impl Search {
    fn visit(&mut self, from: Option<(u32, Step)>, world: World) {
        let mut hasher = DefaultHasher::new();
        world.hash(&mut hasher);
        let number = match self.numbers.entry(hasher.finish()) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(new) => {
                let number = *new.insert(self.reached.len() as u32);
                self.reached.push(from);
                self.frontier.push((number, world));
                number
            }
        };
        self.edges.extend(from.map(|(from, _)| (from, number)));
    }

    fn a_state_that_never_ends(&self, ends: &[u32]) -> Option<u32> {
        let mut before = vec![Vec::new(); self.reached.len()];
        for &(from, to) in &self.edges {
            before[to as usize].push(from);
        }
        let mut can_end = vec![false; self.reached.len()];
        let mut open = ends.to_vec();
        while let Some(number) = open.pop() {
            if !std::mem::replace(&mut can_end[number as usize], true) {
                open.extend(&before[number as usize]);
            }
        }
        can_end.iter().position(|&can| !can).map(|number| number as u32)
    }

    fn fault(&self, number: u32, what: &str, scenario: &Scenario, ends: usize) -> Found {
        let mut steps = Vec::new();
        let mut at = number;
        while let Some((from, step)) = self.reached[at as usize] {
            steps.push(step);
            at = from;
        }
        let mut world = World::new(scenario);
        let mut trace = Vec::new();
        for step in steps.into_iter().rev() {
            world.take(step, scenario);
            trace.push(format!("{step:?}: {world}"));
        }
        Found { states: self.reached.len(), ends, fault: Some((what.to_owned(), trace)) }
    }
}

fn erc(packets: u8, failure: Failure) -> Scenario {
    Scenario { table: Protocol::Erc.table(), packets, failure }
}

fn assert_faultless(scenario: &Scenario) {
    let found = explore(scenario);
    if let Some((what, trace)) = found.fault {
        panic!("{:?}: {what}\n{}", scenario.failure, trace.join("\n"));
    }
    assert!(found.states > 5_000 && found.ends > 1, "it has hardly looked: {found:?}");
}

#[test]
fn without_a_failure_each_packet_in_takes_effect_once_and_in_order() {
    assert_faultless(&erc(3, Failure::None));
}

#[test]
fn a_source_that_is_killed_loses_nothing_that_the_target_heard() {
    assert_faultless(&erc(2, Failure::Killed(SOURCE)));
}

#[test]
fn a_source_whose_power_is_cut_loses_nothing_that_the_target_heard() {
    assert_faultless(&erc(2, Failure::PowerCut(SOURCE)));
}

#[test]
fn a_target_that_is_killed_loses_nothing_that_the_source_heard() {
    assert_faultless(&erc(2, Failure::Killed(TARGET)));
}

#[test]
fn a_peer_stream_that_breaks_loses_nothing() {
    assert_faultless(&erc(2, Failure::PeerStreamLost));
}

/// Returns ERC's table, each rule of each party changed by `change`.
fn broken(change: impl Fn(usize, &mut Vec<Fact>, &mut Vec<Does>)) -> &'static Table {
    let side = |party: usize, rules: &[Rule]| -> &'static [Rule] {
        let rules = rules.iter().map(|rule| {
            let (mut needs, mut steps) = (rule.needs.to_vec(), rule.steps.to_vec());
            change(party, &mut needs, &mut steps);
            Rule { needs: needs.leak(), steps: steps.leak() }
        });
        rules.collect::<Vec<_>>().leak()
    };
    let erc = Protocol::Erc.table();
    let table = Table { source: side(SOURCE, erc.source), target: side(TARGET, erc.target) };
    Box::leak(Box::new(table))
}

fn without(party: usize, step: Does) -> &'static Table {
    broken(|of, _, steps| steps.retain(|&other| (of, other) != (party, step)))
}

fn without_waiting(step: Does, fact: Fact) -> &'static Table {
    broken(|_, needs, steps| needs.retain(|&need| !(steps.contains(&step) && need == fact)))
}

#[test]
fn tables_broken_on_purpose_are_found_out() {
    let released_at_the_cut = broken(|of, _, steps| {
        steps.retain(|&step| (of, step) != (TARGET, Does::Gate(Order::Release)));
        if steps.contains(&Does::Gate(Order::Cut)) {
            steps.push(Does::Gate(Order::Release));
        }
    });
    let mutants = [
        ("the target never cuts", without(TARGET, Does::Gate(Order::Cut))),
        ("the target does not buffer", without(TARGET, Does::Gate(Order::Buffer))),
        ("the target releases at its cut", released_at_the_cut),
        ("the target never finishes", without(TARGET, Does::Finish)),
        ("the source goes on past its cut", without(SOURCE, Does::Gate(Order::Shadow))),
        ("the source never stops shadowing", without(SOURCE, Does::Gate(Order::Drop))),
        ("the source waits for no barrier", without_waiting(Does::TellEnd, Fact::Drained)),
        ("the source waits for no commit", without_waiting(Does::TellEnd, Fact::Committed)),
    ];
    for (name, table) in mutants {
        let mut found = explore(&Scenario { table, packets: 2, failure: Failure::None });
        let (what, trace) = found.fault.take().unwrap_or_else(|| panic!("{name}: {found:?}"));
        println!("{name}: {what}, after {} steps", trace.len());
    }
}

/// The price of the published sequence: the target says that it has finished once it has written the effects,
/// not once the switch has them. One more barrier, off the critical path, would close the gap.
#[test]
fn a_target_whose_power_is_cut_right_after_it_finished_loses_what_it_had_not_sent() {
    let failure = Failure::PowerCut(TARGET);
    let (what, _) = explore(&erc(2, failure)).fault.expect("nothing confirms the effects");
    assert!(what.contains("is lost"), "{what}");

    let erc = Protocol::Erc.table();
    let mut target = erc.target.to_vec();
    let last = target.last_mut().expect("the last rule is the release");
    *last = Rule { steps: &[Does::Gate(Order::Release), Does::SendBarrier], ..*last };
    target.push(Rule { needs: &[Fact::Drained], steps: &[Does::Finish] });
    let confirmed = Table { source: erc.source, target: target.leak() };
    let table = Box::leak(Box::new(confirmed));
    assert_faultless(&Scenario { table, packets: 2, failure });
}
