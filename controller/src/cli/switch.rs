//! `baton switch`.

use super::args::{Common, SwitchVerb, View};
use super::exit::Failure;
use super::out::{self, Format, list, or_dash};
use super::{not_read, request, seen};
use crate::admin::Client;
use crate::proto::admin::{
    Change, HistoryReply, HistoryRequest, ListSwitchesReply, ListSwitchesRequest, Seat,
    ShowSwitchReply, ShowSwitchRequest, Switch,
};
use migration::NodeId;
use openflow::Dpid;

pub(super) async fn carry_out(
    client: Client,
    common: &Common,
    verb: SwitchVerb,
) -> Result<(), Failure> {
    match verb {
        SwitchVerb::List { owner, view } => list_all(client, common, owner, view).await,
        SwitchVerb::Show { dpid, view } => show(client, common, dpid, view).await,
        SwitchVerb::History { dpid, view } => history(client, common, dpid, view).await,
    }
}

async fn list_all(
    mut client: Client,
    common: &Common,
    owner: Option<NodeId>,
    view: View,
) -> Result<(), Failure> {
    let (owner, linearizable) = (owner.map(|node| node.0), view.is_linearizable());
    let message = ListSwitchesRequest { owner, linearizable };
    let answer = client.list_switches(request(common, message)).await;
    let failed = |status| not_read("the switches could not be listed", view, &status);
    let reply = answer.map_err(failed)?.into_inner();
    out::show(common.output, &reply, |ListSwitchesReply { switches, answered_by, applied }| {
        table(switches, common.output) + &seen(*answered_by, *applied, common)
    })
}

fn table(switches: &[Switch], format: Format) -> String {
    let short = |switch: &Switch| {
        let equal = if has_no_master(switch) { " (EQUAL)" } else { "" };
        [
            switch.dpid.clone(),
            or_dash(switch.owner.map(|owner| format!("{owner}{equal}"))),
            switch.token.to_string(),
            list(&switch.standbys),
            list(&hot_peers(switch)),
            or_dash(switch.migration),
        ]
    };
    if format != Format::Wide {
        let header = ["SWITCH", "OWNER", "TOKEN", "STANDBYS", "HOT PEERS", "MIGRATION"];
        return out::table(header, switches.iter().map(short));
    }
    let header = ["SWITCH", "OWNER", "TOKEN", "STANDBYS", "HOT PEERS", "MIGRATION", "CONNECTED"];
    let wide = |switch: &Switch| {
        let [dpid, owner, token, standbys, peers, migration] = short(switch);
        [dpid, owner, token, standbys, peers, migration, list(&switch.connected)]
    };
    out::table(header, switches.iter().map(wide))
}

/// Returns whether the owner answers as one of a group of `EQUAL` controllers.
fn has_no_master(switch: &Switch) -> bool {
    switch.owner.is_some_and(|owner| switch.equals.contains(&owner))
}

/// Returns the standbys that are `EQUAL`: they hear every packet-in, and answer none.
fn hot_peers(switch: &Switch) -> Vec<u64> {
    switch.equals.iter().copied().filter(|&node| Some(node) != switch.owner).collect()
}

async fn show(mut client: Client, common: &Common, dpid: Dpid, view: View) -> Result<(), Failure> {
    let linearizable = view.is_linearizable();
    let message = ShowSwitchRequest { dpid: dpid.to_string(), linearizable };
    let answer = client.show_switch(request(common, message)).await;
    let reply = answer.map_err(|status| unknown(dpid, view, &status))?.into_inner();
    out::show(common.output, &reply, |reply| describe(reply, common))
}

fn describe(reply: &ShowSwitchReply, common: &Common) -> String {
    let switch = reply.switch.clone().unwrap_or_default();
    let role = if has_no_master(&switch) { ", as EQUAL: the switch has no master" } else { "" };
    let peers = match hot_peers(&switch) {
        peers if peers.is_empty() => list(&peers),
        peers => format!("{}, EQUAL: they hear every packet-in, and answer none", list(&peers)),
    };
    let mut text = format!(
        "switch     {}\nowner      {}\ntoken      {}\nstandbys   {}\nhot peers  {peers}\nmigration  {}\n\n",
        switch.dpid,
        or_dash(switch.owner.map(|node| format!("node {node}{role}"))),
        switch.token,
        list(&switch.standbys),
        or_dash(switch.migration),
    );
    let header =
        ["NODE", "ROLE", "GENERATION", "GATE", "VERSION", "PORTS", "PACKET-INS", "FENCED", "FROM"];
    text += &out::table(header, reply.seats.iter().map(seat));
    text + &seen(reply.answered_by, reply.applied, common)
}

fn seat(seat: &Seat) -> [String; 9] {
    let Some(session) = seat.session.clone() else {
        let mut row = [const { String::new() }; 9];
        row[0] = seat.node.to_string();
        row[1] = "?".to_owned();
        row[8] = seat.error.clone().unwrap_or_default();
        return row;
    };
    [
        seat.node.to_string(),
        session.role,
        or_dash(session.generation_id),
        session.gate,
        session.version,
        session.ports.to_string(),
        session.packet_ins.to_string(),
        session.fenced.to_string(),
        session.peer,
    ]
}

async fn history(
    mut client: Client,
    common: &Common,
    dpid: Dpid,
    view: View,
) -> Result<(), Failure> {
    let linearizable = view.is_linearizable();
    let message = HistoryRequest { dpid: dpid.to_string(), linearizable };
    let answer = client.history(request(common, message)).await;
    let reply = answer.map_err(|status| unknown(dpid, view, &status))?.into_inner();
    out::show(common.output, &reply, |HistoryReply { changes, answered_by, applied, .. }| {
        let header = ["AT", "TOKEN", "FROM", "TO", "CAUSE", "MIGRATION", "ACTOR", "REASON"];
        let row = |change: &Change| {
            [
                out::moment(change.at_ms),
                change.token.to_string(),
                or_dash(change.from),
                change.to.to_string(),
                change.cause.clone(),
                or_dash(change.migration),
                change.actor.clone(),
                change.reason.clone(),
            ]
        };
        out::table(header, changes.iter().map(row)) + &seen(*answered_by, *applied, common)
    })
}

fn unknown(dpid: Dpid, view: View, status: &tonic::Status) -> Failure {
    let failure = not_read(format!("switch {dpid} could not be shown"), view, status);
    failure.hint("see which switches there are: baton switch list")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(equals: &[u64]) -> Switch {
        Switch {
            dpid: "000000000000000a".to_owned(),
            owner: Some(1),
            token: 7,
            standbys: vec![2, 3],
            connected: vec![1, 2, 3],
            equals: equals.to_vec(),
            migration: None,
        }
    }

    #[test]
    fn a_list_tells_hot_peers_and_groups_without_a_master() {
        let expected = "\
SWITCH            OWNER      TOKEN  STANDBYS  HOT PEERS  MIGRATION
000000000000000a  1          7      2,3       -          -
000000000000000a  1          7      2,3       3          -
000000000000000a  1 (EQUAL)  7      2,3       2          -
";
        assert_eq!(table(&[switch(&[]), switch(&[3]), switch(&[1, 2])], Format::Table), expected);
    }
}
