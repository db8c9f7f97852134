//! Types, as `sql/types.sql` gives them.

use std::collections::BTreeSet;

use tokio_postgres::{Error, Row};

use super::{Type, rows::FromRow};
use crate::check::tree::Mentions;

pub(super) struct TypeRow {
    oid: u32,
    schema: String,
    name: String,
    array: u32,
    relation: u32,
    base: u32,
    enumerated: bool,
    parts: Vec<u32>,
    assigned: Vec<u32>,
    functions: Vec<u32>,
    to_text: Vec<u32>,
    to_json: Vec<u32>,
    pub(super) checks: Vec<String>,
}

impl FromRow for TypeRow {
    fn from_row(row: &Row) -> Result<Self, Error> {
        Ok(Self {
            oid: row.try_get("oid")?,
            schema: row.try_get("schema")?,
            name: row.try_get("name")?,
            array: row.try_get("array")?,
            relation: row.try_get("relation")?,
            base: row.try_get("base")?,
            enumerated: row.try_get("enumerated")?,
            parts: row.try_get("parts")?,
            assigned: row.try_get("assigned")?,
            functions: row.try_get("functions")?,
            to_text: row.try_get("to_text")?,
            to_json: row.try_get("to_json")?,
            checks: row.try_get("checks")?,
        })
    }
}

impl TypeRow {
    pub(super) fn into_fact(self, checks: Vec<Mentions>) -> (u32, Type) {
        let planned: BTreeSet<u32> = self.functions.into_iter().collect();
        let mut all = Mentions { functions: planned.clone(), ..Mentions::default() };
        for one in checks {
            all.relations.extend(one.relations);
            all.functions.extend(one.functions);
            all.operators.extend(one.operators);
            all.types.extend(one.types);
            all.rows.extend(one.rows);
            all.json |= one.json;
        }
        let parts = self.parts.into_iter().collect();
        let (to_text, to_json) = (self.to_text.into_iter().collect(), self.to_json.into_iter().collect());
        let (schema, name, array, relation) = (self.schema, self.name, self.array, self.relation);
        let (base, enumerated) = (self.base, self.enumerated);
        let assigned = self.assigned.into_iter().collect();
        (
            self.oid,
            Type {
                schema,
                name,
                array,
                relation,
                base,
                enumerated,
                parts,
                assigned,
                to_text,
                to_json,
                planned,
                checks: all,
            },
        )
    }
}
