//! One trial: a hand-over under traffic, a fault at its moment, and everything that must hold afterwards.
//!
//! ```text
//! cast, traffic ──> open ──> the moment: the fault begins ──┬──> it ends ────────────────┬──> healthy ──> calm ──> verdict
//!                                                           └──> the migration is over ──┘
//! ```

use super::lab::{Cast, LONG, Lab, NODES};
use super::plan::{Case, Fault, Party, nth};
use super::{Parties, owing};
use crate::cluster::Migrated;
use crate::oracle::{Hearers, Ledger, Report};
use crate::switches::{Moment, What};
use crate::wait::{Failure, wait_until};
use serde::Serialize;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// What became of one trial.
#[derive(Clone, Debug, Serialize)]
pub struct Trial {
    /// How the switch was to move.
    pub protocol: String,
    /// Whom the fault befell.
    pub victim: String,
    /// What befell it.
    pub fault: String,
    /// When.
    pub phase: &'static str,
    /// How the migration ended.
    pub ended: Ended,
    /// From its opening to its end, as a node tells that was spared, in milliseconds.
    pub over_ms: u64,
    /// Packet-ins answered.
    pub answered: u64,
    /// Packet-ins never answered, though a controller was sent them that the fault has spared.
    pub lost: u64,
    /// Packet-ins never answered that only the victim was sent, or that a restarting switch had sent.
    pub unheard_by_survivors: u64,
    /// Packets for which the switch had no controller to ask.
    pub unheard: u64,
    /// Packet-ins answered more than once.
    pub twice: u64,
    /// Packet-ins answered after a later one.
    pub reordered: u64,
    /// From the fault to the first answer to a packet-in that was raised after it, in microseconds.
    pub recovery_us: u64,
    /// Longest time between two answers, in microseconds.
    pub longest_gap_us: u64,
    /// What should not be; empty if all is well.
    pub wrong: Vec<String>,
}

/// How a migration ended.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ended {
    /// The candidate that was to win has the switch.
    Done,
    /// Another candidate, or another node, has it.
    DoneByAnother,
    /// It was committed, and the source has the switch again.
    RolledBack,
    /// It was not committed.
    Aborted,
    /// It was not over by its deadline.
    Overdue,
}

impl Ended {
    /// Returns the words for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::DoneByAnother => "done by another",
            Self::RolledBack => "rolled back",
            Self::Aborted => "aborted",
            Self::Overdue => "overdue",
        }
    }

    fn of(migrated: &Migrated, cast: &Cast) -> Self {
        match (migrated.outcome.as_deref(), migrated.winner) {
            (Some("aborted"), _) => Self::Aborted,
            (_, Some(winner)) if winner == cast.winner => Self::Done,
            (_, Some(winner)) if winner == cast.source => Self::RolledBack,
            _ => Self::DoneByAnother,
        }
    }
}

/// Carries a case out; `turn` chooses among the nodes that could play a part. Returns nothing if the moment of the
/// fault did not come.
///
/// Fails if the trial could not be carried out, or the cluster does not get over it.
pub(super) async fn run(
    lab: &mut Lab,
    case: &Case,
    turn: u64,
    rate: u64,
) -> Result<Option<Trial>, Failure> {
    let cast = lab.cast(case, turn).await?;
    lab.switch.open_books();
    lab.switch.set_rate(rate);
    flows(lab, rate / 10).await?;
    let opened_at = Instant::now();
    let Some((id, fault_at)) = strike(lab, case, &cast).await? else { return Ok(None) };

    let limit = (DEADLINE + MARGIN).saturating_sub(opened_at.elapsed());
    let (over, ()) = tokio::join!(
        async { (lab.over(&cast, id, limit).await, opened_at.elapsed()) },
        pass(lab, case, &cast),
    );
    let (over, took) = over;
    let recovered = recovery(lab, fault_at).await;
    restart(lab, case, &cast).await?;
    lab.cluster.healthy().await?;
    lab.serves().await?;
    let agreed = lab.agrees().await;
    lab.switch.calm_down(QUIET).await;

    let (ledger, moments) = (lab.switch.ledger(), lab.switch.moments());
    let mut wrong: Vec<String> = vec![];
    wrong.extend([&agreed].into_iter().filter_map(|it| it.as_ref().err()).map(Failure::to_string));
    wrong.extend(over.as_ref().err().map(Failure::to_string));
    wrong.extend(recovered.as_ref().err().map(Failure::to_string));
    let ended = over.as_ref().map_or(Ended::Overdue, |over| Ended::of(over, &cast));
    let owner = lab.switch.master().unwrap_or(0);
    wrong.extend(second_writer(&moments, &cast, owner));
    let trial = verdict(case, &cast, &ledger, &moments, rate);
    wrong.extend(trial.wrong);
    wrong.extend(unexpected(case, ended, &over));
    if trial.lost > 0 {
        wrong.push(dropped(lab).await);
    }
    let (over_ms, recovery_us) = (took.as_millis() as u64, recovered.unwrap_or(0));
    Ok(Some(Trial { ended, over_ms, recovery_us, wrong, ..trial }))
}

/// Opens the migration, and lets the fault begin at its moment; returns the migration and the moment, if that came.
async fn strike(
    lab: &mut Lab,
    case: &Case,
    cast: &Cast,
) -> Result<Option<(u64, Duration)>, Failure> {
    let process = match cast.victim {
        Some(node) => Some(lab.cluster.process(node)?),
        None => None,
    };
    let fault = case.fault;
    let act = move || match (fault, process) {
        (Fault::Kill, Some(process)) => process.kill(),
        (Fault::Stop | Fault::Blink | Fault::Coma, Some(process)) => process.freeze(),
        _ => {}
    };
    let trap = case.phase.heard.map(|(by, what, number)| {
        let by = match by {
            Party::Source => cast.source,
            Party::Winner => cast.winner,
        };
        lab.switch.trap(nth(by, what, number), act)
    });
    let id = lab.open(case, cast).await?.id;
    let at = match trap {
        Some(trap) => {
            let Ok(Ok(moment)) = timeout(TRAP_LIMIT, trap).await else { return Ok(None) };
            moment.at
        }
        None => {
            act();
            lab.switch.now()
        }
    };
    lab.begin(fault, cast, id).await?;
    if let (Fault::Kill, Some(node)) = (fault, cast.victim) {
        lab.cluster.kill(node).await?;
    }
    Ok(Some((id, at)))
}

/// Waits for as long as the fault lasts, and ends it; a process that was killed stays dead for now.
async fn pass(lab: &Lab, case: &Case, cast: &Cast) {
    let lasts = match case.fault {
        Fault::Stop | Fault::Channel | Fault::Isolate | Fault::Sever | Fault::NoMajority => HOLD,
        Fault::Blink => BLINK,
        Fault::Coma => COMA,
        Fault::Kill | Fault::SwitchRestart | Fault::Cancel | Fault::Nothing => return,
    };
    sleep(lasts).await;
    if let Some(Ok(process)) = cast.victim.map(|node| lab.cluster.process(node)) {
        process.thaw();
    }
    lab.end(cast);
}

async fn restart(lab: &mut Lab, case: &Case, cast: &Cast) -> Result<(), Failure> {
    match (case.fault, cast.victim) {
        (Fault::Kill, Some(node)) => lab.cluster.run(node),
        _ => Ok(()),
    }
}

async fn flows(lab: &Lab, more: u64) -> Result<(), Failure> {
    let until = lab.switch.answered() + more.max(1);
    wait_until("answers", LONG, async || match lab.switch.answered() {
        answered if answered >= until => Ok(()),
        answered => Err(format!("{answered} of {until}")),
    })
    .await
}

/// Waits until a packet-in is answered that was raised after the fault; returns how long that took.
async fn recovery(lab: &Lab, fault_at: Duration) -> Result<u64, Failure> {
    wait_until("an answer after the fault", LONG, async || {
        let took = lab.switch.answered_after(fault_at);
        let took = took.ok_or_else(|| format!("{} wait", lab.switch.waiting()))?;
        Ok(took.as_micros() as u64)
    })
    .await
}

/// Books what was lost; a fault that silences nobody may cost nothing.
fn verdict(case: &Case, cast: &Cast, ledger: &Ledger, moments: &[Moment], rate: u64) -> Trial {
    let report = Report::of([ledger]);
    let fallen = match (case.fault, cast.victim) {
        (Fault::SwitchRestart, _) => Hearers::from_iter(1..=NODES),
        (fault, Some(node)) if fault.silences() => Hearers::from_iter([node]),
        (_, _) => Hearers::default(),
    };
    let parties = Some(Parties { source: cast.source, winner: cast.winner });
    let owes = |(at, hearers)| owing(moments, NODES, parties, at, hearers).outlive(fallen);
    let (lost, unheard): (Vec<_>, Vec<_>) = ledger.unanswered().partition(|&silent| owes(silent));
    let mut wrong = vec![];
    if let (Some((first, _)), Some((last, _))) = (lost.first(), lost.last()) {
        let (first, last) = (first / 1_000, last / 1_000);
        wrong.push(format!("{} lost, raised from {first} to {last} ms", lost.len()));
    }
    let unheard = unheard.len() as u64;
    if unheard > rate * UNHEARD.as_secs() {
        wrong.push(format!("only the victim was sent {unheard}: another took over too late"));
    }
    let spared = matches!(case.fault, Fault::Cancel | Fault::Nothing);
    if spared && report.twice > 0 {
        wrong.push(format!("{} answered twice, though nothing failed", report.twice));
    }
    if report.stray > 0 {
        wrong.push(format!("{} answers to nothing", report.stray));
    }
    Trial {
        protocol: case.protocol.to_string(),
        victim: case.victim.to_string(),
        fault: case.fault.to_string(),
        phase: case.phase.name,
        ended: Ended::Overdue,
        over_ms: 0,
        answered: report.answered,
        lost: lost.len() as u64,
        unheard_by_survivors: unheard,
        unheard: report.unheard,
        twice: report.twice,
        reordered: report.reordered,
        recovery_us: 0,
        longest_gap_us: report.longest_gap_us,
        wrong,
    }
}

/// Returns what the nodes count as held up or given up, for whoever looks for the cause of a loss.
async fn dropped(lab: &Lab) -> String {
    let mut found = vec![];
    for node in lab.cluster.ids() {
        let Ok((_, metrics)) = lab.cluster.http(node, "/metrics").await else { continue };
        let telling = |line: &&str| {
            ["baton_fenced", "baton_floods_refused", "baton_migration_packets"]
                .iter()
                .any(|name| line.starts_with(name))
        };
        let lines: Vec<&str> = metrics.lines().filter(telling).collect();
        found.push(format!("node {node}: {}", lines.join(", ")));
    }
    found.join("; ")
}

/// Says what is wrong if the switch took something from its old owner after its new one's first answer.
fn second_writer(moments: &[Moment], cast: &Cast, owner: u64) -> Option<String> {
    let writes = |by: u64| {
        moments.iter().filter(move |moment| {
            moment.by == by && matches!(moment.what, What::Answer(_) | What::FlowMod)
        })
    };
    if owner == cast.source {
        return None;
    }
    let first = writes(owner).find(|moment| matches!(moment.what, What::Answer(_)))?;
    let late = writes(cast.source).find(|moment| moment.at > first.at)?;
    Some(format!("node {} wrote {late:?} after node {owner}'s {first:?}", cast.source))
}

/// Says what is wrong if the migration ended in a way that its fault does not call for.
fn unexpected(case: &Case, ended: Ended, over: &Result<Migrated, Failure>) -> Option<String> {
    let cancelled = |over: &Migrated| {
        over.aborted_because.as_ref().is_some_and(|because| because.contains("cancelled"))
    };
    match (case.fault, ended) {
        (Fault::Nothing, Ended::Done) | (Fault::Cancel, Ended::Done) => None,
        (Fault::Cancel, Ended::Aborted) if over.as_ref().is_ok_and(cancelled) => None,
        (Fault::Nothing | Fault::Cancel, _) => Some(format!("ended as {over:?}")),
        (_, _) => None,
    }
}

/// `--timeout` of every migration.
const DEADLINE: Duration = Duration::from_secs(5);
/// Detection of a death, an election before it, and the telling.
const MARGIN: Duration = Duration::from_secs(4);
/// For how long a victim may be the only one that is asked: an election, the detection of its death, a claim.
const UNHEARD: Duration = Duration::from_secs(4);
const TRAP_LIMIT: Duration = Duration::from_secs(4);
/// How long a fault lasts: longer than `timing.detect_ms` and an election.
const HOLD: Duration = Duration::from_secs(2);
/// Less than `timing.lease_ms`.
const BLINK: Duration = Duration::from_millis(150);
/// More than a winner waits for its source.
const COMA: Duration = Duration::from_secs(7);
/// How long nothing may come before what is missing counts as lost.
const QUIET: Duration = Duration::from_millis(1_500);

#[cfg(test)]
mod tests {
    use super::*;

    const CAST: Cast = Cast { source: 1, winner: 2, loser: 3, leader: 4, victim: None, witness: 3 };

    fn moment(at_ms: u64, by: u64, what: What) -> Moment {
        Moment { at: Duration::from_millis(at_ms), by, what }
    }

    #[test]
    fn a_write_of_the_old_owner_after_the_new_one_s_answer_is_found() {
        let mut moments = vec![
            moment(1, 1, What::Answer(0)),
            moment(2, 2, What::FlowMod),
            moment(3, 1, What::FlowMod),
            moment(4, 2, What::Answer(1)),
            moment(5, 1, What::Barrier),
        ];
        assert_eq!(second_writer(&moments, &CAST, 2), None);
        assert_eq!(second_writer(&moments, &CAST, 1), None, "it is the owner still");
        moments.push(moment(6, 1, What::Answer(2)));
        assert!(second_writer(&moments, &CAST, 2).unwrap().contains("node 1 wrote"));
    }

    #[test]
    fn what_only_the_victim_heard_is_no_loss_unless_it_only_blinked() {
        let phase = super::super::plan::Phase { name: "opened", heard: None };
        let case = |fault| Case {
            protocol: migration::ownership::Protocol::Erc,
            victim: super::super::plan::Victim::Source,
            fault,
            phase,
        };
        let mut ledger = Ledger::default();
        ledger.raise_to(0, Hearers::from_iter([1]));
        let cast = Cast { victim: Some(1), ..CAST };
        let killed = verdict(&case(Fault::Kill), &cast, &ledger, &[], 1);
        assert_eq!((killed.lost, killed.unheard_by_survivors), (0, 1));
        assert!(killed.wrong.is_empty());
        let blinked = verdict(&case(Fault::Blink), &cast, &ledger, &[], 1);
        assert_eq!((blinked.lost, blinked.wrong.len()), (1, 1));
    }
}
