//! Makes one test's core role and database; the only code besides the clean-up that acts as the superuser.

use std::str::FromStr as _;

use sqlx::{ConnectOptions as _, PgConnection, postgres::PgConnectOptions};

use crate::{
    Options, TestkitError, name, retry, sweep,
    template::{self, Key},
    url::ServerUrl,
};

/// What was made.
pub(crate) struct Made {
    pub(crate) prefix: String,
    pub(crate) core_role: String,
    pub(crate) password: String,
}

/// The comment that marks a core role as a test's, so that only such roles are ever swept away.
pub(crate) const MARK: &str = "made by rolewright-testkit";

/// Makes the core role and the database, as the superuser of `server`.
pub(crate) async fn make(
    server: &ServerUrl,
    options: &Options,
    template: Option<&Key>,
) -> Result<Made, TestkitError> {
    let prefix = name::fresh_prefix();
    let made = Made { core_role: format!("{prefix}_core"), prefix, password: name::fresh_password() };
    sweep::once(server).await;
    let mut admin = connect(&server.as_given()).await?;
    step(&mut admin, "creating the core role", &create_role(&made, options)).await?;
    // Neither template0 nor a template of ours has connections, so that parallel copies do not wait for each other.
    let from = template.map_or("template0 ENCODING 'UTF8'", |key| key.database.as_str());
    step(
        &mut admin,
        "creating the database",
        &format!("/* rolewright-testkit: fixture */ CREATE DATABASE {} TEMPLATE {from}", made.prefix),
    )
    .await?;
    step(&mut admin, "preparing the database", &prepare_database(&made, options)).await?;
    let mut inside = connect(&server.in_database(&made.prefix)).await?;
    if let Some(key) = template {
        template::clone_into(&mut inside, key, &made.core_role)
            .await
            .map_err(|source| TestkitError::Fixture { step: "handing over the clone", source })?;
    }
    // PostgreSQL 14 lets everyone create objects in `public`, which a careful administrator takes away first.
    let mut sql = "/* rolewright-testkit: fixture */ REVOKE CREATE ON SCHEMA public FROM PUBLIC;".to_owned();
    if options.owns_public {
        sql.push_str(&format!("ALTER SCHEMA public OWNER TO {}", made.core_role));
    } else if template.is_some() {
        // The template's role owned it, and the core role has it from there.
        sql.push_str("ALTER SCHEMA public OWNER TO CURRENT_USER");
    }
    step(&mut inside, "preparing schema public", &sql).await?;
    Ok(made)
}

/// One connection, without statement logging, because the fixture's statements carry a password.
pub(crate) async fn connect(url: &str) -> Result<PgConnection, TestkitError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| TestkitError::Url)?.disable_statement_logging();
    options
        .connect()
        .await
        .map_err(|source| TestkitError::Fixture { step: "connecting as the superuser", source })
}

async fn step(admin: &mut PgConnection, step: &'static str, sql: &str) -> Result<(), TestkitError> {
    retry::run(admin, sql).await.map_err(|source| TestkitError::Fixture { step, source })
}

fn create_role(made: &Made, options: &Options) -> String {
    let create_role = if options.create_role { "CREATEROLE" } else { "NOCREATEROLE" };
    let limit = options.connection_limit.map_or(-1, i64::from);
    format!(
        "/* rolewright-testkit: fixture */ CREATE ROLE {core} LOGIN NOSUPERUSER {create_role} NOCREATEDB NOREPLICATION \
         NOBYPASSRLS CONNECTION LIMIT {limit} PASSWORD '{password}'; COMMENT ON ROLE {core} IS '{MARK}'",
        core = made.core_role,
        password = made.password,
    )
}

fn prepare_database(made: &Made, options: &Options) -> String {
    let mut sql = String::from("/* rolewright-testkit: fixture */ ");
    if options.create_on_database {
        let option = if options.may_grant_create { " WITH GRANT OPTION" } else { "" };
        sql.push_str(&format!("GRANT CREATE ON DATABASE {} TO {}{option};", made.prefix, made.core_role));
    }
    for assignment in &options.settings {
        sql.push_str(&format!("ALTER DATABASE {} SET {assignment};", made.prefix));
    }
    sql
}
