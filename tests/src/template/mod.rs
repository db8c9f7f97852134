//! Template databases: migrated once, cloned for each test.

mod clone;
mod key;
mod make;

use std::{error::Error, fmt};

use crate::{Database, Options, TestkitError};

pub(crate) use clone::clone_into;
#[cfg(test)]
pub(crate) use key::now;
pub(crate) use key::{Key, is_old};
pub(crate) use make::{ROLE_MARK, ensure, remove};

impl Database {
    /// A fresh database with what `migrate` makes in it, cloned from a template that is migrated once.
    ///
    /// The first caller, of all processes on this server, makes the template: it calls `migrate` with the URL of a core role into an
    /// empty database. The others wait for it, and all of them clone it, which takes about as long as making an empty database. A
    /// template belongs to the test program that made it: a program that was compiled anew makes a new one, so compiled-in
    /// migrations are never stale. Where migrations come from elsewhere, put their version into `name`.
    ///
    /// In the clone, what the template's core role owned belongs to the test's own core role, its default privileges and grants
    /// included. What is the cluster's and not the database's does not come along, and belongs into the test: roles, and what Rolewright
    /// provisions. A template in which Rolewright has remembered an installation is refused, because an installation
    /// belongs to one database.
    ///
    /// ```no_run
    /// # async fn example() {
    /// let db = rolewright_testkit::Database::from_template("clinic", |url| async move {
    ///     let pool = sqlx::PgPool::connect(&url).await?;
    ///     sqlx::raw_sql("CREATE TABLE public.patients (id bigint PRIMARY KEY)").execute(&pool).await?;
    ///     pool.close().await;
    ///     Ok::<(), sqlx::Error>(())
    /// })
    /// .await;
    /// # let _ = db;
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// As [`fresh`](Self::fresh), and when `migrate` fails, with its reason.
    pub async fn from_template<M, F, E>(name: &str, migrate: M) -> Self
    where
        M: Fn(String) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        Self::or_panic(Self::try_from_template(name, Options::new(), migrate).await)
    }

    /// The same, with a core role that has other rights, or why there is none.
    ///
    /// # Errors
    ///
    /// As [`try_with`](Self::try_with), and when the template cannot be made.
    pub async fn try_from_template<M, F, E>(
        name: &str,
        options: Options,
        migrate: M,
    ) -> Result<Self, TestkitError>
    where
        M: Fn(String) -> F,
        F: Future<Output = Result<(), E>>,
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        let server = &crate::Server::shared().await?.url;
        let key = Key::new(name);
        let mut attempt = 0;
        loop {
            attempt += 1;
            ensure(server, &key, &migrate).await?;
            match Self::made(options.clone(), Some(&key)).await {
                // Somebody has swept the template away in between.
                Err(TestkitError::Fixture { source, .. }) if is_missing(&source) && attempt < 3 => {}
                done => return done,
            }
        }
    }
}

/// `invalid_catalog_name`: there is no such database.
fn is_missing(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).is_some_and(|code| code == "3D000")
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.database)
    }
}
