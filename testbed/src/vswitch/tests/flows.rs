//! The flow table.

use super::*;
use openflow::{FlowModFlags, FlowRemovedReason, Instruction, TableId};

fn to(port: u32) -> FlowMod {
    FlowMod::add().with_actions(vec![Action::output(PortNo(port))])
}

fn host(last: u8) -> Match {
    Match::any().with(key::ETH_DST, MacAddr([2, 0, 0, 0, 0, last]))
}

fn lab(flows: impl IntoIterator<Item = FlowMod>) -> Lab {
    let mut lab = Lab::new(Version::V1_3, &[A]);
    for flow in flows {
        assert_eq!(lab.error(A, Message::FlowMod(flow)), None);
    }
    lab
}

impl Lab {
    fn forwarded(&mut self) -> Vec<u32> {
        self.receive(1, PACKET);
        self.emitted()
    }

    fn removed(&mut self) -> Vec<FlowRemoved> {
        let sent = self.sent().into_iter();
        sent.filter_map(|(_, message)| match message {
            Message::FlowRemoved(removed) => Some(removed),
            _ => None,
        })
        .collect()
    }
}

#[test]
fn the_highest_priority_takes_the_packet() {
    let mut lab = lab([to(2), to(3).with_priority(9).with_match(host(2)), to(4).with_priority(5)]);
    assert_eq!(lab.forwarded(), [3]);
    assert_eq!(lab.switch.flows().iter().map(|f| f.priority).collect::<Vec<_>>(), [9, 5, 0]);
    assert_eq!((lab.switch.flows()[0].packets, lab.switch.flows()[0].bytes), (1, 21));
}

#[test]
fn fields_match_with_and_without_masks_and_absent_ones_never() {
    let group = MacAddr([1, 0, 0, 0, 0, 0]);
    let unicast = Match::any().with_masked(key::ETH_DST, MacAddr([0; 6]), group);
    let arp = Match::any().with(key::ETH_TYPE, 0x0806_u16).with(key::ARP_OP, 1_u16);
    let port = Match::any().with(key::IN_PORT, PortNo(2));
    let mut lab = lab([
        to(4).with_priority(3).with_match(arp),
        to(3).with_priority(2).with_match(port),
        to(2).with_priority(1).with_match(unicast),
    ]);
    assert_eq!(lab.forwarded(), [2]);
    let broadcast = [&[0xff; 6], &PACKET[6..]].concat();
    lab.receive(1, &broadcast);
    assert!(lab.emitted().is_empty());
}

#[test]
fn the_same_match_and_priority_replaces_a_flow_and_keeps_its_counters() {
    let mut lab = lab([to(2).with_match(host(2))]);
    assert_eq!(lab.forwarded(), [2]);
    let reordered = Match::any().with(key::IN_PORT, PortNo(1)).with(key::ETH_TYPE, 0x88b6_u16);
    for fields in [host(2), reordered.clone(), reordered.sorted()] {
        lab.send(A, Message::FlowMod(to(3).with_match(fields)));
    }
    assert_eq!(lab.switch.flows().len(), 2);
    assert_eq!(lab.switch.flows().iter().map(|f| f.packets).sum::<u64>(), 1);
}

#[test]
fn a_change_leaves_the_cookie_and_adds_nothing() {
    let mut lab = lab([to(2).with_cookie(5)]);
    let change = FlowMod::modify().with_actions(vec![Action::output(PortNo(3))]);
    lab.send(A, Message::FlowMod(change.clone()));
    assert_eq!((lab.forwarded(), lab.switch.flows()[0].cookie), (vec![3], 5));
    lab.send(A, Message::FlowMod(FlowMod::delete()));
    lab.send(A, Message::FlowMod(change));
    assert!(lab.switch.flows().is_empty());
}

#[test]
fn a_deletion_takes_what_its_match_includes_and_a_strict_one_only_the_same() {
    let narrow = host(2).with(key::IN_PORT, PortNo(1));
    let flows = || [to(2).with_match(host(2)), to(3).with_match(narrow.clone()), to(4)];
    let left = |delete: FlowMod| {
        let mut lab = lab(flows());
        lab.send(A, Message::FlowMod(delete));
        lab.switch.flows().len()
    };
    assert_eq!(left(FlowMod::delete()), 0);
    assert_eq!(left(FlowMod::delete().with_match(host(2))), 1);
    assert_eq!(left(FlowMod::delete().with_match(narrow.clone())), 2);
    assert_eq!(left(FlowMod::delete_strict().with_match(host(2))), 2);
    assert_eq!(left(FlowMod::delete_strict().with_match(host(2)).with_priority(1)), 3);
    assert_eq!(left(FlowMod { out_port: PortNo(3), ..FlowMod::delete() }), 2);
}

#[test]
fn a_cookie_filters_deletions() {
    let mut lab = lab([to(2).with_cookie(0xb1), to(3).with_cookie(0xa1).with_priority(1)]);
    lab.send(A, Message::FlowMod(FlowMod::delete().with_cookie_filter(0xb0, 0xf0)));
    assert_eq!(lab.switch.flows().iter().map(|f| f.cookie).collect::<Vec<_>>(), [0xa1]);
}

#[test]
fn a_flow_expires_when_idle_or_old_and_says_so_if_asked() {
    let told = FlowModFlags::SEND_FLOW_REM;
    let mut lab = lab([
        to(2).with_idle_timeout(10).with_flags(told),
        to(3).with_hard_timeout(15).with_priority(1).with_match(host(9)).with_flags(told),
        to(4).with_hard_timeout(1).with_priority(2).with_match(host(8)),
    ]);
    lab.tick(9);
    assert_eq!(lab.forwarded(), [2], "which keeps it");
    lab.tick(9);
    let removed = lab.removed();
    assert_eq!(removed.len(), 1, "the third did not ask to be told");
    assert_eq!((removed[0].reason, removed[0].duration_sec), (FlowRemovedReason::HARD_TIMEOUT, 18));
    lab.tick(9);
    let removed = lab.removed();
    assert_eq!((removed[0].reason, removed[0].packet_count), (FlowRemovedReason::IDLE_TIMEOUT, 1));
    assert!(lab.switch.flows().is_empty());
}

#[test]
fn overlaps_are_refused_only_on_demand() {
    let checked = |flow: FlowMod| Message::FlowMod(flow.with_flags(FlowModFlags::CHECK_OVERLAP));
    let port = |n| Match::any().with(key::IN_PORT, PortNo(n));
    let mut lab = lab([to(2).with_match(host(2)), to(3).with_match(port(1)).with_priority(1)]);
    assert_eq!(lab.error(A, checked(to(4).with_match(port(1)))), Some(ErrorCode::FLOW_MOD_OVERLAP));
    assert_eq!(lab.error(A, checked(to(4).with_match(host(3)))), None);
    assert_eq!(lab.error(A, checked(to(4).with_match(port(2)).with_priority(1))), None);
    assert_eq!(lab.error(A, Message::FlowMod(to(4).with_match(port(1)))), None);
}

#[test]
fn tables_are_run_in_order_and_a_missing_one_is_refused() {
    let goto =
        |table| FlowMod::add().with_instructions(vec![Instruction::GotoTable(TableId(table))]);
    let mut lab = lab([goto(2), to(3).with_table(TableId(2))]);
    assert_eq!(lab.forwarded(), [3]);
    let beyond = Message::FlowMod(to(1).with_table(TableId(200)));
    assert_eq!(lab.error(A, beyond), Some(ErrorCode::FLOW_MOD_TABLE_ID));
}
