//! Judgements of made-up trees over made-up catalogs.

mod parents;

use std::collections::{BTreeMap, BTreeSet};

use rolewright_core::{
    Ident,
    pattern::{Deny, Read},
};

use super::{Volatility, judge};
use crate::check::{
    denial::Denial,
    facts::{Facts, Function, Operator, Relation, Type},
    policy::Policy,
    tree::{Computed, Conditions, Mentions, Used},
};

fn policy() -> Policy {
    let read = |text: &str| vec![Read::parse(text).unwrap()];
    Policy {
        connection: "raw".to_owned(),
        role: Ident::new("app_raw").unwrap(),
        read: read("public"),
        deny: vec![Deny::parse("public.tokens").unwrap(), Deny::parse("public.users.password").unwrap()],
        functions: [read("public.open_*"), read("public.definer_*")].concat(),
        definer_functions: read("public.definer_*"),
    }
}

fn relation(schema: &str, name: &str, body: Option<Mentions>) -> Relation {
    Relation {
        schema: schema.to_owned(),
        name: name.to_owned(),
        kind: if body.is_some() { "v" } else { "r" }.to_owned(),
        invoker: false,
        barrier: false,
        secured: false,
        owner: 10,
        forced: false,
        bypasses: false,
        indexes: 0,
        open: BTreeSet::new(),
        whole: true,
        computed: BTreeMap::new(),
        carried: BTreeMap::new(),
        loose: Vec::new(),
        policies: Default::default(),
        kept: BTreeMap::new(),
        chosen: Default::default(),
        conditions: Default::default(),
        asked: Default::default(),
        together: Default::default(),
        placed: Default::default(),
        shown: Default::default(),
        columns: ["id", "password", "hash"]
            .into_iter()
            .zip(1..)
            .map(|(name, n)| (n, name.to_owned()))
            .collect(),
        made: BTreeMap::from([(3, BTreeSet::from([1, 2]))]),
        body,
        view: None,
        sizes: BTreeMap::new(),
        children: BTreeSet::new(),
        parents: BTreeMap::new(),
    }
}

fn reading(oid: u32, columns: &[i32]) -> Mentions {
    let used = Used { columns: columns.iter().copied().collect(), children: true, ..Used::default() };
    Mentions { relations: BTreeMap::from([(oid, used)]), ..Mentions::default() }
}

fn facts(relations: impl IntoIterator<Item = (u32, Relation)>) -> Facts {
    Facts { relations: relations.into_iter().collect(), ..Facts::default() }
}

fn function(name: &str, definer: bool, volatility: Volatility, parts: &[u32]) -> Function {
    let (schema, name) = name.split_once('.').unwrap();
    Function {
        schema: schema.to_owned(),
        name: name.to_owned(),
        volatility,
        definer,
        leakproof: false,
        inlined: false,
        made: BTreeSet::new(),
        record: false,
        parts: parts.iter().copied().collect(),
        sorts: 0,
        defaults: Mentions::default(),
        casts: BTreeSet::new(),
        sql: false,
        polymorphic: false,
    }
}

fn verdict(mentions: &Mentions, facts: &Facts) -> Result<(), String> {
    judge(mentions, &Conditions::default(), facts, &policy())
        .map_err(|denial| format!("{denial}; {}", denial.hint()))
}

#[test]
fn relations_are_read_where_the_role_is_told_to() {
    let facts = facts([
        (20_001, relation("public", "users", None)),
        (20_002, relation("public", "tokens", None)),
        (20_003, relation("logs", "changes", None)),
        (20_004, relation("pg_catalog", "pg_class", None)),
    ]);
    assert_eq!(verdict(&reading(20_001, &[1, -6]), &facts), Ok(()));
    for (oid, columns, words) in [
        (20_001, &[1, 2][..], "public.users (password) is denied"),
        (20_001, &[0], "public.users (password, hash, computed from password) is denied"),
        (20_001, &[3], "public.users (hash, computed from password) is denied"),
        (20_001, &[9], "column 9 of public.users"),
        (20_002, &[], "public.tokens is denied"),
        (20_003, &[1], "add \"logs.changes\" to roles.raw.read"),
        (20_004, &[1], "pg_catalog.pg_class, which is the system's"),
        (20_009, &[1], "relation 20009"),
    ] {
        let said = verdict(&reading(oid, columns), &facts).unwrap_err();
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_view_shows_what_its_body_reads_through_other_views_too() {
    let mut facts = facts([
        (20_001, relation("public", "users", None)),
        (20_003, relation("logs", "changes", None)),
        (20_005, relation("public", "inner", Some(reading(20_001, &[2])))),
        (20_006, relation("public", "outer", Some(reading(20_005, &[1])))),
        (20_007, relation("public", "history", Some(reading(20_003, &[1])))),
    ]);
    let said = verdict(&reading(20_006, &[1]), &facts).unwrap_err();
    assert!(said.contains("public.outer shows public.users (password)"), "{said}");
    assert_eq!(verdict(&reading(20_007, &[1]), &facts), Ok(()), "a view's owner may show other schemas");
    facts.relations.get_mut(&20_007).unwrap().invoker = true;
    assert!(verdict(&reading(20_007, &[1]), &facts).unwrap_err().contains("logs.changes is not among"));
}

#[test]
fn a_parent_shows_its_children() {
    let mut parent = relation("public", "parent", None);
    parent.children.insert(20_002);
    let facts = facts([(20_001, parent), (20_002, relation("public", "tokens", None))]);
    assert!(verdict(&reading(20_001, &[1]), &facts).unwrap_err().contains("shows rows of public.tokens"));
    let mut only = reading(20_001, &[1]);
    only.relations.get_mut(&20_001).unwrap().children = false;
    assert_eq!(verdict(&only, &facts), Ok(()));
}

#[test]
fn a_child_that_goes_past_policies_is_read_where_it_is_named() {
    let mut child = relation("public", "child", None);
    child.bypasses = true;
    let mut parent = relation("public", "parent", None);
    parent.children.insert(20_002);
    let facts = facts([(20_001, parent), (20_002, child)]);
    let said = verdict(&reading(20_002, &[1]), &facts).unwrap_err();
    assert!(said.contains("this role is not told to read it by its name"), "{said}");
    assert!(said.contains("add \"public.child\" to roles.raw.read"), "{said}");
    let mut named = policy();
    named.read.push(Read::parse("public.child").unwrap());
    assert_eq!(judge(&reading(20_002, &[1]), &Conditions::default(), &facts, &named), Ok(()));
    let origins = Mentions { origins: true, ..reading(20_001, &[1]) };
    assert_eq!(verdict(&origins, &facts), Ok(()), "through its parent");
}

#[test]
fn functions_are_judged_down_to_their_parts() {
    use Volatility::{Immutable, Stable, Volatile};
    let mut facts = Facts::default();
    facts.functions.extend([
        (100, function("pg_catalog.upper", false, Immutable, &[])),
        (101, function("pg_catalog.pg_sleep", false, Volatile, &[])),
        (102, function("information_schema.f", false, Immutable, &[])),
        (20_001, function("public.open_f", false, Volatile, &[])),
        (20_002, function("public.shut_f", false, Immutable, &[])),
        (20_003, function("public.open_definer", true, Stable, &[])),
        (20_004, function("public.definer_f", true, Stable, &[])),
        (20_005, function("public.open_sum", false, Immutable, &[20_002])),
    ]);
    let operator = |function, support: &[u32]| Operator {
        schema: "public".to_owned(),
        name: "+".to_owned(),
        function,
        support: support.iter().copied().collect(),
        kin: BTreeSet::new(),
        leakproof: false,
    };
    facts.operators.extend([
        (20_010, operator(20_001, &[])),
        (20_011, operator(20_002, &[])),
        (20_012, operator(20_001, &[20_002])),
    ]);
    let checks = Mentions { functions: BTreeSet::from([20_002]), ..Mentions::default() };
    let fact = |parts: &[u32], checks| Type {
        schema: "public".to_owned(),
        name: "posint".to_owned(),
        array: 0,
        relation: 0,
        parts: parts.iter().copied().collect(),
        to_text: BTreeSet::new(),
        to_json: BTreeSet::new(),
        enumerated: false,
        base: 0,
        assigned: BTreeSet::new(),
        planned: BTreeSet::new(),
        checks,
    };
    facts.types.extend([(20_020, fact(&[23], checks)), (20_021, fact(&[20_020], Mentions::default()))]);

    let calls = |oid: u32| Mentions { functions: BTreeSet::from([oid]), ..Mentions::default() };
    let operates = |oid: u32| Mentions { operators: BTreeSet::from([oid]), ..Mentions::default() };
    let types = |oid: u32| Mentions { types: BTreeSet::from([oid]), ..Mentions::default() };
    for open in [calls(100), calls(20_001), calls(20_004), operates(20_010), operates(96), types(23)] {
        assert_eq!(verdict(&open, &facts), Ok(()), "{open:?}");
    }
    for (shut, words) in [
        (calls(101), "may not call pg_sleep"),
        (calls(102), "may not call f"),
        (calls(20_002), "add \"public.shut_f\" to roles.raw.functions"),
        (calls(20_003), "add \"public.open_definer\" to roles.raw.definer_functions"),
        (calls(20_005), "the aggregate public.open_sum: a report may not call public.shut_f"),
        (operates(20_011), "the operator public.+: a report may not call public.shut_f"),
        (operates(20_012), "the operator public.+: a report may not call public.shut_f"),
        (types(20_021), "the type public.posint: a report may not call public.shut_f"),
        (types(2205), "as those of regclass"),
        (calls(20_099), "function 20099"),
    ] {
        let said = verdict(&shut, &facts).unwrap_err();
        assert!(said.contains(words), "{said}");
    }
}

#[test]
fn a_refusal_names_the_view_that_calls_what_is_closed() {
    let mut facts = facts([(20_001, {
        let mut body = reading(20_002, &[1]);
        body.functions.insert(101);
        relation("public", "peeps", Some(body))
    })]);
    facts.relations.insert(20_002, relation("public", "plain", None));
    facts.functions.insert(101, function("pg_catalog.pg_read_file", false, Volatility::Volatile, &[]));
    let denial = judge(&reading(20_001, &[1]), &Conditions::default(), &facts, &policy()).unwrap_err();
    assert!(matches!(&denial, Denial::Through { what, .. } if what.contains("public.peeps")), "{denial}");
}

#[test]
fn a_view_that_hides_rows_is_read_by_silent_conditions_only() {
    let mut facts = Facts::default();
    let body = Mentions { filters: true, ..reading(20_002, &[1]) };
    facts.relations.extend([
        (20_001, relation("public", "shown", Some(body.clone()))),
        (20_002, relation("hidden", "notes", None)),
        (20_003, Relation { barrier: true, ..relation("public", "safe", Some(body)) }),
        (20_004, relation("public", "plain", Some(Mentions { filters: true, ..reading(20_005, &[1]) }))),
        (20_005, relation("public", "open", None)),
    ]);
    let silent =
        Function { leakproof: true, ..function("pg_catalog.int4eq", false, Volatility::Immutable, &[]) };
    facts
        .functions
        .extend([(65, silent), (100, function("pg_catalog.upper", false, Volatility::Immutable, &[]))]);
    let operator = |leakproof| Operator {
        schema: "pg_catalog".to_owned(),
        name: "=".to_owned(),
        function: 65,
        support: BTreeSet::new(),
        kin: BTreeSet::new(),
        leakproof,
    };
    facts.operators.extend([(96, operator(true)), (97, operator(false))]);
    let of = |all: Computed| Conditions { all, ..Conditions::default() };
    let compared =
        |operator: u32| of(Computed { operators: BTreeSet::from([operator]), ..Computed::default() });
    let asked = |function: u32| of(Computed { functions: BTreeSet::from([function]), ..Computed::default() });
    let casts = of(Computed { telling: true, ..Computed::default() });
    let said = |oid, conditions: &Conditions| judge(&reading(oid, &[1]), conditions, &facts, &policy());
    for conditions in [&asked(65), &compared(96), &Conditions::default()] {
        assert_eq!(said(20_001, conditions), Ok(()), "{conditions:?}");
    }
    for conditions in [&asked(100), &compared(97), &compared(404), &casts, &asked(404)] {
        let refused = said(20_001, conditions).unwrap_err();
        assert!(
            matches!(&refused, Denial::Barrier { view, barrier: false, .. } if view == "public.shown"),
            "{refused}"
        );
        assert_eq!(said(20_003, conditions), Ok(()), "the barrier holds");
        assert_eq!(said(20_004, conditions), Ok(()), "nothing is hidden");
    }
}
