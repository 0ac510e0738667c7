//! What goes wrong, and where: faults are planned by the boundary at which they strike.
//!
//! A boundary stands before and after everything that a node does to the outside: each action of a hand-over's
//! engine, each answer that it writes, each entry of the log that it applies. A plan names one, or a number of
//! them to let pass, and what happens there to whom. [`Coverage`] keeps account, so that a campaign can prove
//! that it has been everywhere.

use super::agenda::Micros;
use super::rng::Rng;
use migration::engine::{Action, Barrier, PeerMessage, Proposal};
use migration::gate::Order;
use migration::ownership::Op;
use openflow::Role;
use serde::Serialize;
use std::collections::BTreeMap;

/// Before and after this a fault may strike.
#[allow(missing_docs, reason = "each is named after the action, the write or the entry")]
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Boundary {
    AskEqual,
    AskMaster,
    AskSlave,
    SendMarker,
    PlantFlow,
    CutFlow,
    FenceBarrier,
    DrainBarrier,
    TellStart,
    TellReady,
    TellState,
    TellTaken,
    TellEnd,
    TellRest,
    TellCollect,
    TellRefuse,
    ProposeCommit,
    ProposeFinish,
    ProposeAbort,
    GateBuffer,
    GateCut,
    GateShadow,
    GateMark,
    GateChoose,
    GateRelease,
    GateReleaseAll,
    GateDrop,
    Over,
    /// The reconciler asks for a role.
    Claim,
    /// The application answers.
    Answer,
    ApplyOpen,
    ApplyCommit,
    ApplyFinish,
    ApplyAbort,
    ApplyOther,
}

impl Boundary {
    /// Every boundary.
    pub const ALL: [Self; 35] = [
        Self::AskEqual,
        Self::AskMaster,
        Self::AskSlave,
        Self::SendMarker,
        Self::PlantFlow,
        Self::CutFlow,
        Self::FenceBarrier,
        Self::DrainBarrier,
        Self::TellStart,
        Self::TellReady,
        Self::TellState,
        Self::TellTaken,
        Self::TellEnd,
        Self::TellRest,
        Self::TellCollect,
        Self::TellRefuse,
        Self::ProposeCommit,
        Self::ProposeFinish,
        Self::ProposeAbort,
        Self::GateBuffer,
        Self::GateCut,
        Self::GateShadow,
        Self::GateMark,
        Self::GateChoose,
        Self::GateRelease,
        Self::GateReleaseAll,
        Self::GateDrop,
        Self::Over,
        Self::Claim,
        Self::Answer,
        Self::ApplyOpen,
        Self::ApplyCommit,
        Self::ApplyFinish,
        Self::ApplyAbort,
        Self::ApplyOther,
    ];

    /// Returns the boundary around an action; timers are no business of the outside.
    pub(super) fn of(action: &Action) -> Option<Self> {
        Some(match action {
            Action::AskRole { role: Role::Equal, .. } => Self::AskEqual,
            Action::AskRole { role: Role::Master, .. } => Self::AskMaster,
            Action::AskRole { .. } => Self::AskSlave,
            Action::SendMarker { .. } => Self::SendMarker,
            Action::PlantFlow => Self::PlantFlow,
            Action::CutFlow => Self::CutFlow,
            Action::SendBarrier(Barrier::Fence) => Self::FenceBarrier,
            Action::SendBarrier(Barrier::Drain) => Self::DrainBarrier,
            Action::Tell { message, .. } => Self::of_message(message),
            Action::Propose(Proposal::Commit { .. }) => Self::ProposeCommit,
            Action::Propose(Proposal::Finish) => Self::ProposeFinish,
            Action::Propose(Proposal::Abort(_)) => Self::ProposeAbort,
            Action::Gate(order) => Self::of_order(*order),
            Action::SetTimer(_) | Action::ClearTimer(_) => return None,
            Action::Over(_) => Self::Over,
        })
    }

    fn of_message(message: &PeerMessage) -> Self {
        match message {
            PeerMessage::Start => Self::TellStart,
            PeerMessage::Ready { .. } => Self::TellReady,
            PeerMessage::LocalState => Self::TellState,
            PeerMessage::Taken => Self::TellTaken,
            PeerMessage::End => Self::TellEnd,
            PeerMessage::Rest | PeerMessage::Nothing => Self::TellRest,
            PeerMessage::Collect => Self::TellCollect,
            PeerMessage::Refuse(_) => Self::TellRefuse,
        }
    }

    fn of_order(order: Order) -> Self {
        match order {
            Order::Buffer => Self::GateBuffer,
            Order::Cut => Self::GateCut,
            Order::Shadow => Self::GateShadow,
            Order::Mark(_) => Self::GateMark,
            Order::Choose(_) => Self::GateChoose,
            Order::Release => Self::GateRelease,
            Order::ReleaseAll => Self::GateReleaseAll,
            Order::Drop => Self::GateDrop,
        }
    }

    /// Returns the boundary around the application of an entry.
    pub(super) fn of_entry(op: &Op) -> Self {
        match op {
            Op::Open(_) => Self::ApplyOpen,
            Op::Commit { .. } => Self::ApplyCommit,
            Op::Finish { .. } => Self::ApplyFinish,
            Op::Abort { .. } => Self::ApplyAbort,
            _ => Self::ApplyOther,
        }
    }

    /// Returns whether it is crossed so often, or so far from any hand-over, that it is met only by name.
    fn is_common(self) -> bool {
        matches!(self, Self::Answer | Self::ApplyOther | Self::Claim)
    }
}

/// What goes wrong.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
pub enum Fault {
    /// A node's process dies; what it has written still arrives. It starts again with nothing but its log.
    Kill,
    /// A node's machine dies; what it has written may not arrive, and the switch is long in noticing.
    PowerCut,
    /// A node stands still, and then goes on as if nothing had happened.
    Pause,
    /// A node is cut off from the log: its lease lapses and its view grows old.
    CutOff,
    /// A node's connection with the switch breaks.
    ChannelLost,
    /// The streams between two nodes break; what is on the way is lost.
    PeerStreamLost,
    /// The switch starts again, with no flows, no connections and no generation id.
    SwitchRestart,
    /// The log loses its leader; what that had taken may or may not be in the log.
    LeaderLost,
    /// The log has no majority for a while.
    QuorumLost,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Self; 9] = [
        Self::Kill,
        Self::PowerCut,
        Self::Pause,
        Self::CutOff,
        Self::ChannelLost,
        Self::PeerStreamLost,
        Self::SwitchRestart,
        Self::LeaderLost,
        Self::QuorumLost,
    ];
}

/// To whom it happens.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Whom {
    /// The node at the boundary.
    Here,
    /// Another node.
    Other,
}

/// One fault to come.
#[derive(Clone, Copy, Debug)]
pub(super) struct Plan {
    pub(super) fault: Fault,
    pub(super) whom: Whom,
    pub(super) lasts: Micros,
    boundary: Option<Boundary>,
    after: bool,
    /// How often the boundary is crossed before it strikes.
    skip: u64,
}

impl Plan {
    fn draw(rng: &mut Rng, power_cuts: bool) -> Self {
        let by_name = rng.one_in(2);
        let boundary = rng.pick(&Boundary::ALL).filter(|_| by_name);
        let skip = match boundary {
            Some(Boundary::Answer) => rng.below(40),
            Some(_) => rng.below(2),
            None => rng.below(40),
        };
        let mut fault = match rng.below(16) {
            0..=6 => Fault::Kill,
            7 => Fault::Pause,
            8 | 9 => Fault::CutOff,
            10 | 11 => Fault::ChannelLost,
            12 => Fault::PeerStreamLost,
            13 => Fault::SwitchRestart,
            14 => Fault::LeaderLost,
            _ => Fault::QuorumLost,
        };
        if power_cuts && fault == Fault::Kill && rng.one_in(2) {
            fault = Fault::PowerCut;
        }
        let whom = if rng.one_in(4) { Whom::Other } else { Whom::Here };
        let lasts = match fault {
            Fault::Kill | Fault::PowerCut => rng.between(200_000, 3_000_000),
            Fault::Pause => rng.between(1_000, 2_500_000),
            Fault::CutOff => rng.between(100_000, 4_000_000),
            Fault::QuorumLost => rng.between(50_000, 3_000_000),
            _ => rng.between(20_000, 500_000),
        };
        Self { fault, whom, lasts, boundary, after: rng.one_in(2), skip }
    }

    fn is_met(&mut self, boundary: Boundary, after: bool) -> bool {
        let named = match self.boundary {
            Some(named) => named == boundary,
            None => !boundary.is_common(),
        };
        if !named || after != self.after {
            return false;
        }
        let met = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        met
    }
}

/// The faults of a run.
#[derive(Clone, Debug)]
pub(super) struct FaultPlan {
    rng: Rng,
    /// Most faults for each migration.
    most: u64,
    power_cuts: bool,
    armed: Vec<Plan>,
    pub(super) coverage: Coverage,
}

impl FaultPlan {
    pub(super) fn new(rng: Rng, most: u64, power_cuts: bool) -> Self {
        Self { rng, most, power_cuts, armed: Vec::new(), coverage: Coverage::default() }
    }

    /// Plans the faults of the next migration; those of the last that have not struck are forgotten.
    pub(super) fn arm(&mut self) {
        self.armed.clear();
        for _ in 0..self.rng.between(0, self.most) {
            self.armed.push(Plan::draw(&mut self.rng, self.power_cuts));
        }
    }

    pub(super) fn disarm(&mut self) {
        self.armed.clear();
    }

    /// Returns the fault that strikes here, if one does.
    pub(super) fn cross(&mut self, boundary: Boundary, after: bool) -> Option<Plan> {
        if !after {
            *self.coverage.crossed.entry(boundary).or_default() += 1;
        }
        let met = self.armed.iter_mut().position(|plan| plan.is_met(boundary, after))?;
        let plan = self.armed.swap_remove(met);
        *self.coverage.struck.entry((boundary, after, plan.fault)).or_default() += 1;
        Some(plan)
    }
}

/// Which boundaries were crossed, and at which of them what has struck.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coverage {
    /// Times that each boundary was crossed.
    pub crossed: BTreeMap<Boundary, u64>,
    /// Times that a fault struck before (`false`) or after (`true`) a boundary.
    pub struck: BTreeMap<(Boundary, bool, Fault), u64>,
}

impl Coverage {
    /// Adds what another run has covered.
    pub fn add(&mut self, other: &Self) {
        for (&boundary, count) in &other.crossed {
            *self.crossed.entry(boundary).or_default() += count;
        }
        for (&place, count) in &other.struck {
            *self.struck.entry(place).or_default() += count;
        }
    }

    /// Returns how many faults of this kind have struck.
    pub fn faults(&self, fault: Fault) -> u64 {
        self.struck.iter().filter(|((_, _, f), _)| *f == fault).map(|(_, count)| count).sum()
    }

    /// Returns how many faults have struck on one side of a boundary.
    pub fn strikes(&self, boundary: Boundary, after: bool) -> u64 {
        let here = |(b, a, _): &(Boundary, bool, Fault)| (*b, *a) == (boundary, after);
        self.struck.iter().filter(|(place, _)| here(place)).map(|(_, count)| count).sum()
    }

    /// Returns what a campaign of all protocols with all faults should have met, and has not.
    pub fn missing(&self, power_cuts: bool) -> Vec<String> {
        let planned = |fault: &Fault| power_cuts || *fault != Fault::PowerCut;
        let unseen =
            Fault::ALL.into_iter().filter(planned).filter(|&fault| self.faults(fault) == 0);
        let mut missing: Vec<String> = unseen.map(|fault| format!("{fault:?}")).collect();
        for boundary in Boundary::ALL {
            for (after, word) in [(false, "before"), (true, "after")] {
                if self.strikes(boundary, after) == 0 {
                    missing.push(format!("{word} {boundary:?}"));
                }
            }
        }
        missing
    }
}
