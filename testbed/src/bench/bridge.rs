//! Open vSwitch with the user-space datapath as the switch.
//!
//! ```text
//!   this process -- PACKET_OUT(in_port 1, output TABLE) --> bridge: table miss --> PACKET_IN --> controllers
//! ```
//!
//! The load comes over the bridge's management socket, at which a client is just one more controller; packets
//! take the way of any that came in by the port. Needs root, and is not under the oracle.

use crate::numbered::Numbered;
use crate::wait::{Failure, wait_until};
use bytes::{Bytes, BytesMut};
use openflow::{
    Action, AsyncConfig, Dpid, Frame, Hello, Message, PacketOut, PortNo, Version, Xid, framing,
};
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::WriteHalf;
use tokio::process::Command;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, timeout};

/// A bridge; dropping it deletes it.
#[derive(Debug)]
pub(super) struct Bridge {
    rate: Arc<AtomicU64>,
    /// Whether Open vSwitch ran already.
    ran: bool,
    _tasks: JoinSet<()>,
}

impl Bridge {
    /// Makes a bridge with one port, connected to `controllers`, and starts Open vSwitch where it does not run.
    pub(super) async fn start(controllers: &[SocketAddr]) -> Result<Self, Failure> {
        let ran = run("ovs-vsctl", &["-t", "1", "show"]).await.is_ok();
        if !ran {
            // Without a kernel module it says that it failed; the user-space datapath needs none.
            let _ = run(OVS_CTL, &["start", "--system-id=random"]).await;
        }
        let dpid = format!("other-config:datapath-id={DPID}");
        let add =
            ["--may-exist", "add-br", NAME, "--", "set", "bridge", NAME, "datapath_type=netdev"];
        let about = ["fail_mode=secure", "protocols=OpenFlow13,OpenFlow14", &dpid];
        let port = ["--", "--may-exist", "add-port", NAME, PORT, "--", "set", "interface", PORT];
        let targets: Vec<String> = controllers.iter().map(|at| format!("tcp:{at}")).collect();
        let mut call = [&add[..], &about, &port, &["type=internal", "ofport_request=1"]].concat();
        call.extend(["--", "set-controller", NAME]);
        call.extend(targets.iter().map(String::as_str));
        run("ovs-vsctl", &call).await?;
        let rate = Arc::new(AtomicU64::new(0));
        let mut bridge = Self { rate: rate.clone(), ran, _tasks: JoinSet::new() };
        let stream = wait_until("the bridge's socket", START_LIMIT, async || {
            connect().await.map_err(|e| e.to_string())
        });
        bridge._tasks.spawn(load(stream.await?, rate));
        Ok(bridge)
    }

    pub(super) fn dpid(&self) -> Dpid {
        DPID.parse().unwrap_or(Dpid(0))
    }

    pub(super) fn set_rate(&self, per_second: u64) {
        self.rate.store(per_second, Ordering::Relaxed);
    }

    /// Measures so many barriers, each sent when the one before is answered.
    pub(super) async fn round_trips(&self, count: u32) -> Result<Duration, Failure> {
        let measured = timeout(START_LIMIT, measure(count)).await;
        let measured = measured.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        measured.map_err(|e| Failure::new("measure the bridge's round trips", e))
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let mut end = std::process::Command::new("ovs-vsctl");
        let _ = end.args(["--if-exists", "del-br", NAME]).output();
        if !self.ran {
            let _ = std::process::Command::new(OVS_CTL).arg("stop").output();
        }
    }
}

async fn run(program: &str, arguments: &[&str]) -> Result<(), Failure> {
    let what = || format!("{program} {}", arguments.join(" "));
    let output = Command::new(program).args(arguments).output().await;
    let output = output.map_err(|e| Failure::new(what(), e))?;
    if output.status.success() {
        return Ok(());
    }
    Err(Failure::new(what(), String::from_utf8_lossy(&output.stderr).trim()))
}

async fn connect() -> io::Result<UnixStream> {
    UnixStream::connect(format!("/var/run/openvswitch/{NAME}.mgmt")).await
}

/// Measures so many round trips on a connection of its own, after one that is not counted.
async fn measure(count: u32) -> io::Result<Duration> {
    let mut stream = connect().await?;
    let mut inbox = BytesMut::new();
    stream.write_all(&greeting()).await?;
    round_trip(&mut stream, &mut inbox).await?;
    let start = Instant::now();
    for _ in 0..count {
        round_trip(&mut stream, &mut inbox).await?;
    }
    Ok(start.elapsed())
}

async fn round_trip(stream: &mut UnixStream, inbox: &mut BytesMut) -> io::Result<()> {
    let mut barrier = vec![];
    append(Message::BarrierRequest, &mut barrier);
    stream.write_all(&barrier).await?;
    loop {
        while let Some(bytes) = framing::next_frame(inbox).ok().flatten() {
            let answer = Frame::decode(&bytes).map(|frame| frame.message);
            if matches!(answer, Ok(Message::BarrierReply)) {
                return Ok(());
            }
        }
        if stream.read_buf(inbox).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
}

/// Raises packet-ins until the bridge is gone.
async fn load(mut stream: UnixStream, rate: Arc<AtomicU64>) {
    let (mut from, to) = stream.split();
    let read = async {
        let mut ignored = [0; 4096];
        while from.read(&mut ignored).await? > 0 {}
        Err(io::ErrorKind::UnexpectedEof.into())
    };
    // Only an error ends it, and all errors mean the same: there is no bridge any more.
    let _: io::Result<((), ())> = tokio::try_join!(raise(to, &rate), read);
}

/// Raises packet-ins at the rate that is set, for ever.
async fn raise(mut to: WriteHalf<'_>, rate: &AtomicU64) -> io::Result<()> {
    let mut bytes = greeting();
    to.write_all(&bytes).await?;
    let mut clock = interval(Duration::from_millis(1));
    let (mut since, mut last, mut raised, mut number) = (Instant::now(), 0, 0, 0);
    loop {
        clock.tick().await;
        let per_second = rate.load(Ordering::Relaxed);
        if per_second != last {
            (since, last, raised) = (Instant::now(), per_second, 0);
        }
        let due = since.elapsed().as_micros() as u64 * per_second / 1_000_000;
        bytes.clear();
        for _ in raised..due {
            append(packet(number), &mut bytes);
            number += 1;
        }
        raised = due;
        to.write_all(&bytes).await?;
    }
}

/// Returns the first words of a controller that wants to hear nothing: not even the packet-ins that it causes.
fn greeting() -> Vec<u8> {
    let hello = Hello::offering(&[Version::V1_3]).map(Message::Hello);
    let deaf = Message::SetAsync(AsyncConfig::default());
    let mut bytes = vec![];
    hello.into_iter().chain([deaf]).for_each(|message| append(message, &mut bytes));
    bytes
}

fn packet(number: u64) -> Message {
    let data = Bytes::from(Numbered { source: 1, number }.encode());
    let to_table = vec![Action::output(PortNo::TABLE)];
    Message::PacketOut(PacketOut { in_port: PortNo(1), ..PacketOut::new(to_table, data) })
}

fn append(message: Message, out: &mut Vec<u8>) {
    // A packet of 60 bytes is not too long.
    let _ = Frame { version: Version::V1_3, xid: Xid(1), message }.encode(out);
}

const NAME: &str = "batonbench";
const PORT: &str = "batonbench1";
const DPID: &str = "0000000000000001";
const OVS_CTL: &str = "/usr/share/openvswitch/scripts/ovs-ctl";
const START_LIMIT: Duration = Duration::from_secs(10);
