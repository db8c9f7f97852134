//! The settings a managed role keeps in the catalogs (`pg_db_role_setting`), and why each.
//!
//! They are defaults of the login, and a session may change them: they protect people and tools that log in directly.
//! What must hold against hostile SQL is enforced where that SQL runs.

use std::{collections::BTreeMap, time::Duration};

/// How long a managed role waits for a lock: a report must not queue behind a migration, nor make others queue.
const LOCK_TIMEOUT: &str = "5s";
/// How long a managed role may sit in an open transaction, which holds back vacuum.
const IDLE_IN_TRANSACTION: &str = "60s";

/// The persisted settings of a role, `search_path` left out: that is a list and compared as one.
pub(crate) fn persisted(statement_timeout: Duration) -> BTreeMap<String, String> {
    [
        ("default_transaction_read_only", "on".to_owned()),
        ("statement_timeout", format!("{}ms", statement_timeout.as_millis())),
        ("lock_timeout", LOCK_TIMEOUT.to_owned()),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION.to_owned()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), value))
    .collect()
}
