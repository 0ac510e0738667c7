//! Faults during hand-overs of real processes, at every moment that the switch can tell apart.
//!
//! `plan` says what goes wrong, `lab` is where, `trial` carries one case out and judges it, `table` sums up.

mod lab;
mod owing;
mod plan;
mod table;
mod trial;

pub use lab::Lab;
pub(crate) use owing::{Named, Parties, owing, without_losers};
pub use plan::{Case, Fault, Phase, Victim};
pub use table::Table;
pub use trial::{Ended, Trial};

use crate::wait::Failure;
use std::path::PathBuf;

/// Runs cases one after the other, on one cluster as long as it gets over them.
#[derive(Debug)]
pub struct Campaign {
    baton: Option<PathBuf>,
    extra: String,
    rate: u64,
    turn: u64,
    lab: Option<Lab>,
    /// Directories of clusters that did not get over a case.
    pub kept: Vec<PathBuf>,
}

impl Campaign {
    /// Returns a campaign at `rate` packet-ins a second; `seed` chooses the nodes, `extra` is appended to
    /// their configurations.
    pub fn new(baton: Option<PathBuf>, extra: &str, rate: u64, seed: u64) -> Self {
        let extra = extra.to_owned();
        Self { baton, extra, rate, turn: seed, lab: None, kept: vec![] }
    }

    /// Carries a case out; after one that went wrong, the next has a new cluster.
    ///
    /// Where the moment of the fault does not come, nothing has been tried yet: on a machine that stands still for
    /// longer than a lease lasts, parties refuse to take part.
    pub async fn run(&mut self, case: &Case) -> Result<Trial, Failure> {
        for _ in 0..MOST_TRIES {
            if let Some(trial) = self.try_once(case).await? {
                return Ok(trial);
            }
        }
        Err(Failure(format!("the moment of the fault did not come, {MOST_TRIES} times")))
    }

    async fn try_once(&mut self, case: &Case) -> Result<Option<Trial>, Failure> {
        let mut lab = match self.lab.take() {
            Some(lab) => lab,
            None => Lab::start(self.baton.clone(), &self.extra).await?,
        };
        self.turn = self.turn.wrapping_add(1);
        let trial = trial::run(&mut lab, case, self.turn, self.rate).await;
        let is_well = |trial: &Option<Trial>| trial.as_ref().is_some_and(|it| it.wrong.is_empty());
        if trial.as_ref().is_ok_and(is_well) {
            self.lab = Some(lab);
        } else {
            self.kept.extend(lab.keep());
        }
        trial
    }
}

impl Case {
    /// Returns every case of these protocols, victims and faults, at all phases.
    pub fn all(
        protocols: &[migration::ownership::Protocol],
        victims: &[Victim],
        faults: &[Fault],
    ) -> Vec<Self> {
        let mut cases = vec![];
        for &protocol in protocols {
            for &fault in faults {
                let nobody = [Victim::Nobody];
                let befallen = if fault.has_victim() { victims } else { &nobody };
                for &victim in befallen.iter().filter(|&&victim| fits(protocol, victim)) {
                    let phases = Phase::all(protocol).iter();
                    cases.extend(phases.map(|&phase| Self { protocol, victim, fault, phase }));
                }
            }
        }
        cases
    }
}

/// Times that a case is tried whose moment does not come.
const MOST_TRIES: u32 = 3;

/// Returns whether a protocol's hand-over has such a party.
fn fits(protocol: migration::ownership::Protocol, victim: Victim) -> bool {
    use migration::ownership::Protocol;
    let races = matches!(
        protocol,
        Protocol::Erc
            | Protocol::ErcEarly
            | Protocol::ErcM2eS2m
            | Protocol::ErcE2sS2e
            | Protocol::Elasticon
            | Protocol::ElasticonFlowRemoved
    );
    races || victim != Victim::Loser
}
