//! What the catalogs say of everything that a tree mentions, and of everything that is behind it.

mod load;
mod parents;
mod policies;
mod rows;
mod types;
mod view;

use std::collections::{BTreeMap, BTreeSet};

use super::{
    judge::Volatility,
    tree::{Behind, Carries, Computed, Kept, Loose, Mentions, Placed, Shown},
};

pub(crate) use load::{LoadError, load};
pub(crate) use parents::Parent;
pub(crate) use policies::Policies;

/// Numbers below this are `initdb`'s and never change within a cluster (`FirstNormalObjectId`).
pub(crate) const FIRST_NORMAL: u32 = 16_384;

/// The catalogs' answers, by number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Facts {
    pub(crate) relations: BTreeMap<u32, Relation>,
    pub(crate) functions: BTreeMap<u32, Function>,
    pub(crate) operators: BTreeMap<u32, Operator>,
    pub(crate) types: BTreeMap<u32, Type>,
    /// The names of those that the role may not look up.
    pub(crate) hidden: BTreeSet<String>,
    /// The types behind the domains of which the text may read rows: `(d).*` has the columns of what `d` is made of.
    pub(crate) bases: BTreeSet<u32>,
}

/// The numbers of what a text rests on and somebody made, by the catalog they are in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Objects {
    /// Tables, views, sequences.
    pub(crate) relations: Vec<u32>,
    /// Functions and aggregates.
    pub(crate) functions: Vec<u32>,
    /// Types, domains among them.
    pub(crate) types: Vec<u32>,
}

/// A relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Relation {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// `pg_class.relkind`.
    pub(crate) kind: String,
    /// A view that runs with the rights of who reads it.
    pub(crate) invoker: bool,
    /// A view whose own conditions come before those of who reads it.
    pub(crate) barrier: bool,
    /// Whether row level security may hide rows of it from the role.
    pub(crate) secured: bool,
    /// Who owns it, and whether its policies are for its owner, too.
    pub(crate) owner: u32,
    pub(crate) forced: bool,
    /// Whether it has none, and is a partition or child of a table that has: its own name goes past that table's policies.
    pub(crate) bypasses: bool,
    /// How many indexes it has.
    pub(crate) indexes: u64,
    /// The columns that the role may read by its own rights; all where it may read the whole.
    pub(crate) open: BTreeSet<i32>,
    /// Whether it may read the whole.
    pub(crate) whole: bool,
    pub(crate) columns: BTreeMap<i32, String>,
    /// Columns that are computed from others of the same row, and which.
    pub(crate) made: BTreeMap<i32, BTreeSet<i32>>,
    /// What a view, or a materialized view, is made of.
    pub(crate) body: Option<Mentions>,
    /// The tree of a view's body.
    pub(crate) view: Option<String>,
    /// What its columns are computed by when they are read: those of a view, and virtual ones of a table.
    pub(crate) computed: BTreeMap<i32, Computed>,
    /// Whether these have a column of a table in them, whatever the planner leaves out.
    pub(crate) carried: BTreeMap<i32, Carries>,
    /// What a view's own conditions are made of.
    pub(crate) conditions: Computed,
    /// All that these ask, what queries within them compute of many rows too.
    pub(crate) asked: Computed,
    /// The columns of relations that a view's conditions compare together.
    pub(crate) together: Vec<BTreeMap<u32, BTreeSet<i32>>>,
    /// What of a view's conditions, or of a table's policies, is computed without a row: once, when a row first needs it.
    pub(crate) loose: Vec<Loose>,
    /// What the policies of a table with row level security ask.
    pub(crate) policies: Policies,
    /// What of a view is shown, whatever it hides.
    pub(crate) shown: Shown,
    /// What the columns of a view have of those by which rows are taken for equal.
    pub(crate) kept: BTreeMap<i32, Kept>,
    /// The same of its conditions.
    pub(crate) chosen: Kept,
    /// What a view's body evaluates before all that it hides is hidden.
    pub(crate) placed: Placed,
    /// How many nodes its virtual columns are computed by.
    pub(crate) sizes: BTreeMap<i32, u64>,
    /// Its partitions and children, at any depth.
    pub(crate) children: BTreeSet<u32>,
    /// What it is a partition or child of, at any depth.
    pub(crate) parents: BTreeMap<u32, Parent>,
}

/// A function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Function {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) volatility: Volatility,
    /// Runs with its owner's rights.
    pub(crate) definer: bool,
    /// Tells nobody what it was given.
    pub(crate) leakproof: bool,
    /// In FROM, the planner puts its body in its place, as it does with a view: SQL, a set, STABLE or IMMUTABLE, and nothing else about it.
    pub(crate) inlined: bool,
    /// SQL.
    pub(crate) sql: bool,
    /// Its result is of a type that its arguments choose, and its body is no machine code.
    pub(crate) polymorphic: bool,
    /// What its result, and its OUT parameters, may be made of; and whether it is a record of which nothing is said.
    pub(crate) made: BTreeSet<u32>,
    pub(crate) record: bool,
    /// What an aggregate is made of: functions, and the operator it sorts by.
    pub(crate) parts: BTreeSet<u32>,
    pub(crate) sorts: u32,
    /// What its parameters' defaults mention, which the planner puts in, and the types that an aggregate keeps its state in.
    pub(crate) defaults: Mentions,
    /// What may cast these to what another parameter makes of their types (`anycompatible`): any user-made cast that is implicit.
    pub(crate) casts: BTreeSet<u32>,
}

/// An operator.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Operator {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) function: u32,
    /// User-made functions that sort, compare and hash where its families are used.
    pub(crate) support: BTreeSet<u32>,
    /// Its negator and its commutator, which the planner may put in its place.
    pub(crate) kin: BTreeSet<u32>,
    /// Neither it nor those tell anybody what they were given.
    pub(crate) leakproof: bool,
}

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) schema: String,
    pub(crate) name: String,
    /// Its array type.
    pub(crate) array: u32,
    /// The relation whose columns are its attributes; 0 where it has none.
    pub(crate) relation: u32,
    /// What a domain is over; 0 where it is none.
    pub(crate) base: u32,
    /// Whether its values are listed.
    pub(crate) enumerated: bool,
    /// The types it is made of.
    pub(crate) parts: BTreeSet<u32>,
    /// User-made functions that cast what is assigned to it, to an array of it, or to its range or multirange.
    pub(crate) assigned: BTreeSet<u32>,
    /// User-made functions that cast its values to text and its like, and to JSON.
    pub(crate) to_text: BTreeSet<u32>,
    pub(crate) to_json: BTreeSet<u32>,
    /// The functions that the planner calls to reckon with its values, of ranges.
    pub(crate) planned: BTreeSet<u32>,
    /// What a domain's checks mention.
    pub(crate) checks: Mentions,
}

impl Relation {
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

impl Function {
    pub(crate) fn full_name(&self) -> String {
        format!("{}.{}", self.schema, self.name)
    }
}

impl Facts {
    /// The numbers of all that can change, the relations of composite types and the parents of tables among them. An operator's function cannot, and what it is called counts with all operators.
    pub(crate) fn objects(&self, mentions: &Mentions) -> Objects {
        let changeable = |oid: &&u32| **oid >= FIRST_NORMAL;
        let attributes = self.types.values().map(|fact| &fact.relation);
        let parents = self.relations.values().flat_map(|fact| fact.parents.keys());
        let relations: BTreeSet<u32> =
            self.relations.keys().chain(attributes).chain(parents).filter(changeable).copied().collect();
        let types: BTreeSet<u32> =
            self.types.keys().chain(&mentions.rows).chain(&self.bases).filter(changeable).copied().collect();
        Objects {
            relations: relations.into_iter().collect(),
            functions: self.functions.keys().filter(changeable).copied().collect(),
            types: types.into_iter().collect(),
        }
    }

    /// The schemas of all relations, with the parents of tables, and functions that can change.
    pub(crate) fn schemas(&self) -> BTreeSet<String> {
        let relations = self.relations.iter().map(|(oid, relation)| (*oid, &relation.schema));
        let parents = self.relations.values().flat_map(|relation| &relation.parents);
        let parents = parents.map(|(oid, parent)| (*oid, &parent.schema));
        let functions = self.functions.iter().map(|(oid, function)| (*oid, &function.schema));
        relations
            .chain(parents)
            .chain(functions)
            .filter(|(oid, _)| *oid >= FIRST_NORMAL)
            .map(|(_, schema)| schema.clone())
            .collect()
    }

    /// These types with all that they are made of, at any depth: attributes, elements, what domains and ranges are over.
    pub(crate) fn made_of<'a>(&self, types: impl Iterator<Item = &'a u32>) -> BTreeSet<u32> {
        let (mut all, mut open) = (BTreeSet::new(), types.copied().collect::<Vec<_>>());
        while let Some(oid) = open.pop() {
            if all.insert(oid) {
                open.extend(self.types.get(&oid).iter().flat_map(|found| &found.parts));
            }
        }
        all
    }

    /// How many things were asked for.
    fn count(&self) -> usize {
        self.relations.len() + self.functions.len() + self.operators.len() + self.types.len()
    }
}

impl Behind for Facts {
    fn view(&self, relation: u32) -> Option<&str> {
        self.relations.get(&relation)?.view.as_deref()
    }

    fn relations(&self, relation: u32) -> (u64, u64, u64) {
        let found = self.relations.get(&relation);
        found.map_or((1, 1, 0), |found| {
            let children = found.children.iter().filter_map(|child| self.relations.get(child));
            let indexes = children.map(|child| child.indexes).max().unwrap_or(0).max(found.indexes);
            (1 + found.children.len() as u64, found.columns.len() as u64, indexes)
        })
    }

    fn computed(&self, relation: u32) -> Vec<(i32, u64)> {
        let found = self.relations.get(&relation).into_iter().flat_map(|found| &found.sizes);
        found.map(|(number, nodes)| (*number, *nodes)).collect()
    }

    fn is_extreme(&self, function: u32) -> bool {
        self.functions.get(&function).is_some_and(|found| found.sorts != 0)
    }
}
