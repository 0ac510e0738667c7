//! For whom a certificate is: what it says, and with which files it comes.

use super::authority::Authority;
use crate::tls::{Facts, Identity, IdentityError};

/// Somebody who gets a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Subject {
    identity: Identity,
    hosts: Vec<String>,
}

impl Subject {
    /// Returns a subject; `hosts` are the names and addresses under which a node is dialled.
    pub fn new(identity: Identity, hosts: Vec<String>) -> Self {
        let hosts = match &identity {
            Identity::Node(_) => hosts,
            Identity::Switch { name, .. } => vec![name.clone()],
            Identity::Person { .. } => vec![],
        };
        Self { identity, hosts }
    }

    /// Returns whose certificate it is.
    pub fn of(facts: &Facts) -> Result<Self, IdentityError> {
        Ok(Self::new(facts.identity()?, facts.hosts.clone()))
    }

    /// Returns who it is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Returns the name of the folder of its certificate.
    pub fn folder(&self) -> String {
        match &self.identity {
            Identity::Node(id) => format!("node-{id}"),
            Identity::Switch { name, .. } => format!("switch-{name}"),
            Identity::Person { name, .. } => format!("person-{name}"),
        }
    }

    pub(super) fn common_name(&self) -> String {
        match &self.identity {
            Identity::Node(_) => self.folder(),
            Identity::Switch { name, .. } | Identity::Person { name, .. } => name.clone(),
        }
    }

    pub(super) fn hosts(&self) -> Vec<String> {
        self.hosts.clone()
    }

    /// Returns who vouches for it.
    pub(super) fn authority(&self) -> Authority {
        match self.identity {
            Identity::Node(_) => Authority::Node,
            Identity::Switch { .. } => Authority::Switch,
            Identity::Person { .. } => Authority::Admin,
        }
    }

    /// Returns whom it trusts, and in which file.
    pub(super) fn trusts(&self) -> &'static [(Authority, &'static str)] {
        match self.identity {
            Identity::Node(_) => &[
                (Authority::Node, NODE_CA),
                (Authority::Switch, SWITCH_CA),
                (Authority::Admin, ADMIN_CA),
            ],
            Identity::Switch { .. } | Identity::Person { .. } => &[(Authority::Node, CA)],
        }
    }
}

/// A certificate.
pub(crate) const CERTIFICATE: &str = "cert.pem";
/// Its private key.
pub(crate) const KEY: &str = "key.pem";
/// Whom a node trusts as a node.
pub(crate) const NODE_CA: &str = "node-ca.pem";
/// Whom a node trusts as a switch.
pub(crate) const SWITCH_CA: &str = "switch-ca.pem";
/// Whom a node trusts as a person.
pub(crate) const ADMIN_CA: &str = "admin-ca.pem";
/// Whom everybody else trusts, as a node.
pub(crate) const CA: &str = "ca.pem";
/// What Open vSwitch takes, in the order of `ovs-vsctl set-ssl`.
pub(crate) const SWITCH_FILES: [&str; 3] = [KEY, CERTIFICATE, CA];
