//! The key ring, sealed values and the table that holds them, for whoever needs a secret that must survive a restart
//! without being configured.
//!
//! A [`KeyRing`] is read from the key file; a [`SecretStore`] seals values under its first key (AES-256-GCM, bound to
//! the [`Installation`] and to the value's name) and keeps them in `rolewright.local_system_secrets`. Clear values
//! never reach the server, not even as bound parameters, so they are in none of its logs.
//!
//! This crate knows keys and one table. It knows no role: who derives passwords is handed a
//! [`RoleSecret`](rolewright_core::RoleSecret) by value.
//!
//! ```no_run
//! # async fn example(db: sea_orm::DatabaseConnection) -> Result<(), Box<dyn std::error::Error>> {
//! use rolewright_secrets::{KeyRing, Lookup, ReadableBy, SecretStore, SecretValue, installation};
//!
//! let ring = KeyRing::load("/run/secrets/rolewright.key", ReadableBy::OwnerOnly)?;
//! let installation = installation::read(&db).await?.ok_or("not migrated yet")?;
//! let store = SecretStore::new(ring, installation.id);
//! store.set(&db, "smtp.password", &SecretValue::from("hunter2")).await?;
//! match store.get(&db, "smtp.password").await? {
//!     Lookup::Found(value) => assert_eq!(value.expose(), b"hunter2"),
//!     Lookup::Missing => println!("nobody has set it"),
//! }
//! # Ok(())
//! # }
//! ```

mod entity;
mod error;
pub mod guard;
pub mod installation;
mod migration;
mod name;
pub mod ring;
pub mod sealed;
mod sql;
pub mod store;
mod value;

pub use error::{DatabaseError, SecretError};
pub use installation::{Installation, InstallationError};
pub use migration::migrations;
pub use name::NameError;
pub use ring::{KeyError, KeyId, KeyRing, ReadableBy};
pub use sealed::Unreadable;
pub use store::{Lookup, Progress, Proof, RoleSecretState, Rotation, SecretInfo, SecretStore};
pub use value::SecretValue;
