//! The rows of the catalogs' answers, by the columns of `sql/*.sql`.

use std::collections::BTreeMap;

use tokio_postgres::{Error, Row};

use super::{
    Function, Operator, Relation,
    parents::Parents,
    policies::Policy,
    view::{Generated, View},
};
use crate::check::{judge::Volatility, tree::Mentions};

/// What a row of one of the answers is read as.
pub(super) trait FromRow: Sized {
    /// Reads the columns by their names.
    fn from_row(row: &Row) -> Result<Self, Error>;
}

/// The name of something that the role may not look up.
pub(super) fn hidden(row: &Row) -> Result<Option<String>, Error> {
    if row.try_get("seen")? {
        return Ok(None);
    }
    let (schema, name): (String, String) = (row.try_get("schema")?, row.try_get("name")?);
    Ok(Some(format!("{schema}.{name}")))
}

impl FromRow for u32 {
    fn from_row(row: &Row) -> Result<Self, Error> {
        row.try_get(0)
    }
}

impl FromRow for (u32, u32) {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok((row.try_get(0)?, row.try_get(1)?))
    }
}

pub(super) struct RelationRow {
    oid: u32,
    relation: Relation,
    made: Vec<i16>,
    pub(super) trees: Vec<String>,
    virtuals: Vec<bool>,
    pub(super) policies: Vec<String>,
    /// Whether these are the role's own.
    pub(super) applied: Vec<bool>,
    pub(super) permissive: Vec<bool>,
    pub(super) body: Option<String>,
}

impl FromRow for RelationRow {
    fn from_row(row: &Row) -> Result<Self, Error> {
        let numbers: Vec<i16> = row.try_get("numbers")?;
        let names: Vec<String> = row.try_get("names")?;
        let relation = Relation {
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            kind: row.try_get("kind")?,
            invoker: row.try_get("invoker")?,
            barrier: row.try_get("barrier")?,
            secured: row.try_get("secured")?,
            owner: row.try_get("owner")?,
            forced: row.try_get("forced")?,
            bypasses: row.try_get("bypasses")?,
            indexes: row.try_get::<_, i64>("indexes")?.unsigned_abs(),
            open: row.try_get::<_, Vec<i16>>("open")?.into_iter().map(i32::from).collect(),
            whole: row.try_get("whole")?,
            columns: numbers.into_iter().map(i32::from).zip(names).collect(),
            made: Default::default(),
            body: None,
            view: None,
            computed: Default::default(),
            carried: Default::default(),
            conditions: Default::default(),
            asked: Default::default(),
            together: Default::default(),
            loose: Default::default(),
            policies: Default::default(),
            shown: Default::default(),
            kept: Default::default(),
            chosen: Default::default(),
            placed: Default::default(),
            sizes: Default::default(),
            children: Default::default(),
            parents: row.try_get::<_, Option<Parents>>("parents")?.map(|found| found.0).unwrap_or_default(),
        };
        let (made, trees, virtuals) = (row.try_get("made")?, row.try_get("trees")?, row.try_get("virtuals")?);
        let (policies, applied) = (row.try_get("policies")?, row.try_get("applied")?);
        let (permissive, body, oid) = (row.try_get("permissive")?, row.try_get("body")?, row.try_get("oid")?);
        Ok(Self { oid, relation, made, trees, virtuals, policies, applied, permissive, body })
    }
}

impl RelationRow {
    pub(super) fn policies(&self) -> Vec<Policy<'_>> {
        let all = self.policies.iter().zip(&self.applied).zip(&self.permissive);
        let all = all.map(|((text, applied), permissive)| Policy {
            text,
            applied: *applied,
            permissive: *permissive,
        });
        all.collect()
    }

    /// With what its body mentions and computes, and what each of its generated columns is computed by, of how many nodes.
    pub(super) fn into_fact(self, body: Option<View>, generated: Vec<Generated>) -> (u32, Relation) {
        let is_view = body.is_some();
        let View {
            mentions,
            columns: mut computed,
            mut carried,
            compared,
            asked,
            together,
            placed,
            shown,
            kept,
            chosen,
            loose,
        } = body.unwrap_or_default();
        let body = is_view.then_some(mentions);
        let (mut made, mut sizes) = (BTreeMap::new(), BTreeMap::new());
        let virtuals = self.virtuals.into_iter();
        for ((number, Generated { computed: by, carries, nodes }), is_virtual) in
            self.made.into_iter().map(i32::from).zip(generated).zip(virtuals)
        {
            made.insert(number, by.columns.get(&0).cloned().unwrap_or_default());
            if is_virtual {
                computed.insert(number, by);
                sizes.insert(number, nodes);
                carried.insert(number, carries);
            }
        }
        let view = self.body.filter(|_| self.relation.kind == "v");
        (
            self.oid,
            Relation {
                body,
                view,
                made,
                computed,
                carried,
                conditions: compared,
                asked,
                together,
                loose,
                placed,
                shown,
                kept,
                chosen,
                sizes,
                ..self.relation
            },
        )
    }
}

pub(super) struct FunctionRow {
    oid: u32,
    schema: String,
    name: String,
    volatility: String,
    definer: bool,
    leakproof: bool,
    inlined: bool,
    sql: bool,
    polymorphic: bool,
    made: Vec<u32>,
    record: bool,
    parts: Vec<u32>,
    sorts: u32,
    states: Vec<u32>,
    pub(super) defaults: Option<String>,
    casts: Vec<u32>,
}

impl FromRow for FunctionRow {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            oid: row.try_get("oid")?,
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            volatility: row.try_get("volatility")?,
            definer: row.try_get("definer")?,
            leakproof: row.try_get("leakproof")?,
            inlined: row.try_get("inlined")?,
            sql: row.try_get("sql")?,
            polymorphic: row.try_get("polymorphic")?,
            made: row.try_get("made")?,
            record: row.try_get("record")?,
            parts: row.try_get("parts")?,
            sorts: row.try_get("sorts")?,
            states: row.try_get("states")?,
            defaults: row.try_get("defaults")?,
            casts: row.try_get("casts")?,
        })
    }
}

impl FunctionRow {
    /// With what its defaults mention.
    pub(super) fn into_fact(self, mut defaults: Mentions) -> (u32, Function) {
        defaults.types.extend(self.states);
        let function = Function {
            schema: self.schema,
            name: self.name,
            volatility: Volatility::of(&self.volatility),
            definer: self.definer,
            leakproof: self.leakproof,
            inlined: self.inlined,
            sql: self.sql,
            polymorphic: self.polymorphic,
            made: self.made.into_iter().collect(),
            record: self.record,
            parts: self.parts.into_iter().collect(),
            sorts: self.sorts,
            defaults,
            casts: self.casts.into_iter().collect(),
        };
        (self.oid, function)
    }
}

pub(super) struct OperatorRow {
    oid: u32,
    schema: String,
    name: String,
    function: u32,
    support: Vec<u32>,
    kin: Vec<u32>,
    leakproof: bool,
}

impl FromRow for OperatorRow {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            oid: row.try_get("oid")?,
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            function: row.try_get("function")?,
            support: row.try_get("support")?,
            kin: row.try_get("kin")?,
            leakproof: row.try_get("leakproof")?,
        })
    }
}

impl OperatorRow {
    pub(super) fn into_fact(self) -> (u32, Operator) {
        let Self { oid, schema, name, function, support, kin, leakproof } = self;
        let (support, kin) = (support.into_iter().collect(), kin.into_iter().collect());
        (oid, Operator { schema, name, function, support, kin, leakproof })
    }
}
