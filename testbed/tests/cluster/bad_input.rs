use super::{ALONE, LONG, Lab, answers};
use bytes::BytesMut;
use openflow::framing::next_frame;
use openflow::{Capabilities, Dpid, Features, Frame, Hello, Message, Version, Xid};
use std::net::SocketAddr;
use testbed::cluster::{Cluster, Options, Seen};
use testbed::switches::{self, VirtualSwitch};
use testbed::wait::wait_until;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

#[tokio::test(flavor = "multi_thread")]
async fn garbage_ends_its_own_session_and_no_other() {
    let mut lab = Lab::start(1).await;
    lab.switches[0].set_rate(500);
    answers(&lab.switches[0], 100).await;
    let master = lab.switches[0].master();
    let node = lab.cluster.openflow(lab.owner(&lab.switches[0]).await);

    let hello = encoded(Message::Hello(Hello::offering(&Version::ALL).unwrap()));
    let bombs: [&[u8]; 8] = [
        b"GET / HTTP/1.1\r\n\r\n",
        &[0; 4_096],
        &[0xff; 4_096],
        &[4, 0, 0, 0, 0, 0, 0, 0],
        &[4, 0, 0, 7, 0, 0, 0, 0],
        // A hello element of length 0: an endless loop elsewhere (CVE-2024-34484 and its kind).
        &[4, 0, 0, 16, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0],
        // A length that never arrives.
        &[4, 0, 0xff, 0xff, 0, 0, 0, 1],
        // A packet-in before anyone said who it is.
        &[4, 10, 0, 8, 0, 0, 0, 1],
    ];
    for bomb in bombs {
        for prefix in [&[][..], &hello] {
            throw(node, &[prefix, bomb].concat()).await;
        }
    }
    for cut in 1..hello.len() {
        throw(node, &hello[..cut]).await;
    }
    lab.cluster.check_alive().unwrap();
    answers(&lab.switches[0], 100).await;
    assert_eq!(lab.switches[0].master(), master, "the real switch kept its session");
    lab.cluster.healthy().await.unwrap();
}

/// Sends bytes, half-closes, and waits for the node to close: it must, and must not wait for ever.
async fn throw(node: SocketAddr, bytes: &[u8]) {
    let mut stream = TcpStream::connect(node).await.unwrap();
    // The node may be quicker to close than this is to write.
    let _ = stream.write_all(bytes).await;
    let _ = stream.shutdown().await;
    let ended = timeout(LONG, read_to_end(&mut stream)).await;
    ended.unwrap_or_else(|_| panic!("the node keeps a session after {bytes:02x?}"));
}

async fn read_to_end(stream: &mut TcpStream) {
    // A reset is an end too.
    while let Ok(1..) = stream.read(&mut [0; 4_096]).await {}
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_switch_with_the_same_identity_is_turned_away() {
    let lab = Lab::start(1).await;
    let switch = &lab.switches[0];
    switch.set_rate(500);
    answers(switch, 100).await;
    let owner = lab.owner(switch).await;
    for node in lab.cluster.ids() {
        let mut twin = TcpStream::connect(lab.cluster.openflow(node)).await.unwrap();
        let turned_away = timeout(LONG, pretend(&mut twin, switch.dpid())).await;
        turned_away
            .unwrap_or_else(|_| panic!("node {node} keeps a second switch {}", switch.dpid()));
    }
    assert_eq!(switch.master(), Some(owner), "the live session stayed");
    answers(switch, 100).await;
    switch.settle(LONG).await.unwrap();
    let report = VirtualSwitch::verdict([switch]);
    assert!(report.is_exactly_once(), "{report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_switch_is_turned_away_also_where_the_first_is_not_connected() {
    let _alone = ALONE.lock().await;
    let cluster = Cluster::start(Options::default()).await.unwrap();
    let ways = cluster.controllers();
    let switch = VirtualSwitch::start(switches::Options::new(7, ways[..2].to_vec()));
    let owned = |seen: &Seen| seen.owner.is_some() && seen.connected == [1, 2];
    cluster.wait_for_switch(switch.dpid(), "owned", LONG, owned).await.unwrap();
    switch.ready(LONG).await.unwrap();
    switch.set_rate(500);
    answers(&switch, 100).await;

    let options = switches::Options::new(7, ways[2..].to_vec());
    let twin = VirtualSwitch::start(switches::Options { serial: 0xee, ..options });
    wait_until("its connections to be refused again and again", LONG, async || {
        let (_, metrics) = cluster.http(3, "/metrics").await.map_err(|e| e.to_string())?;
        let line = metrics
            .lines()
            .find(|line| line.starts_with("baton_switches_refused_total{reason=\"stranger\"}"));
        let refused = line.and_then(|line| line.split(' ').next_back()?.parse().ok()).unwrap_or(0);
        if refused > 2 { Ok(()) } else { Err(format!("{refused} times")) }
    })
    .await
    .unwrap();
    assert_eq!(twin.master(), None);
    assert!(owned(&cluster.switch(switch.dpid()).await.unwrap()), "it is as it was");
    answers(&switch, 100).await;
    switch.settle(LONG).await.unwrap();
    let report = VirtualSwitch::verdict([&switch]);
    assert!(report.is_exactly_once(), "{report:?}");
}

/// Shakes hands as the switch `dpid`, and returns when the controller hangs up.
async fn pretend(stream: &mut TcpStream, dpid: Dpid) {
    stream
        .write_all(&encoded(Message::Hello(Hello::offering(&[Version::V1_3]).unwrap())))
        .await
        .unwrap();
    let mut buffer = BytesMut::new();
    while let Ok(1..) = stream.read_buf(&mut buffer).await {
        while let Ok(Some(bytes)) = next_frame(&mut buffer) {
            let Ok(frame) = Frame::decode(&bytes) else { continue };
            let message = match frame.message {
                Message::FeaturesRequest => Message::FeaturesReply(Features {
                    dpid,
                    n_buffers: 0,
                    n_tables: 1,
                    auxiliary_id: 0,
                    capabilities: Capabilities::empty(),
                    actions: 0,
                    ports: vec![],
                }),
                Message::RoleRequest(asked) => Message::RoleReply(asked),
                Message::EchoRequest(data) => Message::EchoReply(data),
                Message::BarrierRequest => Message::BarrierReply,
                _ => continue,
            };
            let mut out = vec![];
            Frame { message, ..frame }.encode(&mut out).unwrap();
            // A failure to write is the end that this waits for.
            if stream.write_all(&out).await.is_err() {
                return;
            }
        }
    }
}

fn encoded(message: Message) -> Vec<u8> {
    let mut out = vec![];
    Frame { version: Version::V1_3, xid: Xid(1), message }.encode(&mut out).unwrap();
    out
}
