//! Handshakes in memory, between whoever dials and each port of a node.

use super::*;
use crate::clock::unix_ms;
use crate::pki::subject::{ADMIN_CA, CA, KEY, NODE_CA, SWITCH_CA};
use crate::pki::tests::{issue, node, person, pki, switch};
use crate::pki::{Authority, Pki, Validity};
use rcgen::{
    CertificateParams, CertificateRevocationListParams, Issuer, KeyIdMethod, KeyPair,
    RevokedCertParams, SanType, SerialNumber, date_time_ymd,
};
use rustls::client::Resumption;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::sign::SingleCertAndKey;
use rustls::version::{TLS12, TLS13};
use rustls::{HandshakeKind, SupportedProtocolVersion};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::process::Command;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
use tokio_rustls::server::TlsStream as ServerStream;
use tokio_rustls::{TlsAcceptor, TlsConnector, client::TlsStream as ClientStream};
use x509_parser::prelude::{FromDer, X509Certificate};

/// A cluster's folder, with node 1, node 2, switch s1 and the operator ann.
struct Cluster {
    dir: TempDir,
    pki: Pki,
}

impl Cluster {
    fn new() -> Self {
        let (dir, pki) = pki();
        for subject in [node(1), node(2), switch("s1"), person("ann", Role::Operator)] {
            issue(&pki, &subject);
        }
        Self { dir, pki }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    fn tls(&self) -> Tls {
        Tls::load(&self.path("node-1"), NodeId(1)).unwrap()
    }

    /// Returns how somebody dials who has a folder, however bad it is.
    fn client(&self, folder: &str) -> ClientConfig {
        let trusts = if folder.starts_with("node-") { NODE_CA } else { CA };
        let trusted = trusted::Trusted::read(&self.path(folder).join(trusts)).unwrap();
        let chain = revocation::Revoked::read(&self.path("ca"), &[]).unwrap().servers(&trusted);
        config::client(self.own(folder), NodeVerifier { chain: chain.unwrap(), expected: None })
    }

    /// Returns how somebody dials who speaks one version of TLS.
    fn plain_client(
        &self,
        folder: &str,
        version: &'static SupportedProtocolVersion,
    ) -> ClientConfig {
        ClientConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(self.verifier())
            .with_client_cert_resolver(Arc::new(SingleCertAndKey::from(self.own(folder))))
    }

    /// Returns what takes any node of this cluster.
    fn verifier(&self) -> Arc<NodeVerifier> {
        let chain = Material::load(&self.path("node-1")).unwrap().nodes;
        Arc::new(NodeVerifier { chain, expected: None })
    }

    fn own(&self, folder: &str) -> Arc<CertifiedKey> {
        let key = PrivateKeyDer::from_pem_file(self.path(folder).join(KEY)).unwrap();
        let key = provider().key_provider.load_private_key(key).unwrap();
        let chain = trusted::certificates(&self.path(folder).join(CERTIFICATE)).unwrap();
        Arc::new(CertifiedKey::new(chain, key))
    }

    /// Makes the list by which an authority revokes the certificates of these folders.
    fn revoke(&self, authority: Authority, folders: &[&str]) -> String {
        let read =
            |end: &str| fs::read_to_string(self.path(&format!("ca/{authority}.{end}"))).unwrap();
        let key = KeyPair::from_pem(&read("key")).unwrap();
        let issuer = Issuer::from_ca_cert_pem(&read("crt"), key).unwrap();
        let revoked_certs = folders.iter().map(|folder| {
            let own = self.own(folder);
            let serial = X509Certificate::from_der(&own.cert[0]).unwrap().1.raw_serial().to_vec();
            RevokedCertParams {
                serial_number: SerialNumber::from(serial),
                revocation_time: date_time_ymd(2026, 1, 1),
                reason_code: None,
                invalidity_date: None,
            }
        });
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2026, 1, 1),
            // Long ago: it counts all the same.
            next_update: date_time_ymd(2026, 1, 2),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: revoked_certs.collect(),
            key_identifier_method: KeyIdMethod::Sha256,
        };
        list.signed_by(&issuer).unwrap().pem().unwrap()
    }
}

type Ends = (io::Result<ServerStream<DuplexStream>>, io::Result<ClientStream<DuplexStream>>);

/// Shakes hands, and sends a byte from the server to the client: only then does the client know.
async fn meet(server: Arc<ServerConfig>, client: impl Into<Arc<ClientConfig>>) -> Ends {
    let (a, b) = duplex(65_536);
    let accept = async {
        let mut stream = TlsAcceptor::from(server).accept(a).await?;
        stream.write_all(b"!").await?;
        stream.flush().await?;
        Ok(stream)
    };
    let connect = async {
        // No certificate has this name.
        let name = ServerName::try_from("forwarded.example").unwrap();
        let mut stream = TlsConnector::from(client.into()).connect(name, b).await?;
        stream.read_exact(&mut [0]).await?;
        Ok(stream)
    };
    tokio::join!(accept, connect)
}

/// Returns who was let in, or what each side says of it.
async fn let_in(
    server: Arc<ServerConfig>,
    client: impl Into<Arc<ClientConfig>>,
) -> Result<Identity, [String; 2]> {
    match meet(server, client).await {
        (Ok(server), Ok(_)) => {
            Ok(identity_of(&server.get_ref().1.peer_certificates().unwrap()[0]).unwrap())
        }
        (server, client) => Err([said(server.map(drop)), said(client.map(drop))]),
    }
}

fn said(end: io::Result<()>) -> String {
    end.map_or_else(
        |error| explain(&error).unwrap_or(error.to_string()),
        |()| "all is well".to_owned(),
    )
}

const STRANGER: &str = "the certificate is signed by nobody whom we trust here";
const UNKNOWN: &str = "the other side refuses us: it does not know who signed our certificate: this port is for \
                       others, or the CA was rolled over";

#[tokio::test]
async fn each_certificate_opens_its_own_port_and_no_other() {
    let cluster = Cluster::new();
    let tls = cluster.tls();
    let ports = [tls.switches(), tls.peers_server(), tls.admin_server()];
    let folders = ["switch-s1", "node-2", "person-ann"];
    for (at, port) in ports.iter().enumerate() {
        for (of, folder) in folders.iter().enumerate() {
            let met = let_in(port.clone(), cluster.client(folder)).await;
            match (at == of, met) {
                (true, Ok(identity)) => {
                    assert_eq!(crate::pki::Subject::new(identity, vec![]).folder(), *folder);
                }
                (false, Err(said)) => assert_eq!(said, [STRANGER, UNKNOWN]),
                (_, met) => panic!("{folder} at port {at}: {met:?}"),
            }
        }
    }
}

#[tokio::test]
async fn what_has_ended_or_not_begun_opens_no_port() {
    let cluster = Cluster::new();
    let tls = cluster.tls();
    let now_ms = unix_ms();
    let past = Validity { not_before_ms: now_ms - 2_000_000, not_after_ms: now_ms - 1_000_000 };
    let future = Validity { not_before_ms: now_ms + 1_000_000, not_after_ms: now_ms + 2_000_000 };
    for (id, validity) in [(3, past), (4, future)] {
        let name = format!("s{id}");
        for subject in [switch(&name), node(id), person(&name, Role::Admin)] {
            cluster.pki.issue(&subject, validity).unwrap().write().unwrap();
        }
    }
    let ended = ["the certificate has ended", "our certificate has ended, or does not count yet"];
    for (port, kind) in [
        (tls.switches(), "switch-s"),
        (tls.peers_server(), "node-"),
        (tls.admin_server(), "person-s"),
    ] {
        let met = let_in(port.clone(), cluster.client(&format!("{kind}3"))).await.unwrap_err();
        assert!(met[0] == ended[0] && met[1].ends_with(ended[1]), "{kind}: {met:?}");
        let met = let_in(port.clone(), cluster.client(&format!("{kind}4"))).await.unwrap_err();
        assert!(met[0] == "the certificate does not count yet", "{kind}: {met:?}");
    }
}

#[tokio::test]
async fn no_port_is_open_to_strangers() {
    let (cluster, other) = (Cluster::new(), Cluster::new());
    let tls = cluster.tls();
    for (port, folder) in [
        (tls.switches(), "switch-s1"),
        (tls.peers_server(), "node-2"),
        (tls.admin_server(), "person-ann"),
    ] {
        let client = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .dangerous()
            .with_custom_certificate_verifier(cluster.verifier());
        let met = let_in(port.clone(), client.clone().with_no_client_auth()).await.unwrap_err();
        assert_eq!(met[0], "the other side shows no certificate", "{folder}");
        assert!(met[1].ends_with("it wants a certificate, and was shown none"), "{met:?}");

        // A home-made one, and one of another cluster.
        let (own, key) = self_signed(["baton://person/eve", "baton://role/admin"]);
        let eve = client.with_client_auth_cert(vec![own], key).unwrap();
        let mut stranger = other.client(folder);
        stranger.dangerous().set_certificate_verifier(cluster.verifier());
        for client in [eve, stranger] {
            let met = let_in(port.clone(), client).await.unwrap_err();
            assert_eq!(met, [STRANGER, UNKNOWN], "{folder}");
        }
    }
}

fn self_signed(uris: [&str; 2]) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
    let key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.subject_alt_names = uris.map(|uri| SanType::URI(uri.try_into().unwrap())).into();
    let certificate = params.self_signed(&key).unwrap();
    (certificate.into(), PrivateKeyDer::from_pem_slice(key.serialize_pem().as_bytes()).unwrap())
}

#[tokio::test]
async fn the_node_that_was_dialled_answers_or_nobody() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.tls(), Tls::load(&cluster.path("node-2"), NodeId(2)).unwrap());
    let dialled = |node| one.peers_client(node);
    assert_eq!(
        let_in(two.peers_server(), dialled(Some(NodeId(2)))).await,
        Ok(Identity::Node(NodeId(1)))
    );
    assert_eq!(let_in(two.peers_server(), dialled(None)).await, Ok(Identity::Node(NodeId(1))));
    let met = let_in(two.peers_server(), dialled(Some(NodeId(3)))).await.unwrap_err();
    assert_eq!(met[1], "node 2 answers, not node 3");
    let ann = ClientMaterial::load(&cluster.path("person-ann")).unwrap();
    let met = let_in(two.admin_server(), ann.config).await;
    assert_eq!(met.as_ref(), Ok(&ann.person));
}

#[tokio::test]
async fn nobody_but_a_node_is_taken_for_a_server() {
    let cluster = Cluster::new();
    let other = Cluster::new();
    let tls = cluster.tls();
    for (own, why) in [
        (cluster.own("switch-s1"), "the certificate is not for this use"),
        (cluster.own("person-ann"), "the certificate is not for this use"),
        (other.own("node-2"), STRANGER),
    ] {
        // It lets everybody in, and hopes to be taken.
        let trap = ServerConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(SingleCertAndKey::from(own)));
        for expected in [None, Some(NodeId(2))] {
            let (_, client) = meet(Arc::new(trap.clone()), tls.peers_client(expected)).await;
            assert_eq!(said(client.map(drop)), why);
        }
    }
}

#[tokio::test]
async fn switches_may_speak_tls_1_2_and_others_may_not() {
    let cluster = Cluster::new();
    let tls = cluster.tls();
    let old = |folder: &str| cluster.plain_client(folder, &TLS12);
    assert!(let_in(tls.switches(), old("switch-s1")).await.is_ok());
    let met = let_in(tls.switches(), old("person-ann")).await.unwrap_err();
    assert_eq!(met[0], STRANGER);
    for (port, folder) in [(tls.peers_server(), "node-2"), (tls.admin_server(), "person-ann")] {
        let met = let_in(port, old(folder)).await.unwrap_err();
        assert!(met[1].contains("no version of TLS that we speak"), "{met:?}");
    }
}

#[tokio::test]
async fn no_session_is_resumed() {
    let cluster = Cluster::new();
    let tls = cluster.tls();
    for (port, folder, version) in [
        (tls.switches(), "switch-s1", &TLS12),
        (tls.switches(), "switch-s1", &TLS13),
        (tls.peers_server(), "node-2", &TLS13),
        (tls.admin_server(), "person-ann", &TLS13),
    ] {
        // This client would resume if it could.
        let mut client = cluster.plain_client(folder, version);
        client.resumption = Resumption::in_memory_sessions(8);
        let client = Arc::new(client);
        for _ in 0..3 {
            let (server, _) = meet(port.clone(), client.clone()).await;
            let kind = server.unwrap().get_ref().1.handshake_kind();
            assert_eq!(kind, Some(HandshakeKind::Full), "{folder}");
        }
    }
}

#[tokio::test]
async fn grpc_is_agreed_upon_and_openflow_needs_no_word() {
    let cluster = Cluster::new();
    let tls = cluster.tls();
    for (port, folder, expected) in [
        (tls.peers_server(), "node-2", Some(&b"h2"[..])),
        (tls.admin_server(), "person-ann", Some(b"h2")),
        (tls.switches(), "switch-s1", None),
    ] {
        let (server, client) = meet(port, cluster.client(folder)).await;
        let (server, client) = (server.unwrap(), client.unwrap());
        assert_eq!(server.get_ref().1.alpn_protocol(), expected);
        assert_eq!(client.get_ref().1.alpn_protocol(), expected);
    }
}

#[tokio::test]
async fn the_revoked_are_refused_everywhere_and_others_are_not() {
    let cluster = Cluster::new();
    issue(&cluster.pki, &switch("s2"));
    issue(&cluster.pki, &person("bob", Role::Admin));
    issue(&cluster.pki, &node(3));
    let (tls, two) = (cluster.tls(), Tls::load(&cluster.path("node-2"), NodeId(2)).unwrap());
    let ports = || [tls.switches(), tls.peers_server(), tls.admin_server()];
    let bad = ["switch-s1", "node-2", "person-ann"];
    for (port, folder) in ports().into_iter().zip(bad) {
        assert!(let_in(port, cluster.client(folder)).await.is_ok());
    }
    let authorities = [Authority::Switch, Authority::Node, Authority::Admin];
    let lists: Vec<String> =
        authorities.iter().zip(bad).map(|(it, folder)| cluster.revoke(*it, &[folder])).collect();
    fs::write(cluster.path("node-1/crl.pem"), lists.concat()).unwrap();
    tls.reload().unwrap();
    for (port, folder) in ports().into_iter().zip(bad) {
        let met = let_in(port, cluster.client(folder)).await.unwrap_err();
        let expected =
            ["the certificate is revoked", "the other side refuses us: our certificate is revoked"];
        assert_eq!(met, expected, "{folder}");
    }
    for (port, folder) in ports().into_iter().zip(["switch-s2", "node-3", "person-bob"]) {
        assert!(let_in(port, cluster.client(folder)).await.is_ok(), "{folder}");
    }
    // Node 2 is not dialled either.
    let (_, client) = meet(two.peers_server(), tls.peers_client(Some(NodeId(2)))).await;
    assert_eq!(said(client.map(drop)), "the certificate is revoked");
    // A list of one authority alone says nothing of the others.
    fs::write(cluster.path("node-1/crl.pem"), &lists[0]).unwrap();
    tls.reload().unwrap();
    assert!(let_in(tls.peers_server(), cluster.client("node-2")).await.is_ok());
    assert!(let_in(tls.switches(), cluster.client("switch-s1")).await.is_err());
}

#[tokio::test]
async fn a_list_is_made_as_the_document_says() {
    let cluster = Cluster::new();
    issue(&cluster.pki, &switch("s2"));
    symlink(".", cluster.path("pki")).unwrap();
    let document = include_str!("../../../docs/certificates.md");
    let (_, chapter) = document.split_once("\n## Revoke them\n").unwrap();
    let commands = chapter.split("```").nth(1).unwrap().strip_prefix("sh").unwrap();
    let ran = Command::new("sh").args(["-ec", commands]).current_dir(cluster.dir.path()).output();
    assert!(ran.as_ref().unwrap().status.success(), "{ran:?}");
    let tls = cluster.tls();
    let met = let_in(tls.switches(), cluster.client("switch-s1")).await.unwrap_err();
    assert_eq!(met[0], "the certificate is revoked");
    assert!(let_in(tls.switches(), cluster.client("switch-s2")).await.is_ok());
}

/// Sends a byte each way.
async fn talk(server: &mut ServerStream<DuplexStream>, client: &mut ClientStream<DuplexStream>) {
    for _ in 0..2 {
        client.write_all(b"?").await.unwrap();
        client.flush().await.unwrap();
        server.read_exact(&mut [0]).await.unwrap();
        server.write_all(b"!").await.unwrap();
        server.flush().await.unwrap();
        client.read_exact(&mut [0]).await.unwrap();
    }
}

fn shown(client: &ClientStream<DuplexStream>) -> CertificateDer<'static> {
    client.get_ref().1.peer_certificates().unwrap()[0].clone()
}

#[tokio::test]
async fn a_reload_is_for_new_sessions_and_live_ones_go_on() {
    let cluster = Cluster::new();
    let tls = cluster.tls();
    let clone = tls.clone();
    let (server, client) = meet(tls.switches(), cluster.client("switch-s1")).await;
    let (mut server, mut client) = (server.unwrap(), client.unwrap());
    let old = shown(&client);

    cluster.pki.rotate("node-1", Validity::days(1)).unwrap().write().unwrap();
    let list = cluster.revoke(Authority::Switch, &["switch-s1"]);
    fs::write(cluster.path("node-1/crl.pem"), list).unwrap();
    let (_, unaware) = meet(tls.switches(), cluster.client("switch-s1")).await;
    assert_eq!(shown(&unaware.unwrap()), old);
    tls.reload().unwrap();
    talk(&mut server, &mut client).await;
    issue(&cluster.pki, &switch("s2"));
    let (_, next) = meet(clone.switches(), cluster.client("switch-s2")).await;
    assert_ne!(shown(&next.unwrap()), old);
    assert!(let_in(tls.switches(), cluster.client("switch-s1")).await.is_err());
    talk(&mut server, &mut client).await;
    assert!(tls.not_after_ms() < unix_ms() + 2 * 86_400_000);
}

#[tokio::test]
async fn a_bad_reload_changes_nothing_and_says_why() {
    let cluster = Cluster::new();
    let tls = cluster.tls();
    let (_, client) = meet(tls.switches(), cluster.client("switch-s1")).await;
    let before = shown(&client.unwrap());
    fs::copy(cluster.path("node-2/key.pem"), cluster.path("node-1/key.pem")).unwrap();
    let error = tls.reload().unwrap_err();
    let expected = format!(
        "{}: is not the key of cert.pem; copy the whole folder again, as `baton pki` made it",
        cluster.path("node-1/key.pem").display()
    );
    assert_eq!(error.to_string(), expected);
    let (_, client) = meet(tls.switches(), cluster.client("switch-s1")).await;
    assert_eq!(shown(&client.unwrap()), before);
    // Good material, but another node's.
    fs::copy(cluster.path("node-2/cert.pem"), cluster.path("node-1/cert.pem")).unwrap();
    let error = tls.reload().unwrap_err().to_string();
    assert!(
        error.ends_with("is the certificate of node 2, not of node 1; use the folder of node 1"),
        "{error}"
    );
}

#[tokio::test]
async fn an_authority_is_rolled_over_while_the_cluster_runs() {
    let cluster = Cluster::new();
    let (one, two) = (cluster.tls(), Tls::load(&cluster.path("node-2"), NodeId(2)).unwrap());
    let year = Validity::days(365);
    let all_meet = async |when: &str| {
        for (a, b) in [(&one, &two), (&two, &one)] {
            let dialled = Some(b.0.node);
            assert!(let_in(b.peers_server(), a.peers_client(dialled)).await.is_ok(), "{when}");
        }
        assert!(let_in(one.switches(), cluster.client("switch-s1")).await.is_ok(), "{when}");
    };
    cluster.pki.roll_over(Authority::Node, Validity::days(3_650)).unwrap().write().unwrap();
    one.reload().unwrap();
    all_meet("one has the new CA").await;
    two.reload().unwrap();
    for (tls, folder) in [(&one, "node-1"), (&two, "node-2")] {
        cluster.pki.rotate(folder, year).unwrap().write().unwrap();
        tls.reload().unwrap();
        all_meet(folder).await;
    }
    cluster.pki.finish(Authority::Node).unwrap().write().unwrap();
    one.reload().unwrap();
    all_meet("one has forgotten the old CA").await;
    two.reload().unwrap();
    all_meet("both have").await;
}

#[test]
fn a_folder_that_changes_places_is_read_as_one_or_the_other() {
    let cluster = Cluster::new();
    let folder = cluster.path("node-1");
    let rotating = std::thread::spawn({
        let pki = cluster.pki.clone();
        move || {
            for _ in 0..50 {
                pki.rotate("node-1", Validity::days(1)).unwrap().write().unwrap();
            }
        }
    });
    let mut loaded = 0;
    while !rotating.is_finished() {
        Material::load(&folder).unwrap();
        loaded += 1;
    }
    rotating.join().unwrap();
    assert!(loaded > 10, "{loaded}");
}

#[test]
fn what_is_wrong_with_a_folder_is_told() {
    let cluster = Cluster::new();
    let other = Cluster::new();
    let now_ms = unix_ms();
    let at = |from_ms, to_ms| Validity { not_before_ms: from_ms, not_after_ms: to_ms };
    for (id, validity) in [(3, at(1_000, 2_000)), (4, at(now_ms + 1_000_000, now_ms + 2_000_000))] {
        cluster.pki.issue(&node(id), validity).unwrap().write().unwrap();
    }
    let told = |folder: &str| Material::load(&cluster.path(folder)).unwrap_err().to_string();
    let again = "; copy the whole folder again, as `baton pki` made it";
    for (folder, expected) in [
        (
            "node-3",
            "/node-3/cert.pem: ended on 1970-01-01T00:00:02.000Z; make a new one: baton pki rotate node-3",
        ),
        ("node-4", "; is the clock of this machine right?"),
        (
            "switch-s1",
            "/cert.pem: is the certificate of switch s1, not of a node; use the folder of a node",
        ),
        (
            "node-9",
            &format!(
                "/node-9/cert.pem: cannot be read: No such file or directory (os error 2){again}"
            ),
        ),
    ] {
        assert!(told(folder).ends_with(expected), "{}", told(folder));
    }
    let error = ClientMaterial::load(&cluster.path("node-1")).unwrap_err().to_string();
    assert!(
        error
            .ends_with("is the certificate of node 1, not of a person; use the folder of a person"),
        "{error}"
    );

    // Each file in turn is damaged, and made good again.
    let strange = other.revoke(Authority::Node, &["node-2"]);
    let twice = cluster.revoke(Authority::Node, &["node-2"]).repeat(2);
    let own = cluster.revoke(Authority::Node, &["node-1"]);
    let foreign = fs::read_to_string(other.path("ca/node.crt")).unwrap();
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    for (file, content, expected) in [
        (CERTIFICATE, "", "holds no certificate that can be used: there is none"),
        (CERTIFICATE, broken, "not a certificate: "),
        (KEY, "", "holds no private key that can be used: "),
        (NODE_CA, "", "holds no certificate that can be used: there is none"),
        (NODE_CA, broken, "holds no CA certificate that can be used: "),
        (SWITCH_CA, broken, "holds no CA certificate that can be used: "),
        (ADMIN_CA, "-----BEGIN CERTIFICATE-----\n", "holds no certificate that can be used: "),
        (
            NODE_CA,
            &foreign,
            "cert.pem: the nodes of the cluster would refuse it: the certificate is signed by nobody",
        ),
        ("crl.pem", "", "holds no revocation list that can be used: there is none"),
        ("crl.pem", &strange, "holds a list of \"CN=baton node CA "),
        ("crl.pem", &twice, "holds two lists of \"CN=baton node CA "),
        (
            "crl.pem",
            &own,
            "cert.pem: the nodes of the cluster would refuse it: the certificate is revoked",
        ),
    ] {
        let path = cluster.path("node-1").join(file);
        let good = fs::read(&path).ok();
        fs::write(&path, content).unwrap();
        assert!(told("node-1").contains(expected), "{file}: {}", told("node-1"));
        match good {
            Some(good) => fs::write(&path, good).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
        Material::load(&cluster.path("node-1")).unwrap();
    }
}

#[test]
fn no_key_is_told() {
    let cluster = Cluster::new();
    let (tls, material) = (cluster.tls(), Material::load(&cluster.path("node-1")).unwrap());
    let ann = ClientMaterial::load(&cluster.path("person-ann")).unwrap();
    let mut told = format!("{tls:?} {material:?} {ann:?} {:?}", tls.switches());
    told += &format!("{:?} {:?}", tls.peers_client(None), ann.config);
    fs::copy(cluster.path("node-2/key.pem"), cluster.path("node-1/key.pem")).unwrap();
    told += &format!("{:?}", tls.reload());
    for folder in ["node-1", "node-2", "person-ann"] {
        let key = fs::read_to_string(cluster.path(folder).join(KEY)).unwrap();
        let der = PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap();
        // The secret number of a P-256 key in PKCS #8 (RFC 5915 §3).
        let secret = &der.secret_der()[36..68];
        let hex: String = secret.iter().map(|byte| format!("{byte:02x}")).collect();
        for form in [&key.lines().nth(1).unwrap().to_owned(), &hex, &format!("{secret:?}")] {
            assert!(!told.to_lowercase().contains(&form.to_lowercase()), "{folder}: {form}");
        }
    }
    assert!(told.contains("Tls {") && !told.contains("PRIVATE"));
}

#[test]
fn a_role_that_there_is_not_is_nobodys() {
    let (own, _) = self_signed(["baton://person/eve", "baton://role/root"]);
    assert!(matches!(identity_of(&own), Err(IdentityError::Unknown(_))));
    assert!(matches!(identity_of(b"nonsense"), Err(IdentityError::Unreadable(_))));
}
