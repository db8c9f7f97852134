//! The effects an attempt can be seen to have, from nothing to the worst, and what undoes each.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What was seen to have happened. The order is of severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Nothing.
    None,
    /// The catalogs said something that every login can read.
    ReadCatalog,
    /// An error, or its absence, answered a question about rows that are hidden.
    Oracle,
    /// A row that is hidden from the role was told from none.
    ToldHiddenRow,
    /// It ran past its deadline, and had to be ended.
    Overran,
    /// It took memory out of proportion.
    TookMemory,
    /// It filled temporary files.
    TookDisk,
    /// It filled the server's log.
    FloodedLog,
    /// It used up transaction numbers.
    BurnedXids,
    /// It wrote to the write-ahead log.
    WroteWal,
    /// It exported its snapshot.
    ExportedSnapshot,
    /// Something of it was left in the session for the next user.
    Residue,
    /// It held locks that others wait for.
    BlockedOthers,
    /// Listeners heard it.
    Notified,
    /// Another session's statement was cancelled.
    CancelledPeer,
    /// Another session was ended.
    KilledPeer,
    /// A large object was made, changed or removed.
    LargeObject,
    /// A prepared transaction was left behind.
    PreparedTransaction,
    /// Default privileges were changed.
    DefaultPrivileges,
    /// A persisted setting was changed.
    SettingPersisted,
    /// The role can no longer log in.
    LockedOut,
    /// The role's password was changed.
    PasswordChanged,
    /// Grants were changed.
    GrantsChanged,
    /// Roles or memberships were changed.
    RoleChanged,
    /// Objects were made, changed or removed.
    SchemaChanged,
    /// A value that must not be read was written to the server's log.
    LoggedSecret,
    /// A value came back that must not be read.
    ReadSecret,
    /// A definer function ran what the attempt planted.
    Hijacked,
    /// Rows were changed.
    WroteRows,
    /// A legitimate text was not answered.
    ControlFailed,
}

impl Effect {
    /// Its name, as the JSON has it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ReadCatalog => "read-catalog",
            Self::Oracle => "oracle",
            Self::ToldHiddenRow => "told-hidden-row",
            Self::Overran => "overran",
            Self::TookMemory => "took-memory",
            Self::TookDisk => "took-disk",
            Self::FloodedLog => "flooded-log",
            Self::BurnedXids => "burned-xids",
            Self::WroteWal => "wrote-wal",
            Self::ExportedSnapshot => "exported-snapshot",
            Self::Residue => "residue",
            Self::BlockedOthers => "blocked-others",
            Self::Notified => "notified",
            Self::CancelledPeer => "cancelled-peer",
            Self::KilledPeer => "killed-peer",
            Self::LargeObject => "large-object",
            Self::PreparedTransaction => "prepared-transaction",
            Self::DefaultPrivileges => "default-privileges",
            Self::SettingPersisted => "setting-persisted",
            Self::LockedOut => "locked-out",
            Self::PasswordChanged => "password-changed",
            Self::GrantsChanged => "grants-changed",
            Self::RoleChanged => "role-changed",
            Self::SchemaChanged => "schema-changed",
            Self::LoggedSecret => "logged-secret",
            Self::ReadSecret => "read-secret",
            Self::Hijacked => "hijacked",
            Self::WroteRows => "wrote-rows",
            Self::ControlFailed => "control-failed",
        }
    }

    /// What undoes it, as a sentence without a full stop.
    #[must_use]
    pub fn undone_by(self) -> &'static str {
        match self {
            Self::None => "nothing is needed",
            Self::ReadCatalog => {
                "cannot be taken back; keep secrets out of names, comments, defaults and function bodies"
            }
            Self::Oracle => "cannot be taken back; make the view `security_barrier`, or revoke the function",
            Self::ToldHiddenRow => {
                "cannot be taken back; on a plain connection neither `security_barrier` nor a policy prevents it, so give that login no rows to read that views or policies hide"
            }
            Self::Overran => "statement_timeout where the text cannot lift it, and ending the backend",
            Self::TookMemory | Self::TookDisk => {
                "it ends with the statement; temp_file_limit and the system's limits bound it"
            }
            Self::FloodedLog => "removing the log; what rotates it should bound it",
            Self::BurnedXids | Self::WroteWal => {
                "cannot be taken back; vacuum and the log's retention cope with it"
            }
            Self::ExportedSnapshot => "it ends with the transaction",
            Self::Residue | Self::BlockedOthers => {
                "ending the session, or a scrub before anybody else has it"
            }
            Self::Notified => "cannot be taken back; listeners must not trust payloads",
            Self::CancelledPeer | Self::KilledPeer => "running that work again",
            Self::LargeObject => "lo_unlink by its owner; it was removed",
            Self::PreparedTransaction => "ROLLBACK PREPARED by its owner; it was rolled back",
            Self::DefaultPrivileges
            | Self::SettingPersisted
            | Self::LockedOut
            | Self::PasswordChanged
            | Self::GrantsChanged => "`rolewright apply`, or the next reconcile; it was put back",
            Self::RoleChanged | Self::SchemaChanged => {
                "dropping what was made; `rolewright apply` for the roles"
            }
            Self::LoggedSecret => "removing the log's copies, and changing the secret",
            Self::ReadSecret => {
                "changing the secret; and closing what showed it (`rolewright verify` names views and functions)"
            }
            Self::Hijacked => "`SET search_path = …, pg_temp` on the function",
            Self::WroteRows => "a backup; take the right away that `rolewright verify` names",
            Self::ControlFailed => "correcting what refused it",
        }
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_the_ones_of_the_json() {
        for effect in [Effect::None, Effect::ReadSecret, Effect::ToldHiddenRow, Effect::TookDisk] {
            assert_eq!(serde_json::to_value(effect).unwrap(), effect.word());
        }
    }
}
