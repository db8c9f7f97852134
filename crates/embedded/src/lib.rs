//! A private PostgreSQL: found or obtained, initialised, started, shared and stopped, for demos, tests and first steps.
//!
//! This crate knows nothing of Rolewright's other crates, of roles or of SQL: it hands out a superuser's URL into a server
//! that it made itself, and the caller does the rest over its own connection. It is synchronous and drives PostgreSQL's own programs
//! (`initdb`, `pg_ctl`). It runs on Unix.
//!
//! [`Binaries::find`] looks for PostgreSQL's programs, and obtains them where the machine has none.
//! [`Cluster::open`] runs a cluster in a folder of its own: on 127.0.0.1 and a Unix-domain socket, with
//! `scram-sha-256` for both and a random superuser password. It refuses a folder that it did not make, and it stops no
//! server that it did not start.
//!
//! ```no_run
//! use rolewright_embedded::{Cluster, ClusterOptions};
//!
//! let cluster = Cluster::open(&ClusterOptions::new(".rolewright/postgres"))?;
//! let url = cluster.admin_url(); // postgres://postgres:…@127.0.0.1:…/postgres
//! cluster.stop()?;
//! # Ok::<(), rolewright_embedded::ClusterError>(())
//! ```

mod binaries;
mod cluster;
mod command;
mod environment;
mod error;
mod find;
mod hash;
mod progress;

pub use binaries::Binaries;
pub use cluster::{Cluster, ClusterOptions};
pub use error::{Attempt, ClusterError, ObtainError};
pub use find::FindOptions;
pub use progress::Progress;
