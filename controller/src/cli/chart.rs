//! A hand-over as a sequence chart in plain text: source, switch and winner, with the time at each
//! controller in microseconds since the first thing that either of them saw.
//!
//! ```text
//!       us  node 1                     switch                      node 2  us
//!        1  |------------------------- start -------------------------->|  212
//!        1  * node 3 asked too: answered after 1.900 ms                 |
//!           |                             |<--- ROLE_REQUEST(EQUAL) ----|  230
//!      455  |<----- marker of node 2 -----|                             |
//!      456  * asks the log to commit      |                             |
//! ```
//!
//! Only the source and the winner tell what they saw. Of a candidate that did not win, the chart has what the
//! source heard of it.

use super::out::duration_us;
use migration::NodeId;
use migration::report::{Mark, Message, Report, What};

/// Whose hand-over a chart shows.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Parties {
    /// Owner at the start.
    pub(super) source: NodeId,
    /// Owner in the end.
    pub(super) winner: NodeId,
    /// All that were asked.
    pub(super) candidates: Vec<NodeId>,
}

impl Parties {
    /// Returns whom the source chose, as far as `marks` tell: an heir may have it in the end.
    pub(super) fn chosen(&self, marks: &[Mark]) -> Option<NodeId> {
        let handed = |mark: &&Mark| {
            let sent = matches!(
                mark.what,
                What::Sent(Message::LocalState | Message::EndMigration | Message::Rest)
            );
            sent && mark.node == self.source
        };
        marks.iter().find(handed)?.peer
    }

    /// Returns the node of the right column: the winner, or whom the source chose where it has the switch
    /// itself in the end.
    fn opposite(&self, marks: &[Mark]) -> NodeId {
        if self.winner != self.source {
            return self.winner;
        }
        let first = || self.candidates.first().copied();
        self.chosen(marks).or_else(first).unwrap_or(self.source)
    }
}

/// Draws what `marks` tell.
pub(super) fn draw(parties: &Parties, marks: &[Mark]) -> String {
    let start = marks.iter().map(|mark| mark.at_us).min().unwrap_or_default();
    let target = parties.opposite(marks);
    let mut chart =
        Chart { source: parties.source, target, race: parties.candidates.len() > 1, rows: vec![] };
    // What was sent comes first, so that what arrives finds the arrow that it ends.
    let sent = |mark: &&Mark| matches!(mark.what, What::Sent(_));
    for (place, mark) in marks.iter().enumerate().filter(|(_, mark)| sent(mark)) {
        chart.add(place, mark, mark.at_us - start, marks);
    }
    for (place, mark) in marks.iter().enumerate().filter(|(_, mark)| !sent(mark)) {
        chart.add(place, mark, mark.at_us - start, marks);
    }
    chart.add_others(parties, marks, start);
    // What one party did in the same microsecond stays in its order.
    chart.rows.sort_by_key(|row| (row.at_us, row.place));
    chart.text()
}

struct Chart {
    source: NodeId,
    target: NodeId,
    /// Whether there were several candidates.
    race: bool,
    rows: Vec<Row>,
}

/// One line: an arrow or a note, with the time at either controller.
struct Row {
    /// What it is sorted by.
    at_us: u64,
    /// What it is sorted by within a microsecond.
    place: usize,
    shape: Shape,
    /// By [`Side`].
    times: [Option<u64>; 2],
}

enum Shape {
    /// From one controller to the other.
    Across { text: String, to: Side },
    /// From a controller to the switch.
    ToSwitch { text: String, from: Side },
    /// From the switch to a controller.
    FromSwitch { text: String, to: Side },
    /// Something that a controller did or learnt.
    Note { text: String, at: Side },
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

    /// Adds a row for each candidate that has no column: when it was asked, and what came of that.
    fn add_others(&mut self, parties: &Parties, marks: &[Mark], start: u64) {
        let told = |mark: &&Mark| mark.node == self.source;
        let Some(first) = marks.iter().find(told) else { return };
        let (source, target) = (self.source, self.target);
        for &node in parties.candidates.iter().filter(|&&node| node != target) {
            let asked = |mark: &&Mark| {
                (mark.node, mark.what, mark.peer)
                    == (source, What::Sent(Message::Start), Some(node))
            };
            let asked = marks.iter().find(asked).unwrap_or(first);
            let place = marks.iter().position(|mark| mark == asked).unwrap_or_default();
            let text = format!("node {node} asked too: {}", answer(source, node, marks));
            let shape = Shape::Note { text, at: Side::Source };
            self.push(place, asked.at_us - start, Some(Side::Source), shape);
        }
    }

    fn add(&mut self, place: usize, mark: &Mark, at_us: u64, marks: &[Mark]) {
        let Some(side) = self.side(mark.node) else {
            let text = format!("{at_us} us: node {}: {}", mark.node, aside(mark.what));
            return self.push(place, at_us, None, Shape::Aside(text));
        };
        let shape = match mark.what {
            What::Sent(message) | What::Got(message) if message.is_between_parties() => {
                match self.between(mark, message, side, at_us) {
                    Some(shape) => shape,
                    None => return,
                }
            }
            What::Sent(message) => Shape::ToSwitch { text: message.name().to_owned(), from: side },
            What::Got(message) => Shape::FromSwitch { text: self.label(mark, message), to: side },
            What::Opened => note("log: open", side),
            What::Proposed if self.is_finish(mark, marks) => note("asks the log to finish", side),
            What::Proposed => note("asks the log to commit", side),
            What::Committed => note("log: committed", side),
            What::Released => note("processes what it held", side),
        };
        self.push(place, at_us, Some(side), shape);
    }

    /// Returns what a message between parties looks like, unless it is on the chart already.
    fn between(&mut self, mark: &Mark, message: Message, side: Side, at_us: u64) -> Option<Shape> {
        let stranger = mark.peer.filter(|&peer| self.side(peer).is_none());
        let text = message.name().to_owned();
        match (mark.what, stranger) {
            // There is a row about whoever was asked besides.
            (What::Sent(Message::Start), Some(_)) => None,
            (What::Sent(_), Some(peer)) => Some(note(&format!("{text} to node {peer}"), side)),
            (_, Some(peer)) => Some(note(&format!("{text} from node {peer}"), side)),
            (What::Sent(_), None) => Some(Shape::Across { text, to: side.other() }),
            (_, None) if self.arrive(&text, side, at_us) => None,
            (_, None) => Some(Shape::Across { text, to: side }),
        }
    }

    /// A marker says whose it is where there could be several.
    fn label(&self, mark: &Mark, message: Message) -> String {
        match mark.peer {
            Some(peer) if message == Message::MarkerIn && self.race => {
                format!("{} of node {peer}", message.name())
            }
            Some(_) | None => message.name().to_owned(),
        }
    }

    /// Returns whether a party asks for the end: the source, once it has asked for the commit and got it.
    fn is_finish(&self, mark: &Mark, marks: &[Mark]) -> bool {
        let committed = |other: &&Mark| (other.node, other.what) == (mark.node, What::Committed);
        mark.node != self.source
            || marks.iter().find(committed).is_some_and(|other| other.at_us <= mark.at_us)
    }

    /// Ends the oldest arrow of this kind that has not arrived; returns whether there was one.
    fn arrive(&mut self, name: &str, at: Side, at_us: u64) -> bool {
        let under_way = self.rows.iter_mut().find(|row| match &row.shape {
            Shape::Across { text, to } => {
                text == name && *to == at && row.times[at as usize].is_none()
            }
            _ => false,
        });
        under_way.map(|row| row.times[at as usize] = Some(at_us)).is_some()
    }

    fn push(&mut self, place: usize, at_us: u64, side: Option<Side>, shape: Shape) {
        let mut times = [None; 2];
        if let Some(side) = side {
            times[side as usize] = Some(at_us);
        }
        self.rows.push(Row { at_us, place, shape, times });
    }

    fn text(&self) -> String {
        let (source, target) = (format!("node {}", self.source), format!("node {}", self.target));
        let (side, middle) = (SEGMENT - 10, 23);
        let mut text =
            format!("{:>TIME$}  {source:<side$}{:^middle$}{target:>side$}  us\n", "us", "switch");
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
            Self::Note { text, at } => draw_note(text, *at),
            Self::Aside(text) => text.clone(),
        }
    }
}

/// A note has the room up to the switch, or, if it needs more, up to the other controller.
fn draw_note(text: &str, at: Side) -> String {
    let (narrow, wide) = (SEGMENT - 2, 2 * SEGMENT - 1);
    let blank = " ".repeat(SEGMENT);
    match at {
        Side::Source if text.len() <= narrow => format!("* {text:<narrow$} |{blank}|"),
        Side::Target if text.len() <= narrow => format!("|{blank}| {text:>narrow$} *"),
        Side::Source => format!("* {text:<wide$} |"),
        Side::Target => format!("| {text:>wide$} *"),
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

fn note(text: &str, at: Side) -> Shape {
    Shape::Note { text: text.to_owned(), at }
}

/// Returns what came of asking `node`, as `source` saw it.
fn answer(source: NodeId, node: NodeId, marks: &[Mark]) -> String {
    let refused = |mark: &Mark| {
        (mark.node, mark.what, mark.peer) == (source, What::Got(Message::Refuse), Some(node))
    };
    let report = Report { marks: marks.to_vec(), ..Report::default() };
    match report.probe_us(source, node) {
        Some(us) => format!("answered after {}", duration_us(us)),
        None if marks.iter().any(refused) => "refused".to_owned(),
        None => NO_ANSWER.to_owned(),
    }
}

fn aside(what: What) -> String {
    match what {
        What::Sent(message) => format!("sends {}", message.name()),
        What::Got(message) => format!("gets {}", message.name()),
        What::Opened => "log: open".to_owned(),
        What::Proposed => "asks the log".to_owned(),
        What::Committed => "log: committed".to_owned(),
        What::Released => "processes what it held".to_owned(),
    }
}

/// What is said of a candidate that the source did not wait for.
const NO_ANSWER: &str = "no answer before the hand-over ended";

/// Columns of the time at either side.
const TIME: usize = 8;
/// Columns between a controller and the switch: room for the longest name and an arrow, and for three
/// columns within 80.
const SEGMENT: usize = 29;

#[cfg(test)]
mod tests;
