//! `[consent.NAME]`: tables that are named once, and ways that lead to the record's key.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    ConsentChild, ConsentSettings, KeyColumn, Problem, SettingsError, TableName, check::Checker,
    raw::RawConsent,
};
use crate::{Ident, pattern::names};

/// The name of a kind is part of its policies' names, which have at most 63 bytes.
const MOST_NAME: usize = 40;

pub(super) fn check(
    raw: BTreeMap<String, RawConsent>,
    checker: &Checker<'_>,
) -> Result<BTreeMap<String, ConsentSettings>, SettingsError> {
    raw.into_iter().map(|(name, raw)| one(&name, raw, checker).map(|settings| (name, settings))).collect()
}

fn one(name: &str, raw: RawConsent, checker: &Checker<'_>) -> Result<ConsentSettings, SettingsError> {
    let key = format!("consent.{name}");
    let sub = |part: &str| format!("{key}.{part}");
    let is_name = name.len() <= MOST_NAME
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_'));
    if !is_name {
        return Err(checker.refuse(&key, Problem::ConsentName { most: MOST_NAME }));
    }
    let bad = |part: &str, written: &str| {
        checker.refuse(&sub(part), Problem::KeyColumn { written: written.to_owned() })
    };
    let root = raw.root.ok_or_else(|| checker.refuse(&sub("root"), Problem::NoRoot))?;
    let root = column(&root).ok_or_else(|| bad("root", &root))?;
    let mut children = Vec::new();
    for written in &raw.children {
        children.push(child(written).ok_or_else(|| bad("children", written))?);
    }
    let mut tables = BTreeSet::new();
    for table in std::iter::once(&root.table).chain(children.iter().map(|child| &child.key.table)) {
        let system = |schema: &str| {
            schema == "information_schema" || schema.starts_with("pg_") || schema.starts_with("rolewright")
        };
        if system(table.schema.as_str()) {
            return Err(checker.refuse(&sub("children"), Problem::NotTheirs { table: table.to_string() }));
        }
        if !tables.insert(table.clone()) {
            return Err(checker.refuse(&sub("children"), Problem::Twice { name: table.to_string() }));
        }
    }
    // Each way leads through tables of the kind, and ends at one that has the key.
    for child in &children {
        let mut at = child;
        let mut seen = BTreeSet::from([&child.key.table]);
        while let Some(through) = &at.through {
            if through.table == root.table {
                break;
            }
            let found = children.iter().find(|other| other.key.table == through.table);
            match found.filter(|next| seen.insert(&next.key.table)) {
                Some(next) => at = next,
                None => {
                    let table = through.table.to_string();
                    return Err(checker.refuse(&sub("children"), Problem::LeadsNowhere { table }));
                }
            }
        }
    }
    let mut except = Vec::new();
    for written in &raw.except {
        let Some(table) = table(written) else {
            return Err(checker.refuse(&sub("except"), Problem::TableName { written: written.clone() }));
        };
        except.push(table);
    }
    let break_glass = raw.break_glass.iter().map(|role| checker.name(&sub("break_glass"), role));
    Ok(ConsentSettings {
        root,
        children,
        except,
        default: raw.default.unwrap_or_default(),
        break_glass: break_glass.collect::<Result<_, _>>()?,
    })
}

/// `schema.table(column)`, or that and ` -> schema.table(column)`.
fn child(written: &str) -> Option<ConsentChild> {
    match written.split_once("->") {
        Some((own, through)) => Some(ConsentChild { key: column(own)?, through: Some(column(through)?) }),
        None => Some(ConsentChild { key: column(written)?, through: None }),
    }
}

fn column(written: &str) -> Option<KeyColumn> {
    let (table_name, column) = written.trim().strip_suffix(')')?.rsplit_once('(')?;
    let [column] = <[String; 1]>::try_from(names(column.trim())?).ok()?;
    Some(KeyColumn { table: table(table_name)?, column: Ident::new(column).ok()? })
}

fn table(written: &str) -> Option<TableName> {
    let [schema, table] = <[String; 2]>::try_from(names(written.trim())?).ok()?;
    Some(TableName { schema: Ident::new(schema).ok()?, table: Ident::new(table).ok()? })
}
