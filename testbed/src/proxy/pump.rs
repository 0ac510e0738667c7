//! One direction of one connection.

use super::alarm::Alarm;
use super::route::{Line, Way};
use super::{Mode, Modes};
use std::io;
use std::sync::Arc;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, sleep_until};

/// What carries a direction.
pub(super) struct Pump {
    pub(super) modes: watch::Receiver<Modes>,
    pub(super) line: Arc<Line>,
    pub(super) way: Way,
}

struct Chunk {
    came: Instant,
    /// When its receiver is to have it; `None` if at once.
    due: Option<Instant>,
    bytes: Vec<u8>,
}

impl Pump {
    /// Carries everything until the end of the stream; after a cut, leaves the ending to the caller.
    pub(super) async fn carry(self, from: ReadHalf<'_>, to: WriteHalf<'_>) -> io::Result<()> {
        let (sender, queue) = mpsc::channel(QUEUED_CHUNKS);
        let Self { modes, line, way } = self;
        let read = read(from, sender, &line, way);
        tokio::try_join!(read, write(to, queue, modes, &line, way)).map(drop)
    }
}

async fn read(
    mut from: ReadHalf<'_>,
    sender: mpsc::Sender<Chunk>,
    line: &Line,
    way: Way,
) -> io::Result<()> {
    let mut buffer = vec![0; CHUNK];
    loop {
        let length = from.read(&mut buffer).await?;
        let came = Instant::now();
        let bytes = buffer[..length].to_vec();
        if way == Way::There {
            line.look(&bytes);
        }
        let due = line.receiver(way).and_then(|receiver| receiver.due(came));
        if length == 0 || sender.send(Chunk { came, due, bytes }).await.is_err() {
            return Ok(());
        }
    }
}

async fn write(
    mut to: WriteHalf<'_>,
    mut queue: mpsc::Receiver<Chunk>,
    mut modes: watch::Receiver<Modes>,
    line: &Line,
    way: Way,
) -> io::Result<()> {
    let mut alarm = None;
    while let Some(Chunk { came, due, bytes }) = queue.recv().await {
        if !passes(&mut modes, way, came).await {
            return std::future::pending().await;
        }
        // Those before it may have been held longer: then it is overdue, and goes at once.
        if let Some(due) = due.filter(|&due| due > Instant::now()) {
            wait(&mut alarm, due).await?;
            if let Some(receiver) = line.receiver(way) {
                receiver.arrives(due);
            }
        }
        to.write_all(&bytes).await?;
    }
    to.shutdown().await
}

async fn wait(alarm: &mut Option<Alarm>, due: Instant) -> io::Result<()> {
    let alarm = match alarm {
        Some(alarm) => alarm,
        none => none.insert(Alarm::new()?),
    };
    alarm.until(due).await
}

/// Waits until bytes that came at `stamp` may pass this way; returns `false` if they never will.
pub(super) async fn passes(modes: &mut watch::Receiver<Modes>, way: Way, stamp: Instant) -> bool {
    loop {
        let now = *modes.borrow_and_update();
        if now.cuts() {
            return false;
        }
        let changed = match now.of(way) {
            Mode::Forward => return true,
            Mode::Cut => return false,
            Mode::Delay(delay) => tokio::select! {
                () = sleep_until(stamp + delay) => return true,
                changed = modes.changed() => changed,
            },
            Mode::Blackhole => modes.changed().await,
        };
        if changed.is_err() {
            return false;
        }
    }
}

const CHUNK: usize = 16 << 10;
const QUEUED_CHUNKS: usize = 256;
