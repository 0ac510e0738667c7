//! Owners that die in the middle of a hand-over: only counted, never timed.

use super::cell::Cell;
use super::chance::Draw;
use super::lab::Lab;
use crate::seeded::Seeded;
use crate::wait::{Failure, wait_until};
use serde::Serialize;
use std::fmt;
use std::time::Duration;
use tokio::time::sleep;

/// What killed owners came to.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize)]
pub struct Crashes {
    /// Owners killed.
    pub killed: u64,
    /// Hand-overs that had come, or yet came, to their end.
    pub done: u64,
    /// Hand-overs that did not.
    pub not_done: u64,
    /// Packet-ins lost: those that only the dead owner had heard.
    pub lost: u64,
    /// Packet-ins answered twice: allowed after a crash, and counted.
    pub twice: u64,
}

impl fmt::Display for Crashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { killed, done, not_done, lost, twice } = self;
        write!(
            f,
            "owners killed: {killed}; hand-overs done {done}, not done {not_done}; {lost} lost / {twice} twice"
        )
    }
}

impl Lab {
    /// Kills the owner at a random point of a hand-over, and books what comes of it.
    pub(super) async fn crash(
        &mut self,
        cell: &Cell,
        number: u64,
        seed: u64,
        book: &mut Crashes,
    ) -> Result<(), Failure> {
        let dpid = self.subject.dpid();
        let seen = self.cluster.switch(dpid).await?;
        let owner = seen.owner.ok_or_else(|| Failure("the switch has no owner".to_owned()))?;
        let others: Vec<u64> = self.cluster.ids().filter(|&node| node != owner).collect();
        let draw = Draw::of(seed, number, &cell.conditions, &others);
        let (protocol, rule) = (cell.protocol.name(), &cell.conditions.rule);
        self.subject.set_rate(cell.conditions.rate).await?;
        self.subject.flows(20, cell.conditions.rate).await?;
        let point = Duration::from_millis(40).mul_f64(Seeded::of(seed, &[POINT, number]).unit());
        let kill = async {
            sleep(point).await;
            self.cluster.kill_at_once(owner)
        };
        let (moved, killed) = tokio::join!(self.move_to(&draw.candidates, protocol, rule), kill);
        killed?;
        // Waits for the process's end, too.
        self.cluster.kill(owner).await?;
        book.killed += 1;
        *(if moved.is_ok() { &mut book.done } else { &mut book.not_done }) += 1;
        wait_until("an owner that is alive", LIMIT, async || {
            match self.cluster.switch(dpid).await.map_err(|e| e.to_string())?.owner {
                Some(next) if next != owner => Ok(()),
                none => Err(format!("{none:?}")),
            }
        })
        .await?;
        self.subject.flows(20, cell.conditions.rate).await?;
        self.cluster.run(owner)?;
        self.cluster.healthy().await?;
        self.settled().await?;
        let trouble = self.settle_accounts(cell).await;
        book.lost += trouble.lost;
        book.twice += trouble.twice;
        Ok(())
    }
}

const LIMIT: Duration = Duration::from_secs(30);
/// Sets this use of a seed apart.
const POINT: u64 = 4;
