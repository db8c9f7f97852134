//! Whether the configured pools fit into the server's connections, computed before any of them is opened.

use crate::{Advice, Exit, Settings, settings::SandboxSettings};

/// What the server allows, as [`ServerFacts`](crate::connect::ServerFacts) tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerLimits {
    /// `max_connections`.
    pub max_connections: u32,
    /// `superuser_reserved_connections`.
    pub superuser_reserved: u32,
    /// `reserved_connections` (PostgreSQL 16 and later; 0 before).
    pub reserved_connections: u32,
}

impl ServerLimits {
    /// The connections an ordinary role can have: all but the reserved ones.
    #[must_use]
    pub fn usable(self) -> u32 {
        self.max_connections.saturating_sub(self.superuser_reserved).saturating_sub(self.reserved_connections)
    }
}

/// What the pools may take together, against what there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Headroom {
    /// The sum of all pools' maxima, times the replicas.
    pub wanted: u64,
    /// What the server leaves for ordinary roles.
    pub usable: u64,
    /// `database.replicas`.
    pub replicas: u32,
    /// Whether more than four fifths would be taken, so that others may find no connection.
    pub close: bool,
}

/// Why the pools cannot fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum HeadroomError {
    /// Together they want more than the server has.
    #[error(
        "the pools may open {wanted} connections ({replicas} replicas together), and the server leaves {usable} \
         of its {max_connections} for ordinary roles"
    )]
    Server {
        /// The sum of the pools' maxima, times the replicas.
        wanted: u64,
        /// What the server leaves.
        usable: u64,
        /// `database.replicas`.
        replicas: u32,
        /// The server's `max_connections`.
        max_connections: u32,
    },
    /// One role's pools want more than its CONNECTION LIMIT.
    #[error(
        "the pools of `roles.{connection}` may open {wanted} connections ({replicas} replicas together), and its \
         limit is {limit}"
    )]
    Role {
        /// The connection's name.
        connection: String,
        /// Its pool's maximum, times the replicas.
        wanted: u64,
        /// `roles.NAME.max_connections`.
        limit: u32,
        /// `database.replicas`.
        replicas: u32,
    },
}

impl Advice for HeadroomError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Server { .. } => {
                "lower `database.pool.max`, `roles.NAME.pool.max` or `access.pool.max`, correct `database.replicas`, or raise \
                 `max_connections` on the server"
                    .into()
            }
            Self::Role { connection, .. } => format!(
                "raise `roles.{connection}.max_connections`, or lower `roles.{connection}.pool.max` or \
                 `database.replicas`"
            ),
        })
    }

    fn exit(&self) -> Exit {
        Exit::Config
    }
}

impl Headroom {
    /// Adds the pools up.
    ///
    /// # Errors
    /// When the pools together do not fit into the server, or one role's into its own limit.
    pub fn of(settings: &Settings, server: ServerLimits) -> Result<Self, HeadroomError> {
        let replicas = settings.replicas;
        let mut each = u64::from(settings.pool.max);
        if !settings.roles.is_empty() {
            each += u64::from(SandboxSettings::CONNECTIONS);
        }
        each += settings.access.as_ref().map_or(0, |access| u64::from(access.pool.max));
        for (connection, role) in &settings.roles {
            let wanted = u64::from(role.pool.max) * u64::from(replicas);
            if wanted > u64::from(role.max_connections) {
                let connection = connection.clone();
                return Err(HeadroomError::Role {
                    connection,
                    wanted,
                    limit: role.max_connections,
                    replicas,
                });
            }
            each += u64::from(role.pool.max);
        }
        let wanted = each * u64::from(replicas);
        let usable = u64::from(server.usable());
        if wanted > usable {
            let max_connections = server.max_connections;
            return Err(HeadroomError::Server { wanted, usable, replicas, max_connections });
        }
        Ok(Self { wanted, usable, replicas, close: wanted * 5 > usable * 4 })
    }

    /// The sentence to warn with when it is close; absent when there is room.
    #[must_use]
    pub fn warning(&self) -> Option<String> {
        self.close.then(|| {
            format!(
                "the pools may open {} of the {} connections that the server leaves for ordinary roles ({} replicas)",
                self.wanted, self.usable, self.replicas
            )
        })
    }
}

#[cfg(test)]
mod tests;
