//! How far a failure goes: one tenant, or all of a job, as the database is gone or gives no connection.

use rolewright_core::sqlstate;
use rolewright_roles::ProvisionError;

use super::TenantError;

impl TenantError {
    /// Whether it may be of one tenant of a batch, so that the others can be made without it: a statement failed, and neither is the
    /// database gone nor somebody else in the way.
    pub(super) fn is_of_tenant(&self) -> bool {
        matches!(self, Self::Roles(ProvisionError::Statement { .. })) && !self.is_lost()
    }

    /// Whether the database is gone, so that what is left of a job is gone on with when it is back.
    pub(super) fn is_lost(&self) -> bool {
        match self {
            Self::Database { lost, .. } => *lost,
            Self::Unreached { .. } => true,
            _ if self.is_crowded() => true,
            Self::Roles(ProvisionError::Connection { .. }) => true,
            Self::Roles(ProvisionError::Statement { code, .. }) => sqlstate::is_lost(code),
            _ => false,
        }
    }

    /// Whether no connection was to be had, for whatever reason.
    pub(super) fn is_crowded(&self) -> bool {
        match self {
            Self::Crowded { .. } => true,
            Self::Roles(error) => error.is_crowded(),
            _ => false,
        }
    }
}
