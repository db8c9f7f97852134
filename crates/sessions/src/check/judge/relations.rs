//! Relations: read only where the role is told to, and nothing denied, be it directly or through what shows it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Judge, builtin, early::Early, others::is_secured_for, vanished};
use crate::check::{
    denial::Denial,
    facts::{FIRST_NORMAL, Parent, Relation},
    tree::Used,
};

/// `TableOidAttributeNumber`.
const TABLEOID: i32 = -6;

/// Schemas whose relations are no report's data.
fn is_systems(schema: &str) -> bool {
    ["pg_catalog", "information_schema", "pg_toast"].contains(&schema)
        || schema == "rolewright"
        || schema.starts_with("rolewright_")
        || schema.starts_with("pg_temp_")
        || schema.starts_with("pg_toast_temp_")
}

/// A relation on the way through what another shows.
struct Step {
    oid: u32,
    used: Used,
    early: Early,
    /// The owner of the view that reads it; nobody is the role.
    reader: Option<u32>,
    /// Whether its rows are shown; what a policy looks into is not.
    shown: bool,
}

impl Step {
    fn of(oid: u32, used: Used, early: Early) -> Self {
        Self { oid, used, early, reader: None, shown: true }
    }
}

impl Judge<'_> {
    /// A relation that the report's own text reads.
    pub(super) fn relation(&self, oid: u32, used: &Used) -> Result<(), Denial> {
        let found = self.found(oid)?;
        let name = found.full_name();
        if is_systems(&found.schema) {
            return Err(Denial::Catalog { relation: name });
        }
        if let Some(object) = self.denied(found, used)? {
            return Err(Denial::Denied { object, key: self.key("deny") });
        }
        self.opened(found)?;
        self.of_system_columns(found, used)?;
        if let Some(function) = self.shows_merged(oid) {
            return Err(Denial::Merged { function: function.full_name(), view: Some(name) });
        }
        self.shows(oid, used)
    }

    /// Where a row lies, by which TABLESAMPLE takes it, and who wrote it tells of those between that row level security hides; `tableoid`
    /// does not.
    fn of_system_columns(&self, found: &Relation, used: &Used) -> Result<(), Denial> {
        let tells = |number: &i32| *number < 0 && *number != TABLEOID;
        if found.secured && (used.sampled || used.columns.iter().any(tells)) {
            return Err(Denial::Place { relation: found.full_name() });
        }
        Ok(())
    }

    pub(super) fn found(&self, oid: u32) -> Result<&Relation, Denial> {
        self.facts.relations.get(&oid).ok_or_else(|| vanished("relation", oid))
    }

    pub(super) fn asked(&self, found: &Relation) -> Result<(), Denial> {
        if self.policy.reads(&found.schema, &found.name) && found.kind != "S" {
            return Ok(());
        }
        Err(Denial::Unread { relation: found.full_name(), key: self.key("read") })
    }

    /// Whether the role reads it by its own name, past no policies that its parent has.
    pub(super) fn opened(&self, found: &Relation) -> Result<(), Denial> {
        self.asked(found)?;
        if found.bypasses && !self.policy.names(&found.schema, &found.name) {
            return Err(Denial::Bypasses { relation: found.full_name(), key: self.key("read") });
        }
        Ok(())
    }

    /// Where a row's own relation is told, the role reads that by its own name too.
    pub(super) fn origins(&self, oid: u32, used: &Used) -> Result<(), Denial> {
        let mut children = self.found(oid)?.children.iter().filter(|_| used.children);
        children.try_for_each(|child| self.asked(self.found(*child)?))
    }

    /// The relation, or those of its used columns, that are denied, be it with a parent's or that they are computed from such.
    pub(super) fn denied(&self, found: &Relation, used: &Used) -> Result<Option<String>, Denial> {
        if let Some(denied) = self.denied_whole(found) {
            return Ok(Some(denied));
        }
        let columns = used_columns(found, used)?;
        let mut named: Vec<String> =
            columns.iter().filter_map(|column| self.denied_column(found, column)).collect();
        for (number, inputs) in &found.made {
            let Some(column) = found.columns.get(number).filter(|name| columns.contains(&name.as_str()))
            else {
                continue;
            };
            let inputs = inputs.iter().filter_map(|input| found.columns.get(input));
            let inputs = inputs.filter(|input| self.denied_column(found, input).is_some());
            named.extend(inputs.map(|input| format!("{column}, computed from {input}")));
        }
        if named.is_empty() {
            return Ok(None);
        }
        Ok(Some(format!("{} ({})", found.full_name(), named.join(", "))))
    }

    /// The relation, where all of it is denied, be it with what it is a partition or child of.
    fn denied_whole(&self, found: &Relation) -> Option<String> {
        if self.policy.denies_table(&found.schema, &found.name) {
            return Some(found.full_name());
        }
        let mut parents = found.parents.values();
        let parent = parents.find(|parent| self.policy.denies_table(&parent.schema, &parent.name))?;
        let of = if parent.seen { parent.full_name() } else { "what is denied".to_owned() };
        Some(format!("{} (a partition or child of {of})", found.full_name()))
    }

    /// A column that is denied by its own name, or where a parent has it.
    fn denied_column(&self, found: &Relation, column: &str) -> Option<String> {
        if self.policy.denies_column(&found.schema, &found.name, column) {
            return Some(column.to_owned());
        }
        let denies = |parent: &&Parent| {
            parent.columns.contains(column) && self.policy.denies_column(&parent.schema, &parent.name, column)
        };
        let parent = found.parents.values().find(denies)?;
        Some(if parent.seen { format!("{column}, as of {}", parent.full_name()) } else { column.to_owned() })
    }

    /// Follows what a relation shows: its children's rows, and, of a view, what its body reads, through other views too.
    fn shows(&self, start: u32, used: &Used) -> Result<(), Denial> {
        let relation = self.found(start)?.full_name();
        let key = self.key("deny");
        let shows = |shown: String| Denial::Shows { relation: relation.clone(), shown, key: key.clone() };
        let (mut seen, mut next) = (BTreeSet::new(), vec![Step::of(start, used.clone(), self.early(start))]);
        while let Some(Step { oid, used, early, reader, shown }) = next.pop() {
            let found = self.found(oid)?;
            if is_secured_for(found, reader) && seen.insert((oid, early.clone(), reader, shown)) {
                let within = self.within_policies(found, &early, reader).into_iter();
                next.extend(within.map(|(oid, used, early)| Step { oid, used, early, reader, shown: false }));
            }
            if used.children && shown {
                let names: BTreeSet<&str> = used_columns(found, &used)?.into_iter().collect();
                for child in &found.children {
                    if let Some(object) = self.denied_by_name(self.found(*child)?, &names)? {
                        return Err(shows(format!("rows of {object}, which is denied to this role")));
                    }
                }
            }
            let body = found.body.as_ref().filter(|_| seen.insert((oid, early.clone(), reader, shown)));
            let Some(body) = body else { continue };
            let view = found.kind == "v";
            let early = if view { early.unsettled(found) } else { early };
            if view
                && !found.invoker
                && body.filters
                && self.exposes(oid, found, &early)
                && self.hides(body)?
            {
                let (why, barrier) = self.why(oid, found, &early);
                return Err(Denial::Barrier { view: found.full_name(), why, barrier });
            }
            if view
                && !found.invoker
                && (body.filters || body.keeps)
                && self.tells_of_hidden(oid, found, &early, &used.columns)
                && self.hides(body)?
            {
                return Err(Denial::Placed { view: found.full_name() });
            }
            // What is kept of a materialized view was computed before any text.
            let mut within =
                if view { self.within(oid, found, &early, &used.columns) } else { BTreeMap::new() };
            for (inner, used) in &body.relations {
                // The rule's own old and new row.
                if *inner == oid && used.idle {
                    continue;
                }
                let read = self.found(*inner)?;
                if shown && is_systems(&read.schema) {
                    return Err(shows(format!("{}, which is the system's", read.full_name())));
                }
                if let Some(object) = self.denied(read, used)?.filter(|_| shown) {
                    return Err(shows(format!("{object}, which is denied to this role")));
                }
                if found.invoker && shown {
                    self.opened(read)?;
                }
                let reader = (view && !found.invoker).then_some(found.owner);
                let early = within.remove(inner).unwrap_or_default();
                next.push(Step { oid: *inner, used: used.clone(), early, reader, shown });
            }
            for function in body.functions.iter().filter(|_| shown) {
                self.called_by_view(*function, &relation)?;
            }
        }
        Ok(())
    }

    /// The child, or those of these columns, that are denied.
    fn denied_by_name(&self, child: &Relation, names: &BTreeSet<&str>) -> Result<Option<String>, Denial> {
        let named = child.columns.iter().filter(|(_, name)| names.contains(name.as_str()));
        let columns = named.map(|(number, _)| *number).collect();
        self.denied(child, &Used { columns, ..Used::default() })
    }

    /// What a view's owner lets it call is the owner's affair, but for the server's own that look around.
    fn called_by_view(&self, oid: u32, view: &str) -> Result<(), Denial> {
        let found = self.facts.functions.get(&oid).ok_or_else(|| vanished("function", oid))?;
        if oid >= FIRST_NORMAL || builtin::is_open_in_views(&found.name, found.volatility) {
            return Ok(());
        }
        let why = Box::new(Denial::Builtin { name: found.name.clone() });
        Err(Denial::Through { what: format!("the view {view}"), why })
    }
}

/// The names of the columns that are used; all, where the whole row is.
fn used_columns<'a>(found: &'a Relation, used: &Used) -> Result<Vec<&'a str>, Denial> {
    if used.columns.contains(&0) {
        return Ok(found.columns.values().map(String::as_str).collect());
    }
    let named = used.columns.iter().filter(|number| **number > 0).map(|number| {
        let unknown = || Denial::Unknown { what: format!("column {number} of {}", found.full_name()) };
        found.columns.get(number).map(String::as_str).ok_or_else(unknown)
    });
    named.collect()
}
