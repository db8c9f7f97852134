//! A migrated database, key rings and short ways to look behind the store's back, for the tests beside it.

use rolewright_secrets::{KeyRing, ReadableBy, SecretStore, SecretValue, installation, migrations};
use rolewright_testkit::Database;
use sea_orm::{DatabaseConnection, SqlxPostgresConnector, TransactionTrait};
use sea_orm_migration::{MigrationTrait, MigratorTrait};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

pub(super) struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        migrations()
    }
}

/// A fresh database with the tables in it.
pub(super) struct Fixture {
    pub(super) db: Database,
    /// The core role's connections, as the program has them.
    pub(super) c: DatabaseConnection,
    pub(super) installation: Uuid,
}

impl Fixture {
    pub(super) async fn fresh() -> Self {
        let db = Database::fresh().await;
        let c = orm(db.core());
        migrate(&db, &c).await;
        let made = installation::read_or_create(&c, "7301", &db.name()).await.unwrap();
        Self { db, c, installation: made.id }
    }

    /// A store whose keys are made of these bytes; the first seals.
    pub(super) fn store(&self, keys: &[u8]) -> SecretStore {
        SecretStore::new(ring(keys), self.installation)
    }

    /// Writes a stored text past the store.
    pub(super) async fn plant(&self, name: &str, stored: &str) {
        sqlx::query(
            "INSERT INTO rolewright.local_system_secrets (key, value) VALUES ($1, $2) \
             ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value",
        )
        .bind(name)
        .bind(stored)
        .execute(&self.db.core())
        .await
        .unwrap();
    }

    /// Reads a stored text past the store.
    pub(super) async fn stored(&self, name: &str) -> String {
        sqlx::query_scalar("SELECT value FROM rolewright.local_system_secrets WHERE key = $1")
            .bind(name)
            .fetch_one(&self.db.core())
            .await
            .unwrap()
    }

    /// The whole table as text, to see that it did not change.
    pub(super) async fn table(&self) -> Vec<String> {
        sqlx::query_scalar(
            "SELECT s::text || s.xmin::text FROM rolewright.local_system_secrets AS s ORDER BY key",
        )
        .fetch_all(&self.db.core())
        .await
        .unwrap()
    }

    /// Runs SQL as the superuser.
    pub(super) async fn admin(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.db.admin()).await.unwrap();
    }

    /// Runs SQL as the core role.
    pub(super) async fn core(&self, sql: &str) {
        sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&self.db.core()).await.unwrap();
    }
}

pub(super) fn orm(pool: sqlx::PgPool) -> DatabaseConnection {
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

/// Does what the server's migrate stage does: the schema, then the migrations in one transaction.
pub(super) async fn migrate(db: &Database, c: &DatabaseConnection) {
    sqlx::query("CREATE SCHEMA rolewright").execute(&db.core()).await.unwrap();
    let transaction = c.begin().await.unwrap();
    use sea_orm::ConnectionTrait;
    transaction.execute_unprepared("SET LOCAL search_path = rolewright").await.unwrap();
    Migrator::up(&transaction, None).await.unwrap();
    transaction.commit().await.unwrap();
}

pub(super) fn ring(keys: &[u8]) -> KeyRing {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let lines: String = keys.iter().map(|key| format!("{key:02x}").repeat(32) + "\n").collect();
    std::fs::write(&path, lines).unwrap();
    KeyRing::load(&path, ReadableBy::Anyone).unwrap()
}

pub(super) fn value(text: &str) -> SecretValue {
    SecretValue::from(text)
}
