//! A migration on a few lines: who, how, where the time went, and how the candidates answered.

use super::chart::Parties;
use super::out::{self, Colour, duration_us, list};
use crate::admin::marks_from;
use crate::proto::admin::{Candidate, Migration, Phases};
use migration::NodeId;
use migration::ownership::Protocol;
use migration::protocol::Probe;

/// Returns everything about a migration but its time line.
pub(super) fn describe(record: &Migration) -> String {
    let mut text = format!(
        "migration  {} of switch {}: {}{}\nprotocol   {}, rule {}, token {}\nnodes      {}\n\
         asked by   {} at {}{}\n",
        record.id,
        record.dpid,
        record.state,
        record.aborted_because.as_ref().map(|why| format!(", {why}")).unwrap_or_default(),
        record.protocol,
        record.rule,
        record.token,
        nodes(record),
        record.actor,
        out::moment(record.started_at_ms),
        if record.reason.is_empty() { String::new() } else { format!(": {}", record.reason) },
    );
    text.extend(deviations(record).iter().map(|note| format!("note       {note}\n")));
    if let Some(phases) = &record.phases {
        text += &phase_bars(phases, commits_first(record));
        text += &format!(
            "window     {}: {} packet-ins buffered at node {}, {} shadowed at node {}\n",
            duration_us(phases.window_us),
            record.buffered,
            record.winner.unwrap_or_default(),
            record.shadowed,
            record.source,
        );
        text += &probes(record);
        let sent: u64 = record.messages.values().sum();
        text += &format!("messages   {sent}, and {} bytes of state\n", record.state_bytes);
    }
    text
}

/// Returns why a migration has no time line.
pub(super) fn without_chart(record: &Migration) -> String {
    match record.state.as_str() {
        "aborted" => "no time line: times are kept of what was done, and this was given up before its commit\n",
        "done" => "no time line: its winner kept none\n",
        _ => "no time line yet: it is kept once the migration is done\n",
    }
    .to_owned()
}

/// Returns whose hand-over it was, once it is known where the switch went.
pub(super) fn parties(record: &Migration) -> Option<Parties> {
    Some(Parties {
        source: NodeId(record.source),
        winner: NodeId(record.winner?),
        candidates: record.candidates.iter().map(|it| NodeId(it.node)).collect(),
    })
}

/// Returns the nodes that may take a switch, in words.
pub(super) fn candidates(record: &Migration) -> String {
    let nodes: Vec<u64> = record.candidates.iter().map(|it| it.node).collect();
    let one_of = if nodes.len() > 1 { "one of " } else { "" };
    format!("{one_of}{}", list(&nodes))
}

fn nodes(record: &Migration) -> String {
    let Migration { source, .. } = record;
    match record.winner {
        None => format!("from {source} to {}", candidates(record)),
        Some(winner) if record.candidates.len() == 1 && record.candidates[0].node == winner => {
            format!("from {source} to {winner}")
        }
        Some(winner) => {
            let asked: Vec<u64> = record.candidates.iter().map(|it| it.node).collect();
            format!("from {source} to {winner}; asked: {}", list(&asked))
        }
    }
}

/// Returns what did not go as planned.
fn deviations(record: &Migration) -> Vec<String> {
    let mut notes = Vec::new();
    if record.state == "aborted" {
        notes.push(format!("nothing has moved: node {} kept the switch", record.source));
    }
    let marks = marks_from(record);
    if let (Some(parties), false) = (parties(record), marks.is_empty()) {
        let Parties { source, winner, .. } = parties;
        match parties.chosen(&marks) {
            Some(chosen) if chosen != winner => notes.push(format!(
                "node {chosen} was chosen and lost on the way: node {winner} has taken its place"
            )),
            Some(_) | None => {}
        }
        if !marks.iter().any(|mark| mark.node == source) {
            notes.push(format!("node {source} has given no account: what it saw is not known"));
        }
    }
    notes
}

/// Returns whether a protocol, having nothing to choose, commits before it starts.
fn commits_first(record: &Migration) -> bool {
    let protocol = record.protocol.parse::<Protocol>();
    protocol.is_ok_and(|protocol| protocol.table().probe == Probe::None)
}

/// Draws each phase at its place in the whole; the last ends where the whole ends.
fn phase_bars(phases: &Phases, commits_first: bool) -> String {
    let &Phases { invite_us, drain_us, take_over_us, commit_us, total_us, .. } = phases;
    let mut text = format!("took       {}", duration_us(total_us));
    // What comes before the drain, and how long the drain takes without it.
    let (first, first_us, drain_us, note) = if commits_first {
        text += if commit_us > 0 { ", and the commit before it" } else { "" };
        ("commit", commit_us, drain_us.saturating_sub(commit_us), String::new())
    } else {
        ("invite", invite_us, drain_us, format!("  commit {}", duration_us(commit_us)))
    };
    text += "\n";
    let before = if commits_first { first_us } else { 0 };
    let whole = (before + total_us).max(first_us + drain_us).max(take_over_us);
    for (name, from, us, note) in [
        (first, 0, first_us, ""),
        ("drain", first_us, drain_us, note.as_str()),
        ("take over", whole - take_over_us, take_over_us, ""),
    ] {
        if us > 0 {
            let bar = bar(from, us, whole);
            text += &format!("  {name:<10} {:>10}  |{bar}|{note}\n", duration_us(us));
        }
    }
    text
}

/// Lists the candidates' answers with bars, if the protocol asks for any.
fn probes(record: &Migration) -> String {
    let longest = record.candidates.iter().filter_map(|it| it.probe_us).max();
    if longest.is_none() && record.candidates.len() < 2 {
        return String::new();
    }
    let mut text = "answers\n".to_owned();
    for &Candidate { node, probe_us } in &record.candidates {
        let (time, bar) = match probe_us {
            Some(us) => (duration_us(us), bar(0, us, longest.unwrap_or_default())),
            None => ("-".to_owned(), " ".repeat(BAR)),
        };
        let won = record.winner == Some(node);
        let note = match probe_us {
            _ if won && record.candidates.len() > 1 => out::paint("  winner", Colour::Green),
            None if !won => "  no answer in time".to_owned(),
            Some(_) | None => String::new(),
        };
        text += format!("  node {node:<5} {time:>10}  |{bar}|{note}").trim_end();
        text += "\n";
    }
    text
}

/// Returns the part from `from`, `length` long, of a whole, at least one character wide.
fn bar(from: u64, length: u64, whole: u64) -> String {
    // Times of a migration are bounded by its deadline, minutes: no product overflows.
    let place = |us: u64| (us.saturating_mul(BAR as u64) / whole.max(1)) as usize;
    let start = place(from).min(BAR - 1);
    let end = place(from.saturating_add(length)).clamp(start + 1, BAR);
    format!("{}{}{}", " ".repeat(start), "=".repeat(end - start), " ".repeat(BAR - end))
}

/// Columns of a bar.
const BAR: usize = 24;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proto::admin::Mark;

    fn record(candidates: &[(u64, Option<u64>)], winner: Option<u64>, state: &str) -> Migration {
        let candidate = |&(node, probe_us): &(u64, Option<u64>)| Candidate { node, probe_us };
        Migration {
            id: 7,
            dpid: "000000000000000a".to_owned(),
            protocol: "erc".to_owned(),
            rule: "score".to_owned(),
            source: 1,
            winner,
            candidates: candidates.iter().map(candidate).collect(),
            state: state.to_owned(),
            token: 4,
            actor: "me@here".to_owned(),
            ..Migration::default()
        }
    }

    fn done(candidates: &[(u64, Option<u64>)], winner: u64) -> Migration {
        let phases = Phases {
            invite_us: 500,
            drain_us: 1_000,
            take_over_us: 300,
            commit_us: 900,
            window_us: 1_400,
            total_us: 2_000,
        };
        Migration {
            phases: Some(phases),
            buffered: 3,
            shadowed: 4,
            state_bytes: 5,
            messages: [("start".to_owned(), 3)].into(),
            reason: "a test".to_owned(),
            ..record(candidates, Some(winner), "done")
        }
    }

    fn mark(node: u64, message: &str, peer: u64) -> Mark {
        Mark {
            at_us: 5,
            node,
            what: "sent".to_owned(),
            message: Some(message.to_owned()),
            peer: Some(peer),
        }
    }

    #[track_caller]
    fn assert_lines(text: &str, expected: &[&str]) {
        assert!(text.lines().all(|line| line.len() <= 80), "it fits a terminal:\n{text}");
        assert_eq!(text.lines().collect::<Vec<_>>(), expected, "\n{text}");
    }

    #[test]
    fn a_race_shows_where_the_time_went_and_who_answered_when() {
        let candidates = [(2, Some(1_900)), (3, Some(475)), (4, None)];
        assert_lines(
            &describe(&done(&candidates, 3)),
            &[
                "migration  7 of switch 000000000000000a: done",
                "protocol   erc, rule score, token 4",
                "nodes      from 1 to 3; asked: 2,3,4",
                "asked by   me@here at 1970-01-01T00:00:00.000Z: a test",
                "took       2.000 ms",
                "  invite         500 us  |======                  |",
                "  drain        1.000 ms  |      ============      |  commit 900 us",
                "  take over      300 us  |                    ====|",
                "window     1.400 ms: 3 packet-ins buffered at node 3, 4 shadowed at node 1",
                "answers",
                "  node 2       1.900 ms  |========================|",
                "  node 3         475 us  |======                  |  winner",
                "  node 4              -  |                        |  no answer in time",
                "messages   3, and 5 bytes of state",
            ],
        );
    }

    #[test]
    fn a_commit_that_comes_first_is_a_phase_of_its_own() {
        let phases = Phases {
            drain_us: 11_000,
            commit_us: 8_000,
            total_us: 4_000,
            window_us: 300,
            ..Phases::default()
        };
        let direct = Migration {
            protocol: "direct".to_owned(),
            rule: "first".to_owned(),
            phases: Some(phases),
            ..done(&[(3, None)], 3)
        };
        let text = describe(&direct);
        let bars: String = text.lines().skip(4).take(3).map(|line| format!("{line}\n")).collect();
        assert_lines(
            &bars,
            &[
                "took       4.000 ms, and the commit before it",
                "  commit       8.000 ms  |================        |",
                "  drain        3.000 ms  |                ======  |",
            ],
        );
    }

    #[test]
    fn a_protocol_that_asks_for_no_answer_shows_none() {
        let alone = describe(&done(&[(2, None)], 2));
        assert!(
            alone.contains("nodes      from 1 to 2\n") && !alone.contains("answers"),
            "{alone}"
        );
        let answered = describe(&done(&[(2, Some(250))], 2));
        assert!(answered.contains("  node 2         250 us  |"), "{answered}");
    }

    #[test]
    fn what_did_not_go_as_planned_is_said() {
        let because = Some("no candidate answered in time".to_owned());
        let aborted = Migration {
            aborted_because: because,
            ..record(&[(2, None), (3, None)], None, "aborted")
        };
        assert_lines(
            &describe(&aborted),
            &[
                "migration  7 of switch 000000000000000a: aborted, no candidate answered in time",
                "protocol   erc, rule score, token 4",
                "nodes      from 1 to one of 2,3",
                "asked by   me@here at 1970-01-01T00:00:00.000Z",
                "note       nothing has moved: node 1 kept the switch",
            ],
        );
        let heir = Migration {
            marks: vec![mark(1, "end_migration", 2), mark(3, "collect", 1)],
            ..done(&[(2, Some(250)), (3, None)], 3)
        };
        let expected =
            "note       node 2 was chosen and lost on the way: node 3 has taken its place\n";
        assert!(describe(&heir).contains(expected), "{}", describe(&heir));
        let bereft =
            Migration { marks: vec![mark(2, "ROLE_REQUEST(MASTER)", 1)], ..done(&[(2, None)], 2) };
        let expected = "note       node 1 has given no account: what it saw is not known\n";
        assert!(describe(&bereft).contains(expected), "{}", describe(&bereft));
    }

    #[test]
    fn a_bar_is_never_empty_and_never_too_long() {
        for (from, length, whole) in [(0, 0, 0), (0, 1, 1_000_000), (9, 9, 9), (0, u64::MAX, 1)] {
            let bar = bar(from, length, whole);
            assert!(bar.len() == BAR && bar.contains('='), "{from} {length} {whole}: {bar:?}");
        }
    }
}
