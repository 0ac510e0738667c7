//! An admin port that speaks TLS: who is let in, who may do what, and in whose name.

use super::{Bench, PATIENCE, next, wish};
use crate::admin::{Trouble, connect};
use crate::config::Config;
use crate::pki::subject::CA;
use crate::pki::tests::{issue, node, person, pki};
use crate::proto::admin as proto;
use crate::security::Security;
use crate::tls::{ClientMaterial, Role};
use rustls::ClientConfig;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use tempfile::TempDir;
use tonic::Code;

/// Returns where node 1 and one person of each role have their folders, named after the role.
fn folders() -> TempDir {
    let (dir, pki) = pki();
    issue(&pki, &node(1));
    for role in Role::ALL {
        issue(&pki, &person(role.name(), role));
    }
    dir
}

fn folder(dir: &Path, role: Role) -> Arc<ClientConfig> {
    ClientMaterial::load(&dir.join(format!("person-{role}"))).unwrap().config
}

impl Bench {
    /// Opens an admin port with the certificates of node 1.
    async fn secure(&mut self, dir: &Path) {
        let dir = dir.join("node-1");
        let text = format!("[node]\nid = 1\ndata_dir = \"data\"\n[tls]\ndir = {dir:?}\n");
        let (_, config) = Config::parse("test", &text, []).unwrap();
        self.node.security = Security::load(&config).unwrap();
        self.serve_anew(self.node.clone()).await;
    }
}

#[tokio::test]
async fn a_certificate_says_who_may_what_and_who_did_it() {
    let (dir, mut bench) = (folders(), Bench::with_switch().await);
    bench.secure(dir.path()).await;
    let addresses = [bench.address.clone()];
    let log_in =
        async |role| connect(&addresses, Some(folder(dir.path(), role)), PATIENCE).await.unwrap();
    let refused = log_in(Role::Viewer).await.migrate(wish()).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let expected = "viewer is a viewer; Migrate needs an operator";
    assert!(refused.message().starts_with(expected), "{refused}");
    assert!(bench.node.consensus.read(|state| state.migrations().is_empty()));

    let mut operator = log_in(Role::Operator).await;
    let open = next(operator.migrate(wish()).await.unwrap().get_mut()).await;
    assert_eq!(open.actor, "operator", "whatever the request says");
    let cancel = proto::CancelMigrationRequest { id: 1, actor: "me@here".into(), dry_run: false };
    let cancelled = operator.cancel_migration(cancel).await.unwrap().into_inner();
    assert_eq!(cancelled.aborted_because.as_deref(), Some("cancelled by operator"));
    let snapshot = proto::SaveSnapshotRequest {};
    let refused = operator.save_snapshot(snapshot).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
    assert!(log_in(Role::Admin).await.save_snapshot(snapshot).await.is_ok());
}

#[tokio::test]
async fn each_way_to_be_turned_away_is_told_apart() {
    let dir = folders();
    let plain = Bench::start().await;
    let mut secured = Bench::start().await;
    secured.secure(dir.path()).await;
    let met = async |bench: &Bench, tls| {
        let met = connect(std::slice::from_ref(&bench.address), tls, PATIENCE).await;
        met.map(drop).map_err(|unreachable| unreachable.tried[0].1.clone())
    };
    let ann = || Some(folder(dir.path(), Role::Admin));
    assert_eq!(met(&plain, None).await, Ok(()));
    assert_eq!(met(&secured, ann()).await, Ok(()));
    assert_eq!(met(&secured, None).await, Err(Trouble::WantsTls));
    assert_eq!(met(&plain, ann()).await, Err(Trouble::Plain));

    // Of another cluster, though it trusts the nodes of this one.
    let other = folders();
    fs::copy(dir.path().join("ca/node.crt"), other.path().join("person-admin").join(CA)).unwrap();
    let met = met(&secured, Some(folder(other.path(), Role::Admin))).await.unwrap_err();
    assert!(matches!(met, Trouble::Refused(_)), "{met}");
}
