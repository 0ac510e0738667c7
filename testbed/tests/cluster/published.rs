//! ERC as published, on a switch that tells controllers of each other: a change of role is the marker.

use super::{Lab, answers, patient};
use migration::ownership::Protocol;
use openflow::Role;
use testbed::cluster::{Migrated, Options};
use testbed::switches;

const RATE: u64 = 500;

async fn telling(nodes: u64) -> Lab {
    let tells = |switch| switches::Options { tells_controllers: true, ..switch };
    let lab = Lab::with_switches(1, Options { nodes, ..patient() }, tells).await;
    lab.switches[0].set_rate(RATE);
    lab
}

/// Returns how many packet-outs made the switch send a marker, and how many markers came in.
fn markers(migrated: &Migrated) -> (u64, u64) {
    let kinds = migrated.messages.iter();
    let count = |what: &str| kinds.clone().filter(|(kind, _)| *kind == what).map(|(_, n)| n).sum();
    (count("PACKET_OUT(marker)"), count("marker"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_role_is_the_marker_and_exact() {
    let lab = telling(3).await;
    for round in 0..8 {
        for protocol in [Protocol::Erc, Protocol::ErcEarly, Protocol::ErcM2eS2m] {
            let owner = lab.owner(&lab.switches[0]).await;
            let migrated = lab.moved(protocol, (owner + round % 2) % 3 + 1).await;
            assert_eq!(markers(&migrated), (0, 2), "{protocol}: {:?}", migrated.messages);
            lab.agrees(&lab.switches[0]).await;
            if protocol == Protocol::ErcM2eS2m {
                // The hot peer steps back.
                let owner_again = lab.moved(Protocol::ErcM2sE2m, owner).await;
                assert_eq!(markers(&owner_again).0, 1, "no role marks it");
                lab.agrees(&lab.switches[0]).await;
            }
        }
    }
    lab.exactly_once().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn three_candidates_race_without_a_packet_out() {
    let lab = telling(4).await;
    let switch = &lab.switches[0];
    for _ in 0..3 {
        for rule in ["first", "ready-first", "score"] {
            answers(switch, 20).await;
            let owner = lab.owner(switch).await;
            let others: Vec<u64> = lab.cluster.ids().filter(|&node| node != owner).collect();
            let list = others.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
            let how = ["--candidates", &list, "--rule", rule, "--protocol", "erc"];
            let migrated = lab.cluster.migrate_by(switch.dpid(), &how).await.unwrap();
            assert_eq!(markers(&migrated).0, 0, "{rule}: {:?}", migrated.messages);
            let winner = migrated.winner.unwrap();
            lab.agrees(switch).await;
            let slaves = lab.cluster.ids().filter(|&node| node != winner);
            let slaves: Vec<_> = slaves.map(|node| (node, Role::Slave)).collect();
            lab.roles(&slaves).await;
        }
    }
    lab.exactly_once().await;
}
