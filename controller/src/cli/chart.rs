//! A hand-over as a sequence chart in plain text: source, switch and target, with the time at each
//! controller in microseconds since the first thing that either of them saw.
//!
//! ```text
//!        us  node 1                      switch                      node 2  us
//!         0  |------------------------- start ---------------------------->|  212
//!                                           |<---- ROLE_REQUEST(EQUAL) ----|  230
//! ```

use migration::NodeId;
use migration::ownership::{Migration, State};
use migration::report::{Mark, What};

/// Draws what the parties of `migration` saw and did; one sentence if nothing is known of that.
pub fn chart(migration: &Migration) -> String {
    match &migration.report {
        Some(report) if !report.marks.is_empty() => {
            let (source, winner) = (migration.source, migration.winner);
            draw(source, column(source, winner, &migration.candidates), &report.marks)
        }
        Some(_) | None => match &migration.state {
            State::Aborted(reason) => format!("no time line: aborted, {reason}\n"),
            state => format!("no time line: the migration is {}\n", state.name()),
        },
    }
}

/// Returns the node in the target's column: the winner, or the first candidate if nothing moved.
pub(super) fn column(source: NodeId, winner: Option<NodeId>, candidates: &[NodeId]) -> NodeId {
    let moved_to = winner.filter(|&winner| winner != source);
    moved_to.or(candidates.first().copied()).unwrap_or(source)
}

/// Draws `marks` in three columns.
pub(super) fn draw(source: NodeId, target: NodeId, marks: &[Mark]) -> String {
    let mut chart = Chart { source, target, rows: Vec::new() };
    let start = marks.iter().map(|mark| mark.at_us).min().unwrap_or_default();
    for mark in marks {
        chart.add(mark, mark.at_us - start);
    }
    // Stable: what one party did in the same microsecond stays in its order.
    chart.rows.sort_by_key(|row| row.at_us);
    chart.text()
}

struct Chart {
    source: NodeId,
    target: NodeId,
    rows: Vec<Row>,
}

/// One line: an arrow or a note, with the time at either controller.
struct Row {
    /// What it is sorted by.
    at_us: u64,
    shape: Shape,
    /// By [`Side`].
    times: [Option<u64>; 2],
}

enum Shape {
    /// From one controller to the other.
    Across { text: &'static str, to: Side },
    /// From a controller to the switch.
    ToSwitch { text: &'static str, from: Side },
    /// From the switch to a controller.
    FromSwitch { text: &'static str, to: Side },
    /// Something that a controller did or learnt.
    Note { text: &'static str, at: Side },
    /// Something at a node that has no column.
    Aside(String),
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Side {
    Source,
    Target,
}

impl Chart {
    fn side(&self, node: NodeId) -> Option<Side> {
        match node {
            node if node == self.source => Some(Side::Source),
            node if node == self.target => Some(Side::Target),
            _ => None,
        }
    }

    fn add(&mut self, mark: &Mark, at_us: u64) {
        let Some(side) = self.side(mark.node) else {
            let does = match mark.what {
                What::Sent(_) => "sends ",
                What::Got(_) => "gets ",
                What::Opened | What::Proposed | What::Committed | What::Released => "",
            };
            let text = format!("{at_us} us: node {} {does}{}", mark.node, describe(mark.what));
            return self.push(at_us, None, Shape::Aside(text));
        };
        let shape = match mark.what {
            What::Sent(message) if message.is_between_parties() => {
                Shape::Across { text: message.name(), to: side.other() }
            }
            What::Got(message) if message.is_between_parties() => {
                if self.arrive(message.name(), side, at_us) {
                    return;
                }
                Shape::Across { text: message.name(), to: side }
            }
            What::Sent(message) => Shape::ToSwitch { text: message.name(), from: side },
            What::Got(message) => Shape::FromSwitch { text: message.name(), to: side },
            What::Opened | What::Proposed | What::Committed | What::Released => {
                Shape::Note { text: describe(mark.what), at: side }
            }
        };
        self.push(at_us, Some(side), shape);
    }

    /// Ends the oldest arrow of this kind that has not arrived; returns whether there was one.
    fn arrive(&mut self, name: &str, at: Side, at_us: u64) -> bool {
        let under_way = self.rows.iter_mut().find(|row| match row.shape {
            Shape::Across { text, to } => {
                text == name && to == at && row.times[at as usize].is_none()
            }
            _ => false,
        });
        under_way.map(|row| row.times[at as usize] = Some(at_us)).is_some()
    }

    fn push(&mut self, at_us: u64, side: Option<Side>, shape: Shape) {
        let mut times = [None; 2];
        if let Some(side) = side {
            times[side as usize] = Some(at_us);
        }
        self.rows.push(Row { at_us, shape, times });
    }

    fn text(&self) -> String {
        let (source, target) = (format!("node {}", self.source), format!("node {}", self.target));
        let mut text = format!("{:>TIME$}  {source:<20}{:^23}{target:>20}  us\n", "us", "switch");
        for row in &self.rows {
            let [left, right] = row.times.map(|us| us.map(|us| us.to_string()).unwrap_or_default());
            let line = format!("{left:>TIME$}  {}  {right}", row.shape.draw());
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

impl Side {
    fn other(self) -> Self {
        match self {
            Self::Source => Self::Target,
            Self::Target => Self::Source,
        }
    }
}

impl Shape {
    fn draw(&self) -> String {
        let blank = " ".repeat(SEGMENT);
        match self {
            Self::Across { text, to } => {
                let ahead = if *to == Side::Target { Ahead::Right } else { Ahead::Left };
                format!("|{}|", arrow(text, 2 * SEGMENT + 1, ahead))
            }
            Self::ToSwitch { text, from: Side::Source } => {
                format!("|{}|{blank}|", arrow(text, SEGMENT, Ahead::Right))
            }
            Self::ToSwitch { text, from: Side::Target } => {
                format!("|{blank}|{}|", arrow(text, SEGMENT, Ahead::Left))
            }
            Self::FromSwitch { text, to: Side::Source } => {
                format!("|{}|{blank}|", arrow(text, SEGMENT, Ahead::Left))
            }
            Self::FromSwitch { text, to: Side::Target } => {
                format!("|{blank}|{}|", arrow(text, SEGMENT, Ahead::Right))
            }
            Self::Note { text, at: Side::Source } => format!("* {text:<28} |{blank}|"),
            Self::Note { text, at: Side::Target } => format!("|{blank}| {text:>28} *"),
            Self::Aside(text) => text.clone(),
        }
    }
}

enum Ahead {
    Left,
    Right,
}

/// Returns an arrow of `width` characters with `text` in its middle.
fn arrow(text: &str, width: usize, ahead: Ahead) -> String {
    let shaft = format!("{:-^width$}", format!(" {text} "), width = width - 1);
    match ahead {
        Ahead::Left => format!("<{shaft}"),
        Ahead::Right => format!("{shaft}>"),
    }
}

fn describe(what: What) -> &'static str {
    match what {
        What::Sent(message) | What::Got(message) => message.name(),
        What::Opened => "log: open",
        What::Proposed => "proposes",
        What::Committed => "log: committed",
        What::Released => "processes what it held",
    }
}

/// Columns of the time at either side.
const TIME: usize = 9;
/// Columns between a controller and the switch: room for the longest name and an arrow.
const SEGMENT: usize = 30;

#[cfg(test)]
mod tests {
    use super::*;
    use migration::ownership::{AbortReason, Protocol, Rule, Token};
    use migration::report::{Message, Report};
    use openflow::Dpid;

    fn migration(state: State, marks: Vec<Mark>) -> Migration {
        Migration {
            dpid: Dpid(1),
            protocol: Protocol::Erc,
            rule: Rule::First,
            source: NodeId(1),
            candidates: vec![NodeId(2)],
            token: Token(3),
            winner: (state == State::Done).then_some(NodeId(2)),
            state,
            actor: String::new(),
            reason: String::new(),
            deadline_ms: 0,
            started_at_ms: 0,
            report: Some(Report { marks, ..Report::default() }),
        }
    }

    fn mark(at_us: u64, node: u64, what: What) -> Mark {
        Mark { at_us: 1_000_000 + at_us, node: NodeId(node), what }
    }

    #[rustfmt::skip]
    #[test]
    fn erc_reads_like_its_specification() {
        use Message as M;
        use What::{Got, Sent};
        let source = [
            (0, What::Opened),
            (3, Sent(M::Start)),
            (455, Got(M::MarkerIn)),
            (456, Sent(M::LocalState)),
            (457, Sent(M::BarrierRequest)),
            (458, What::Proposed),
            (700, Got(M::BarrierReply)),
            (1_900, What::Committed),
            (1_901, Sent(M::EndMigration)),
            (2_400, Got(M::RoleStatus)),
        ];
        let target = [
            (212, Got(M::Start)),
            (230, Sent(M::RoleEqual)),
            (231, Sent(M::MarkerOut)),
            (400, Got(M::RoleReply)),
            (460, Got(M::MarkerIn)),
            (610, Got(M::LocalState)),
            (2_000, Got(M::EndMigration)),
            (2_010, Sent(M::RoleMaster)),
            (2_300, Got(M::RoleReply)),
            (2_301, What::Released),
        ];
        let marks = source.map(|(at, what)| mark(at, 1, what)).into_iter();
        let marks = marks.chain(target.map(|(at, what)| mark(at, 2, what))).collect();
        let drawn = chart(&migration(State::Done, marks));
        let expected = [
            "       us  node 1                      switch                       node 2  us",
            "        0  * log: open                    |                              |",
            "        3  |-------------------------- start --------------------------->|  212",
            "           |                              |<---- ROLE_REQUEST(EQUAL) ----|  230",
            "           |                              |<---- PACKET_OUT(marker) -----|  231",
            "           |                              |-------- ROLE_REPLY --------->|  400",
            "      455  |<----- PACKET_IN(marker) -----|                              |",
            "      456  |----------------------- local_state ------------------------>|  610",
            "      457  |------ BARRIER_REQUEST ------>|                              |",
            "      458  * proposes                     |                              |",
            "           |                              |----- PACKET_IN(marker) ----->|  460",
            "      700  |<------- BARRIER_REPLY -------|                              |",
            "     1900  * log: committed               |                              |",
            "     1901  |---------------------- end_migration ----------------------->|  2000",
            "           |                              |<--- ROLE_REQUEST(MASTER) ----|  2010",
            "           |                              |-------- ROLE_REPLY --------->|  2300",
            "           |                              |       processes what it held *  2301",
            "     2400  |<-------- ROLE_STATUS --------|                              |",
        ];
        assert_eq!(drawn.lines().collect::<Vec<_>>(), expected, "\n{drawn}");
    }

    #[test]
    fn a_third_party_and_a_lost_half_are_shown_too() {
        let marks = vec![
            mark(0, 2, What::Got(Message::EndMigration)),
            mark(5, 3, What::Sent(Message::RoleMaster)),
            mark(9, 2, What::Sent(Message::Refuse)),
        ];
        let drawn = chart(&migration(State::Done, marks));
        let expected = [
            "       us  node 1                      switch                       node 2  us",
            "           |---------------------- end_migration ----------------------->|  0",
            "           5 us: node 3 sends ROLE_REQUEST(MASTER)",
            "           |<-------------------------- refuse --------------------------|  9",
        ];
        assert_eq!(drawn.lines().collect::<Vec<_>>(), expected, "\n{drawn}");
    }

    #[test]
    fn without_marks_the_chart_says_why() {
        let reason = State::Aborted(AbortReason::Deadline);
        let drawn = chart(&migration(reason, vec![]));
        assert_eq!(drawn, "no time line: aborted, not committed within its deadline\n");
        let drawn = chart(&Migration { report: None, ..migration(State::Open, vec![]) });
        assert_eq!(drawn, "no time line: the migration is open\n");
    }

    #[test]
    fn every_name_fits_its_arrow() {
        for text in [Message::RoleMaster.name(), Message::MarkerOut.name()] {
            assert_eq!(arrow(text, SEGMENT, Ahead::Left).len(), SEGMENT);
        }
    }
}
