//! Whole networks of applications: everything arrives, once, and nothing goes round.

use super::network::Network;
use super::*;

const MS: fn(u64) -> Duration = Duration::from_millis;
const LINE: &[(u64, u64)] = &[(1, 2), (2, 3), (3, 4)];
const TREE: &[(u64, u64)] = &[(1, 2), (1, 3), (2, 4), (2, 5), (3, 6), (3, 7)];
const RING: &[(u64, u64)] = &[(1, 2), (2, 3), (3, 4), (4, 1)];
const MESH: &[(u64, u64)] = &[(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)];

/// Hosts broadcast every 10 ms for a while; returns how many frames they sent.
fn broadcast(network: &mut Network, switches: u8, time: Duration) -> u32 {
    let mut number = 0;
    for _ in 0..time.as_millis() / 10 {
        for host in 1..=switches {
            number += 1;
            network.send(host, None, number);
        }
        network.run(MS(10));
    }
    number
}

#[test]
fn every_host_reaches_every_other_exactly_once() {
    for (switches, cables) in [(1, &[][..]), (4, LINE), (7, TREE), (4, RING), (4, MESH)] {
        Network::new(switches, cables).settled().assert_pingall(0);
    }
}

#[test]
fn two_cables_between_the_same_switches_carry_each_frame_once() {
    Network::new(2, &[(1, 2), (1, 2)]).settled().assert_pingall(0);
}

#[test]
fn once_both_have_spoken_flows_take_over() {
    let mut network = Network::new(4, LINE).settled();
    network.assert_pingall(0);
    let before = network.packet_ins();
    for number in 1_000..1_100 {
        network.send(1, Some(4), number);
        network.run(MS(10));
        assert_eq!(network.receivers(number), [(4, 1)]);
    }
    assert_eq!(network.packet_ins(), before);
}

#[test]
fn a_ring_or_mesh_that_powers_up_at_once_carries_no_frame_twice() {
    for cables in [RING, MESH] {
        let mut network = Network::new(4, cables);
        let sent = broadcast(&mut network, 4, MS(2_000));
        assert_eq!(network.most_copies(), 1);
        assert!(network.hops <= u64::from(sent) * 3, "three hops at most, along a tree");
        assert_eq!(network.receivers(sent).len(), 3, "and it does carry frames");
        network.assert_pingall(sent);
    }
}

#[test]
fn switches_that_get_their_owners_one_after_the_other_carry_no_frame_twice() {
    for (last, order) in [(1, [2, 3, 4, 1]), (4, [1, 2, 3, 4]), (3, [1, 2, 4, 3])] {
        let mut network = Network::new(4, RING);
        for (dpid, at) in order.into_iter().zip([0, 150, 700, 1_600]) {
            network.own_from(dpid, MS(at));
        }
        let sent = broadcast(&mut network, 4, MS(3_000));
        assert_eq!(network.most_copies(), 1, "the last one is {last}");
        network.assert_pingall(sent);
    }
}

#[test]
fn a_ring_whose_first_probes_are_lost_carries_no_frame_twice() {
    let mut network = Network::new(4, RING).with_probes_lost_until(MS(350));
    let sent = broadcast(&mut network, 4, MS(2_000));
    assert_eq!(network.most_copies(), 1);
    network.assert_pingall(sent);
}

#[test]
fn a_storm_that_a_slow_log_lets_through_is_bounded_and_ends() {
    // The log takes longer than ports are held down and blocked.
    let mut network = Network::new(3, &[(1, 2), (2, 3), (3, 1)]).with_log_delay(MS(1_300));
    network.run(MS(1_150));
    network.send(1, None, 0);
    network.run(MS(400));
    let during = network.hops;
    assert!(network.most_copies() > 1, "or this test shows nothing");
    network.run(MS(1_000));
    assert!(network.hops - during < 10, "it has ended");
    network.assert_pingall(1);
}

#[test]
fn a_switch_that_migrates_takes_its_addresses_along() {
    let mut network = Network::new(4, LINE).settled();
    network.assert_pingall(0);
    for dpid in 1..5 {
        network.migrate(dpid);
        network.send(1, None, 1_000 + dpid as u32);
        network.run(MS(20));
        assert_eq!(network.receivers(1_000 + dpid as u32), [(2, 1), (3, 1), (4, 1)]);
    }
    let before = network.hops;
    network.send(1, Some(4), 2_000);
    network.run(MS(20));
    assert_eq!((network.receivers(2_000), network.hops - before), (vec![(4, 1)], 3), "no flood");
    network.assert_pingall(3_000);
}

#[test]
fn a_failover_costs_no_frame_and_makes_none_twice() {
    let mut network = Network::new(4, RING).settled();
    network.assert_pingall(0);
    network.fail_over(1);
    network.fail_over(3);
    network.assert_pingall(1_000);
}

#[test]
fn a_ring_whose_owners_die_before_they_have_probed_it_carries_no_frame_twice() {
    for died_at in [2, 20, 100, 450] {
        let mut network = Network::new(4, RING);
        network.run(MS(died_at));
        for dpid in 1..5 {
            network.fail_over(dpid);
        }
        let held = broadcast(&mut network, 4, HOLD_DOWN - MS(10));
        assert_eq!((network.hops, network.most_copies()), (0, 0), "{held} frames");
        let sent = broadcast(&mut network, 4, MS(1_000));
        assert_eq!(network.most_copies(), 1);
        network.assert_pingall(held + sent);
    }
}

#[test]
fn a_host_that_moves_to_another_switch_is_found_there() {
    for (from, to) in [(4, 1), (1, 4), (4, 2), (2, 4)] {
        let mut network = Network::new(4, LINE).settled();
        network.assert_pingall(0);
        network.move_host(from as u8, from, to);
        // It announces itself, as hosts do.
        network.send(from as u8, None, 1_000);
        network.run(MS(20));
        network.assert_pingall(2_000);
    }
}

#[test]
fn a_cable_that_is_cut_is_gone_around_and_one_that_is_mended_makes_no_loop() {
    for end in [(1, 1), (2, 2), (3, 2), (4, 2)] {
        let mut network = Network::new(4, RING).settled();
        network.assert_pingall(0);
        network.set_cable(end, false);
        network.run(MS(200));
        network.assert_pingall(1_000);
        network.set_cable(end, true);
        let sent = broadcast(&mut network, 4, MS(1_000));
        assert!(sent > 0);
        network.assert_pingall(10_000);
    }
}

#[test]
fn flows_of_a_cut_cable_do_not_outlive_it() {
    let mut network = Network::new(4, RING).settled();
    network.assert_pingall(0);
    network.set_cable((1, 1), false);
    network.run(MS(200));
    // No host has spoken since: what was learnt must not lead into the cut, nor away from it.
    for (number, (from, to)) in (1_000..).zip([(2, 1), (3, 1), (1, 2), (4, 2), (3, 2)]) {
        network.send(from, Some(to), number);
        network.run(MS(20));
        assert!(network.receivers(number).contains(&(to, 1)), "{from} to {to}");
    }
}
