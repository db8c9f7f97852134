//! What mends each failure of the work for tenants, and how a command ends with it.

use rolewright_core::{Advice, Exit, Ident, sqlstate};

use super::{TenantError, error::LEAST};

/// What goes on with jobs that the loss of the database has cut short.
const RESUME: &str = "; then `rolewright tenant resume`";

/// The same failure as whoever asks a running `serve` is told it: what that has left, it goes on with itself.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Served<'a>(pub(crate) &'a TenantError);

impl Advice for Served<'_> {
    fn hint(&self) -> Option<String> {
        self.0.hint().map(|hint| hint.strip_suffix(RESUME).unwrap_or(&hint).to_owned())
    }

    fn exit(&self) -> Exit {
        self.0.exit()
    }
}

impl Advice for TenantError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::NoModule => "set `tenancy.module`".to_owned(),
            Self::Unknown(id) => format!("rolewright tenant add {id}, or `rolewright tenant list`"),
            Self::Disabled(id) => format!("rolewright tenant enable {id}"),
            Self::Purging(id) => format!("rolewright tenant purge {id} --yes finishes it"),
            Self::Purged(id) => format!("rolewright tenant add {id} makes a new one, with nothing in it"),
            Self::Refused(refusal) => refusal.fix.clone(),
            Self::Busy { job: Some(job), .. } => format!(
                "wait for it, or raise `start.lock_timeout`; `rolewright tenant jobs {job} --stop` ends that job after what it is at"
            ),
            Self::Busy { .. } => "wait for it, or raise `start.lock_timeout`".to_owned(),
            Self::LostLock { .. } => {
                "find out what ends connections of core that are in a transaction (a firewall, a pooler, an administrator), and do the same again".to_owned()
            }
            Self::JobHeld { .. } => "try again".to_owned(),
            Self::NoJob(_) => "`rolewright tenant jobs` lists them".to_owned(),
            Self::JobEnded(job) => format!("`rolewright tenant jobs {job}` tells what each tenant has come to"),
            Self::Open { .. } => "look at pg_stat_activity, and do the same again".to_owned(),
            Self::LeftOpen { id, findings, .. } => {
                let fixes: Vec<&str> = findings.iter().filter_map(|one| one.fix.as_deref()).collect();
                format!("as an administrator: {}; then rolewright tenant disable {id}", fixes.join("; "))
            }
            Self::Reopened { id, why, .. } => {
                let hint = why.hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                format!("rolewright tenant disable {id} refuses it{hint}")
            }
            Self::Superseded(_) => "`rolewright tenant jobs` shows what was asked last".to_owned(),
            Self::Stopped(_) => "do the same again, where it is still wanted".to_owned(),
            Self::NotGoneOnWith(job) | Self::Waits { job, .. } => format!(
                "`rolewright tenant resume` goes on with it; `rolewright tenant jobs {job} --stop` gives it up"
            ),
            Self::Roles(error) if error.is_crowded() => {
                return Self::Crowded { label: "", message: String::new() }.hint();
            }
            Self::Roles(error) => return error.hint(),
            Self::Pending(_) => {
                "look at the files, which must be as they were run, and at the tenant's table of what was run (`rolewright_migrations`, or the \
                 migrator's own): an older build is replaced by the newer one, a policy on the table dropped"
                    .to_owned()
            }
            Self::Migration(_) => {
                "mend the migration, or the data it met, and run `rolewright tenant upgrade` again".to_owned()
            }
            Self::MigrationLocked { .. } => {
                "end that transaction, or raise `start.lock_timeout`, and run `rolewright tenant upgrade` again".to_owned()
            }
            Self::Committed(_) | Self::Uncertain(_) => {
                "take COMMIT out of it, look in the tenant's schema for what it left there, and run `rolewright tenant upgrade` again".to_owned()
            }
            Self::Folder { .. } => "correct `tenancy.migrate.folder`".to_owned(),
            Self::Edited(_) => {
                "put it back as it was, and write what is new into a file of its own".to_owned()
            }
            Self::MissingFile(_) => "put it back, or use the newer build".to_owned(),
            Self::Command(_) => "its own output, above, says why".to_owned(),
            Self::Login { role, code, .. } if code == sqlstate::INVALID_PASSWORD => format!(
                "ALTER ROLE \"{role}\" PASSWORD '…' -- `rolewright tenant url` prints the password, and core may not set it"
            ),
            Self::Login { role, code, .. } if code == sqlstate::TOO_MANY_CONNECTIONS => format!(
                "end sessions of {role}, lower `tenancy.pool.max` or `tenancy.parallel`, or raise its CONNECTION LIMIT or the server's max_connections"
            ),
            Self::Login { role, code, .. } if code == sqlstate::INSUFFICIENT_PRIVILEGE => format!(
                "GRANT CONNECT ON DATABASE … TO \"{role}\" -- the database that this names, which core may not give"
            ),
            Self::Login { .. } => "run `rolewright doctor`, and look at pg_hba.conf".to_owned(),
            Self::Secret(error) => return error.hint(),
            Self::NotEmpty(id) => {
                format!("stop what writes as it, and run `rolewright tenant purge {id} --yes` again")
            }
            Self::Holds { id, role, fix } if fix.is_empty() => format!(
                "as a superuser, in each database: DROP OWNED BY \"{role}\"; then rolewright tenant purge {id} --yes"
            ),
            Self::Holds { id, fix, .. } => {
                format!("as a superuser: {}; then rolewright tenant purge {id} --yes", fix.join("; "))
            }
            Self::Needed { id, .. } => {
                format!(
                    "drop them, or detach them (an extension: ALTER EXTENSION … SET SCHEMA); then rolewright tenant purge {id} --yes"
                )
            }
            Self::Locked { id, .. } => {
                format!("end that transaction; then rolewright tenant purge {id} --yes goes on")
            }
            Self::NoChecker(_) => {
                "run `rolewright apply`, which makes it, or tells what an administrator runs; then do the same again".to_owned()
            }
            Self::NotMigrated => "run `rolewright apply`".to_owned(),
            Self::Standby => {
                "connect to the primary, for example with target_session_attrs=read-write".to_owned()
            }
            Self::ReadOnly { .. } => {
                "SHOW default_transaction_read_only: where it is on, ALTER DATABASE … or ALTER ROLE … RESET default_transaction_read_only; \
                 where pg_is_in_recovery() is true, connect to the primary"
                    .to_owned()
            }
            Self::Few { user, .. } => {
                let role = Ident::new(user.clone()).map(|role| role.quoted()).unwrap_or_default();
                format!("as an administrator: ALTER ROLE {role} CONNECTION LIMIT -1 -- or a number, {LEAST} or more, and three for each job at once")
            }
            Self::FewInAll { database, .. } => {
                let name = Ident::new(database.clone()).map(|name| name.quoted()).unwrap_or_default();
                format!(
                    "as its owner: ALTER DATABASE {name} CONNECTION LIMIT -1 -- or a number, {} or more, with all that anybody else has open there",
                    LEAST + 1
                )
            }
            Self::Unreached { why, .. } => format!("{}{RESUME}", why.hint().unwrap_or_default()),
            Self::Crowded { .. } => format!(
                "a job takes one connection for its lock, and two for each of the tenants that it works on at once: lower `tenancy.parallel` \
                 and `database.pool.max`, or raise core's CONNECTION LIMIT or the server's max_connections{RESUME}"
            ),
            Self::NoLocks { .. } => {
                "end what holds many locks, or raise the server's max_locks_per_transaction; then do the same again".to_owned()
            }
            Self::Denied { .. } => {
                "do the same again; where it stays so, `rolewright doctor` names the membership that core or a keeper lacks, and \
                 `rolewright log` what took it"
                    .to_owned()
            }
            Self::Database { lost: true, .. } => {
                format!("check that PostgreSQL is up{RESUME}")
            }
            Self::Database { .. } => return None,
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::NoModule
            | Self::NotMigrated
            | Self::NoChecker(_)
            | Self::Folder { .. }
            | Self::Edited(_)
            | Self::MissingFile(_) => Exit::Config,
            Self::Unknown(_)
            | Self::Disabled(_)
            | Self::Purging(_)
            | Self::Purged(_)
            | Self::NoJob(_)
            | Self::JobEnded(_) => Exit::Usage,
            Self::Refused(refusal) if refusal.kind == "state" => Exit::Usage,
            Self::Refused(_)
            | Self::Holds { .. }
            | Self::LeftOpen { .. }
            | Self::Standby
            | Self::ReadOnly { .. } => Exit::NoPermission,
            Self::Busy { .. }
            | Self::LostLock { .. }
            | Self::JobHeld { .. }
            | Self::Open { .. }
            | Self::Locked { .. }
            | Self::Login { .. }
            | Self::Crowded { .. }
            | Self::Few { .. }
            | Self::FewInAll { .. }
            | Self::NoLocks { .. }
            | Self::Database { lost: true, .. } => Exit::Unavailable,
            Self::Reopened { why, .. } => why.exit(),
            Self::Unreached { why, .. } => why.exit(),
            Self::Stopped(_) | Self::NotGoneOnWith(_) | Self::Waits { .. } => Exit::Stopped,
            Self::Roles(error) => error.exit(),
            Self::Secret(error) => error.exit(),
            Self::Pending(_)
            | Self::Migration(_)
            | Self::MigrationLocked { .. }
            | Self::Committed(_)
            | Self::Uncertain(_) => Exit::DatabaseFailed,
            Self::Needed { .. } => Exit::Refused,
            Self::Command(_)
            | Self::NotEmpty(_)
            | Self::Superseded(_)
            | Self::Denied { .. }
            | Self::Database { .. } => Exit::Failed,
        }
    }
}
