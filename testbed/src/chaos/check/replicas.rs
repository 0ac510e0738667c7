//! All replicas are alike: what has been applied up to the same entry of the log is the same everywhere.

use serde_json::Value;
use std::collections::BTreeMap;

/// What one node tells of itself, without asking another.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    /// Last entry of the log that it has applied.
    pub applied: u64,
    /// A digest of all of its state, where it tells one.
    pub digest: Option<Value>,
    /// What it tells of its state: by name of a part, as JSON.
    pub parts: BTreeMap<String, Value>,
}

/// Returns whether all have applied the same entries, so that they can be compared at all.
pub fn are_level(views: &BTreeMap<u64, View>) -> bool {
    let mut applied = views.values().map(|view| view.applied);
    let first = applied.next();
    applied.all(|applied| Some(applied) == first)
}

/// Returns where nodes that have applied the same entries differ.
pub fn check(views: &BTreeMap<u64, View>) -> Vec<String> {
    let mut wrong = vec![];
    for ((one, left), (other, right)) in views.iter().zip(views.iter().skip(1)) {
        if left.digest != right.digest {
            let (left, right) = (&left.digest, &right.digest);
            wrong.push(format!("node {one} has the digest {left:?}, and node {other} {right:?}"));
        }
        let names = left.parts.keys().chain(right.parts.keys());
        let names: std::collections::BTreeSet<_> = names.collect();
        let differs = |name: &&&String| left.parts.get(**name) != right.parts.get(**name);
        for name in names.iter().filter(differs) {
            let (left, right) = (left.parts.get(*name), right.parts.get(*name));
            wrong.push(format!("{name}: node {one} has {left:?}, and node {other} {right:?}"));
        }
    }
    wrong
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(applied: u64, owner: u64) -> View {
        let parts = BTreeMap::from([("switches".to_owned(), Value::from(owner))]);
        View { applied, digest: None, parts }
    }

    #[test]
    fn replicas_that_differ_are_found() {
        let alike = BTreeMap::from([(1, view(7, 2)), (2, view(7, 2)), (3, view(7, 2))]);
        assert!(are_level(&alike) && check(&alike).is_empty());
        let other = BTreeMap::from([(1, view(7, 2)), (2, view(7, 2)), (3, view(7, 1))]);
        assert_eq!(check(&other).len(), 1);
        let digest = Some(Value::from("ab"));
        let telling = View { digest, ..view(7, 2) };
        assert_eq!(check(&BTreeMap::from([(1, view(7, 2)), (2, telling)])).len(), 1);
        assert!(!are_level(&BTreeMap::from([(1, view(7, 2)), (2, view(8, 2))])));
    }
}
