//! Sockets, threads and clocks: emulated switches at work.
//!
//! Each thread has a runtime of its own and its share of the switches; nothing is shared but counters.

use super::emulated::Emulated;
use super::packets::Packets;
use super::wire::Wire;
use super::{Mode, Plan, READY_LIMIT};
use crate::oracle::Percentiles;
use crate::wait::Failure;
use hdrhistogram::Histogram;
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};
use tokio::task::LocalSet;
use tokio::time::timeout;

/// What was seen.
#[derive(Debug)]
pub(super) struct Measured {
    pub(super) per_second: Vec<u64>,
    pub(super) latency: Option<Percentiles>,
    pub(super) unanswered: u64,
    pub(super) ready: Duration,
    pub(super) served: bool,
}

/// What threads tell while they run.
#[derive(Debug, Default)]
struct Board {
    answered: AtomicU64,
    unanswered: AtomicU64,
    /// Switches of which a first packet-in was answered.
    ready: AtomicUsize,
    /// Connections that have ended before the benchmark.
    broken: AtomicUsize,
    /// Whether all switches are ready, and full load is due.
    full: AtomicBool,
    over: AtomicBool,
}

/// Has switches connect, and measures once all of them are served.
pub(super) fn measure(plan: &Plan) -> Result<Measured, Failure> {
    let board = Arc::new(Board::default());
    let started = Instant::now();
    let threads: Vec<_> = (0..plan.threads).map(|n| start(plan, n, board.clone())).collect();
    let served = serve(plan, &board, started);
    let seconds = match &served {
        Ok(_) => {
            board.full.store(true, Ordering::SeqCst);
            // The first second warms up.
            (0..=plan.seconds).map(|_| second(&board)).skip(1).collect()
        }
        Err(_) => vec![],
    };
    board.over.store(true, Ordering::SeqCst);
    let mut latency = histogram();
    for thread in threads {
        let recorded = thread.join().map_err(|_| Failure("a thread has panicked".to_owned()))??;
        latency += recorded;
    }
    let latency = (plan.mode == Mode::Latency).then(|| Percentiles::of_histogram(&latency));
    Ok(Measured {
        per_second: seconds,
        latency,
        unanswered: board.unanswered.load(Ordering::Relaxed),
        ready: served?,
        served: board.broken.load(Ordering::Relaxed) == 0,
    })
}

/// Waits until every switch has had an answer.
fn serve(plan: &Plan, board: &Board, started: Instant) -> Result<Duration, Failure> {
    loop {
        let ready = board.ready.load(Ordering::SeqCst);
        if ready == plan.switches {
            return Ok(started.elapsed());
        }
        if board.broken.load(Ordering::SeqCst) > 0 {
            return Err(Failure("a controller has closed a connection".to_owned()));
        }
        if started.elapsed() > READY_LIMIT {
            let all = plan.switches;
            return Err(Failure(format!("{ready} of {all} switches are served: the rest is not")));
        }
        sleep(Duration::from_millis(5));
    }
}

/// Returns the answers of a second.
fn second(board: &Board) -> u64 {
    let (before, started) = (board.answered.load(Ordering::Relaxed), Instant::now());
    sleep(Duration::from_secs(1));
    let answers = board.answered.load(Ordering::Relaxed) - before;
    (answers as f64 / started.elapsed().as_secs_f64()) as u64
}

type Recorded = Result<Histogram<u64>, Failure>;

/// Starts the thread that plays every switch whose number leaves `n` when divided by the number of threads.
fn start(plan: &Plan, n: usize, board: Arc<Board>) -> JoinHandle<Recorded> {
    let plan = plan.clone();
    std::thread::spawn(move || {
        if let Some(first) = plan.processor {
            pin(Pid::from_raw(0), first + n)?;
        }
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|e| Failure::new("a runtime", e))?;
        let switches = (0..plan.switches).filter(|switch| switch % plan.threads == n);
        let local = LocalSet::new();
        let mut tasks = vec![];
        for switch in switches {
            let (plan, board) = (plan.clone(), board.clone());
            tasks.push(
                local.spawn_local(async move { play(&plan, switch as u64 + 1, &board).await }),
            );
        }
        local.block_on(&runtime, async {
            let mut recorded = histogram();
            for task in tasks {
                recorded += task.await.map_err(|e| Failure::new("a switch", e))??;
            }
            Ok(recorded)
        })
    })
}

/// Pins a process's thread, or the calling one if that is 0, to one processor.
pub(crate) fn pin(thread: Pid, processor: usize) -> Result<(), Failure> {
    let failed = |e| Failure::new(format!("pin to processor {processor}"), e);
    let mut set = CpuSet::new();
    set.set(processor).map_err(failed)?;
    sched_setaffinity(thread, &set).map_err(failed)
}

/// Plays one switch to the end.
async fn play(plan: &Plan, dpid: u64, board: &Board) -> Recorded {
    let packets = Packets::new(plan.version, dpid, plan.shape);
    let mut links = vec![];
    for &controller in &plan.controllers {
        links.push(Link::open(plan, dpid, controller).await?);
    }
    let mut switch = Player { links, packets, next: 0, buffer: vec![0; READ_CHUNK] };
    let mut recorded = histogram();
    let ended = switch.run(plan.mode, board, &mut recorded).await;
    if ended.is_err() {
        board.broken.fetch_add(1, Ordering::SeqCst);
    }
    ended
        .map(|()| recorded)
        .or_else(|e| if board.full.load(Ordering::SeqCst) { Ok(histogram()) } else { Err(e) })
}

/// A connection to one controller.
struct Link {
    wire: Wire,
    switch: Emulated,
    out: Vec<u8>,
    /// How much of `out` is written.
    written: usize,
}

impl Link {
    async fn open(plan: &Plan, dpid: u64, controller: SocketAddr) -> Result<Self, Failure> {
        let wire = Wire::open(controller, plan.tls.as_ref()).await?;
        let mut out = vec![];
        let switch = Emulated::open(plan.version, dpid, &mut out);
        Ok(Self { wire, switch, out, written: 0 })
    }

    /// Reads what is there; returns how many answers were in it, or nothing if nothing was there.
    fn read(&mut self, buffer: &mut [u8]) -> Result<Option<u64>, Failure> {
        match self.wire.read(buffer) {
            Ok(0) => Err(Failure("the controller has closed a connection".to_owned())),
            Ok(n) => {
                let answers = self.switch.read(&buffer[..n], &mut self.out);
                answers.map(Some).map_err(|e| Failure(e.to_string()))
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(None),
            Err(e) => Err(Failure::new("read", e)),
        }
    }

    /// Writes what waits; returns whether all of it is written.
    fn flush(&mut self) -> Result<bool, Failure> {
        match self.write_out() {
            Ok(()) => {
                self.out.clear();
                self.written = 0;
                Ok(true)
            }
            Err(e) if e.kind() == ErrorKind::WouldBlock => Ok(false),
            Err(e) => Err(Failure::new("write", e)),
        }
    }

    fn write_out(&mut self) -> io::Result<()> {
        while self.written < self.out.len() {
            self.written += self.wire.write(&self.out[self.written..])?;
        }
        self.wire.flush()
    }
}

/// A switch with all of its connections.
struct Player {
    links: Vec<Link>,
    packets: Packets,
    /// Number of the next packet-in.
    next: usize,
    buffer: Vec<u8>,
}

impl Player {
    async fn run(
        &mut self,
        mode: Mode,
        board: &Board,
        recorded: &mut Histogram<u64>,
    ) -> Result<(), Failure> {
        self.get_ready(mode, board).await?;
        while !board.full.load(Ordering::Relaxed) {
            if board.over.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.serve_for(Duration::from_millis(20)).await?;
        }
        match mode {
            Mode::Throughput => self.flood(board).await,
            Mode::Latency => self.ping(board, recorded).await,
        }
    }

    /// Raises one packet-in after the other until one is answered, and each host was heard once; in latency mode
    /// also waits for what is under way, so that no answer is taken for another's.
    async fn get_ready(&mut self, mode: Mode, board: &Board) -> Result<(), Failure> {
        let mut answers = 0;
        while answers == 0 {
            if board.over.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.raise();
            answers = self.serve_for(Duration::from_millis(50)).await?;
        }
        for _ in 0..self.packets.len() {
            self.raise();
            answers += self.serve_for(Duration::ZERO).await?;
        }
        while mode == Mode::Latency && answers < self.next as u64 {
            match self.serve_for(PATIENCE).await? {
                // The rest was dropped: a controller may still have been busy with itself.
                0 => break,
                more => answers += more,
            }
        }
        board.ready.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }

    /// Puts one packet-in on its way to whoever is master; none if nobody is.
    fn raise(&mut self) -> bool {
        let Some(link) = self.links.iter_mut().find(|link| link.switch.is_master()) else {
            return false;
        };
        link.out.extend(self.packets.nth(self.next));
        self.next += 1;
        true
    }

    /// Reads and writes for as long as that, or until there was an answer; returns how many there were.
    async fn serve_for(&mut self, limit: Duration) -> Result<u64, Failure> {
        let until = Instant::now() + limit;
        loop {
            let (answers, _) = self.turn()?;
            let left = until.saturating_duration_since(Instant::now());
            if answers > 0 || left.is_zero() {
                return Ok(answers);
            }
            // Whichever comes first: a connection may be the standby's, and say nothing.
            let _ = timeout(left.min(Duration::from_millis(1)), self.readable()).await;
        }
    }

    /// Reads what is there and writes what waits, on all connections.
    fn turn(&mut self) -> Result<(u64, bool), Failure> {
        let (mut answers, mut moved) = (0, false);
        for link in &mut self.links {
            while let Some(number) = link.read(&mut self.buffer)? {
                (answers, moved) = (answers + number, true);
            }
            link.flush()?;
        }
        Ok((answers, moved))
    }

    async fn readable(&self) {
        if let Some(link) =
            self.links.iter().find(|link| link.switch.is_master()).or(self.links.first())
        {
            let _ = link.wire.stream().readable().await;
        }
    }

    /// Keeps the master's connection full.
    async fn flood(&mut self, board: &Board) -> Result<(), Failure> {
        let standing = Duration::from_millis(1);
        while !board.over.load(Ordering::Relaxed) {
            let (answers, mut moved) = self.turn()?;
            board.answered.fetch_add(answers, Ordering::Relaxed);
            if let Some(link) = self.links.iter_mut().find(|link| link.switch.is_master())
                && link.out.is_empty()
            {
                let (batch, number) = self.packets.some(self.next, BATCH);
                link.out.extend(batch);
                self.next += number;
                moved = true;
            }
            if moved {
                tokio::task::yield_now().await;
            } else {
                let _ = timeout(standing, self.movable()).await;
            }
        }
        Ok(())
    }

    /// Waits until the master's connection can be read or written.
    async fn movable(&self) {
        match self.links.iter().find(|link| link.switch.is_master()) {
            Some(link) => {
                let interest = tokio::io::Interest::READABLE | tokio::io::Interest::WRITABLE;
                let _ = link.wire.stream().ready(interest).await;
            }
            None => self.readable().await,
        }
    }

    /// Raises a packet-in when the one before is answered.
    async fn ping(&mut self, board: &Board, recorded: &mut Histogram<u64>) -> Result<(), Failure> {
        while !board.over.load(Ordering::Relaxed) {
            let raised = self.raise();
            let at = Instant::now();
            let mut answers = 0;
            while raised && answers == 0 && at.elapsed() < PATIENCE {
                answers = self.turn()?.0;
                if answers == 0 {
                    let _ = timeout(Duration::from_millis(100), self.readable()).await;
                }
            }
            if answers > 0 {
                recorded.saturating_record(at.elapsed().as_nanos() as u64);
                board.answered.fetch_add(answers, Ordering::Relaxed);
            } else {
                board.unanswered.fetch_add(u64::from(raised), Ordering::Relaxed);
                self.serve_for(Duration::from_millis(1)).await?;
            }
        }
        Ok(())
    }
}

fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, 60_000_000_000, 3).expect("1 <= bound / 2 and 3 <= 5 digits")
}

/// How long one packet-in may stay unanswered in latency mode.
const PATIENCE: Duration = Duration::from_secs(1);
/// Bytes read at a time.
const READ_CHUNK: usize = 256 << 10;
/// Bytes of packet-ins that are put on their way at a time.
const BATCH: usize = 32 << 10;
