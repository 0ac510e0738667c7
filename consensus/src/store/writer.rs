//! The one thread that writes the log.
//!
//! Whatever waits in the queue when a commit ends goes into the next one: many proposals share one fdatasync.
//! Heartbeats, votes' answers and leases never pass through here. Once a commit has failed nothing more is
//! written: after a failed fsync the kernel may have dropped the pages, and trying again would lie.

use super::disk::{Disk, Op};
use super::{Space, StoreError};
use crate::metrics::Metrics;
use crate::types::TypeConfig;
use openraft::storage::IOFlushed;
use std::io;
use std::path::Path;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Instant;
use tokio::sync::mpsc;

/// The running writer.
pub(crate) struct WriterThread {
    queue: Queue,
    thread: JoinHandle<()>,
}

impl WriterThread {
    pub(crate) fn start(
        disk: Disk,
        space: Space,
        metrics: Arc<Metrics>,
    ) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(QUEUE);
        let writer = Writer { disk, space, receiver, metrics };
        let thread = std::thread::Builder::new()
            .name("log-writer".to_owned())
            .spawn(move || writer.run())
            .map_err(StoreError::io(Path::new("log-writer")))?;
        Ok(Self { queue: Queue(sender), thread })
    }

    pub(crate) fn queue(&self) -> Queue {
        self.queue.clone()
    }

    /// Writes what is queued, closes the log, and ends the thread. Blocks.
    pub(crate) fn stop(self) {
        // Both fail only if the thread is gone already.
        let _ = self.queue.0.blocking_send(Job::Stop);
        let _ = self.thread.join();
    }
}

/// The way to the writer.
#[derive(Clone, Debug)]
pub(crate) struct Queue(mpsc::Sender<Job>);

impl Queue {
    /// Queues `op`, waiting while [`QUEUE`] others are waiting; `done` hears when it is durable.
    pub(crate) async fn push(&self, op: Op, done: IOFlushed<TypeConfig>) -> io::Result<()> {
        let gone = |_| io::Error::other("the log is closed");
        self.0.send(Job::Write(op, done)).await.map_err(gone)
    }
}

enum Job {
    Write(Op, IOFlushed<TypeConfig>),
    Stop,
}

struct Writer {
    disk: Disk,
    space: Space,
    receiver: mpsc::Receiver<Job>,
    metrics: Arc<Metrics>,
}

impl Writer {
    fn run(mut self) {
        let mut failure: Option<String> = None;
        let mut jobs = Vec::with_capacity(GROUP);
        loop {
            let (mut ops, mut waiting, mut stop) = (Vec::new(), Vec::new(), false);
            if self.receiver.blocking_recv_many(&mut jobs, GROUP) == 0 {
                return;
            }
            for job in jobs.drain(..) {
                match job {
                    Job::Write(op, done) => {
                        ops.push(op);
                        waiting.push(done);
                    }
                    Job::Stop => stop = true,
                }
            }
            if failure.is_none() && !ops.is_empty() {
                failure = failed(self.commit(&ops));
            }
            for done in waiting {
                done.io_completed(failure.clone().map_or(Ok(()), |e| Err(io::Error::other(e))));
            }
            if failure.is_none() {
                failure = failed(self.space.guard(0, || self.disk.make_room()));
            }
            if stop {
                return;
            }
        }
    }

    fn commit(&mut self, ops: &[Op]) -> io::Result<()> {
        let start = Instant::now();
        let result = self.space.guard(0, || self.disk.commit(ops));
        if ops.iter().any(Op::must_be_durable) {
            self.metrics.fsync.record(start.elapsed());
        }
        result
    }
}

/// Returns why there is no going on, if there is none.
fn failed(written: io::Result<()>) -> Option<String> {
    let error = written.err()?.to_string();
    tracing::error!(error, "the log could not be written; this node stops");
    Some(error)
}

/// Operations that may wait for the writer; more make the proposer wait.
const QUEUE: usize = 4_096;
/// Operations that share one commit.
const GROUP: usize = 1_024;
