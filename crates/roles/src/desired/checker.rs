//! The checker among the desired roles: it parses the texts of the others' reports.

use std::time::Duration;

use rolewright_core::{
    pattern::Read,
    settings::{FutureTables, NewTables, SandboxSettings},
};

use super::{DesiredRole, Purpose, SCRATCH_SCHEMA, settings};

/// How long the checker may work on one text.
const CHECK_TIMEOUT: Duration = Duration::from_secs(10);

impl DesiredRole {
    /// The checker of these roles: it looks names up wherever one of them does, and may see what it is told of functions
    /// that run with their owner's rights wherever one of them may call these.
    #[must_use]
    pub fn checker<'a>(
        sandbox: &SandboxSettings,
        replicas: u32,
        roles: impl Iterator<Item = &'a Self>,
    ) -> Self {
        let (mut read, mut definer_functions) = (Vec::<Read>::new(), Vec::<Read>::new());
        // Every process that has room for a login of each role has room for the checker's; and twice what the replicas
        // open, so that a new one can start before an old one has ended.
        let mut processes = replicas.saturating_mul(2);
        for role in roles {
            processes = processes.max(u32::try_from(role.conn_limit).unwrap_or_default());
            for one in &role.read {
                if !read.iter().any(|known| known.schema == one.schema) {
                    read.push(Read::schema(one.schema.clone()));
                }
            }
            definer_functions.extend(role.definer_functions.iter().cloned());
        }
        let connections = SandboxSettings::CONNECTIONS.saturating_mul(processes);
        Self {
            name: sandbox.checker.clone(),
            purpose: Purpose::Check,
            connection: "sandbox.checker".to_owned(),
            read,
            deny: Vec::new(),
            settings: settings::persisted(CHECK_TIMEOUT),
            search_path: Vec::new(),
            conn_limit: i32::try_from(connections).unwrap_or(i32::MAX),
            creators: Vec::new(),
            future_tables: FutureTables::OnProvision,
            new_tables: NewTables::Grant,
            definer_functions,
            adopt: sandbox.adopt,
        }
    }

    /// Whether it is the checker.
    #[must_use]
    pub fn is_checker(&self) -> bool {
        self.purpose == Purpose::Check
    }

    /// Whether it may make objects in this schema.
    #[must_use]
    pub fn creates_in(&self, schema: &str) -> bool {
        self.is_checker() && schema == SCRATCH_SCHEMA
    }
}
