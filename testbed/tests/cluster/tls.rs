//! Nodes and people who know each other by their certificates.

use super::{LONG, Lab, answers, patient};
use std::fs;
use std::path::Path;
use testbed::cluster::{Options, Tls};
use testbed::switches::VirtualSwitch;
use testbed::wait::wait_until;

/// Exit codes of DESIGN §7.
const DONE: i32 = 0;
const USAGE: i32 = 2;
const UNHEALTHY: i32 = 5;
const NOT_AUTHORISED: i32 = 8;

fn secured() -> Options {
    Options { tls: Tls::ButSwitches, ..patient() }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_does_what_a_certificate_says_and_strangers_nothing() {
    let lab = Lab::with(1, secured()).await;
    let (cluster, switch) = (&lab.cluster, &lab.switches[0]);
    let pki = cluster.pki().unwrap();
    let person = |role: &str| pki.folder(&format!("person-{role}"));
    let (dpid, owner) = (switch.dpid().to_string(), lab.owner(switch).await);
    let target = lab.another(owner).to_string();
    let migrate = ["migrate", &*dpid, "--to", &*target];

    let viewed = cluster.baton_as(Some(&person("viewer")), &["status"]).await.unwrap();
    assert_eq!(viewed.code, DONE, "{viewed}");
    // Each node tells its own session, which the answering one asks for as a node.
    let shown =
        cluster.baton_as(Some(&person("viewer")), &["switch", "show", &dpid]).await.unwrap();
    let seats = shown.json["seats"].as_array().unwrap();
    assert!(seats.len() == 3 && seats.iter().all(|seat| seat["session"].is_object()), "{shown}");
    let refused = cluster.baton_as(Some(&person("viewer")), &migrate).await.unwrap();
    assert_eq!(refused.code, NOT_AUTHORISED, "{refused}");
    let expected = "viewer is a viewer; Migrate needs an operator";
    assert!(refused.stderr.contains(expected), "{refused}");

    let other = cluster.other_pki("other").await.unwrap();
    // People of an authority of this cluster, but not of the one for people.
    let forged = cluster.other_pki("forged").await.unwrap();
    for end in ["crt", "key"] {
        let own = pki.folder("ca").join(format!("switch.{end}"));
        fs::copy(own, forged.folder("ca").join(format!("admin.{end}"))).unwrap();
    }
    forged.call(&["issue", "person", "eve", "--role", "admin"]).await.unwrap();
    fs::copy(pki.folder("ca/node.crt"), forged.folder("person-eve/ca.pem")).unwrap();
    let (other, forged) = (other.folder("person-admin"), forged.folder("person-eve"));
    let strangers: [(Option<&Path>, i32, &str); 4] = [
        (None, NOT_AUTHORISED, "--tls DIR or BATON_TLS"),
        (Some(&other), UNHEALTHY, "the certificate is signed by nobody whom we trust here"),
        (Some(&forged), NOT_AUTHORISED, "it does not know who signed our certificate"),
        (Some(&pki.folder("node-1")), USAGE, "not of a person"),
    ];
    for (folder, code, hint) in strangers {
        for arguments in [&["status"][..], &migrate] {
            let call = cluster.baton_as(folder, arguments).await.unwrap();
            assert_eq!(call.code, code, "{folder:?} {call}");
            assert!(call.stderr.contains(hint), "{folder:?} {call}");
        }
    }
    assert_eq!(lab.owner(switch).await, owner);
    let logged = cluster
        .ids()
        .any(|node| fs::read_to_string(cluster.log(node)).unwrap().contains("refused a request"));
    assert!(logged, "who was refused what is in a log");

    let moved = cluster.baton_as(Some(&person("operator")), &migrate).await.unwrap();
    assert_eq!(moved.code, DONE, "{moved}");
    let history = cluster.baton(&["switch", "history", &dpid]).await.unwrap();
    let last = history.json["changes"].as_array().unwrap().last().unwrap();
    assert_eq!(last["actor"], "operator", "{history}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_joins_by_its_certificate() {
    let options = Options { joiners: 1, ..secured() };
    let mut lab = Lab::with(1, options).await;
    lab.cluster.run_joining(4, 2, None).unwrap();
    lab.settled().await;
    assert!(lab.given(&lab.switches[0], 4).await.is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn certificates_are_replaced_under_load_and_nobody_notices() {
    let mut lab = Lab::with(2, secured()).await;
    for switch in &lab.switches {
        switch.set_rate(200);
    }
    let before = lab.cluster.switches().await.unwrap();
    for node in lab.cluster.ids() {
        let folder = format!("node-{node}");
        lab.cluster.pki().unwrap().call(&["rotate", &folder]).await.unwrap();
        lab.cluster.reload(node).unwrap();
        let log = lab.cluster.log(node);
        wait_until("the new certificates", LONG, async || {
            let log = fs::read_to_string(&log).map_err(|error| error.to_string())?;
            if log.contains("new certificates are in use") { Ok(()) } else { Err(log) }
        })
        .await
        .unwrap();
        answers(&lab.switches[0], 50).await;
    }
    assert_eq!(lab.cluster.switches().await.unwrap(), before, "no owner, token or session");
    // Connections that are made anew show the new ones.
    let owner = lab.owner(&lab.switches[0]).await;
    let other = lab.another(owner);
    lab.given(&lab.switches[1], owner).await;
    lab.cluster.kill(other).await.unwrap();
    lab.cluster.run(other).unwrap();
    lab.cluster.healthy().await.unwrap();
    lab.settled().await;
    for switch in &lab.switches {
        switch.settle(LONG).await.unwrap();
    }
    let report = VirtualSwitch::verdict(&lab.switches);
    assert_eq!((report.lost, report.twice), (0, 0), "{report:?}");
}
