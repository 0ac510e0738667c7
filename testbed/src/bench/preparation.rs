//! Roles that a protocol finds at the switch, and the moves that bring them about.
//!
//! Most protocols move a switch from its master to a slave. `erc-m2s-e2m` and `erc-m2e-e2m` need a target that
//! is `EQUAL` already, as `erc-m2e-s2m` leaves its source; `erc-e2s-s2e` needs an owner that is `EQUAL`, as it
//! leaves one itself.

use openflow::Role;
use std::collections::BTreeMap;

/// Roles at the switch, and who owns it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Roles {
    /// The owner.
    pub owner: u64,
    /// The role of each connected node.
    pub by_node: BTreeMap<u64, Role>,
}

/// A move to make before the measured one.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Preparation {
    /// By which protocol.
    pub protocol: &'static str,
    /// Where to.
    pub target: u64,
}

impl Roles {
    /// Returns the nodes that `protocol` can move the switch to.
    pub fn targets(&self, protocol: &str) -> Vec<u64> {
        let wanted = if needs_equal_target(protocol) { Role::Equal } else { Role::Slave };
        let fits =
            |(&node, &role): (&u64, &Role)| (node != self.owner && role == wanted).then_some(node);
        self.by_node.iter().filter_map(fits).collect()
    }

    /// Returns the move to make first, if `protocol` cannot start with `targets` nodes to choose from.
    pub fn preparation(&self, protocol: &str, targets: usize) -> Option<Preparation> {
        let owner_is_equal = self.by_node.get(&self.owner) == Some(&Role::Equal);
        let slave = self.targets("erc").first().copied();
        let equal = self.targets("erc-m2s-e2m").first().copied();
        if owner_is_equal != needs_equal_owner(protocol) {
            let protocol = if owner_is_equal { "erc" } else { "erc-e2s-s2e" };
            return slave.or(equal).map(|target| Preparation { protocol, target });
        }
        if needs_equal_target(protocol) {
            let none = equal.is_none().then_some(slave).flatten();
            return none.map(|target| Preparation { protocol: "erc-m2e-s2m", target });
        }
        // Too many are EQUAL: to move there makes a slave of the owner.
        let too_few = self.targets(protocol).len() < targets;
        equal.filter(|_| too_few).map(|target| Preparation { protocol: "erc-m2s-e2m", target })
    }
}

fn needs_equal_target(protocol: &str) -> bool {
    matches!(protocol, "erc-m2s-e2m" | "erc-m2e-e2m")
}

fn needs_equal_owner(protocol: &str) -> bool {
    protocol == "erc-e2s-s2e"
}

#[cfg(test)]
mod tests {
    use super::*;
    use Role::{Equal, Master, Slave};

    fn roles(owner: Role, others: [Role; 2]) -> Roles {
        Roles { owner: 1, by_node: BTreeMap::from([(1, owner), (2, others[0]), (3, others[1])]) }
    }

    fn first(protocol: &str, roles: &Roles) -> Option<(&'static str, u64)> {
        roles.preparation(protocol, 2).map(|step| (step.protocol, step.target))
    }

    #[test]
    fn what_moves_to_a_slave_needs_nothing() {
        let usual = roles(Master, [Slave, Slave]);
        for protocol in ["erc", "erc-early", "elasticon", "direct", "naive", "erc-m2e-s2m"] {
            assert_eq!(first(protocol, &usual), None, "{protocol}");
            assert_eq!(usual.targets(protocol), [2, 3]);
        }
    }

    #[test]
    fn a_hot_target_is_made_by_the_variant_that_leaves_one() {
        for protocol in ["erc-m2s-e2m", "erc-m2e-e2m"] {
            assert_eq!(first(protocol, &roles(Master, [Slave, Slave])), Some(("erc-m2e-s2m", 2)));
            let hot = roles(Master, [Slave, Equal]);
            assert_eq!((first(protocol, &hot), hot.targets(protocol)), (None, vec![3]));
        }
    }

    #[test]
    fn a_hot_peer_in_the_way_is_promoted_which_cools_the_owner() {
        assert_eq!(first("erc", &roles(Master, [Equal, Slave])), Some(("erc-m2s-e2m", 2)));
        assert_eq!(
            roles(Master, [Equal, Slave]).preparation("erc", 1),
            None,
            "one target is enough"
        );
    }

    #[test]
    fn an_equal_owner_is_made_and_unmade() {
        assert_eq!(first("erc-e2s-s2e", &roles(Master, [Slave, Slave])), Some(("erc-e2s-s2e", 2)));
        assert_eq!(first("erc-e2s-s2e", &roles(Equal, [Slave, Slave])), None);
        assert_eq!(first("erc", &roles(Equal, [Slave, Slave])), Some(("erc", 2)));
        assert_eq!(first("erc-m2s-e2m", &roles(Equal, [Slave, Slave])), Some(("erc", 2)));
    }
}
