//! The task of one connection: moves bytes, keeps timers, and asks the pure parts what they mean.

use super::outbox::{HIGH_WATER, Outbox};
use super::outflow::Outflow;
use super::registry::{Card, Claim, Face, Letter};
use super::switch::Switch;
use super::timers::{Timer, Timers};
use crate::config::Port;
use crate::metrics::Tally;
use crate::node::Shared;
use crate::tls::{self, Refused};
use bytes::{Bytes, BytesMut};
use migration::gate::Mode;
use migration::ownership::Identity;
use openflow::channel::{Action, Channel, CloseReason, Event, SwitchInfo};
use openflow::{ErrorCode, ErrorMessage, Frame, GenerationId, Message, Version, Xid, framing};
use std::future::{pending, poll_fn};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, sleep_until, timeout};

/// Serves one connection until it ends, in TLS if the node's port for switches demands it.
pub(crate) async fn run(stream: TcpStream, peer: SocketAddr, node: Arc<Shared>) {
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%peer, %error, "TCP_NODELAY could not be set");
    }
    let Some(config) = node.security.switches() else {
        return converse(stream, peer, None, node).await;
    };
    match tls::accept(stream, config, Port::Openflow).await {
        Ok((stream, holder)) => Box::pin(converse(stream, peer, Some(holder), node)).await,
        Err(why) => {
            tracing::warn!(%peer, %why, "refused a switch's connection");
            node.metrics.switch_refused(match why {
                Refused::Silent(_) | Refused::Handshake(_) => "handshake",
                Refused::Nobody(_) | Refused::Stranger(_) => "certificate",
            });
        }
    }
}

/// Speaks OpenFlow with whoever is at the other end, until either has enough; `holder` is whose certificate was shown.
async fn converse<S>(stream: S, peer: SocketAddr, holder: Option<tls::Identity>, node: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite,
{
    node.metrics.session_opened();
    let mut session = Session::new(peer, holder, Arc::clone(&node));
    let end = session.serve(stream).await;
    node.metrics.session_closed();
    match session.switch.as_ref().map(Switch::dpid) {
        Some(dpid) => tracing::info!(%dpid, %peer, reason = %end, "session ended"),
        None => {
            tracing::info!(%peer, reason = %end, "connection ended before the switch was known")
        }
    }
}

/// Why a session ended.
#[derive(Debug, thiserror::Error)]
enum End {
    #[error("the switch closed the connection")]
    Closed,
    #[error("the connection broke: {0}")]
    Broken(#[from] std::io::Error),
    #[error("{0}")]
    Channel(CloseReason),
    #[error("bytes that are no OpenFlow: {0}")]
    Framing(openflow::Refusal),
    #[error("another session with switch {0} is alive")]
    Duplicate(openflow::Dpid),
    #[error("other nodes have sessions with another switch {0}")]
    Stranger(openflow::Dpid),
    #[error("the certificate of {0} is bound to other datapath ids than {1}")]
    Theft(tls::Identity, openflow::Dpid),
    #[error("the switch has read nothing for {} s", STALL.as_secs())]
    Stalled,
}

/// What every part of a session may use: a place for messages, timers, and the node.
pub(crate) struct Io {
    pub(crate) out: Outbox,
    pub(crate) timers: Timers,
    pub(crate) tally: Tally,
    /// The clock, as read when the messages came in that are being dealt with, or after one that may take
    /// longer than a packet-in. What is read at once takes about a millisecond.
    pub(crate) now: std::time::Instant,
    pub(crate) node: Arc<Shared>,
}

impl Io {
    pub(crate) fn look_at_clock(&mut self) {
        self.now = std::time::Instant::now();
    }

    /// Sends `message`, and returns its transaction id.
    pub(crate) fn send(&mut self, message: &Message) -> Xid {
        self.tally.sent(&self.node.metrics, message.type_name());
        self.out.send(message)
    }

    /// As [`Self::send`]; if the switch refuses it soon, it can be taken back.
    pub(crate) fn send_command(&mut self, message: &Message) -> Xid {
        self.tally.sent(&self.node.metrics, message.type_name());
        self.out.send_command(message)
    }
}

struct Session {
    peer: SocketAddr,
    /// Whose certificate was shown.
    holder: Option<tls::Identity>,
    io: Io,
    channel: Channel,
    /// What the channel wants; empty between events.
    actions: Vec<Action>,
    switch: Option<Switch>,
    claim: Option<Claim>,
}

/// Bytes that there is room for before each read; a switch that sends as many at once is given more room.
const READ_LEAST: usize = 4 << 10;
/// Bytes that are made room for while little comes, and while much does.
const READ_CHUNKS: [usize; 2] = [8 << 10, 64 << 10];
/// Bytes of one read after which others have their turn.
const FAIR_SHARE: usize = 16 << 10;
/// How long a switch may leave what we wrote unread.
const STALL: Duration = Duration::from_secs(10);
/// How long the end of a session may take to be told.
const FAREWELL: Duration = Duration::from_secs(1);

impl Session {
    fn new(peer: SocketAddr, holder: Option<tls::Identity>, node: Arc<Shared>) -> Self {
        let channel = Channel::new(&node.config.versions);
        let io = Io {
            out: Outbox::new(Version::V1_4),
            timers: Timers::default(),
            tally: Tally::default(),
            now: std::time::Instant::now(),
            node,
        };
        Self { peer, holder, io, channel, actions: Vec::new(), switch: None, claim: None }
    }

    async fn serve(&mut self, stream: impl AsyncRead + AsyncWrite) -> End {
        let (mut reader, writer) = tokio::io::split(stream);
        let mut outflow = Outflow::new(writer);
        let mut inbox = BytesMut::new();
        let mut stalled_since: Option<Instant> = None;
        // One for all of them, which is moved only if the next is another.
        let mut alarm = pin!(sleep_until(Instant::now()));
        let mut last_read = 0;
        let mut had_enough = false;
        let mut end = self.drive(Event::Opened).err();
        loop {
            let now = Instant::now();
            // No flood keeps a timer waiting: below, reading comes before the clock.
            if end.is_none() {
                end = self.time(now).err();
            }
            self.io.node.load.add(self.io.tally.hand_in(&self.io.node.metrics, now.into_std()));
            // Straight to the socket: a message waits for the next turn only if the switch reads slowly.
            if !outflow.is_idle(&self.io.out) {
                match poll_fn(|cx| Poll::Ready(outflow.poll(cx, &mut self.io.out))).await {
                    Poll::Ready(Ok(())) => stalled_since = None,
                    Poll::Ready(Err(error)) => return End::Broken(error),
                    Poll::Pending => {}
                }
            }
            if let Some(end) = end {
                let _ = timeout(FAREWELL, outflow.writer.shutdown()).await;
                return end;
            }
            if std::mem::take(&mut had_enough) {
                tokio::task::yield_now().await;
            }
            let waits = !outflow.is_idle(&self.io.out);
            let stalled_at = waits.then(|| *stalled_since.get_or_insert(now) + STALL);
            let next = self.io.timers.next().into_iter().chain(stalled_at).min();
            if let Some(next) = next.filter(|next| *next != alarm.deadline()) {
                alarm.as_mut().reset(next);
            }
            let may_read = self.io.out.waiting() < HIGH_WATER;
            make_room(&mut inbox, last_read);
            let result = tokio::select! {
                biased;
                word = word(&mut self.claim) => match word {
                    Word::Letter(letter) => self.read_letter(letter),
                    Word::Nudge => self.with_switch(Switch::follow_log),
                },
                read = reader.read_buf(&mut inbox), if may_read => match read {
                    Ok(0) => Err(End::Closed),
                    Ok(n) => {
                        self.io.look_at_clock();
                        last_read = n;
                        had_enough = n >= FAIR_SHARE;
                        self.read_frames(&mut inbox)
                    }
                    Err(error) => Err(End::Broken(error)),
                },
                moved = poll_fn(|cx| outflow.poll(cx, &mut self.io.out)), if waits => {
                    stalled_since = None;
                    moved.map_err(End::Broken)
                },
                // The next turn begins with it.
                () = &mut alarm, if next.is_some() => match stalled_at {
                    Some(stalled_at) if stalled_at <= Instant::now() => Err(End::Stalled),
                    _ => Ok(()),
                },
            };
            end = result.err();
        }
    }

    fn read_frames(&mut self, inbox: &mut BytesMut) -> Result<(), End> {
        for frame in framing::take_frames(inbox) {
            match frame {
                Ok(frame) if self.channel.passes(&frame) => self.deliver(frame)?,
                Ok(frame) => self.drive(Event::Frame(frame))?,
                Err(refusal) => {
                    let is_lost = refusal.loses_framing();
                    self.drive(Event::Refused(refusal.clone()))?;
                    if is_lost {
                        return Err(End::Framing(refusal));
                    }
                }
            }
        }
        Ok(())
    }

    fn read_letter(&mut self, letter: Letter) -> Result<(), End> {
        match letter {
            Letter::Probe => self.drive(Event::Timeout(openflow::channel::Timer::Idle)),
            Letter::Stranger => {
                let Some(dpid) = self.switch.as_ref().map(Switch::dpid) else { return Ok(()) };
                tracing::error!(
                    %dpid,
                    peer = %self.peer,
                    "refused another switch with a datapath id in use: none of its ports has the address that other nodes know"
                );
                self.refuse("stranger");
                Err(End::Stranger(dpid))
            }
            Letter::HandOver(message) => {
                self.with_switch(|switch, io| switch.handle_peer(io, message))
            }
        }
    }

    fn time(&mut self, now: Instant) -> Result<(), End> {
        while let Some(timer) = self.io.timers.expired(now) {
            match timer {
                Timer::Channel(timer) => self.drive(Event::Timeout(timer))?,
                other => self.with_switch(|switch, io| switch.handle_timer(io, other))?,
            }
        }
        Ok(())
    }

    fn with_switch(&mut self, f: impl FnOnce(&mut Switch, &mut Io)) -> Result<(), End> {
        if let Some(switch) = &mut self.switch {
            f(switch, &mut self.io);
        }
        Ok(())
    }

    fn deliver(&mut self, frame: Frame) -> Result<(), End> {
        self.with_switch(|switch, io| switch.handle_frame(io, frame))
    }

    /// Feeds the channel and carries out what it wants.
    fn drive(&mut self, event: Event) -> Result<(), End> {
        let mut actions = std::mem::take(&mut self.actions);
        self.channel.handle(event, &mut actions);
        let mut carried_out = Ok(());
        for action in actions.drain(..) {
            carried_out = self.carry_out(action);
            if carried_out.is_err() {
                break;
            }
        }
        self.actions = actions;
        carried_out
    }

    fn carry_out(&mut self, action: Action) -> Result<(), End> {
        match action {
            Action::Deliver(frame) => self.deliver(frame)?,
            Action::Send(frame) => {
                self.io.tally.sent(&self.io.node.metrics, frame.message.type_name());
                self.io.out.send_frame(&frame);
            }
            Action::SetTimer(timer) => {
                self.io.timers.set(Timer::Channel(timer), channel_time(timer));
            }
            Action::ClearTimer(timer) => self.io.timers.clear(Timer::Channel(timer)),
            Action::Up(info) => self.up(*info)?,
            Action::Close(reason) => return Err(End::Channel(reason)),
        }
        Ok(())
    }

    /// Tells the switch that it is not wanted.
    fn refuse(&mut self, reason: &'static str) {
        self.io.node.metrics.switch_refused(reason);
        let refusal = ErrorMessage { code: ErrorCode::BAD_REQUEST_PERMISSIONS, data: Bytes::new() };
        self.io.send(&Message::Error(refusal));
    }

    /// The switch is known: enters it, unless another session speaks for it already.
    fn up(&mut self, info: SwitchInfo) -> Result<(), End> {
        let dpid = info.dpid;
        if let Some(holder) = self.holder.take_if(|holder| !holder.may_be(dpid)) {
            tracing::error!(%dpid, %holder, peer = %self.peer, "refused a datapath id that the certificate is not bound to");
            self.refuse("dpid");
            return Err(End::Theft(holder, dpid));
        }
        let card = Arc::new(Card {
            peer_addr: self.peer.to_string(),
            version: info.version,
            since: std::time::Instant::now(),
            packet_ins: AtomicU64::new(0),
            fenced: AtomicU64::new(0),
            face: Mutex::new(Face {
                role: info.role,
                generation: info.generation_id.unwrap_or(GenerationId::UNDEFINED),
                gate: Mode::Discard,
                n_ports: info.ports.len(),
                probed: false,
            }),
            identity: Mutex::new(Identity::of(&info.ports)),
        });
        self.io.out.set_version(info.version);
        let Some(claim) = self.io.node.registry.claim(dpid, Arc::clone(&card)) else {
            // The live session is asked to prove itself; the newcomer may try again once it is gone.
            let _ = self.io.node.registry.post(dpid, Letter::Probe);
            tracing::warn!(%dpid, peer = %self.peer, "refused a second connection of a switch");
            self.refuse("duplicate");
            return Err(End::Duplicate(dpid));
        };
        let holder = self.holder.as_ref().map(tracing::field::display);
        tracing::info!(%dpid, peer = %self.peer, version = %info.version, ports = info.ports.len(), holder, "session up");
        self.claim = Some(claim);
        self.switch = Some(Switch::new(&mut self.io, info, card));
        Ok(())
    }
}

/// Makes room for the next read.
///
/// Packets that are kept are slices of what was read, and keep all of it: a chunk takes many reads.
fn make_room(inbox: &mut BytesMut, last_read: usize) {
    if inbox.capacity() - inbox.len() >= READ_LEAST {
        return;
    }
    let [little, much] = READ_CHUNKS;
    if last_read >= READ_LEAST {
        inbox.reserve(much);
    } else if inbox.is_empty() {
        // Whoever was in a flood gives back what it took.
        *inbox = BytesMut::with_capacity(little);
    } else {
        inbox.reserve(little);
    }
}

/// How long the channel waits.
fn channel_time(timer: openflow::channel::Timer) -> Duration {
    match timer {
        openflow::channel::Timer::Handshake => Duration::from_secs(5),
        openflow::channel::Timer::Idle => Duration::from_secs(5),
        openflow::channel::Timer::Echo => Duration::from_secs(5),
    }
}

/// What the rest of the node has to say to a session.
enum Word {
    Letter(Letter),
    /// The log has something new about the switch.
    Nudge,
}

async fn word(claim: &mut Option<Claim>) -> Word {
    let Some(claim) = claim else { return pending().await };
    tokio::select! {
        // The registry holds the sender for as long as the claim lives.
        Some(letter) = claim.letters.recv() => Word::Letter(letter),
        () = claim.nudge.notified() => Word::Nudge,
    }
}
