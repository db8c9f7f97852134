//! The module's own program of migrations: it is given one connection, which is the tenant's, and nothing of core's.

use std::{ffi::OsString, process::Stdio};

use rolewright_core::{ConnInfo, Ident, conninfo::Host, settings::Sources};
use tokio::process::Command;

use super::{Ground, TenantError, list::Tenant, still::migrating};

impl Ground {
    /// Runs the program. It finds the connection in `DATABASE_URL`, which acts as the tenant from its first statement on.
    pub(super) async fn run_program(&self, tenant: &Tenant, command: &[String]) -> Result<(), TenantError> {
        let [program, arguments @ ..] = command else { return Ok(()) };
        let role =
            Ident::new(tenant.role.clone()).map_err(|error| TenantError::Command(error.to_string()))?;
        // The program of a process that was killed may still be at work; two must not be.
        self.end_migrating(tenant).await?;
        let info = self.info(tenant.bucket, Some((&role, &migrating(role.as_str())))).await?;
        let mut command = Command::new(program);
        let aliases = aliases(&info);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_cores(name)) {
            match aliases.iter().find(|(alias, _)| name == *alias) {
                Some((alias, value)) => command.env(alias, value),
                None => command.env_remove(name),
            };
        }
        let status = command
            .args(arguments)
            .env("DATABASE_URL", info.to_url().expose())
            .env("TENANT", tenant.id.as_str())
            .stdin(Stdio::null())
            .stdout(std::io::stderr())
            // A terminal's Ctrl-C is for the command, which lets what is at work come to its end.
            .process_group(0)
            .kill_on_drop(true)
            .status()
            .await
            .map_err(|cause| TenantError::Command(format!("could not be started: {cause}")))?;
        if status.success() { Ok(()) } else { Err(TenantError::Command(format!("ended with {status}"))) }
    }
}

/// Whether a variable configures core, or a connection in libpq's way.
fn is_cores(name: &OsString) -> bool {
    name.to_str().is_some_and(|name| Sources::counts(name) || name.starts_with("PG"))
}

/// The connection as that ecosystem's containers name it.
fn aliases(info: &ConnInfo) -> Vec<(&'static str, String)> {
    let server = info.hosts.first().map(|host| match host {
        Host::Tcp { name, port } => (name.clone(), *port),
        Host::Unix { directory, port } => (directory.to_string_lossy().into_owned(), *port),
    });
    let (host, port) = server.unzip();
    let all = [
        ("DB_HOST", host),
        ("DB_PORT", port.map(|port| port.to_string())),
        ("DB_DATABASE", info.database.clone()),
        ("DB_USERNAME", info.user.clone()),
        ("DB_PASSWORD", info.password.as_ref().map(|password| password.expose().to_owned())),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
