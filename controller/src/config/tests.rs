use super::*;

const MINIMAL: &str = r#"
[node]
id = 2
data_dir = "d"
[cluster]
members = { 1 = "a:1", 2 = "b:2" }
"#;

fn parse(text: &str) -> Result<Config, String> {
    parse_with(text, &[])
}

fn parse_with(text: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
    let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
    let parsed = Config::parse("node.toml", text, variables);
    parsed.map(|(_, config)| config).map_err(|error| error.to_string())
}

/// The minimal file with one more line in a section.
fn with(section: &str, line: &str) -> Result<Config, String> {
    let header = format!("[{section}]\n");
    let text = if MINIMAL.contains(&header) {
        MINIMAL.replace(&header, &format!("{header}{line}\n"))
    } else {
        format!("{MINIMAL}{header}{line}\n")
    };
    parse(&text)
}

#[test]
fn the_example_is_the_defaults_in_full() {
    let (example, config) = Config::parse("example", Config::example(), []).unwrap();
    let short = "[node]\nid = 1\ndata_dir = \"/var/lib/baton\"\n[cluster]\n\
        members = { 1 = \"127.0.0.1:6654\", 2 = \"127.0.0.1:7654\", 3 = \"127.0.0.1:8654\" }";
    let (defaults, _) = Config::parse("short", short, []).unwrap();
    assert_eq!(example, defaults);
    assert_eq!(config.members.len(), 3);
    assert_eq!(config.versions, Version::ALL);
}

#[test]
fn the_example_names_every_key_and_says_what_it_is() {
    let (example, _) = Config::parse("example", Config::example(), []).unwrap();
    let every_key = toml::Table::try_from(&example).unwrap();
    assert_eq!(Config::example().parse::<toml::Table>().unwrap(), every_key);

    // Keys that belong together may share a comment.
    let mut before = "";
    for line in Config::example().lines().filter(|line| !line.is_empty()) {
        let is_key = !line.starts_with(['#', '[']);
        assert!(!is_key || !before.starts_with('['), "no comment before: {line}");
        before = line;
    }
}

#[test]
fn experiments_and_bounds_are_off_and_generous_unless_asked_for() {
    let config = parse(MINIMAL).unwrap();
    assert!(!config.unsafe_protocols);
    assert_eq!(config.limits.inbound_migrations, 16);
    assert!(with("lab", "unsafe_protocols = true").unwrap().unsafe_protocols);
    assert_eq!(with("limits", "inbound_migrations = 2").unwrap().limits.inbound_migrations, 2);
}

#[test]
fn the_effective_file_reads_as_itself() {
    let (file, config) = Config::parse("node.toml", MINIMAL, []).unwrap();
    let written = toml::to_string(&file).unwrap();
    assert_eq!(parse(&written), Ok(config));
}

#[test]
fn others_are_told_a_reachable_address() {
    let config = with("listen", "admin = \"0.0.0.0:9\"\n[tls]\nplain = [\"admin\"]").unwrap();
    assert_eq!(config.advertised.admin, "b:9");
    assert_eq!(config.advertised.peer, "b:2");
    assert_eq!(config.advertised.http, "127.0.0.1:6656");
}

#[test]
fn plain_text_to_the_network_is_asked_for_by_name() {
    for (port, remedy) in [
        ("openflow", "set tls.dir (baton pki issue node)"),
        ("peer", "set tls.dir (baton pki issue node)"),
        ("admin", "set tls.dir (baton pki issue node)"),
        ("http", "bind it to a loopback address"),
    ] {
        let on = |tls: &str| with("listen", &format!("{port} = \"10.0.0.1:9\"\n[tls]\n{tls}"));
        let refused = format!(
            "node.toml: listen.{port}: 10.0.0.1:9 would speak plain text to the network; {remedy}, or ask for it: \
             tls.plain = [\"{port}\"]"
        );
        assert_eq!(on("").unwrap_err(), refused);
        assert_eq!(on(&format!("plain = [\"{port}\"]")).map(|_| ()), Ok(()));
        let secured = on("dir = \"d\"").map(|config| config.tls.is_plain(Port::Http));
        assert_eq!(secured, if port == "http" { Err(refused) } else { Ok(true) });
    }
    assert!(with("tls", "plain = [\"ssh\"]").unwrap_err().contains("tls.plain: unknown variant"));
}

#[test]
fn what_is_missing_is_named() {
    let missing = "missing; `baton config example` shows every key";
    for (key, line) in [("node.id", "id = 2\n"), ("node.data_dir", "data_dir = \"d\"\n")] {
        let error = parse(&MINIMAL.replace(line, "")).unwrap_err();
        assert_eq!(error, format!("node.toml: {key}: {missing}"));
    }
    assert_eq!(parse("").unwrap_err(), format!("node.toml: node: {missing}"));
}

#[test]
fn an_unknown_key_suggests_the_nearest() {
    for (section, line, expected) in [
        ("node", "ids = 1", "node.ids: no such key; did you mean \"id\"?"),
        ("listen", "open_flow = 1", "listen.open_flow: no such key; did you mean \"openflow\"?"),
        ("cluster", "join = 1", "cluster.join: no such key; known here: members"),
        ("timing", "lease = 1", "timing.lease: no such key; did you mean \"lease_ms\"?"),
        ("limits", "session = 1", "limits.session: no such key; did you mean \"sessions\"?"),
        ("openflow", "version = 1", "openflow.version: no such key; did you mean \"versions\"?"),
        (
            "lab",
            "unsafe_protocol = true",
            "lab.unsafe_protocol: no such key; did you mean \"unsafe_protocols\"?",
        ),
        ("log", "fmt = 1", "log.fmt: no such key; did you mean \"format\"?"),
        ("clutser", "a = 1", "clutser: no such key; did you mean \"cluster\"?"),
    ] {
        assert_eq!(with(section, line).unwrap_err(), format!("node.toml: {expected}"));
    }
}

#[test]
fn every_key_refuses_another_type() {
    let file: toml::Table = Config::example().parse().unwrap();
    for (section, keys) in &file {
        for key in keys.as_table().unwrap().keys() {
            let mut wrong = file.clone();
            wrong[section][key] = match wrong[section][key] {
                toml::Value::Boolean(_) => toml::Value::Integer(1),
                _ => toml::Value::Boolean(true),
            };
            let error = parse(&toml::to_string(&wrong).unwrap()).unwrap_err();
            let expected = format!("node.toml: {section}.{key}: invalid type");
            assert!(error.starts_with(&expected) && !error.contains('\n'), "{error}");
        }
    }
}

#[test]
fn what_is_out_of_range_is_refused_with_the_bound() {
    for (section, line, expected) in [
        (
            "listen",
            "http = \"localhost\"",
            "listen.http: expected IP:PORT, like 127.0.0.1:6653, not \"localhost\"",
        ),
        (
            "listen",
            "http = \"127.0.0.1:6653\"",
            "listen.http: 127.0.0.1:6653 is listen.openflow already; choose another port",
        ),
        ("timing", "heartbeat_ms = 9", "timing.heartbeat_ms: must be at least 10, not 9"),
        (
            "timing",
            "heartbeat_ms = -1",
            "timing.heartbeat_ms: invalid value: integer `-1`, expected u64",
        ),
        (
            "timing",
            "election_max_ms = 350",
            "timing.election_max_ms: must be at least 351 (above election_min_ms), not 350",
        ),
        (
            "timing",
            "election_min_ms = 349",
            "timing.election_min_ms: must be at least 350 (half of election_max_ms and 2 heartbeats), not 349",
        ),
        (
            "timing",
            "lease_ms = 199",
            "timing.lease_ms: must be at least 200 (4 heartbeats), not 199",
        ),
        (
            "timing",
            "detect_ms = 351",
            "timing.detect_ms: must be at least 352 (lease_ms and a tenth), not 351",
        ),
        (
            "timing",
            "settle_ms = 3600001",
            "timing.settle_ms: must be at most 3600000 (an hour), not 3600001",
        ),
        (
            "timing",
            "grace_ms = 9999999",
            "timing.grace_ms: must be at most 3600000 (an hour), not 9999999",
        ),
        ("limits", "held_packets = 0", "limits.held_packets: must be 1 to 10000000, not 0"),
        ("limits", "held_bytes = 1", "limits.held_bytes: must be 65536 to 1099511627776, not 1"),
        (
            "limits",
            "inbound_migrations = 0",
            "limits.inbound_migrations: must be 1 to 65536, not 0",
        ),
        ("limits", "sessions = 0", "limits.sessions: must be 1 to 65536, not 0"),
        (
            "openflow",
            "versions = []",
            "openflow.versions: empty: no switch could connect; known: \"1.0\", \"1.3\", \"1.4\", \"1.5\"",
        ),
        (
            "openflow",
            "versions = [\"1.1\"]",
            "openflow.versions: unknown version \"1.1\"; known: \"1.0\", \"1.3\", \"1.4\", \"1.5\"",
        ),
        (
            "log",
            "level = \"a=loud\"",
            "log.level: expected error, warn, info, debug, trace or module=level, …, not \"a=loud\"",
        ),
    ] {
        assert_eq!(with(section, line).unwrap_err(), format!("node.toml: {expected}"));
    }
}

#[test]
fn members_are_distinct_nodes_with_addresses() {
    for (members, expected) in [
        ("{ 0 = \"a:1\" }", "cluster.members.0: a node's id is a number from 1, not \"0\""),
        ("{ one = \"a:1\" }", "cluster.members.one: a node's id is a number from 1, not \"one\""),
        (
            "{ 1 = \"a:1\" }",
            "cluster.members: does not name this node; add 2 = \"HOST:PORT\", or join a running cluster: baton run --join",
        ),
        (
            "{ 1 = \"a:1\", 2 = \"a:1\" }",
            "cluster.members.2: a:1 is node 1's already; each has its own",
        ),
        ("{ 1 = \"a:1\", 01 = \"b:1\" }", "cluster.members.1: node 1 is named twice"),
        ("{ 2 = \"a\" }", "cluster.members.2: expected HOST:PORT, like 10.0.0.1:6654, not \"a\""),
        (
            "{ 2 = \"0.0.0.0:1\" }",
            "cluster.members.2: expected HOST:PORT, like 10.0.0.1:6654, not \"0.0.0.0:1\"",
        ),
        (
            "{ 2 = \"::1:1\" }",
            "cluster.members.2: expected HOST:PORT, like 10.0.0.1:6654, not \"::1:1\"",
        ),
        (
            "{ 2 = \"a:0\" }",
            "cluster.members.2: expected HOST:PORT, like 10.0.0.1:6654, not \"a:0\"",
        ),
    ] {
        let text = MINIMAL.replace("{ 1 = \"a:1\", 2 = \"b:2\" }", members);
        assert_eq!(parse(&text).unwrap_err(), format!("node.toml: {expected}"));
    }
}

#[test]
fn a_node_that_joins_or_waits_needs_no_members_but_an_address_that_others_can_use() {
    let (before, _) = MINIMAL.split_once("[cluster]").unwrap();
    let config = parse(before).unwrap();
    assert!(config.members.is_empty());
    assert_eq!(config.advertised.peer, "127.0.0.1:6654");

    let everywhere = format!(
        "{before}[tls]\ndir = \"d\"\n[listen]\npeer = \"0.0.0.0:7\"\nadmin = \"0.0.0.0:8\"\n"
    );
    let expected = "node.toml: listen.advertise: missing, and 0.0.0.0:7 says nothing to the other nodes; \
                    name this node's host";
    assert_eq!(parse(&everywhere).unwrap_err(), expected);
    let config = parse(&format!("{everywhere}advertise = \"10.0.0.4\"\n")).unwrap();
    assert_eq!(config.advertised.peer, "10.0.0.4:7");
    assert_eq!(config.advertised.admin, "10.0.0.4:8");
    let wrong = parse(&format!("{everywhere}advertise = \"a b\"\n")).unwrap_err();
    assert!(wrong.contains("listen.advertise: expected a host"), "{wrong}");
}

#[test]
fn the_environment_overrides_the_file_and_is_blamed_for_it() {
    let config = parse_with(MINIMAL, &[("BATON_NODE__ID", "1"), ("BATON_LISTEN__HTTP", "[::1]:1")]);
    let config = config.unwrap();
    assert_eq!((config.node, config.advertised.http.as_str()), (NodeId(1), "[::1]:1"));

    let error = parse_with(MINIMAL, &[("BATON_TIMING__LEASE_MS", "soon")]).unwrap_err();
    let expected = "timing.lease_ms: invalid type: string \"soon\", expected u64";
    assert_eq!(error, format!("BATON_TIMING__LEASE_MS: {expected}"));

    let error = parse_with(MINIMAL, &[("BATON_NODE__IDD", "1")]).unwrap_err();
    assert_eq!(error, "BATON_NODE__IDD: node.idd: no such key; did you mean \"id\"?");
}

#[test]
fn broken_toml_is_one_line_with_its_number() {
    let error = parse("[node]\nid = = 1\n").unwrap_err();
    assert!(error.starts_with("node.toml: line 2: ") && !error.contains('\n'), "{error}");
}
