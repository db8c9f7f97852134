//! Functions, operators, aggregates and types: those that are open, down to what they are made of.

use std::collections::BTreeSet;

use super::{Judge, builtin, vanished};
use crate::check::{
    denial::Denial,
    facts::{FIRST_NORMAL, Function},
    tree::{Mentions, TypeOf},
};

/// Types whose values are looked up in the catalogs when they are read, with their arrays: `regclass` and its like, and
/// `aclitem`.
pub(crate) const CLOSED_TYPES: [(u32, &str); 24] = [
    (24, "regproc"),
    (1008, "regproc[]"),
    (2202, "regprocedure"),
    (2207, "regprocedure[]"),
    (2203, "regoper"),
    (2208, "regoper[]"),
    (2204, "regoperator"),
    (2209, "regoperator[]"),
    (2205, "regclass"),
    (2210, "regclass[]"),
    (2206, "regtype"),
    (2211, "regtype[]"),
    (4089, "regnamespace"),
    (4090, "regnamespace[]"),
    (4096, "regrole"),
    (4097, "regrole[]"),
    (4191, "regcollation"),
    (4192, "regcollation[]"),
    (3734, "regconfig"),
    (3735, "regconfig[]"),
    (3769, "regdictionary"),
    (3770, "regdictionary[]"),
    (1033, "aclitem"),
    (1034, "aclitem[]"),
];

/// The row types of the catalogs that have numbers of their own, with their arrays; those of the other catalogs and system
/// views are numbered from `FIRST_UNPINNED`. Their columns are of the types above.
const CATALOG_ROWS: [u32; 13] = [71, 75, 81, 83, 210, 270, 272, 273, 1248, 2842, 2843, 4066, 6101];

/// The server numbers what it makes for its own relations from here on (`FirstGenbkiObjectId`).
const FIRST_UNPINNED: u32 = 10_000;

fn is_catalog_row(oid: u32) -> bool {
    CATALOG_ROWS.contains(&oid) || (FIRST_UNPINNED..FIRST_NORMAL).contains(&oid)
}

/// What is still to be judged, with what led there.
enum Task {
    Function(u32),
    Operator(u32),
    Type(u32),
    /// A type of values that are there already, which the planner reckons with.
    Planned(u32),
    /// A type whose values something of the server's own may cast by itself.
    Casts(u32, To),
}

/// What is cast to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum To {
    Text,
    Json,
}

/// `record` and `record[]`.
const RECORD: u32 = 2249;
const RECORDS: u32 = 2287;

/// The server's own `||` of text and anything, and the functions behind it; `quote_literal` and `quote_nullable` of anything. They are SQL, and
/// say `::text`, which is then a cast from whatever they are given.
const CASTING_OPERATORS: [u32; 2] = [2779, 2780];
const CASTING_FUNCTIONS: [u32; 4] = [2003, 2004, 1285, 1290];

impl Judge<'_> {
    /// Everything that is called, and everything behind it.
    pub(super) fn routines(&self, mentions: &Mentions) -> Result<(), Denial> {
        if let Some((from, to)) = mentions.casts.iter().find(|(from, to)| !self.is_of_the_same(*from, *to)) {
            let oid = [from.oid(), to.oid()].into_iter().find(|oid| *oid >= FIRST_NORMAL).unwrap_or_default();
            let found = self.facts.types.get(&oid).ok_or_else(|| vanished("type", oid))?;
            return Err(Denial::Cast { name: format!("{}.{}", found.schema, found.name) });
        }
        let mut tasks: Vec<(Task, Option<String>)> = Vec::new();
        let mut seen = BTreeSet::new();
        self.push(&mut tasks, mentions, &None)?;
        while let Some((task, through)) = tasks.pop() {
            let outcome = match task {
                Task::Function(oid) if seen.insert(('f', oid)) => self.function(oid, &mut tasks),
                Task::Operator(oid) if seen.insert(('o', oid)) => self.operator(oid, &mut tasks),
                Task::Type(oid) if seen.insert(('t', oid)) => self.type_(oid, &mut tasks),
                Task::Planned(oid) if seen.insert(('p', oid)) => self.planned(oid, &mut tasks),
                Task::Casts(oid, to) if seen.insert((if to == To::Text { 'x' } else { 'j' }, oid)) => {
                    self.casts(oid, to, &mut tasks)
                }
                _ => Ok(()),
            };
            outcome.map_err(|why| match through {
                // In the same words wherever it is found.
                _ if why == Denial::LookedUp => why,
                Some(what) => Denial::Through { what, why: Box::new(why) },
                None => why,
            })?;
        }
        Ok(())
    }

    /// Whether nothing is called from one type to the other: an array's two names, and a domain with what it is over.
    fn is_of_the_same(&self, from: TypeOf, to: TypeOf) -> bool {
        let mut from = match from {
            TypeOf::Oid(oid) => oid,
            TypeOf::ArrayOf(element) => self.facts.types.get(&element).map_or(0, |found| found.array),
        };
        while let Some(found) = self.facts.types.get(&from).filter(|_| to != TypeOf::Oid(from)) {
            from = found.base;
        }
        from != 0 && to == TypeOf::Oid(from)
    }

    fn function(&self, oid: u32, tasks: &mut Vec<(Task, Option<String>)>) -> Result<(), Denial> {
        let found = self.facts.functions.get(&oid).ok_or_else(|| vanished("function", oid))?;
        let function = format!("{}.{}", found.schema, found.name);
        if oid < FIRST_NORMAL {
            // What one of the server's aggregates is made of is its own affair.
            let cast = CLOSED_TYPES.iter().any(|(_, name)| *name == found.name);
            return if found.schema == "pg_catalog" && builtin::is_open(oid, &found.name, found.volatility) {
                Ok(())
            } else if cast {
                // It is called like the type that it casts to.
                Err(Denial::LookedUp)
            } else {
                Err(Denial::Builtin { name: found.name.clone() })
            };
        }
        if !self.policy.lists(&found.schema, &found.name) {
            return Err(Denial::Function { function, key: self.key("functions") });
        }
        if found.definer && !self.policy.lists_definer(&found.schema, &found.name) {
            return Err(Denial::Function { function, key: self.key("definer_functions") });
        }
        let through = Some(format!("the aggregate {function}"));
        tasks.extend(found.parts.iter().map(|part| (Task::Function(*part), through.clone())));
        tasks.extend((found.sorts != 0).then_some((Task::Operator(found.sorts), through)));
        let through = Some(format!("a default of {function}"));
        tasks.extend(found.casts.iter().map(|cast| (Task::Function(*cast), through.clone())));
        self.push(tasks, &found.defaults, &Some(format!("the defaults, or the state, of {function}")))
    }

    fn operator(&self, oid: u32, tasks: &mut Vec<(Task, Option<String>)>) -> Result<(), Denial> {
        // The server's own operators compute from their operands, and no other thing, but for what they cast.
        if oid < FIRST_NORMAL {
            return Ok(());
        }
        let found = self.facts.operators.get(&oid).ok_or_else(|| vanished("operator", oid))?;
        let through = format!("the operator {}.{}", found.schema, found.name);
        let functions = std::iter::once(&found.function).chain(&found.support);
        tasks.extend(functions.map(|oid| (Task::Function(*oid), Some(through.clone()))));
        tasks.extend(found.kin.iter().map(|oid| (Task::Operator(*oid), Some(through.clone()))));
        Ok(())
    }

    fn type_(&self, oid: u32, tasks: &mut Vec<(Task, Option<String>)>) -> Result<(), Denial> {
        if CLOSED_TYPES.iter().any(|(closed, _)| *closed == oid) {
            return Err(Denial::LookedUp);
        }
        if is_catalog_row(oid) {
            return Err(Denial::CatalogRow);
        }
        if oid < FIRST_NORMAL {
            return Ok(());
        }
        let found = self.facts.types.get(&oid).ok_or_else(|| vanished("type", oid))?;
        let through = Some(format!("the type {}.{}", found.schema, found.name));
        tasks.extend(found.parts.iter().map(|part| (Task::Type(*part), through.clone())));
        self.push(tasks, &found.checks, &through)
    }

    /// What the planner calls to reckon with values of a type, or of those that it is made of; not of a row's, of which it knows nothing.
    fn planned(&self, oid: u32, tasks: &mut Vec<(Task, Option<String>)>) -> Result<(), Denial> {
        let Some(found) =
            self.facts.types.get(&oid).filter(|found| oid >= FIRST_NORMAL && found.relation == 0)
        else {
            return Ok(());
        };
        let through = Some(format!("the type {}.{}", found.schema, found.name));
        tasks.extend(found.parts.iter().map(|part| (Task::Planned(*part), through.clone())));
        tasks.extend(found.planned.iter().map(|function| (Task::Function(*function), through.clone())));
        Ok(())
    }

    /// What casts a type's values, or those that it is made of.
    fn casts(&self, oid: u32, to: To, tasks: &mut Vec<(Task, Option<String>)>) -> Result<(), Denial> {
        if oid < FIRST_NORMAL {
            return Ok(());
        }
        let found = self.facts.types.get(&oid).ok_or_else(|| vanished("type", oid))?;
        let through = Some(format!("a cast of {}.{}", found.schema, found.name));
        tasks.extend(found.parts.iter().map(|part| (Task::Casts(*part, to), through.clone())));
        let casts = if to == To::Text { &found.to_text } else { &found.to_json };
        tasks.extend(casts.iter().map(|cast| (Task::Function(*cast), through.clone())));
        Ok(())
    }

    fn push(
        &self,
        tasks: &mut Vec<(Task, Option<String>)>,
        mentions: &Mentions,
        through: &Option<String>,
    ) -> Result<(), Denial> {
        tasks.extend(mentions.types.iter().map(|oid| (Task::Type(*oid), through.clone())));
        let (unsaid, operators) = self.behind(mentions);
        let called: BTreeSet<u32> = unsaid.union(&mentions.described).copied().collect();
        let found = |oid: &u32| self.facts.functions.get(oid);
        let chosen = called.iter().filter_map(found).any(|function| function.polymorphic);
        let chosen = mentions.types.iter().chain(&mentions.rows).filter(|_| chosen);
        let sql = |oid: &u32| found(oid).is_none_or(|function| function.sql);
        let defined = mentions.defined.iter().filter(|(oid, _)| sql(oid)).flat_map(|(_, types)| types);
        let assigned = self.facts.made_of(defined.chain(chosen));
        for found in assigned.iter().filter_map(|oid| self.facts.types.get(oid)) {
            let through = Some(format!("a cast to {}.{}", found.schema, found.name));
            tasks.extend(found.assigned.iter().map(|cast| (Task::Function(*cast), through.clone())));
        }
        if operators.iter().copied().any(builtin::is_of_ranges) {
            tasks.extend(mentions.rows.iter().map(|oid| (Task::Planned(*oid), through.clone())));
        }
        for to in self.casts_by_itself(mentions, &called, &operators) {
            let records = [RECORD, RECORDS]
                .iter()
                .any(|oid| mentions.types.contains(oid) || mentions.rows.contains(oid));
            let is_record = |function: &&Function| function.record || records && function.polymorphic;
            if let Some(found) = unsaid.iter().filter_map(found).find(is_record) {
                return Err(Denial::Record { function: found.full_name() });
            }
            let own = called.iter().filter_map(found);
            let made = own.flat_map(|function| function.made.iter().chain(&function.defaults.types));
            let types = mentions.types.iter().chain(&mentions.rows).chain(made);
            tasks.extend(types.map(|oid| (Task::Casts(*oid, to), through.clone())));
        }
        tasks.extend(mentions.operators.iter().map(|oid| (Task::Operator(*oid), through.clone())));
        tasks.extend(mentions.functions.iter().map(|oid| (Task::Function(*oid), through.clone())));
        Ok(())
    }

    /// The functions and operators that are called, but for what is described where it is, with what the application's own operators and
    /// aggregates are made of: an operator over `to_json`, an aggregate that ends with it.
    fn behind(&self, mentions: &Mentions) -> (BTreeSet<u32>, BTreeSet<u32>) {
        let (mut called, mut operators) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<u32> = mentions.functions.difference(&mentions.described).copied().collect();
        let mut open_operators: Vec<u32> = mentions.operators.iter().copied().collect();
        loop {
            if let Some(oid) = open.pop() {
                if called.insert(oid)
                    && let Some(found) = self.facts.functions.get(&oid).filter(|_| oid >= FIRST_NORMAL)
                {
                    open.extend(&found.parts);
                    open_operators.extend((found.sorts != 0).then_some(found.sorts));
                }
            } else if let Some(oid) = open_operators.pop() {
                if operators.insert(oid)
                    && let Some(found) = self.facts.operators.get(&oid).filter(|_| oid >= FIRST_NORMAL)
                {
                    open.push(found.function);
                    open.extend(&found.support);
                    open_operators.extend(&found.kin);
                }
            } else {
                return (called, operators);
            }
        }
    }

    /// Whether something of the server's own in it looks for a cast by the type of what it is given: to text, or, whatever makes JSON, to
    /// json.
    fn casts_by_itself(
        &self,
        mentions: &Mentions,
        called: &BTreeSet<u32>,
        operators: &BTreeSet<u32>,
    ) -> impl Iterator<Item = To> + use<> {
        let text = CASTING_OPERATORS.iter().any(|oid| operators.contains(oid))
            || CASTING_FUNCTIONS.iter().any(|oid| called.contains(oid));
        let makes =
            |oid: &u32| self.facts.functions.get(oid).is_some_and(|function| function.name.contains("json"));
        let json = mentions.json || called.iter().filter(|oid| **oid < FIRST_NORMAL).any(makes);
        text.then_some(To::Text).into_iter().chain(json.then_some(To::Json))
    }
}
