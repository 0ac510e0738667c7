//! Rules broken on purpose, to see that the simulator notices.

use migration::engine::{
    Action, Barrier, Engine, Event, PeerMessage, Proposal, Side, Standing, SwitchEvent,
};
use migration::gate::Order;
use migration::{NodeId, Token};
use openflow::Role;

/// One rule of the engine or of its driver, broken.
#[derive(Clone, Copy, Debug, Eq, PartialEq, clap::ValueEnum)]
pub enum Mutant {
    /// The source goes on processing past its cut.
    SourceGoesOnPastItsCut,
    /// The target processes before the source has ended.
    TargetReleasesBeforeTheEnd,
    /// The target processes what the source owes, too.
    TargetForgetsItsCut,
    /// The target hears packet-ins before it holds them back.
    TargetDoesNotBuffer,
    /// The target never asks for `MASTER`.
    WinnerNeverClaims,
    /// The source hands over before the switch has confirmed what it sent.
    BarrierNotAwaited,
    /// The source hands over before the log holds the commit.
    CommitNotAwaited,
    /// The source forgets what it holds back once it has handed over.
    SourceForgetsItsShadow,
    /// The source does not replay what it has held back when nothing moves.
    ShadowNotReplayed,
    /// A source whose switch goes to another than it had chosen forgets what it holds back.
    KeeperDropsItsShadow,
    /// An heir does not ask for what another party keeps.
    HeirDoesNotCollect,
    /// Markers that come before their migration is in the log are ignored.
    EarlyMarkersIgnored,
    /// What a party says before its migration is in this node's log is ignored.
    EarlyWordsIgnored,
    /// What a node wrote before it was a party is not handed over when the switch refuses it.
    OldAnswersForgotten,
    /// A source whose session is a new one leaves its winner waiting for what the old one held.
    NewSessionSaysNothing,
    /// A winner that reads of the commit before it is invited takes its source for lost.
    CommitMakesAnHeir,
    /// A loser stays `EQUAL`, and nobody repairs it.
    LoserStaysEqual,
    /// A loser asks for `SLAVE` with the token that it has known all along, and nobody repairs it.
    LoserYieldsWithAnOldToken,
    /// Nobody but a loser ever asks for `SLAVE`: no repair, and no standby that yields on connecting.
    ReconcilerNeverYields,
    /// Whatever the lease says, a node goes on.
    LeaseNotChecked,
    /// Whatever the gate and the lease say, every message is sent.
    NoFence,
}

/// What a mutant makes of one action: other actions, and something that has not happened.
#[derive(Debug)]
pub(super) struct Change {
    pub(super) actions: Vec<Action>,
    pub(super) event: Option<Event>,
}

impl Mutant {
    /// Returns what `mutant` makes of what `engine` wants.
    pub(super) fn change(mutant: Option<Self>, engine: &Engine, action: Action) -> Change {
        let keep = |action| Change { actions: vec![action], event: None };
        let Some(mutant) = mutant else { return keep(action) };
        let drop = Change { actions: Vec::new(), event: None };
        let but = |action, event| Change { actions: vec![action], event: Some(event) };
        let planned = Standing::Committed {
            winner: engine.target_node(),
            token: engine.token(),
            keeper: Some(engine.terms().source),
        };
        match (mutant, engine.side(), &action) {
            (Self::SourceGoesOnPastItsCut, Side::Source, Action::Gate(Order::Shadow))
            | (Self::TargetForgetsItsCut, Side::Target, Action::Gate(Order::Cut))
            | (Self::TargetDoesNotBuffer, Side::Target, Action::Gate(Order::Buffer))
            | (Self::WinnerNeverClaims, _, Action::AskRole { role: Role::Master, .. })
            | (Self::LoserStaysEqual, Side::Target, Action::AskRole { role: Role::Slave, .. }) => {
                drop
            }
            (Self::TargetReleasesBeforeTheEnd, Side::Target, Action::Gate(Order::Cut)) => {
                but(action, said(engine.terms().source, PeerMessage::End))
            }
            (Self::BarrierNotAwaited, _, &Action::SendBarrier(barrier)) => {
                but(action, confirmed(barrier))
            }
            (Self::CommitNotAwaited, Side::Source, Action::Propose(Proposal::Commit { .. })) => {
                but(action, Event::Log(planned))
            }
            (
                Self::SourceForgetsItsShadow,
                Side::Source,
                Action::Tell { message: PeerMessage::End, .. },
            ) => Change { actions: vec![action, Action::Gate(Order::Drop)], event: None },
            (Self::ShadowNotReplayed, Side::Source, Action::Gate(Order::Release)) => Change {
                actions: vec![Action::Gate(Order::Drop), Action::Gate(Order::ReleaseAll)],
                event: None,
            },
            (Self::KeeperDropsItsShadow, Side::Keeper, Action::Gate(Order::Shadow)) => {
                keep(Action::Gate(Order::Drop))
            }
            (
                Self::HeirDoesNotCollect,
                Side::Heir,
                &Action::Tell { to, message: PeerMessage::Collect },
            ) => Change { actions: Vec::new(), event: Some(said(to, PeerMessage::Rest)) },
            (
                Self::LoserYieldsWithAnOldToken,
                Side::Target,
                &Action::AskRole { role: Role::Slave, token },
            ) => {
                keep(Action::AskRole { role: Role::Slave, token: Token(token.0.saturating_sub(1)) })
            }
            _ => keep(action),
        }
    }

    /// Returns whether the reconciler's requests for `SLAVE` are left out, too.
    pub(super) fn leaves_roles_alone(self) -> bool {
        matches!(
            self,
            Self::ReconcilerNeverYields | Self::LoserStaysEqual | Self::LoserYieldsWithAnOldToken
        )
    }
}

fn said(from: NodeId, message: PeerMessage) -> Event {
    Event::Peer { from, message }
}

fn confirmed(barrier: Barrier) -> Event {
    Event::Switch(SwitchEvent::BarrierReply(barrier))
}
