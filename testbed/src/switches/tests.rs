use super::*;
use bytes::BytesMut;
use openflow::framing::next_frame;
use openflow::{Action, FlowMod, Frame, GenerationId, Hello, Message, PacketOut, RoleRequest, Xid};
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

const LONG: Duration = Duration::from_secs(20);

/// A controller that claims every switch and answers each packet-in `answers(n)` times.
struct Controller {
    address: SocketAddr,
    tasks: JoinSet<()>,
}

impl Controller {
    async fn start(role: Role, answers: fn(u64) -> usize) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let _ = serve(stream, role, answers).await;
            }
        });
        Self { address, tasks }
    }
}

async fn serve(
    mut stream: TcpStream,
    role: Role,
    answers: fn(u64) -> usize,
) -> std::io::Result<()> {
    let mut out = vec![];
    let say = |message, out: &mut Vec<u8>| {
        Frame { version: Version::V1_3, xid: Xid(1), message }.encode(out).unwrap();
    };
    say(Message::Hello(Hello::offering(&[Version::V1_3]).unwrap()), &mut out);
    let claim = RoleRequest::new(role, GenerationId(1));
    say(Message::RoleRequest(claim), &mut out);
    if role == Role::Master {
        let miss = FlowMod::add().with_actions(vec![Action::output(PortNo::CONTROLLER)]);
        say(Message::FlowMod(miss), &mut out);
    }
    let mut buffer = BytesMut::new();
    loop {
        stream.write_all(&std::mem::take(&mut out)).await?;
        if stream.read_buf(&mut buffer).await? == 0 {
            return Ok(());
        }
        while let Ok(Some(bytes)) = next_frame(&mut buffer) {
            match Frame::decode(&bytes).unwrap().message {
                Message::PacketIn(packet) => {
                    let packet_in = Numbered::decode(&packet.data).unwrap();
                    // Trials are always answered.
                    let n = if packet_in.source == 7 { answers(packet_in.number) } else { 1 };
                    let flood = vec![Action::output(PortNo::FLOOD), Action::output(PortNo(2))];
                    for _ in 0..n {
                        let packet = PacketOut::new(flood.clone(), packet.data.clone());
                        say(Message::PacketOut(packet), &mut out);
                    }
                }
                Message::EchoRequest(data) => say(Message::EchoReply(data), &mut out),
                _ => {}
            }
        }
    }
}

async fn run(answers: fn(u64) -> usize) -> (Report, Result<(), Failure>) {
    let controller = Controller::start(Role::Master, answers).await;
    let switch = VirtualSwitch::start(Options::new(7, vec![controller.address]));
    assert_eq!(switch.ready(LONG).await.unwrap(), 1);
    switch.set_rate(5_000);
    wait_until("a thousand answers", LONG, async || match switch.answered() {
        answered if answered >= 1_000 => Ok(()),
        answered => Err(answered.to_string()),
    })
    .await
    .unwrap();
    let settled = switch.settle(Duration::from_secs(2)).await;
    (VirtualSwitch::verdict([&switch]), settled)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_that_answers_everything_once_is_found_right() {
    let (report, settled) = run(|_| 1).await;
    settled.unwrap();
    assert!(report.is_exactly_once(), "{report:?}");
    assert_eq!(report.raised, report.answered);
    assert_eq!((report.reordered, report.by.keys().copied().collect()), (0, vec![1]));
    assert!(report.latency_us.p50 > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_that_forgets_one_is_found_out() {
    let (report, settled) = run(|number| usize::from(number != 500)).await;
    assert!(settled.unwrap_err().to_string().contains("500"));
    assert_eq!((report.lost, report.twice), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_controller_that_answers_one_twice_is_found_out() {
    let (report, settled) = run(|number| if number == 500 { 2 } else { 1 }).await;
    settled.unwrap();
    assert_eq!((report.lost, report.twice), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_dials_again_and_starts_as_equal() {
    let mut first = Controller::start(Role::Slave, |_| 1).await;
    let second = Controller::start(Role::Master, |_| 1).await;
    let switch = VirtualSwitch::start(Options::new(7, vec![first.address, second.address]));
    assert_eq!(switch.ready(LONG).await.unwrap(), 2);
    let has_role = async |controller, role| {
        wait_until("the role", LONG, async || match switch.role(controller) {
            now if now == role => Ok(()),
            now => Err(format!("{now:?}")),
        })
        .await
        .unwrap();
    };
    has_role(1, Some(Role::Slave)).await;
    first.tasks.abort_all();
    has_role(1, None).await;
    switch.restart();
    wait_until("a second table-miss flow", LONG, async || match switch.deeds(2).flow_mods {
        2 => Ok(()),
        other => Err(other.to_string()),
    })
    .await
    .unwrap();
    assert_eq!(switch.ready(LONG).await.unwrap(), 2);
}
