//! Asks the catalogs, a kind of object at a time, until nothing new is mentioned.

use std::collections::BTreeSet;

use rolewright_core::Ident;
use tokio_postgres::{
    Client, Error,
    types::{ToSql, Type},
};

use super::{
    FIRST_NORMAL, Facts, Relation,
    policies::Policies,
    rows::{self, FromRow},
    types::TypeRow,
    view::{Generated, View},
};
use crate::check::tree::{
    Body, By, Conditions, Kept, Loose, Mentions, NotOne, Tree, TreeError, body, mentions,
};

/// The most objects behind one text.
const MOST: usize = 20_000;

/// Why the facts are not complete.
#[derive(Debug)]
pub(crate) enum LoadError {
    Sql(Error),
    /// The tree of a view's rule, or of a domain's check, is none that can be read.
    Tree(NotOne),
}

impl From<Error> for LoadError {
    fn from(error: Error) -> Self {
        Self::Sql(error)
    }
}

/// What is still to be asked for.
#[derive(Default)]
struct Wanted {
    relations: BTreeSet<u32>,
    functions: BTreeSet<u32>,
    operators: BTreeSet<u32>,
    types: BTreeSet<u32>,
    /// Operators that are asked for although they are the server's own: whether they could tell what they saw.
    silent: BTreeSet<u32>,
}

impl Wanted {
    /// What it takes to judge whether something may fail.
    fn judge(&mut self, loose: &Loose) {
        match loose {
            Loose::Call { computed, folded, .. } => {
                self.silent.extend(&computed.operators);
                self.functions.extend(computed.functions.iter().chain(folded.iter().flatten()));
            }
            Loose::Query(quiet, _) => {
                self.silent.extend(&quiet.computed.operators);
                self.functions.extend(&quiet.computed.functions);
                self.relations.extend(&quiet.relations);
            }
            Loose::Around(..) | Loose::Beside(..) => {}
        }
    }

    /// What it takes to judge whether something tells equal values apart.
    fn compared(&mut self, kept: &Kept) {
        self.types.extend(kept.own.iter().map(|(of, ..)| of.oid()));
        let by = kept.own.iter().map(|(.., by)| by).chain(kept.behind.iter().map(|(_, by)| by));
        self.silent
            .extend(by.filter_map(|by| if let By::Compared(operator) = by { *operator } else { None }));
    }

    fn add(&mut self, mentions: &Mentions) {
        self.relations.extend(mentions.relations.keys());
        self.functions.extend(&mentions.functions);
        self.operators.extend(&mentions.operators);
        self.types.extend(&mentions.types);
        self.types.extend(&mentions.rows);
    }
}

/// The facts behind what a tree mentions, and behind these types of its columns.
pub(crate) async fn load(
    client: &Client,
    mentioned: &Mentions,
    conditions: &Conditions,
    columns: &BTreeSet<u32>,
    role: &Ident,
) -> Result<Facts, LoadError> {
    let (mut facts, mut wanted) = (Facts::default(), Wanted::default());
    wanted.silent.clone_from(&conditions.all.operators);
    wanted.silent.extend(&conditions.compared.operators);
    wanted.silent.extend(&conditions.relied.operators);
    wanted.compared(&conditions.chosen);
    conditions.loose.iter().for_each(|loose| wanted.judge(loose));
    facts.bases = bases(client, &mentioned.rows).await?;
    wanted.add(mentioned);
    let defined: BTreeSet<u32> = mentioned.defined.values().flatten().copied().collect();
    wanted.types.extend(columns.iter().chain(&defined));
    // What is assigned is cast to the server's own types too, and to those that a type is made of: where a list of columns or an argument
    // chooses what that is, all are asked for.
    let (mut casts, mut passed) = (!defined.is_empty(), BTreeSet::new());
    loop {
        let mut next = Wanted::default();
        // The server's own types and operators are otherwise known without being asked for.
        let own = |oid: &u32| *oid >= FIRST_NORMAL;
        wanted.relations.retain(|oid| !facts.relations.contains_key(oid));
        wanted.functions.retain(|oid| !facts.functions.contains_key(oid));
        wanted.operators.retain(own);
        wanted.operators.append(&mut wanted.silent);
        wanted.operators.retain(|oid| !facts.operators.contains_key(oid));
        wanted.types.append(&mut passed);
        if !casts {
            passed = wanted.types.extract_if(.., |oid| !own(oid) && !columns.contains(oid)).collect();
        }
        wanted.types.retain(|oid| !facts.types.contains_key(oid));
        let asked =
            wanted.relations.len() + wanted.functions.len() + wanted.operators.len() + wanted.types.len();
        if asked == 0 {
            return Ok(facts);
        }
        if facts.count() + asked > MOST {
            return Err(LoadError::Tree(TreeError::TooLarge.into()));
        }
        relations(client, &wanted.relations, role, &mut facts, &mut next).await?;
        let sql = include_str!("../sql/functions.sql");
        for row in facts.ask::<rows::FunctionRow>(client, sql, &wanted.functions, role).await? {
            let defaults = row.defaults.as_deref().map(|text| read(text, Body::Expression)).transpose()?;
            let (oid, function) = row.into_fact(defaults.unwrap_or_default());
            next.add(&function.defaults);
            next.functions.extend(function.parts.iter().chain(&function.casts));
            next.types.extend(&function.made);
            next.operators.extend((function.sorts != 0).then_some(function.sorts));
            casts |= function.polymorphic;
            facts.functions.insert(oid, function);
        }
        let sql = include_str!("../sql/operators.sql");
        for row in facts.ask::<rows::OperatorRow>(client, sql, &wanted.operators, role).await? {
            let (oid, operator) = row.into_fact();
            next.functions.insert(operator.function);
            next.functions.extend(&operator.support);
            next.operators.extend(&operator.kin);
            facts.operators.insert(oid, operator);
        }
        let sql = include_str!("../sql/types.sql");
        for row in facts.ask::<TypeRow>(client, sql, &wanted.types, role).await? {
            let checks = row.checks.iter().map(|check| read(check, Body::Expression));
            let checks = checks.collect::<Result<Vec<_>, _>>()?;
            let (oid, fact) = row.into_fact(checks);
            next.types.extend(&fact.parts);
            if oid >= FIRST_NORMAL {
                next.functions.extend(fact.to_text.iter().chain(&fact.to_json));
            }
            next.functions.extend(&fact.assigned);
            next.add(&fact.checks);
            facts.types.insert(oid, fact);
        }
        wanted = next;
    }
}

/// The types behind the domains among these.
async fn bases(client: &Client, rows: &BTreeSet<u32>) -> Result<BTreeSet<u32>, LoadError> {
    let own: BTreeSet<u32> = rows.iter().filter(|oid| **oid >= FIRST_NORMAL).copied().collect();
    Ok(ask::<u32>(client, include_str!("../sql/bases.sql"), &own).await?.into_iter().collect())
}

async fn relations(
    client: &Client,
    wanted: &BTreeSet<u32>,
    role: &Ident,
    facts: &mut Facts,
    next: &mut Wanted,
) -> Result<(), LoadError> {
    let mut found: Vec<(u32, Relation)> = Vec::new();
    let sql = include_str!("../sql/relations.sql");
    for row in facts.ask::<rows::RelationRow>(client, sql, wanted, role).await? {
        let body = row.body.as_deref().map(View::read).transpose().map_err(LoadError::Tree)?;
        if let Some(body) = &body {
            next.relations.extend(body.mentions.relations.keys());
            next.functions.extend(&body.mentions.functions);
        }
        let generated = row.trees.iter().map(|text| Generated::read(text));
        let generated = generated.collect::<Result<Vec<_>, _>>().map_err(LoadError::Tree)?;
        let policies = Policies::read(&row.policies()).map_err(LoadError::Tree)?;
        let (oid, mut relation) = row.into_fact(body, generated);
        next.relations.extend(&policies.relations);
        relation.policies = policies;
        for loose in relation.loose.iter().chain(&relation.policies.all().loose) {
            next.judge(loose);
        }
        for kept in relation.kept.values().chain([&relation.chosen]) {
            next.compared(kept);
        }
        for computed in relation
            .computed
            .values()
            .chain([&relation.placed.computed, &relation.placed.apart, &relation.asked])
            .chain([&relation.conditions, &relation.policies.all().computed])
            .chain(&relation.shown.entire)
            .chain(relation.placed.merged.iter().map(|merged| &merged.computed))
        {
            next.silent.extend(&computed.operators);
            next.functions.extend(&computed.functions);
            next.functions.extend(&computed.rows);
        }
        found.push((oid, relation));
    }
    for (root, child) in ask::<(u32, u32)>(client, include_str!("../sql/children.sql"), wanted).await? {
        next.relations.insert(child);
        if let Some((_, relation)) = found.iter_mut().find(|(oid, _)| *oid == root) {
            relation.children.insert(child);
        }
    }
    facts.relations.extend(found);
    Ok(())
}

impl Facts {
    /// Asks for objects by their numbers, and notes which the role may not look up.
    async fn ask<T: FromRow>(
        &mut self,
        client: &Client,
        sql: &'static str,
        oids: &BTreeSet<u32>,
        role: &Ident,
    ) -> Result<Vec<T>, Error> {
        if oids.is_empty() {
            return Ok(Vec::new());
        }
        let oids: Vec<u32> = oids.iter().copied().collect();
        let params: [(&(dyn ToSql + Sync), Type); 2] =
            [(&oids, Type::OID_ARRAY), (&role.as_str(), Type::NAME)];
        let rows = client.query_typed(sql, &params).await?;
        for row in &rows {
            self.hidden.extend(rows::hidden(row)?);
        }
        rows.iter().map(T::from_row).collect()
    }
}

fn read(text: &str, kind: Body) -> Result<Mentions, LoadError> {
    let read = || {
        let tree = Tree::read(text)?;
        body(&tree, kind)?;
        Ok(mentions(&tree)?)
    };
    read().map_err(LoadError::Tree)
}

async fn ask<T: FromRow>(client: &Client, sql: &'static str, oids: &BTreeSet<u32>) -> Result<Vec<T>, Error> {
    if oids.is_empty() {
        return Ok(Vec::new());
    }
    let oids: Vec<u32> = oids.iter().copied().collect();
    let rows = client.query_typed(sql, &[(&oids, Type::OID_ARRAY)]).await?;
    rows.iter().map(T::from_row).collect()
}
