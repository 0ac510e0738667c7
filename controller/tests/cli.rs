//! The program as scripts see it: what it prints where, and how it exits.

#![allow(clippy::unwrap_used, reason = "helpers of tests fail tests")]

use consensus::{Change, Config, Consensus};
use controller::admin::{Node, serve};
use controller::metrics::Metrics;
use controller::security::Security;
use migration::NodeId;
use migration::ownership::{Addresses, Command as Entry, MigrationId, Op, Protocol};
use migration::report::{Mark, Message, Report, What};
use openflow::{Dpid, GenerationId};
use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};

fn baton(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_baton"));
    command
        .args(arguments)
        .env_remove("BATON_ADMIN")
        .env_remove("BATON_TLS")
        .env("USER", "me")
        .stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> (i32, String, String) {
    let output = baton(arguments).output().unwrap();
    ended(output)
}

fn ended(Output { status, stdout, stderr }: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// Returns the address of a port that nobody listens at.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

#[test]
fn a_folder_of_certificates_that_cannot_be_used_is_told_before_anything_is_done() {
    let dir = TempDir::new().unwrap();
    let (config, data) = (dir.path().join("node.toml"), dir.path().join("data"));
    let text = format!("[node]\nid = 1\ndata_dir = {data:?}\n[tls]\ndir = \"nowhere\"\n");
    std::fs::write(&config, text).unwrap();
    for (arguments, hint) in [
        (&["run", "--config", config.to_str().unwrap()][..], "nothing was started"),
        (&["status", "--tls", "nowhere"], "nothing has changed"),
    ] {
        let (code, _, stderr) = run(arguments);
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("nowhere/cert.pem: cannot be read: "), "{stderr}");
        assert!(stderr.ends_with(&format!("\n  {hint}\n")), "{stderr}");
    }
    assert!(!data.exists());
}

#[test]
fn usage_errors_exit_2_and_help_exits_0() {
    for arguments in [
        &["frobnicate"][..],
        &["migrate", "1"],
        &["migrate", "xyz", "--to", "2"],
        &["migrate", "1", "--to", "0"],
        &["migrate", "1", "--to", "2", "--candidates", "3"],
        &["migrate", "1", "--to", "2", "--auto"],
        &["migrate", "1", "--candidates", "2,3", "--auto"],
        &["migrate", "1", "--candidates", "2,x"],
        &["migrate", "1", "--auto=0"],
        &["migrate", "1", "--auto=9"],
        &["migrate", "1", "--to", "2", "--rule", "best"],
        &["migrate", "1", "--to", "2", "--protocol", "magic"],
        &["migrate", "1", "--to", "2", "--timeout", "5"],
        &["status", "-o", "xml"],
        &["pki", "issue", "node", "1"],
        &["pki", "issue", "node", "1", "--host", "a:6654"],
        &["pki", "issue", "person", "../ann", "--role", "viewer"],
        &["pki", "issue", "person", "ann", "--role", "root"],
        &["pki", "rotate", "../node-1"],
        &["pki", "rotate", "node-../1"],
        &["pki", "rotate", "ca"],
        &["pki", "rotate", "node-1", "--finish"],
        &["pki", "rotate", "node-1", "admin"],
    ] {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stdout.as_str()), (2, ""), "{arguments:?}");
        assert!(stderr.contains("error: "), "{stderr}");
    }
    for arguments in [&["--help"][..], &["--version"], &["migrate", "--help"], &["help", "switch"]]
    {
        let (code, stdout, stderr) = run(arguments);
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}");
        assert!(!stdout.is_empty());
    }
    let (_, stdout, _) = run(&["migrate", "--help"]);
    for example in [
        "baton migrate 1 --to 2 --reason 'node 1 is hot'",
        "baton migrate 1 --candidates 2,3,4 --rule score",
        "baton migrate 1 --auto=2",
        "- erc: ",
        "- ready-first: ",
    ] {
        assert!(stdout.contains(example), "{example}: {stdout}");
    }
    let (_, _, stderr) = run(&["migrate", "1", "--to", "2", "--protocol", "magic"]);
    assert!(Protocol::ALL.iter().all(|known| stderr.contains(known.name())), "{stderr}");
}

#[test]
fn a_cluster_out_of_reach_is_named_with_the_next_thing_to_try() {
    let (a, b) = (nobody(), nobody());
    let (code, stdout, stderr) = run(&["status", "--admin", &format!("{a},{b}")]);
    let expected = format!(
        "error: no node answers: {a}: Connection refused (os error 111); \
         {b}: Connection refused (os error 111)\n  \
         nothing has changed\n  \
         name the nodes' admin ports: --admin HOST:PORT[,HOST:PORT…] or BATON_ADMIN\n"
    );
    assert_eq!((code, stdout.as_str(), stderr), (5, "", expected));
    let output = baton(&["status"]).env("BATON_ADMIN", &a).output().unwrap();
    assert!(ended(output).2.contains(&a));
}

#[test]
fn a_configuration_is_checked_in_one_line() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("node.toml");
    let path = file.to_str().unwrap();
    let (_, example, _) = run(&["config", "example"]);
    std::fs::write(&file, &example).unwrap();
    let (code, stdout, stderr) = run(&["config", "check", path]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout.parse::<toml::Table>().unwrap(), example.parse::<toml::Table>().unwrap());
    let (_, json, _) = run(&["config", "check", path, "-o", "json"]);
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["timing"]["lease_ms"], 320);

    std::fs::write(&file, example.replace("id = 1", "idd = 1")).unwrap();
    for arguments in [&["config", "check", path][..], &["run", "--config", path]] {
        let expected =
            format!("error: configuration: {path}: node.idd: no such key; did you mean \"id\"?\n");
        assert_eq!(run(arguments), (2, String::new(), expected));
    }
    let (code, _, stderr) = run(&["config", "check", "/nonexistent"]);
    assert!(code == 2 && stderr.contains("/nonexistent: cannot be read: "), "{stderr}");
}

#[test]
fn decode_answers_each_line() {
    let mut child =
        baton(&["decode"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"0402000800000001\nnonsense\n").unwrap();
    let (code, stdout, _) = ended(child.wait_with_output().unwrap());
    let lines: Vec<serde_json::Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((code, lines.len()), (0, 2));
    assert_eq!((&lines[0]["type"], &lines[1]["ok"]), (&"OFPT_ECHO_REQUEST".into(), &false.into()));
}

#[test]
fn certificates_are_made_shown_and_replaced_without_a_cluster() {
    let dir = TempDir::new().unwrap();
    let pki = dir.path().join("pki").to_str().unwrap().to_owned();
    let run = |arguments: &[&str]| {
        let command = baton(&[&["pki"], arguments].concat()).env("BATON_PKI", &pki).output();
        ended(command.unwrap())
    };
    let json = |arguments: &[&str]| -> serde_json::Value {
        let (code, stdout, stderr) = run(&[arguments, &["-o", "json"]].concat());
        assert_eq!((code, stderr.as_str()), (0, ""), "{arguments:?}: {stdout}");
        serde_json::from_str(&stdout).unwrap()
    };
    let ann = ["issue", "person", "ann", "--role", "operator", "--days", "20"];
    let (code, stdout, stderr) = run(&ann);
    let expected = format!(
        "error: no certificate was issued: there is no {pki}/ca\n  nothing has changed\n  \
         make it with baton pki init DIR, or say where it is: --dir DIR\n"
    );
    assert_eq!((code, stdout.as_str(), stderr), (3, "", expected));

    assert_eq!(json(&["init", "--dry-run"])["written"][0], format!("{pki}/ca"));
    assert!(!std::path::Path::new(&pki).exists());
    assert_eq!(json(&["init"])["certificates"].as_array().unwrap().len(), 3);
    json(&["issue", "node", "1", "--host", "10.0.0.1", "--host", "ctl.example.org"]);
    let long = "s".repeat(63);
    let issued = json(&["issue", "switch", &long, "--dpid", "a"]);
    let files = ["key", "cert", "ca"].map(|file| format!("{pki}/switch-{long}/{file}.pem"));
    assert_eq!(issued["command"], format!("ovs-vsctl set-ssl {}", files.join(" ")));
    assert_eq!(issued["certificates"][0]["dpids"][0], HEX);
    json(&["rotate", &format!("switch-{long}")]);
    json(&ann);
    let (code, _, stderr) = run(&ann);
    let expected = format!(
        "error: no certificate was issued: {pki}/person-ann exists already\n  \
         nothing has changed\n  \
         for a new key and certificate: baton pki rotate person-ann\n"
    );
    assert_eq!((code, stderr), (4, expected));

    let node = &json(&["show", &format!("{pki}/node-1/cert.pem")])["certificates"][0];
    assert_eq!((&node["kind"], &node["node"]), (&"node".into(), &1.into()));
    assert_eq!(node["names"].to_string(), r#"["10.0.0.1","ctl.example.org","baton://node/1"]"#);
    assert_eq!(node["days_left"], 364);
    let (code, stdout, stderr) = run(&["show"]);
    assert!(code == 0 && stdout.lines().count() == 7, "{stdout}");
    let expected = format!(
        "warning: {pki}/person-ann/cert.pem ends in 19 days: baton pki rotate person-ann\n"
    );
    assert_eq!(stderr, expected);
    let (_, stdout, _) = run(&["show", "-o", "wide"]);
    assert!(stdout.contains("baton://role/operator") && stdout.contains("SHA-256"), "{stdout}");
    let (code, _, stderr) = run(&["show", &format!("{pki}/node-1/key.pem")]);
    assert!(code == 3 && stderr.contains("there is none in it"), "{stderr}");

    json(&["rotate", "ca", "node"]);
    let (code, _, stderr) = run(&["rotate", "ca", "node", "--finish"]);
    let expected = "error: nothing was rotated: the old node CA has signed what is in use: node-1\n  \
                    nothing has changed\n  rotate them first: baton pki rotate node-1\n";
    assert_eq!((code, stderr.as_str()), (4, expected));
    json(&["rotate", "node-1"]);
    json(&["rotate", "ca", "node", "--finish"]);
}

/// A log of one node with two admin ports; the other nodes exist only in the log.
struct Cluster {
    consensus: Consensus,
    ports: Vec<(String, Option<oneshot::Sender<()>>)>,
    _dir: TempDir,
}

const SWITCH: Dpid = Dpid(0xa);
const HEX: &str = "000000000000000a";

impl Cluster {
    async fn start() -> Self {
        let dir = TempDir::new().unwrap();
        let members = BTreeMap::from([(NodeId(1), "127.0.0.1:1".to_owned())]);
        let config = Config::new(NodeId(1), dir.path().to_owned(), members);
        let (sender, revision) = watch::channel(0);
        let observer = Box::new(move |_: &_, _: Change<'_>| sender.send_modify(|n| *n += 1));
        let (consensus, _) = Consensus::start(config, observer).await.unwrap();
        let registry = Arc::default();
        let unsafe_protocols = false;
        let id = NodeId(1);
        let node = Node {
            id,
            consensus: consensus.clone(),
            registry,
            security: Security::default(),
            metrics: Metrics::default(),
            unsafe_protocols,
            revision,
        };
        let mut ports = Vec::new();
        for _ in 0..2 {
            let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
            let address = listener.local_addr().unwrap().to_string();
            let (stop, stopped) = oneshot::channel::<()>();
            tokio::spawn(serve(listener, node.clone(), async { drop(stopped.await) }));
            ports.push((address, Some(stop)));
        }
        let cluster = Self { consensus, ports, _dir: dir };
        for node in [1, 2, 3].map(NodeId) {
            cluster.propose(Op::Register { node, boot: 1, addresses: Addresses::default() }).await;
        }
        for node in [1, 2, 3].map(NodeId) {
            let up = vec![(SWITCH, GenerationId::UNDEFINED).into()];
            cluster.propose(Op::Connected { node, boot: 1, up, down: vec![] }).await;
        }
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(5));
        while !cluster.consensus.lease().is_valid() {
            ticks.tick().await;
        }
        cluster
    }

    async fn propose(&self, op: Op) {
        let entry = Entry { actor: "test".to_owned(), at_ms: 1_795_260_000_000, op };
        self.consensus.propose(entry).await.unwrap().result.unwrap();
    }

    async fn until(&self, what: impl Fn(&migration::ownership::Ownership) -> bool) {
        let mut ticks = tokio::time::interval(std::time::Duration::from_millis(5));
        while !self.consensus.read(&what) {
            ticks.tick().await;
        }
    }

    /// Carries the migration out, as its parties would.
    async fn hand_over(&self, id: MigrationId, winner: NodeId) {
        let token = self.consensus.read(|state| state.migrations()[&id].token);
        self.propose(Op::Commit { id, token, winner }).await;
        let mark = |at_us, node, what, peer| Mark { at_us, node, what, peer };
        let marks = vec![
            mark(100, NodeId(1), What::Sent(Message::Start), Some(winner)),
            mark(350, NodeId(1), What::Got(Message::MarkerIn), Some(winner)),
            mark(350, NodeId(1), What::Proposed, None),
            mark(900, winner, What::Released, None),
        ];
        let report = Report { marks, buffered: 3, shadowed: 4, state_bytes: 5 };
        self.propose(Op::Finish { id, winner, report }).await;
    }

    fn admin(&self) -> String {
        format!("{},{}", self.ports[0].0, self.ports[1].0)
    }

    async fn baton(&self, arguments: &[&str]) -> (i32, String, String) {
        self.spawn(arguments).await.unwrap()
    }

    fn spawn(&self, arguments: &[&str]) -> tokio::task::JoinHandle<(i32, String, String)> {
        let mut command = baton(arguments);
        command.env("BATON_ADMIN", self.admin());
        tokio::task::spawn_blocking(move || ended(command.output().unwrap()))
    }
}

fn running(state: &migration::ownership::Ownership) -> bool {
    state.migration_of(SWITCH).is_some()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_prints_its_progress_and_one_object() {
    let cluster = Cluster::start().await;
    let wish = ["migrate", "a", "--to", "2", "--reason", "a test", "-o", "json"];
    let migrating = cluster.spawn(&wish);
    cluster.until(running).await;
    cluster.hand_over(MigrationId(1), NodeId(2)).await;
    let (code, stdout, stderr) = migrating.await.unwrap();
    assert_eq!(code, 0, "{stderr}");
    let progress = [
        format!("migration 1: open, switch {HEX} from node 1 to 2"),
        "migration 1: committed to node 2".to_owned(),
        "migration 1: done, node 2 has it after 800 us, window 0 us".to_owned(),
    ];
    // A commit and an end that follow each other closely may be told as one.
    let told: Vec<&str> = stderr.lines().collect();
    assert_eq!((told[0], *told.last().unwrap()), (progress[0].as_str(), progress[2].as_str()));
    assert!(told.iter().all(|line| progress.iter().any(|known| known == line)), "{stderr}");
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    for (key, expected) in [
        ("id", "1"),
        ("dpid", "\"000000000000000a\""),
        ("protocol", "\"erc\""),
        ("rule", "\"first\""),
        ("source", "1"),
        ("winner", "2"),
        ("candidates", "[{\"node\":2,\"probe_us\":250}]"),
        ("outcome", "\"done\""),
        ("token", "2"),
        ("window_us", "0"),
        ("buffered", "3"),
        ("shadowed", "4"),
        ("messages", "{\"marker\":1,\"start\":1}"),
        ("reason", "\"a test\""),
    ] {
        assert_eq!(object[key].to_string(), expected, "{key}");
    }
    assert_eq!(object["phases"]["invite_us"], 250);
    assert!(object["actor"].as_str().unwrap().starts_with("me@"));

    let (code, stdout, _) = cluster.baton(&["migration", "show", "1"]).await;
    assert_eq!(code, 0);
    assert!(stdout.contains("took       800 us\n"), "{stdout}");
    assert!(stdout.contains("|<---------- marker ----------|"), "{stdout}");
    let (_, stdout, _) = cluster.baton(&["migration", "list", "-o", "yaml"]).await;
    assert!(stdout.contains("state: done"), "{stdout}");
    let (_, stdout, _) = cluster.baton(&["migration", "watch", "1"]).await;
    assert_eq!(stdout, "migration 1: done, node 2 has it after 800 us, window 0 us\n");
    let (_, stdout, _) = cluster.baton(&["switch", "history", "a"]).await;
    assert!(stdout.contains("migrated  1          me@") && stdout.contains("a test"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_way_to_fail_has_its_exit_code_and_its_hint() {
    let cluster = Cluster::start().await;
    let (code, stdout, stderr) = cluster.baton(&["migrate", "b", "--to", "2"]).await;
    assert_eq!((code, stdout.as_str()), (3, ""));
    let expected = "error: switch 000000000000000b was not moved: no switch 000000000000000b\n  \
                    nothing has changed\n  see what there is: baton switch list, baton node list\n";
    assert_eq!(stderr, expected);

    for dry_run in [&[][..], &["--dry-run"]] {
        let (code, _, stderr) =
            cluster.baton(&[&["migrate", "a", "--to", "1"], dry_run].concat()).await;
        assert_eq!(code, 4);
        let expected = format!(
            "error: switch {HEX} was not moved: node 1 owns switch {HEX} already\n  \
             nothing has changed\n  see who could take it: baton switch show {HEX}\n"
        );
        assert_eq!(stderr, expected);
    }
    for arguments in [
        &["migration", "show", "9"][..],
        &["migration", "cancel", "9"],
        &["migration", "watch", "9"],
        &["switch", "show", "b"],
        &["switch", "history", "b"],
        &["switch", "list", "--owner", "9"],
    ] {
        let (code, stdout, stderr) = cluster.baton(arguments).await;
        assert_eq!((code, stdout.as_str()), (3, ""), "{arguments:?}: {stderr}");
    }
    let (code, stdout, stderr) = cluster.baton(&["migrate", "a", "--to", "2", "--dry-run"]).await;
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert_eq!(stdout, format!("switch {HEX} would move from node 1 to 2\n"));
    assert!(cluster.consensus.read(|state| state.migrations().is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guards_of_protocols_exit_4_and_say_what_to_do() {
    let cluster = Cluster::start().await;
    let see = format!("see who could take it: baton switch show {HEX}\n");
    for (wish, why, hint) in [
        (
            &["--candidates", "2,3", "--protocol", "direct"][..],
            "direct takes one candidate: it has no first phase for several to race in",
            "name one node: --to NODE; or let several race: --protocol erc\n".to_owned(),
        ),
        (
            &["--to", "2", "--protocol", "erc-m2s-e2m"],
            "node 2 is no hot peer of switch 000000000000000a: erc-m2s-e2m promotes a node that is \
             EQUAL already, such as the one that erc-m2e-s2m leaves behind",
            format!(
                "to move it and keep the old owner as a hot peer: \
                 baton migrate {HEX} --to NODE --protocol erc-m2e-s2m\n"
            ),
        ),
        (
            &["--auto", "--protocol", "erc-m2e-e2m"],
            "no other node can take switch 000000000000000a by erc-m2e-e2m",
            "to move it and keep the old owner as a hot peer".to_owned(),
        ),
        (
            &["--to", "2", "--protocol", "naive"],
            "naive can lose packet-ins, and is there to show how many; to allow it, set \
             unsafe_protocols = true under [lab] in node 1's configuration and restart it",
            "for a hand-over that loses nothing: --protocol erc\n".to_owned(),
        ),
        (
            &["--to", "2", "--protocol", "elasticon-flow-removed"],
            "elasticon-flow-removed can lose packet-ins",
            "for a hand-over that loses nothing: --protocol erc\n".to_owned(),
        ),
    ] {
        for dry_run in [&[][..], &["--dry-run"]] {
            let arguments = [&["migrate", "a"], wish, dry_run].concat();
            let (code, stdout, stderr) = cluster.baton(&arguments).await;
            assert_eq!((code, stdout.as_str()), (4, ""), "{arguments:?}: {stderr}");
            let told = [why, "\n  nothing has changed\n  ", &hint, &see];
            assert!(told.iter().all(|part| stderr.contains(part)), "{arguments:?}: {stderr}");
        }
    }
    assert!(cluster.consensus.read(|state| state.migrations().is_empty()));
}

#[tokio::test(flavor = "multi_thread")]
async fn several_may_race_and_the_cluster_may_choose_who() {
    let cluster = Cluster::start().await;
    for (wish, to) in [
        (&["--candidates", "3,2"][..], "one of 3,2"),
        (&["--auto"], "one of 2,3"),
        (&["--auto=1", "--rule", "score"], "2"),
        (&["--auto", "--protocol", "direct"], "2"),
    ] {
        let (code, stdout, stderr) =
            cluster.baton(&[&["migrate", "a", "--dry-run"], wish].concat()).await;
        assert_eq!((code, stderr.as_str()), (0, ""));
        assert_eq!(stdout, format!("switch {HEX} would move from node 1 to {to}\n"));
    }
    let migrating = cluster.spawn(&["migrate", "a", "--auto", "--rule", "ready-first"]);
    cluster.until(running).await;
    cluster.hand_over(MigrationId(1), NodeId(3)).await;
    let (code, stdout, stderr) = migrating.await.unwrap();
    assert_eq!(code, 0, "{stderr}");
    assert!(
        stderr
            .starts_with("migration 1: open, switch 000000000000000a from node 1 to one of 2,3\n")
    );
    assert!(stdout.contains("nodes      from 1 to 3; asked: 2,3\n"), "{stdout}");
    let (_, stdout, _) = cluster.baton(&["migration", "show", "1"]).await;
    assert!(stdout.contains("protocol   erc, rule ready-first, token 2\n"), "{stdout}");
    assert!(stdout.contains("|  no answer in time\n"), "{stdout}");
    assert!(stdout.contains("* node 2 asked too: no answer before"), "{stdout}");
    assert!(stdout.contains("|<----- marker of node 3 -----|"), "{stdout}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_switch_shows_its_hot_peers() {
    let cluster = Cluster::start().await;
    let wish = ["migrate", "a", "--to", "2", "--protocol", "erc-m2e-s2m", "--no-wait"];
    assert_eq!(cluster.baton(&wish).await.0, 0);
    cluster.hand_over(MigrationId(1), NodeId(2)).await;
    let (_, stdout, _) = cluster.baton(&["switch", "show", "a"]).await;
    assert!(stdout.contains("owner      node 2\n"), "{stdout}");
    let peers = "hot peers  1, EQUAL: they hear every packet-in, and answer none\n";
    assert!(stdout.contains(peers), "{stdout}");
    // Only a hot peer can be promoted, and the cluster finds it by itself.
    let undo = ["migrate", "a", "--auto", "--protocol", "erc-m2s-e2m", "--dry-run"];
    let (_, stdout, _) = cluster.baton(&undo).await;
    assert_eq!(stdout, format!("switch {HEX} would move from node 2 to 1\n"));

    let wish = ["migrate", "a", "--to", "3", "--protocol", "erc-e2s-s2e", "--no-wait"];
    assert_eq!(cluster.baton(&wish).await.0, 0);
    cluster.hand_over(MigrationId(2), NodeId(3)).await;
    let (_, stdout, _) = cluster.baton(&["switch", "show", "a"]).await;
    assert!(stdout.contains("owner      node 3, as EQUAL: the switch has no master\n"), "{stdout}");
    let (_, stdout, _) = cluster.baton(&["switch", "list", "-o", "json"]).await;
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(object["switches"][0]["equals"].to_string(), "[1,3]");

    let (code, _, stderr) =
        cluster.baton(&["migrate", "a", "--to", "2", "--protocol", "direct"]).await;
    assert_eq!(code, 4);
    let why = "has no master: direct needs one to demote; move it by erc first\n";
    assert!(stderr.contains(why), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_migration_that_nobody_finishes_is_left_running_and_can_be_cancelled() {
    let cluster = Cluster::start().await;
    let wish = ["migrate", "a", "--to", "2", "--timeout", "100ms"];
    let (code, stdout, stderr) = cluster.baton(&wish).await;
    assert_eq!((code, stdout.as_str()), (6, ""), "{stderr}");
    assert!(stderr.contains("migration 1 is open still\n  follow it: baton migration watch 1\n"));

    let (code, _, stderr) = cluster.baton(&["migrate", "a", "--to", "2"]).await;
    assert!(code == 4 && stderr.contains("migration 1 is moving switch"), "{stderr}");
    let (code, stdout, stderr) = cluster.baton(&["migration", "cancel", "1", "--dry-run"]).await;
    assert_eq!((code, stderr.as_str()), (0, "migration 1 could be cancelled now\n"), "{stdout}");
    let (code, stdout, _) = cluster.baton(&["migration", "cancel", "1"]).await;
    assert_eq!(code, 0);
    assert!(stdout.starts_with("migration 1: aborted, cancelled by me@"), "{stdout}");
    let (code, _, stderr) = cluster.baton(&["migration", "cancel", "1"]).await;
    assert!(code == 4 && stderr.contains("migration 1 is aborted"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_aborted_migration_exits_1_and_one_that_ends_elsewhere_7() {
    let cluster = Cluster::start().await;
    let migrating = cluster.spawn(&["migrate", "a", "--to", "2"]);
    cluster.until(running).await;
    cluster.baton(&["migration", "cancel", "1"]).await;
    let (code, stdout, stderr) = migrating.await.unwrap();
    assert_eq!(code, 1);
    assert!(
        stdout.starts_with(&format!("migration  1 of switch {HEX}: aborted, cancelled by me@"))
    );
    assert!(stderr.contains("nothing has changed: node 1 still owns it"), "{stderr}");

    let migrating = cluster.spawn(&["migrate", "a", "--to", "2", "-o", "json"]);
    cluster.until(running).await;
    let (id, token) = (MigrationId(2), migration::Token(3));
    cluster.propose(Op::Commit { id, token, winner: NodeId(2) }).await;
    cluster.propose(Op::NodesDown { nodes: vec![(NodeId(2), 1)] }).await;
    cluster.propose(Op::Finish { id, winner: NodeId(1), report: Report::default() }).await;
    let (code, stdout, stderr) = migrating.await.unwrap();
    assert_eq!(code, 7, "{stderr}");
    assert!(stdout.contains("\"winner\":1"), "{stdout}");
    assert!(stderr.contains("node 1 has it, since the others failed on the way"), "{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_waits_goes_on_at_another_node() {
    let mut cluster = Cluster::start().await;
    let migrating = cluster.spawn(&["migrate", "a", "--to", "2", "-o", "json"]);
    cluster.until(running).await;
    drop(cluster.ports[0].1.take());
    cluster.hand_over(MigrationId(1), NodeId(2)).await;
    let (code, stdout, stderr) = migrating.await.unwrap();
    assert!(code == 0 && stdout.contains("\"outcome\":\"done\""), "{stdout}{stderr}");
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_tables_for_people_and_objects_for_programs() {
    let cluster = Cluster::start().await;
    let (code, stdout, _) = cluster.baton(&["switch", "list"]).await;
    let expected = format!(
        "SWITCH            OWNER  TOKEN  STANDBYS  HOT PEERS  MIGRATION\n\
         {HEX}  1      1      2,3       -          -\n"
    );
    assert_eq!((code, stdout), (0, expected));
    let (_, stdout, _) = cluster.baton(&["switch", "list", "-o", "wide"]).await;
    assert!(stdout.contains("CONNECTED") && stdout.contains("answered by node 1"), "{stdout}");
    let (_, stdout, _) = cluster.baton(&["switch", "list", "-o", "json", "--owner", "1"]).await;
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((&object["answered_by"], &object["switches"][0]["owner"]), (&1.into(), &1.into()));
    let (_, stdout, _) = cluster.baton(&["node", "list"]).await;
    let expected = "NODE  STATE  RAFT    OWNS  CONNECTED\n\
                    1     up     leader  1     1\n\
                    2     up     none    0     1\n\
                    3     up     none    0     1\n";
    assert_eq!(stdout, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn status_is_one_screen_and_exits_5_when_work_is_left_undone() {
    let cluster = Cluster::start().await;
    let (code, stdout, stderr) = cluster.baton(&["status"]).await;
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("healthy\nquorum yes   leader node 1   term "), "{stdout}");
    assert!(
        stdout.ends_with(
            "switches 1   without an owner 0   unreachable 0   migrations under way 0\n"
        )
    );

    // Cordoned nodes cannot be made by an entry of the log yet; a switch with no live session can.
    let all = [1, 2, 3].map(|node| (NodeId(node), 1)).to_vec();
    cluster.propose(Op::NodesDown { nodes: all }).await;
    let (code, stdout, _) = cluster.baton(&["status", "-o", "json"]).await;
    let object: serde_json::Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((code, &object["verdict"]), (0, &"degraded".into()));
    assert_eq!(object["unreachable"][0], HEX);

    let addresses = Addresses::default();
    cluster.propose(Op::Register { node: NodeId(3), boot: 2, addresses }).await;
    let up = vec![(SWITCH, GenerationId::UNDEFINED).into()];
    cluster.propose(Op::Connected { node: NodeId(3), boot: 2, up, down: vec![] }).await;
    let (code, stdout, stderr) = cluster.baton(&["status"]).await;
    assert!(stdout.contains("without an owner 1"), "{stdout}");
    assert_eq!(code, 5, "{stdout}{stderr}");
    assert!(stderr.contains(&format!("switch {HEX} has no owner that serves it")), "{stderr}");
}
