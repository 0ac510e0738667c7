//! Who the owner of a certificate is: what it is called, and what it may do.
//!
//! Our certificates say so in URIs among their subject alternative names:
//!
//! ```text
//! baton://node/1
//! baton://switch/s1    baton://dpid/0000000000000001 …
//! baton://person/ann   baton://role/operator
//! ```
//!
//! Which of them a port takes is decided by its authority: the switches' one could sign `baton://node/1`, but no
//! node would listen.

use super::facts::Facts;
use migration::NodeId;
use openflow::Dpid;
use std::fmt;
use std::str::FromStr;

/// The owner of a certificate.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Identity {
    /// A controller node.
    Node(NodeId),
    /// A switch.
    Switch {
        /// What it is called; its common name, if the certificate is of foreign make.
        name: String,
        /// Datapath ids that it may have; empty if its certificate binds it to none.
        dpids: Vec<Dpid>,
    },
    /// Somebody at the command line.
    Person {
        /// What they are called.
        name: String,
        /// What they may do.
        role: Role,
    },
}

/// What a person may do; who may do more comes later.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Role {
    /// Look.
    Viewer,
    /// Move switches, and empty nodes.
    Operator,
    /// Let nodes in and out.
    Admin,
}

/// Why a certificate says nothing of its owner.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum IdentityError {
    /// It is no certificate.
    #[error("not a certificate: {0}")]
    Unreadable(String),
    /// It has neither our URIs nor a common name.
    #[error("the certificate names nobody: no baton:// URI, no common name")]
    Nameless,
    /// A URI of ours that means nothing.
    #[error("the certificate has the name {0:?}, which means nothing")]
    Unknown(String),
    /// URIs of ours that cannot go together.
    #[error("the certificate is nobody's in particular: {}", .0.join(", "))]
    Contradictory(Vec<String>),
}

/// Returns whose certificate this is, from its DER.
pub fn identity_of(der: &[u8]) -> Result<Identity, IdentityError> {
    Facts::of(der)?.identity()
}

impl Identity {
    /// Returns whether it may be the switch with this datapath id: one whose certificate is bound to none may be any.
    pub fn may_be(&self, dpid: Dpid) -> bool {
        let Self::Switch { dpids, .. } = self else { return false };
        dpids.is_empty() || dpids.contains(&dpid)
    }

    /// Returns the URIs by which a certificate says this.
    pub fn uris(&self) -> Vec<String> {
        let words = match self {
            Self::Node(id) => vec![format!("node/{id}")],
            Self::Switch { name, dpids } => {
                let dpids = dpids.iter().map(|dpid| format!("dpid/{dpid}"));
                [format!("switch/{name}")].into_iter().chain(dpids).collect()
            }
            Self::Person { name, role } => vec![format!("person/{name}"), format!("role/{role}")],
        };
        words.iter().map(|word| format!("{SCHEME}{word}")).collect()
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Node(id) => write!(f, "node {id}"),
            Self::Switch { name, .. } => write!(f, "switch {name}"),
            Self::Person { name, role } => write!(f, "{role} {name}"),
        }
    }
}

impl Facts {
    /// Returns whose certificate it is.
    ///
    /// One without our URIs, as `ovs-pki` makes it, is a switch's that is bound to no datapath id.
    pub fn identity(&self) -> Result<Identity, IdentityError> {
        let ours: Vec<&String> = self.uris.iter().filter(|uri| uri.starts_with(SCHEME)).collect();
        let Some(first) = ours.first() else {
            let name = self.common_name.clone().filter(|name| !name.is_empty());
            let name = name.ok_or(IdentityError::Nameless)?;
            return Ok(Identity::Switch {
                name: name.replace(char::is_control, "?"),
                dpids: vec![],
            });
        };
        let of = |kind: &str| -> Vec<&str> {
            let words = ours.iter().filter_map(|uri| uri.strip_prefix(SCHEME)?.split_once('/'));
            words.filter(|(it, _)| *it == kind).map(|(_, value)| value).collect()
        };
        let [nodes, switches, dpids, people, roles] = KINDS.map(of);
        let identity = match (&nodes[..], &switches[..], &people[..], &roles[..]) {
            ([id], [], [], []) if dpids.is_empty() => node(id).map(Identity::Node),
            ([], [switch], [], []) => name(switch).ok().and_then(|name| {
                let dpids = dpids.iter().map(|text| dpid(text)).collect::<Option<_>>()?;
                Some(Identity::Switch { name, dpids })
            }),
            ([], [], [person], [role]) if dpids.is_empty() => name(person)
                .ok()
                .and_then(|name| Some(Identity::Person { name, role: role.parse().ok()? })),
            _ => {
                let ours = ours.into_iter().cloned().collect();
                return Err(IdentityError::Contradictory(ours));
            }
        };
        let identity = identity.ok_or_else(|| IdentityError::Unknown((*first).clone()))?;
        // Whatever else is written there, in another spelling or of another kind, is not passed over.
        match ours.iter().find(|uri| !identity.uris().contains(uri)) {
            None => Ok(identity),
            Some(unknown) => Err(IdentityError::Unknown((*unknown).clone())),
        }
    }
}

impl Role {
    /// Every role, the least first.
    pub const ALL: [Self; 3] = [Self::Viewer, Self::Operator, Self::Admin];

    /// Returns what it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Operator => "operator",
            Self::Admin => "admin",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Why a text is not a [`Role`].
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a role is viewer, operator or admin")]
pub struct RoleError;

impl FromStr for Role {
    type Err = RoleError;

    fn from_str(text: &str) -> Result<Self, RoleError> {
        Self::ALL.into_iter().find(|role| role.name() == text).ok_or(RoleError)
    }
}

/// Reads the name of a switch or a person, which is also the name of a folder and of a host.
pub fn name(text: &str) -> Result<String, &'static str> {
    let is_label = |label: &str| {
        let letter = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let ends = [label.bytes().next(), label.bytes().last()];
        ends.into_iter().all(|end| end.is_some_and(letter))
            && label.bytes().all(|byte| letter(byte) || byte == b'-')
    };
    if text.len() > MAX_NAME_LEN || !text.split('.').all(is_label) {
        return Err("expected 1 to 63 of a-z, 0-9, '-' and '.', a letter or digit at each end");
    }
    Ok(text.to_owned())
}

fn node(text: &str) -> Option<NodeId> {
    text.parse().ok().filter(|id| *id > 0).map(NodeId)
}

fn dpid(text: &str) -> Option<Dpid> {
    text.parse().ok()
}

const SCHEME: &str = "baton://";
const KINDS: [&str; 5] = ["node", "switch", "dpid", "person", "role"];
/// A label of a host name has no more (RFC 1035 §2.3.4), a common name one more (RFC 5280, ub-common-name).
const MAX_NAME_LEN: usize = 63;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(uris: &[&str]) -> Result<Identity, IdentityError> {
        let uris = uris.iter().map(|&uri| uri.to_owned()).collect();
        facts(uris, Some("CN of it")).identity()
    }

    fn facts(uris: Vec<String>, common_name: Option<&str>) -> Facts {
        Facts {
            subject: String::new(),
            issuer: String::new(),
            common_name: common_name.map(str::to_owned),
            hosts: vec![],
            uris,
            public_key: vec![],
            is_authority: false,
            not_before_ms: 0,
            not_after_ms: 0,
            sha256: String::new(),
        }
    }

    #[test]
    fn a_switch_may_be_what_its_certificate_is_bound_to_or_any_if_it_is_to_none() {
        let bound = |dpids| Identity::Switch { name: "s1".to_owned(), dpids };
        assert!(bound(vec![]).may_be(Dpid(7)));
        assert!(bound(vec![Dpid(6), Dpid(7)]).may_be(Dpid(7)));
        assert!(!bound(vec![Dpid(6)]).may_be(Dpid(7)));
        assert!(!Identity::Node(NodeId(7)).may_be(Dpid(7)));
    }

    #[test]
    fn every_identity_is_read_as_it_is_written() {
        let name = || "ann.b-c".to_owned();
        let dpids = vec![Dpid(1), Dpid(0xabc)];
        let people = Role::ALL.map(|role| Identity::Person { name: name(), role });
        let others = [
            Identity::Node(NodeId(7)),
            Identity::Switch { name: name(), dpids },
            Identity::Switch { name: name(), dpids: vec![] },
        ];
        for identity in others.into_iter().chain(people) {
            assert_eq!(facts(identity.uris(), None).identity(), Ok(identity));
        }
    }

    #[test]
    fn a_foreign_certificate_is_a_switch_by_its_common_name() {
        let foreign =
            |name: &str| facts(vec!["https://example.org".to_owned()], Some(name)).identity();
        let switch = |name: &str| Ok(Identity::Switch { name: name.to_owned(), dpids: vec![] });
        assert_eq!(foreign("sc id:4f0"), switch("sc id:4f0"));
        assert_eq!(foreign("a\nb"), switch("a?b"));
        assert_eq!(foreign(""), Err(IdentityError::Nameless));
        assert_eq!(facts(vec![], None).identity(), Err(IdentityError::Nameless));
    }

    #[test]
    fn what_is_unknown_or_contradictory_is_nobody() {
        for uris in [
            &["baton://node/1", "baton://node/2"][..],
            &["baton://node/1", "baton://person/ann", "baton://role/admin"],
            &["baton://node/1", "baton://dpid/0000000000000001"],
            &["baton://person/ann"],
            &["baton://role/admin"],
            &["baton://dpid/0000000000000001"],
            &["baton://person/ann", "baton://role/viewer", "baton://role/admin"],
            &["baton://person/ann", "baton://role/admin", "baton://dpid/0000000000000001"],
            &["baton://switch/s1", "baton://switch/s2"],
        ] {
            assert!(matches!(read(uris), Err(IdentityError::Contradictory(_))), "{uris:?}");
        }
        for uris in [
            &["baton://node/0"][..],
            &["baton://node/01"],
            &["baton://node/+1"],
            &["baton://node/1/2"],
            &["baton://node/1", "baton://colour/red"],
            &["baton://node/1", "baton://node"],
            &["baton://switch/../s1"],
            &["baton://switch/S1"],
            &["baton://switch/s1", "baton://dpid/1"],
            &["baton://switch/s1", "baton://dpid/x"],
            &["baton://person/ann", "baton://role/root"],
            &["baton://person/ann", "baton://role/Admin"],
        ] {
            assert!(
                matches!(read(uris), Err(IdentityError::Unknown(_))),
                "{uris:?}: {:?}",
                read(uris)
            );
        }
    }

    #[test]
    fn roles_are_ordered() {
        assert!(Role::Viewer < Role::Operator && Role::Operator < Role::Admin);
        assert_eq!("admin".parse(), Ok(Role::Admin));
        assert_eq!("root".parse::<Role>(), Err(RoleError));
    }

    #[test]
    fn names_are_folders_and_hosts_and_nothing_else() {
        for good in ["a", "s1", "rack-4.row-2", &"x".repeat(63)] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in
            ["", ".", "..", "-a", "a-", ".a", "a.", "a..b", "a/b", "A", "é", "a b", "a_b", "a\0"]
        {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert!(name(&"x".repeat(64)).is_err());
    }
}
