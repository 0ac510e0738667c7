//! Which protocol and which rule to take, and what to try after a refusal.

use super::args::Migrate;
use migration::ownership::{Protocol, Rule};
use migration::protocol::Probe;

/// Returns what a protocol is for, on one line.
pub(super) fn on_protocol(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Erc => {
            "the default, for it is safe and quick: nothing is lost, the old owner ends as a standby"
        }
        Protocol::ErcEarly => {
            "as erc, but the new owner answers two hops sooner, before it is MASTER: packet-ins wait less"
        }
        Protocol::ErcM2eS2m => {
            "as erc, but the old owner stays EQUAL, as a hot peer: before an upgrade, for an easy undo"
        }
        Protocol::ErcM2sE2m => {
            "to a hot peer, and the old owner ends as a standby: completes a change"
        }
        Protocol::ErcM2eE2m => {
            "to a hot peer, and the old owner becomes one: back and forth in a group"
        }
        Protocol::ErcE2sS2e => {
            "leaves the switch without a MASTER: its new owner is EQUAL, and only the lease fences"
        }
        Protocol::Elasticon => {
            "the classic hand-over, made exact: to compare with, slower than erc"
        }
        Protocol::ElasticonFlowRemoved => {
            "ElastiCon as published: can lose packet-ins on Open vSwitch; only for the laboratory"
        }
        Protocol::Direct => {
            "the fewest messages without a loss: takes one candidate, and cannot be given up once begun"
        }
        Protocol::Naive => {
            "just takes over: loses packet-ins, to show why; only for the laboratory"
        }
    }
}

/// Returns what a rule is for, on one line.
pub(super) fn on_rule(rule: Rule) -> &'static str {
    match rule {
        Rule::First => {
            "the default: whose answer is home first, by way of the switch; costs no time"
        }
        Rule::ReadyFirst => {
            "who first says that it has seen its own marker, so that it is sure to be in"
        }
        Rule::Score => {
            "the best of those that answer within 20 ms of the first, busy nodes put back"
        }
    }
}

/// Returns what to try after a guard has refused a wish.
pub(super) fn after_refusal(wish: &Migrate) -> Vec<String> {
    let dpid = wish.dpid;
    let table = wish.protocol.table();
    let mut hints = Vec::new();
    if !wish.protocol.is_exact() {
        hints.push("for a hand-over that loses nothing: --protocol erc".to_owned());
    } else if table.probe == Probe::None && wish.candidates.len() > 1 {
        hints.push("name one node: --to NODE; or let several race: --protocol erc".to_owned());
    } else if table.exchange.target_was_equal {
        hints.push(format!(
            "to move it and keep the old owner as a hot peer: \
             baton migrate {dpid} --to NODE --protocol {}",
            Protocol::ErcM2eS2m
        ));
    }
    hints.push(format!("see who could take it: baton switch show {dpid}"));
    hints
}
