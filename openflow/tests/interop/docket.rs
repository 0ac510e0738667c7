//! The complaints of a judge, and what excuses them.

use std::collections::BTreeSet;

use crate::reading::Reading;
use crate::{Judged, to_hex};

/// Why a complaint says nothing about us.
pub(crate) struct Excuse {
    /// A part of the complaint.
    pub(crate) complaint: &'static str,
    /// Of which messages.
    pub(crate) of: fn(&Judged) -> bool,
    /// What is wrong with the judge, or with the message on purpose.
    pub(crate) why: &'static str,
}

/// What a judge said of all messages.
pub(crate) struct Docket {
    judge: &'static str,
    excuses: &'static [Excuse],
    needed: BTreeSet<usize>,
    unexcused: Vec<String>,
    messages: usize,
    excused: usize,
    /// Kinds of messages, and names of values in them.
    agreed: BTreeSet<(String, String)>,
}

impl Docket {
    pub(crate) fn new(judge: &'static str, excuses: &'static [Excuse]) -> Self {
        Self {
            judge,
            excuses,
            needed: BTreeSet::new(),
            unexcused: vec![],
            messages: 0,
            excused: 0,
            agreed: BTreeSet::new(),
        }
    }

    /// Notes what is complained about in a message; each complaint needs an excuse.
    pub(crate) fn hear(&mut self, message: &Judged, complaints: &[String]) {
        self.messages += 1;
        self.excused += usize::from(!complaints.is_empty());
        for complaint in complaints {
            let mut excuses = (0..).zip(self.excuses);
            let found = excuses
                .find(|(_, excuse)| complaint.contains(excuse.complaint) && (excuse.of)(message));
            match found {
                Some((number, _)) => _ = self.needed.insert(number),
                None => self.unexcused.push(describe(message, complaint)),
            }
        }
    }

    /// Compares what the judge has read of a message with what we read, and returns where they differ. A judge
    /// that has not read `all` of it may have read less than we.
    pub(crate) fn compare(&mut self, message: &Judged, judge: Reading, all: bool) -> Vec<String> {
        let mut differences = vec![];
        for (name, wrong) in Reading::ours(&message.frame).compare(judge, all) {
            match wrong {
                Some(wrong) => differences.push(wrong),
                None => self.agree(message, &name),
            }
        }
        differences
    }

    /// Notes that the judge and we read the same under a name.
    fn agree(&mut self, message: &Judged, name: &str) {
        let version = message.version();
        let kind = format!("{} {version}", message.message().type_name());
        self.agreed.insert((kind, name.to_owned()));
    }

    /// Fails if anything is left without an excuse, an excuse without need, or one of `compared`,
    /// names in a kind of message, was never compared.
    pub(crate) fn close(self, compared: &[(&str, &[&str])]) {
        eprintln!(
            "{}: {} messages, {} with something excused, {} names in {} kinds of messages agreed upon",
            self.judge,
            self.messages,
            self.excused,
            self.agreed.len(),
            self.agreed.iter().map(|(kind, _)| kind).collect::<BTreeSet<_>>().len(),
        );
        assert!(
            self.unexcused.is_empty(),
            "{} complains:\n{}",
            self.judge,
            self.unexcused.join("\n")
        );
        let excuses = (0..).zip(self.excuses).filter(|(number, _)| !self.needed.contains(number));
        let idle: Vec<_> = excuses.map(|(_, excuse)| excuse.why).collect();
        assert!(
            idle.is_empty(),
            "{}: these excuses are not needed any more: {idle:#?}",
            self.judge
        );
        for (kind, names) in compared {
            for name in *names {
                let key = (kind.to_string(), name.to_string());
                assert!(
                    self.agreed.contains(&key),
                    "{}: {kind}: {name} was never compared",
                    self.judge
                );
            }
        }
    }
}

fn describe(message: &Judged, complaint: &str) -> String {
    let mut shown = format!("{:?}", message.message());
    shown.truncate(shown.char_indices().nth(200).map_or(shown.len(), |(at, _)| at));
    format!("{complaint}\n    of {} {shown}\n    {}", message.version(), to_hex(&message.bytes))
}
