//! What is denied of a relation's parents.

use std::collections::BTreeMap;

use rolewright_core::pattern::Read;

use super::{super::judge, facts, policy, reading, relation, verdict};
use crate::check::{
    facts::{Parent, Relation},
    tree::Conditions,
};

#[test]
fn what_is_denied_of_a_parent_is_denied_of_its_children() {
    let below = |name: &str, seen, columns: &[&str]| {
        let columns = columns.iter().map(|column| (*column).to_owned()).collect();
        let parent = Parent { schema: "public".to_owned(), name: name.to_owned(), seen, columns };
        let parents = BTreeMap::from([(20_009, parent)]);
        Relation { parents, ..relation("public", "child", None) }
    };
    let mut named = policy();
    named.read.push(Read::parse("public.child").unwrap());
    for (child, columns, words) in [
        (
            below("tokens", true, &[]),
            &[][..],
            "public.child (a partition or child of public.tokens) is denied",
        ),
        (
            below("tokens", false, &[]),
            &[1],
            "public.child (a partition or child of what is denied) is denied",
        ),
        (
            below("users", true, &["password"]),
            &[1, 2],
            "public.child (password, as of public.users) is denied",
        ),
        (below("users", false, &["password"]), &[2], "public.child (password) is denied"),
        (below("users", true, &["password"]), &[3], "public.child (hash, computed from password) is denied"),
    ] {
        let facts = facts([(20_001, child)]);
        let said =
            judge(&reading(20_001, columns), &Conditions::default(), &facts, &named).unwrap_err().to_string();
        assert!(said.contains(words), "{said}");
    }
    for child in [below("users", true, &["password"]), below("users", true, &[])] {
        assert_eq!(verdict(&reading(20_001, &[1]), &facts([(20_001, child)])), Ok(()));
    }
    let own = facts([(20_001, below("users", true, &["id"]))]);
    assert_eq!(verdict(&reading(20_001, &[2]), &own), Ok(()), "its own, which the parent has not");
}
