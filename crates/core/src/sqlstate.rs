//! The SQLSTATE codes Rolewright acts upon (PostgreSQL manual, appendix A), by their names there.

/// Whether a code says that the connection is lost: class 08, connection exceptions, and 57P, an operator's intervention.
#[must_use]
pub fn is_lost(code: &str) -> bool {
    code.starts_with("08") || code.starts_with("57P")
}

/// `invalid_password`: the password is wrong, or the role does not exist.
pub const INVALID_PASSWORD: &str = "28P01";
/// `invalid_authorization_specification`: no `pg_hba.conf` entry, or the role may not log in.
pub const INVALID_AUTHORIZATION: &str = "28000";
/// `invalid_catalog_name`: there is no such database.
pub const INVALID_CATALOG_NAME: &str = "3D000";
/// `cannot_connect_now`: starting up, shutting down or recovering.
pub const CANNOT_CONNECT_NOW: &str = "57P03";
/// `admin_shutdown`: the backend was ended.
pub const ADMIN_SHUTDOWN: &str = "57P01";
/// `query_canceled`: a timeout or a cancel request.
pub const QUERY_CANCELED: &str = "57014";
/// `too_many_connections`: the server's, the database's or the role's limit.
pub const TOO_MANY_CONNECTIONS: &str = "53300";
/// `out_of_memory`: here, of the memory that all share for their locks.
pub const OUT_OF_MEMORY: &str = "53200";
/// `insufficient_privilege`.
pub const INSUFFICIENT_PRIVILEGE: &str = "42501";
/// `duplicate_object`: the role exists already.
pub const DUPLICATE_OBJECT: &str = "42710";
/// `unique_violation`: here, of a catalog's index.
pub const UNIQUE_VIOLATION: &str = "23505";
/// `internal_error`: here, "tuple concurrently updated".
pub const INTERNAL_ERROR: &str = "XX000";
/// `deadlock_detected`.
pub const DEADLOCK_DETECTED: &str = "40P01";
/// `serialization_failure`.
pub const SERIALIZATION_FAILURE: &str = "40001";
/// `lock_not_available`: `lock_timeout` ran out.
pub const LOCK_NOT_AVAILABLE: &str = "55P03";
/// `undefined_object`: here, a role that is gone.
pub const UNDEFINED_OBJECT: &str = "42704";
/// `dependent_objects_still_exist`: here, a role that owns or holds something elsewhere.
pub const DEPENDENT_OBJECTS: &str = "2BP01";
/// `undefined_column`.
pub const UNDEFINED_COLUMN: &str = "42703";
/// `undefined_table`.
pub const UNDEFINED_TABLE: &str = "42P01";
/// `read_only_sql_transaction`: the server is a standby, or a setting says so.
pub const READ_ONLY: &str = "25006";
/// A division by zero.
pub const DIVISION_BY_ZERO: &str = "22012";
/// An earlier statement failed, and nothing but a rollback is taken (`in_failed_sql_transaction`).
pub const IN_FAILED_TRANSACTION: &str = "25P02";
