//! JSON objects, one a row. Numbers keep every digit PostgreSQL wrote; what JSON has no form for is a string.

use std::{
    collections::HashSet,
    io::{self, Write},
};

use serde::de::IgnoredAny;

use crate::Column;

/// How a column's text becomes a JSON value.
#[derive(Clone, Copy)]
enum Kind {
    Bool,
    /// Written as it is where JSON has a form for it (not `NaN` or `Infinity`).
    Number,
    /// `json` and `jsonb`, written as they are, on one line.
    Json,
    Text,
}

impl Kind {
    /// By the OID of a built-in type (`pg_type.dat`): bool; int8, int2, int4, oid, float4, float8, numeric; json, jsonb.
    fn of(oid: u32) -> Self {
        match oid {
            16 => Self::Bool,
            20 | 21 | 23 | 26 | 700 | 701 | 1700 => Self::Number,
            114 | 3802 => Self::Json,
            _ => Self::Text,
        }
    }
}

/// Writes rows as objects, in an array or one a line.
pub(super) struct Objects {
    /// Each column's key with its colon, ready to write.
    columns: Vec<(String, Kind)>,
    array: bool,
    begun: bool,
}

impl Objects {
    pub(super) fn new(columns: &[Column], array: bool) -> Self {
        let names = distinct(columns.iter().map(|column| column.name.as_str()).collect());
        let keys = names.iter().map(|name| format!("{}:", serde_json::Value::from(name.as_str())));
        let columns = keys.zip(columns.iter().map(|column| Kind::of(column.oid))).collect();
        Self { columns, array, begun: false }
    }

    pub(super) fn row(&mut self, out: &mut impl Write, row: &[Option<String>]) -> io::Result<()> {
        if self.array {
            out.write_all(if self.begun { b",\n" } else { b"[\n" })?;
        }
        self.begun = true;
        for (index, ((key, kind), value)) in self.columns.iter().zip(row).enumerate() {
            out.write_all(if index == 0 { b"{" } else { b"," })?;
            out.write_all(key.as_bytes())?;
            match value {
                None => out.write_all(b"null")?,
                Some(text) => write_value(out, *kind, text)?,
            }
        }
        if self.columns.is_empty() {
            out.write_all(b"{")?;
        }
        out.write_all(if self.array { b"}" } else { b"}\n" })
    }

    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        match (self.array, self.begun) {
            (true, true) => out.write_all(b"\n]\n"),
            (true, false) => out.write_all(b"[]\n"),
            (false, _) => Ok(()),
        }
    }
}

fn write_value(out: &mut impl Write, kind: Kind, text: &str) -> io::Result<()> {
    match (kind, text) {
        (Kind::Bool, "t") => out.write_all(b"true"),
        (Kind::Bool, "f") => out.write_all(b"false"),
        (Kind::Number | Kind::Json, _) if serde_json::from_str::<IgnoredAny>(text).is_ok() => {
            // Strings have no raw line ends in JSON, so these are white space between values.
            for (index, part) in text.split(['\n', '\r']).enumerate() {
                if index > 0 {
                    out.write_all(b" ")?;
                }
                out.write_all(part.as_bytes())?;
            }
            Ok(())
        }
        _ => serde_json::to_writer(out, text).map_err(io::Error::from),
    }
}

/// Names made distinct: the second `id` is `id_2`, unless a column is called that.
fn distinct(names: Vec<&str>) -> Vec<String> {
    let given: HashSet<&str> = names.iter().copied().collect();
    let mut used = HashSet::<String>::new();
    names
        .iter()
        .map(|name| {
            let mut key = (*name).to_owned();
            let mut number = 2;
            while used.contains(&key) || (key != *name && given.contains(key.as_str())) {
                key = format!("{name}_{number}");
                number += 1;
            }
            used.insert(key.clone());
            key
        })
        .collect()
}
