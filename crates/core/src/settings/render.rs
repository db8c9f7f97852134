//! The settings as keys and values for `config show`, from the checked form, so that defaults show as they act.

use std::{path::PathBuf, time::Duration};

use serde_json::{Value, json};

use super::{ConsentChild, Origin, Origins, PoolSettings, Settings, Sources, access_render};
use crate::conninfo::Host;

/// Every key with its value; secrets as `***`.
pub(super) fn entries(settings: &Settings) -> Vec<(String, Value)> {
    let database = &settings.database;
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.to_string_lossy().into_owned());
    let host = |host: &Host| match host {
        Host::Tcp { name, .. } => name.clone(),
        Host::Unix { directory, .. } => directory.to_string_lossy().into_owned(),
    };
    let port = |host: &Host| match host {
        Host::Tcp { port, .. } | Host::Unix { port, .. } => *port,
    };
    let hosts: Vec<_> = database.hosts.iter().map(host).collect();
    let ports: Vec<_> = database.hosts.iter().map(port).collect();
    let ports = match ports.as_slice() {
        [port] => json!(port),
        ports => json!(ports.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")),
    };
    // A setting of the session may be a secret of the application's own.
    let options: Vec<_> = database.options.iter().map(|(name, _)| format!("{name}=***")).collect();
    let mut entries: Vec<(String, Value)> = [
        ("app", json!(settings.app)),
        ("database.host", json!(hosts.join(","))),
        ("database.port", ports),
        ("database.name", json!(database.database)),
        ("database.username", json!(database.user)),
        ("database.password", json!(database.password.as_ref().map(ToString::to_string))),
        ("database.ssl_mode", json!(database.ssl_mode.as_str())),
        ("database.ssl_root_cert", json!(path(&database.ssl_root_cert))),
        ("database.ssl_cert", json!(path(&database.ssl_cert))),
        ("database.ssl_key", json!(path(&database.ssl_key))),
        ("database.application_name", json!(database.application_name)),
        ("database.target_session_attrs", json!(database.target_session_attrs.as_str())),
        ("database.options", if options.is_empty() { Value::Null } else { json!(options) }),
        ("database.connect_timeout", time(database.connect_timeout)),
        ("database.replicas", json!(settings.replicas)),
    ]
    .map(|(key, value)| (key.to_owned(), value))
    .into();
    entries.extend(pool("database.pool", &settings.pool));
    let rest = [
        ("crypto.key_file", json!(path(&settings.crypto.key_file))),
        ("crypto.allow_readable_key_file", json!(settings.crypto.allow_readable_key_file)),
        ("crypto.exposure", json!(settings.crypto.exposure)),
        ("migrate.on_start", json!(settings.migrate.on_start)),
        (
            "migrate.command",
            json!(settings.migrate.command.as_ref().map(|c| c.iter().map(|a| masked(a)).collect::<Vec<_>>())),
        ),
        ("start.roles", json!(settings.start.roles)),
        ("start.lock_timeout", time(Some(settings.start.lock_timeout))),
        ("start.reconcile", time(settings.start.reconcile)),
        ("start.rotate_roles_after", time(settings.start.rotate_roles_after)),
    ];
    entries.extend(rest.map(|(key, value)| (key.to_owned(), value)));
    for (name, role) in &settings.roles {
        let rest = [
            ("role", json!(role.role)),
            ("read", json!(role.read)),
            ("deny", json!(role.deny)),
            ("search_path", json!(role.search_path)),
            ("future_tables", json!(role.future_tables)),
            ("new_tables", json!(role.new_tables)),
            ("definer_functions", json!(role.definer_functions)),
            ("functions", json!(role.functions)),
            ("creators", json!(role.creators)),
            ("adopt", json!(role.adopt)),
            ("statement_timeout", time(Some(role.statement_timeout))),
            ("max_connections", json!(role.max_connections)),
            ("max_rows", json!(role.max_rows)),
            ("max_bytes", json!(role.max_bytes)),
            ("max_queue", json!(role.max_queue)),
        ];
        entries.extend(rest.map(|(key, value)| (format!("roles.{name}.{key}"), value)));
        entries.extend(pool(&format!("roles.{name}.pool"), &role.pool));
    }
    entries.push(("sandbox.checker".to_owned(), json!(settings.sandbox.checker)));
    entries.push(("sandbox.adopt".to_owned(), json!(settings.sandbox.adopt)));
    if let Some(tenancy) = &settings.tenancy {
        let command = tenancy.migrate_command.as_ref();
        let command = command.map(|words| words.iter().map(|word| masked(word)).collect::<Vec<_>>());
        let rest = [
            ("module", json!(tenancy.module.as_str())),
            ("bucket", json!(tenancy.bucket)),
            ("parallel", json!(tenancy.parallel)),
            ("max_in_flight", json!(tenancy.max_in_flight)),
            ("max_tenants", json!(tenancy.max_tenants)),
            ("statement_timeout", time(Some(tenancy.statement_timeout))),
            ("fresh", time(Some(tenancy.fresh))),
            ("migrate.command", json!(command)),
            ("migrate.folder", json!(path(&tenancy.migrate_folder))),
        ];
        entries.extend(rest.map(|(key, value)| (format!("tenancy.{key}"), value)));
        entries.extend(pool("tenancy.pool", &tenancy.pool));
        if let Some(reports) = &tenancy.reports {
            let rest = [
                ("max_connections", json!(reports.max_connections)),
                ("per_tenant", json!(reports.per_tenant)),
                ("statement_timeout", time(Some(reports.statement_timeout))),
                ("max_rows", json!(reports.max_rows)),
                ("max_bytes", json!(reports.max_bytes)),
            ];
            entries.extend(rest.map(|(key, value)| (format!("tenancy.reports.{key}"), value)));
        }
    }
    entries.extend(settings.access.iter().flat_map(access_render::entries));
    for (name, consent) in &settings.consent {
        let child = |child: &ConsentChild| match &child.through {
            Some(through) => format!("{} -> {through}", child.key),
            None => child.key.to_string(),
        };
        let except: Vec<String> = consent.except.iter().map(ToString::to_string).collect();
        let rest = [
            ("root", json!(consent.root.to_string())),
            ("children", json!(consent.children.iter().map(child).collect::<Vec<_>>())),
            ("except", json!(except)),
            ("default", json!(consent.default)),
            ("break_glass", json!(consent.break_glass)),
        ];
        entries.extend(rest.map(|(key, value)| (format!("consent.{name}.{key}"), value)));
    }
    entries.push(("http.listen".to_owned(), json!(settings.http.listen)));
    let token = settings.http.admin_token.as_ref().map(ToString::to_string);
    entries.push(("http.admin_token".to_owned(), json!(token)));
    entries.push(("http.tenants".to_owned(), json!(settings.http.tenants)));
    entries
}

/// Completes the origins: what `DATABASE_URL` and `CRYPTO_KEY_FILE` say replaces what was set elsewhere.
pub(super) fn origins(settings: &Settings, mut origins: Origins, sources: &Sources) -> Origins {
    for secret in ["database.password", "http.admin_token"] {
        if let Some(origin) = origins.0.get(&format!("{secret}_file")).cloned() {
            origins.0.insert(secret.to_owned(), origin);
        }
    }
    if let Some(url) = sources.variable("DATABASE_URL") {
        origins.0.retain(|key, _| {
            !key.starts_with("database.") || key.starts_with("database.pool") || key == "database.replicas"
        });
        let url_origin = Origin::Environment("DATABASE_URL".to_owned());
        let over = crate::ConnInfo::parse(url).map(|(_, over)| over).unwrap_or_default();
        let from_pool = [
            ("max", over.max.is_some()),
            ("min", over.min.is_some()),
            ("idle", over.idle.is_some()),
            ("acquire", over.acquire.is_some()),
            ("max_lifetime", over.max_lifetime.is_some()),
        ];
        let pool = from_pool.iter().filter(|(_, set)| *set).map(|(name, _)| format!("database.pool.{name}"));
        let whole = entries(settings)
            .into_iter()
            .map(|(key, _)| key)
            .filter(|key| key.starts_with("database.") && !key.starts_with("database.pool"))
            .filter(|key| key != "database.replicas");
        let keys: Vec<_> = whole.chain(pool).collect();
        origins.0.extend(keys.into_iter().map(|key| (key, url_origin.clone())));
    }
    if sources.variable("CRYPTO_KEY_FILE").is_some() {
        let origin = Origin::Environment("CRYPTO_KEY_FILE".to_owned());
        origins.0.insert("crypto.key_file".to_owned(), origin);
    }
    origins
}

pub(super) fn pool(key: &str, pool: &PoolSettings) -> Vec<(String, Value)> {
    let values = [
        ("max", json!(pool.max)),
        ("min", json!(pool.min)),
        ("idle", time(Some(pool.idle.unwrap_or_default()))),
        ("acquire", time(Some(pool.acquire))),
        ("max_lifetime", time(Some(pool.max_lifetime.unwrap_or_default()))),
    ];
    values.map(|(name, value)| (format!("{key}.{name}"), value)).into()
}

/// A connection URL among a command's arguments has a password in it.
fn masked(argument: &str) -> &str {
    if argument.contains("://") && argument.contains('@') || argument.to_lowercase().contains("password") {
        "***"
    } else {
        argument
    }
}

pub(super) fn time(time: Option<Duration>) -> Value {
    json!(time.map(|time| humantime::format_duration(time).to_string()))
}
