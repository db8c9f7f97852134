//! Persisted settings: ours as they should be, all others gone, those for single databases too.

use crate::{Change, DesiredRole, change::Value, observed::Setting};

use super::{Context, Draft, refusals::reset_statement};

const SEARCH_PATH: &str = "search_path";

pub(super) fn diff(context: &Context<'_>, role: &DesiredRole, draft: &mut Draft) {
    let name = role.name.as_str();
    let none = Vec::new();
    let found = context.observed.roles.get(name).map_or(&none, |role| &role.settings);
    let path: Vec<String> = role
        .search_path
        .iter()
        .map(|schema| schema.as_str().to_owned())
        .chain(std::iter::once("pg_temp".to_owned()))
        .collect();
    let current = |setting: &str| found.iter().find(|one| one.database.is_none() && one.name == setting);

    for (setting, value) in &role.settings {
        if current(setting).is_none_or(|one| one.value != *value) {
            draft.roles.push(Change::Set {
                role: name.to_owned(),
                name: setting.clone(),
                value: Value::Text(value.clone()),
            });
        }
    }
    if current(SEARCH_PATH).is_none_or(|one| names(&one.value) != path) {
        draft.roles.push(Change::Set {
            role: name.to_owned(),
            name: SEARCH_PATH.to_owned(),
            value: Value::Names(path),
        });
    }
    for extra in found {
        let ours = extra.name == SEARCH_PATH || role.settings.contains_key(&extra.name);
        if extra.database.is_some() || !ours {
            reset(name, extra, draft);
        }
    }
}

fn reset(role: &str, extra: &Setting, draft: &mut Draft) {
    let Setting { database, name, resettable, .. } = extra;
    if *resettable {
        draft.roles.push(Change::Reset {
            role: role.to_owned(),
            name: name.clone(),
            database: database.clone(),
        });
    } else {
        let message = format!("role {role} has the setting {name}, which only a superuser may reset");
        let fix = reset_statement(role, name, database.as_deref());
        draft.finding(Some(role), "foreign-setting", name, message, Some(fix));
    }
}

/// The names in a stored list: separated by commas, some in double quotes (as `SplitIdentifierString` reads them).
fn names(list: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let mut name = String::new();
        if let Some(mut inner) = rest.strip_prefix('"') {
            while let Some(at) = inner.find('"') {
                name.push_str(&inner[..at]);
                inner = &inner[at + 1..];
                match inner.strip_prefix('"') {
                    Some(more) => {
                        name.push('"');
                        inner = more;
                    }
                    None => break,
                }
            }
            rest = inner;
        } else {
            let end = rest.find(',').unwrap_or(rest.len());
            rest[..end].trim().clone_into(&mut name);
            rest = &rest[end..];
        }
        all.push(name);
        rest = rest.trim_start().strip_prefix(',').unwrap_or_default().trim_start();
    }
    all
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn a_stored_list_is_read_as_the_server_reads_it() {
        assert_eq!(names("reporting, pg_temp"), ["reporting", "pg_temp"]);
        assert_eq!(names(r#""$user", "a ""b"", c", pg_temp"#), ["$user", r#"a "b", c"#, "pg_temp"]);
        assert_eq!(names(""), Vec::<String>::new());
        assert_eq!(names("\"\""), [""]);
    }
}
