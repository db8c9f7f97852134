//! A tiny application, so that there is something for the suite in `tests` to test: a list of patients.

use sqlx::PgPool;

/// The application's migrations.
///
/// # Errors
///
/// When the database refuses one.
pub async fn migrate(pool: &PgPool) -> Result<(), sqlx::Error> {
    let sql = "CREATE TABLE public.patients (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL)";
    sqlx::raw_sql(sql).execute(pool).await.map(drop)
}

/// Admits a patient and gives the number.
///
/// # Errors
///
/// When the database refuses.
pub async fn admit(pool: &PgPool, name: &str) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar("INSERT INTO public.patients (name) VALUES ($1) RETURNING id")
        .bind(name)
        .fetch_one(pool)
        .await
}
