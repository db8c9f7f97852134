//! An application's database on a private PostgreSQL: for `demo`, for `--embedded`, and for trying things out.

use std::{
    fs, io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use io::Write;
use rolewright_core::{Advice, ConnInfo, Exit, Ident, Password, connect};
use rolewright_embedded::{Cluster, ClusterError, ClusterOptions};
use rolewright_secrets::{KeyError, KeyRing};
use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection};

/// A private PostgreSQL with an application's database in it, and the core role that the application connects as: no
/// superuser, but CREATEROLE, and CREATE on its database.
#[derive(Debug)]
pub(crate) struct PrivateApplication {
    pub(crate) cluster: Cluster,
    /// The core role's connection URL.
    pub(crate) url: Password,
    /// The key of its local secrets.
    pub(crate) key_file: PathBuf,
}

/// Why there is no private PostgreSQL.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrivateError {
    #[error(transparent)]
    Cluster(#[from] ClusterError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error("cannot write in {}: {cause}", path.display())]
    Folder { path: PathBuf, cause: io::Error },
    #[error("the private PostgreSQL could not be prepared: {0}")]
    Database(sqlx::Error),
    #[error("the private PostgreSQL gave an address that cannot be read: {0}")]
    Address(String),
    #[error("the work was cut off")]
    Cut,
}

impl Advice for PrivateError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Cluster(error) => Some(error.hint()),
            Self::Key(error) => error.hint(),
            Self::Folder { .. } => Some(
                "run it in a folder that you may write in; `rolewright demo --folder DIR` takes another"
                    .to_owned(),
            ),
            Self::Database(_) | Self::Address(_) | Self::Cut => {
                Some("remove its folder (.rolewright) and run it again".to_owned())
            }
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Key(error) => error.exit(),
            Self::Cluster(_) | Self::Folder { .. } => Exit::Unavailable,
            _ => Exit::Failed,
        }
    }
}

impl From<sqlx::Error> for PrivateError {
    fn from(error: sqlx::Error) -> Self {
        Self::Database(error)
    }
}

/// Starts, and where necessary makes, the private PostgreSQL in `folder` and the database of `app` in it.
///
/// # Errors
/// Each way to get a PostgreSQL that was tried, and what to do; a folder that cannot be written.
pub(crate) async fn prepare(folder: &Path, app: &Ident) -> Result<PrivateApplication, PrivateError> {
    fs::create_dir_all(folder).map_err(|cause| PrivateError::Folder { path: folder.to_owned(), cause })?;
    let options = ClusterOptions::new(folder.join("postgres")).keep_running();
    let cluster = tokio::task::spawn_blocking(move || Cluster::open(&options))
        .await
        .map_err(|_| PrivateError::Cut)??;
    // Another process may be preparing the same folder.
    let lock = fs::File::create(folder.join("prepare.lock"))
        .map_err(|cause| PrivateError::Folder { path: folder.to_owned(), cause })?;
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock))
        .await
        .map_err(|_| PrivateError::Cut)?
        .map_err(|cause| PrivateError::Folder { path: folder.to_owned(), cause })?;
    let password = password(&folder.join("core.password"))?;
    let (admin, _) =
        ConnInfo::parse(&cluster.admin_url()).map_err(|error| PrivateError::Address(error.to_string()))?;
    let core = Ident::new(format!("{app}_core")).map_err(|error| PrivateError::Address(error.to_string()))?;
    create(&admin, app, &core, &password).await?;
    let database = ConnInfo { database: Some(app.to_string()), ..admin };
    let url = database.libpq_url(core.as_str(), &password);
    let key_file = folder.join("rolewright.key");
    if !key_file.exists() {
        KeyRing::init(&key_file)?;
    }
    drop(lock);
    Ok(PrivateApplication { cluster, url, key_file })
}

/// The core role's password: made once, kept beside the data, readable by its owner alone. It is put in place whole, so
/// that a process that was killed leaves none or a good one.
fn password(path: &Path) -> Result<Password, PrivateError> {
    let failed = |cause| PrivateError::Folder { path: path.to_owned(), cause };
    if let Ok(kept) = fs::read_to_string(path)
        && !kept.trim().is_empty()
    {
        return Ok(Password::new(kept.trim()));
    }
    let fresh = uuid::Uuid::new_v4().simple().to_string() + &uuid::Uuid::new_v4().simple().to_string();
    let unfinished = path.with_extension("part");
    let mut file = fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&unfinished)
        .map_err(failed)?;
    file.write_all(fresh.as_bytes()).and_then(|()| file.sync_all()).map_err(failed)?;
    fs::rename(&unfinished, path).map_err(failed)?;
    Ok(Password::new(fresh))
}

/// Makes the core role and its database, where they are not there yet. The core role does not own the database: CREATE on
/// it and ownership of the schema `public` are what an application gets from a careful administrator.
async fn create(
    admin: &ConnInfo,
    app: &Ident,
    core: &Ident,
    password: &Password,
) -> Result<(), PrivateError> {
    let tool = Ident::new("rolewright").map_err(|error| PrivateError::Address(error.to_string()))?;
    let open = async |info: &ConnInfo| {
        let host = info.hosts.first().ok_or_else(|| PrivateError::Address("no host".to_owned()))?;
        Ok::<_, PrivateError>(PgConnection::connect_with(&connect::options(info, host, &tool)).await?)
    };
    let mut connection = open(admin).await?;
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)")
            .bind(core.as_str())
            .fetch_one(&mut connection)
            .await?;
    let verb = if known { "ALTER" } else { "CREATE" };
    let verifier = postgres_protocol::password::scram_sha_256(password.expose().as_bytes());
    let role = format!(
        "{verb} ROLE {} LOGIN NOSUPERUSER CREATEROLE NOCREATEDB PASSWORD '{verifier}'",
        core.quoted()
    );
    connection.execute(AssertSqlSafe(role)).await?;
    let known: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = $1)")
            .bind(app.as_str())
            .fetch_one(&mut connection)
            .await?;
    if !known {
        connection
            .execute(AssertSqlSafe(format!("CREATE DATABASE {} TEMPLATE template0", app.quoted())))
            .await?;
    }
    connection.close().await?;
    let mut connection = open(&ConnInfo { database: Some(app.to_string()), ..admin.clone() }).await?;
    let (app, core) = (app.quoted(), core.quoted());
    let rights = format!(
        "REVOKE ALL ON DATABASE {app} FROM PUBLIC; GRANT CONNECT, CREATE, TEMPORARY ON DATABASE {app} TO {core} WITH GRANT OPTION; \
         ALTER SCHEMA public OWNER TO {core}"
    );
    connection.execute(AssertSqlSafe(rights)).await?;
    connection.close().await?;
    Ok(())
}
