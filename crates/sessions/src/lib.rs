//! What code does as a managed role: pools that are *logged in* as it, the sandbox that runs report SQL on them, and the
//! transactions of a module's tenants ([`tenant`]) and of a token's subject ([`subject`], [`token`]).
//!
//! A report is one read-only query written by someone the application does not trust with its database. Two layers stand
//! between it and the data, and each is tested with the other switched off:
//!
//! * the *boundary*: the text reaches the server only over the extended protocol, as the query of a `DECLARE … CURSOR`, so that
//!   PostgreSQL's own parser decides whether it is one query; it runs on a connection whose login may do nothing but read;
//!   its values are bound; its transaction is read-only and always rolled back; and what it leaves in the session is
//!   scrubbed before anyone else gets the connection;
//! * the *check* ([`Checker`]): the server's own parse tree of the text is held against what the role may read and call.
//!
//! A text that was verified before runs in one round trip.
//!
//! ```no_run
//! use rolewright_sessions::{Report, RolePool};
//!
//! # async fn example(pool: RolePool) -> Result<(), rolewright_sessions::QueryError> {
//! let report = Report::new("select day, total from daily where day >= :from_day").bind("from_day", "2026-01-01");
//! let mut rows = pool.query(&report).await?;
//! while let Some(batch) = rows.next_batch().await? {
//!     for row in batch {
//!         println!("{row:?}");
//!     }
//! }
//! # Ok(())
//! # }
//! ```
//!
//! # What a lone query can still do
//!
//! PostgreSQL lets a query call every function its role may execute, so within its own run, and where the check is switched
//! off, it can:
//!
//! * sleep, or burn processor time, memory (`work_mem` times the nodes of its plan) and temporary disk until its
//!   deadline; one single value may be as large as PostgreSQL allows, 1 GB, and has then been received whole before the
//!   byte limit can end the report;
//! * take advisory locks until it ends (they are released with the connection), so the application must never wait for
//!   one without a bound; a great many of them fill the server's lock table for as long as the report runs;
//! * change settings of its own session, with `set_config`, until it ends: timeouts among them, which is why the
//!   deadline is also kept on this side and ends the backend;
//! * end other backends of the *same* role, this crate's watchdog connection included, with `pg_terminate_backend`;
//!   those reports fail, and the connections are made anew;
//! * read everything the catalogs show to everybody: names of roles, tables and functions, and its own role's activity;
//! * execute whatever `SECURITY DEFINER` functions are open to it, with their owners' rights. The read-only transaction
//!   stops these from writing rows; on PostgreSQL 14 and 15 large objects can be written in it, and the rollback undoes
//!   that; what a function does outside of the database it can still do.
//!
//! It cannot leave its transaction, change its role, write, or be two statements. Parallel plans are not used, because
//! PostgreSQL does not use them for cursors.

mod acting;
mod bound;
mod check;
mod clock;
mod error;
mod flight;
mod gate;
mod memory;
mod open;
mod param;
mod placeholders;
mod pool;
mod pools;
mod refusal;
pub mod render;
mod report;
mod rows;
mod run;
mod scrub;
mod session;
mod startup;
pub mod subject;
pub mod tenant;
pub mod token;
mod types;
mod unseen;
mod verify;
mod watchdog;
mod wire;

pub use acting::Transaction;
pub use check::{Checked, Checker, Denial, Guard, OpenChecker, Policy, Unsound};
#[doc(hidden)]
pub use check::{listed_builtins, opens_builtin, range_operators, time_zones, total_builtins};
pub use error::QueryError;
pub use open::{Check, DEFAULT_MAX_BYTES, OpenError, OpenRole, Renew, Why};
pub use param::{Param, ParameterError};
pub use pool::RolePool;
pub use pools::Pools;
pub use refusal::{Place, Refusal};
pub use report::{Limits, Report};
pub use rows::{Batch, Column, Row, Rows, Truncated};
pub use subject::{Subject, SubjectError, SubjectTransaction, SubjectTransactionError, Subjects};
pub use tenant::{Tenant, TenantError, TenantQueryError, TenantTransaction, Tenants, TransactionError};
pub use verify::{Elsewhere, Estimate, Parameter, Verified};
