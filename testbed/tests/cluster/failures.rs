//! Hand-overs in which something fails at a moment that the switch sees; `testbed faults migrations` does the
//! same at every moment.

use super::{ALONE, PATIENT};
use migration::ownership::Protocol;
use testbed::faults::{Campaign, Case, Ended, Fault, Phase, Trial, Victim};

const RATE: u64 = 300;
/// Which of all moments are tried here; every seed is a different choice.
const SEED: u64 = 1;

/// Returns the case with the phase of this name.
fn case(protocol: Protocol, victim: Victim, fault: Fault, phase: &str) -> Case {
    let mut phases = Phase::all(protocol).iter();
    let phase = *phases.find(|it| it.name == phase).expect("a phase of the protocol");
    Case { protocol, victim, fault, phase }
}

/// Carries cases out and returns what became of them; fails if anything is wrong.
async fn all_well(cases: &[Case]) -> Vec<Trial> {
    let _alone = ALONE.lock().await;
    let mut campaign = Campaign::new(None, "", RATE, SEED);
    let mut trials = vec![];
    for case in cases {
        let trial = campaign.run(case).await;
        let trial = trial.unwrap_or_else(|e| panic!("{case}: {e}; logs: {:?}", campaign.kept));
        assert!(trial.wrong.is_empty(), "{case}: {trial:?}; logs: {:?}", campaign.kept);
        trials.push(trial);
    }
    trials
}

/// Returns a case of each victim at a moment of a protocol that the seed chooses.
fn chosen(fault: Fault) -> Vec<Case> {
    let protocols = [Protocol::Erc, Protocol::Elasticon, Protocol::Direct];
    let each = Victim::NODES.into_iter().zip(SEED..).map(|(victim, number)| {
        let turn = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32;
        let cases = Case::all(&protocols, &[victim], &[fault]);
        cases[turn as usize % cases.len()]
    });
    each.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_killed_the_migration_ends_and_nothing_is_lost() {
    let mut cases = chosen(Fault::Kill);
    cases.push(case(Protocol::Erc, Victim::Source, Fault::Kill, "drain"));
    let trials = all_well(&cases).await;
    // A winner waits five seconds for a source that is only silent, and no longer for one that the log calls dead.
    assert!(trials[cases.len() - 1].longest_gap_us < 4_000_000, "{trials:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_frozen_the_migration_ends_and_nothing_is_lost() {
    let mut cases = chosen(Fault::Stop);
    // A source that wakes long after the commit finds that nobody has waited for it.
    cases.push(case(Protocol::Erc, Victim::Source, Fault::Coma, "drain"));
    let trials = all_well(&cases).await;
    assert_eq!(trials[cases.len() - 1].ended, Ended::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_befalls_the_network_costs_no_more_than_what_only_the_victim_was_sent() {
    all_well(&[
        case(Protocol::Erc, Victim::Source, Fault::Channel, "drain"),
        case(Protocol::Elasticon, Victim::Winner, Fault::Channel, "marker"),
        case(Protocol::Erc, Victim::Source, Fault::Isolate, "marker"),
        case(Protocol::Direct, Victim::Winner, Fault::Isolate, "master"),
        case(Protocol::Elasticon, Victim::Nobody, Fault::Sever, "drain"),
        case(Protocol::Erc, Victim::Nobody, Fault::NoMajority, "marker"),
        case(Protocol::Erc, Victim::Nobody, Fault::SwitchRestart, "marker"),
    ])
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_cancels_before_the_commit_and_not_after_it_and_a_node_that_blinks_costs_nothing()
 {
    let trials = all_well(&[
        case(Protocol::Elasticon, Victim::Nobody, Fault::Cancel, "equal"),
        case(Protocol::Erc, Victim::Nobody, Fault::Cancel, "answer"),
        case(Protocol::Erc, Victim::Nobody, Fault::Nothing, "answer"),
        case(Protocol::Erc, Victim::Source, Fault::Blink, "marker"),
    ])
    .await;
    let ended: Vec<Ended> = trials.iter().map(|trial| trial.ended).collect();
    assert_eq!(ended[1..3], [Ended::Done, Ended::Done], "it was committed");
}

#[tokio::test(flavor = "multi_thread")]
async fn too_much_to_hold_back_aborts_and_the_source_goes_on() {
    let _alone = ALONE.lock().await;
    // ElastiCon's target hears some thirty packet-ins between its `EQUAL` and the commit.
    let extra = format!("{PATIENT}[limits]\nheld_packets = 5\n");
    let mut campaign = Campaign::new(None, &extra, RATE, SEED);
    let case = case(Protocol::Elasticon, Victim::Nobody, Fault::Nothing, "equal");
    let trial = campaign.run(&case).await.unwrap();
    assert_eq!((trial.ended, trial.lost, trial.twice), (Ended::Aborted, 0, 0), "{trial:?}");
    assert!(
        trial.wrong.iter().all(|wrong| wrong.contains("Aborted") || wrong.contains("aborted")),
        "{trial:?}"
    );
}
