//! A real PostgreSQL, a non-superuser core role and a fresh database for each test.
//!
//! This crate is for the test suites of applications that embed Rolewright, and for Rolewright's own. A test asks for
//! a [`Database`]; it gets an empty database on a real server and a core role with exactly the rights Rolewright asks
//! for: LOGIN, CREATEROLE, CREATE on its database, ownership of schema `public`, and nothing more. Both vanish when the value
//! is dropped. Tests may run in parallel, in threads and in processes, because every role a test makes begins with the
//! database's own prefix.
//!
//! # The server
//!
//! The server is the one `ROLEWRIGHT_TEST_DATABASE_URL` names: a superuser's URL, used only to make and to remove what a
//! test needs. Where it is unset, the tests share a private cluster below Cargo's target folder, made and started by
//! the first test that asks (see [`rolewright_embedded`]) and left running for the next test process. `cargo xtask test` stops
//! it at its end; for another suite, `pg_ctl stop -D target/rolewright-test/data` does. The environment variables
//! `ROLEWRIGHT_POSTGRES_BIN`, `ROLEWRIGHT_POSTGRES_ACCOUNT` and `ROLEWRIGHT_POSTGRES_ARCHIVES` say which PostgreSQL it is.
//!
//! # In a test
//!
//! [`Database::app`] is the prefix to use as `app`, so that the roles of parallel tests, which live in one cluster, do
//! not meet. [`Database::core`] and [`Database::url`] are what the code under test gets. [`Database::admin`] is for looking behind
//! the scenes. [`Options`] takes rights away, for tests of what the code says then, and
//! [`Database::server_log`] shows what the server wrote, to search it for what should not be there.
//!
//! ```no_run
//! # async fn example() -> Result<(), sqlx::Error> {
//! let db = rolewright_testkit::Database::fresh().await;
//! let superuser: bool = sqlx::query_scalar("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
//!     .fetch_one(&db.core())
//!     .await?;
//! assert!(!superuser);
//! db.drop().await;
//! # Ok(())
//! # }
//! ```

mod cleanup;
mod database;
mod error;
mod fixture;
mod log;
mod name;
mod options;
mod retry;
mod server;
mod url;

pub use database::Database;
pub use error::TestkitError;
pub use options::Options;
pub use server::{PassedOver, Served, Server, ServerOptions, Way};
