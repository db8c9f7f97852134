//! Entries of `read`, `deny`, `functions` and `definer_functions` that meet nothing: a slip in `deny` leaves readable what should not be, and no
//! refusal would tell of it. What an entry spells out before its first glob has to be there; a glob itself may meet nothing yet.

use rolewright_core::{
    Settings,
    pattern::{Deny, Glob, Read},
};
use sea_orm::DatabaseConnection;

use crate::{
    Finding, ProvisionError,
    ask::{Argument, ask},
};

/// What an entry spells out.
struct Entry<'a> {
    role: &'a str,
    connection: &'a str,
    key: &'static str,
    written: String,
    schema: &'a str,
    name: &'a str,
    column: &'a str,
    routine: bool,
}

/// A finding for each entry whose names are not there. A schema of `read` is none: where it is missing, that is refused.
///
/// # Errors
/// What the server or the connection said.
pub async fn unmet(db: &DatabaseConnection, settings: &Settings) -> Result<Vec<Finding>, ProvisionError> {
    let entries = entries(settings);
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    let list = |of: fn(&Entry<'_>) -> String| entries.iter().map(of).collect::<Vec<_>>();
    let schemas = list(|one| one.schema.to_owned());
    let names = list(|one| one.name.to_owned());
    let columns = list(|one| one.column.to_owned());
    let routines = list(|one| if one.routine { "yes" } else { "no" }.to_owned());
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("list unmet", &error))?;
    let places: Vec<usize> = ask(
        &mut connection,
        "list unmet",
        include_str!("sql/list_unmet.sql"),
        &[
            ("schemas", Argument::Names(&schemas)),
            ("names", Argument::Names(&names)),
            ("columns", Argument::Names(&columns)),
            ("routines", Argument::Names(&routines)),
        ],
    )
    .await?;
    // Places count from 1.
    Ok(places.into_iter().filter_map(|place| entries.get(place.checked_sub(1)?)).map(Entry::told).collect())
}

fn entries(settings: &Settings) -> Vec<Entry<'_>> {
    let mut entries = Vec::new();
    for (connection, role) in &settings.roles {
        let entry = |key, written, routine| Entry {
            role: role.role.as_str(),
            connection,
            key,
            written,
            schema: "",
            name: "",
            column: "",
            routine,
        };
        let named = |read: &Read| read.table.as_ref().is_some_and(|table| table.name().is_some());
        let lists = [
            ("read", &role.read),
            ("functions", &role.functions),
            ("definer_functions", &role.definer_functions),
        ];
        for (key, list) in lists {
            for one in list.iter().filter(|one| key != "read" || named(one)) {
                let name = one.table.as_ref().and_then(Glob::name).unwrap_or_default();
                entries.push(Entry {
                    schema: one.schema.as_str(),
                    name,
                    ..entry(key, one.to_string(), key != "read")
                });
            }
        }
        // Every role has the entry of our own table, which is there from the first apply on.
        for one in role.deny.iter().filter(|one| **one != Deny::always()) {
            let Some((schema, name, column)) = spelled(one) else { continue };
            entries.push(Entry { schema, name, column, ..entry("deny", one.to_string(), false) });
        }
    }
    entries
}

/// What comes before the first glob; nothing where that is the schema.
fn spelled(deny: &Deny) -> Option<(&str, &str, &str)> {
    let schema = deny.schema.name()?;
    let Some(table) = deny.table.name() else { return Some((schema, "", "")) };
    Some((schema, table, deny.column.as_ref().and_then(Glob::name).unwrap_or_default()))
}

impl Entry<'_> {
    fn told(&self) -> Finding {
        let key = format!("roles.{}.{}", self.connection, self.key);
        Finding {
            role: Some(self.role.to_owned()),
            kind: "unmet-entry".to_owned(),
            object: self.written.clone(),
            message: format!("{key}: `{}` meets nothing", self.written),
            fix: Some(format!("write it as the database names it, or take it out of {key}")),
        }
    }
}
