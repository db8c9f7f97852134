//! Saying: the history is added to, and what holds is replaced for the time that it is said for.

use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{ConsentError, Records, Saying};

/// Records of one message.
const BATCH: usize = 2_000;
/// From this many on the planner is told how many terms there are.
const MANY: usize = 1_000;

impl Records<'_> {
    /// Says one thing of these records, of all or of none: it holds from the next statement of anybody on. `tell` hears how many are done.
    /// Gives how many it was said of; a key that is named twice counts once in a batch.
    ///
    /// # Errors
    /// [`ConsentError::Key`] where one cannot be a key of this kind; else what the server or the connection said.
    pub async fn say(
        &self,
        records: &[String],
        saying: &Saying,
        tell: &(dyn Fn(usize) + Sync),
    ) -> Result<u64, ConsentError> {
        if matches!((saying.from, saying.until), (Some(from), Some(until)) if from >= until) {
            return Err(ConsentError::NoTime);
        }
        let sql = |label: &'static str| move |error: sqlx::Error| ConsentError::sql(label, self.name, &error);
        let mut connection = self.db.get_postgres_connection_pool().acquire().await.map_err(sql("say"))?;
        let mut transaction = connection
            .begin_with(AssertSqlSafe("/* rolewright: consent */ BEGIN".to_owned()))
            .await
            .map_err(sql("say"))?;
        self.exists(&mut transaction, saying).await?;
        let mut said = 0;
        for batch in records.chunks(BATCH) {
            said += self.say_batch(&mut transaction, batch, saying).await?;
            tell(batch.len());
        }
        transaction.commit().await.map_err(sql("say"))?;
        if records.len() >= MANY {
            let analyze = "/* rolewright: consent */ ANALYZE rolewright_consent.term";
            sqlx::raw_sql(analyze).execute(&mut *connection).await.map_err(sql("analyze"))?;
        }
        Ok(said)
    }

    /// The kind is written down, and the role that it is said for is there.
    async fn exists(&self, connection: &mut PgConnection, saying: &Saying) -> Result<(), ConsentError> {
        let known: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM rolewright_consent.kind k WHERE k.name = $1)")
                .bind(self.name)
                .fetch_one(&mut *connection)
                .await
                .map_err(|error| ConsentError::sql("say", self.name, &error))?;
        if !known {
            return Err(ConsentError::NotProvisioned(self.name.to_owned()));
        }
        match saying.whom.columns() {
            (Some(role), _) if !super::explain::is_role(connection, self.name, role).await? => {
                Err(ConsentError::NoRole(role.to_owned()))
            }
            _ => Ok(()),
        }
    }

    pub(in crate::consent) async fn say_batch(
        &self,
        connection: &mut PgConnection,
        batch: &[String],
        saying: &Saying,
    ) -> Result<u64, ConsentError> {
        let (role, subject) = saying.whom.columns();
        let said: Result<i64, _> = sqlx::query_scalar(
            "/* rolewright: consent */ SELECT rolewright_consent.say($1, $2, $3, $4, $5, $6, $7, $8, coalesce($9, SESSION_USER))",
        )
        .bind(self.name)
        .bind(batch)
        .bind(saying.effect.word())
        .bind(role)
        .bind(subject)
        .bind(saying.from)
        .bind(saying.until)
        .bind(saying.reason.as_deref())
        .bind(saying.by.as_deref())
        .fetch_one(&mut *connection)
        .await;
        match said {
            Ok(said) => Ok(u64::try_from(said).unwrap_or_default()),
            Err(error) => Err(self.bad_key(error, batch)),
        }
    }

    /// The key that the server could not read, in words.
    pub(super) fn bad_key(&self, error: sqlx::Error, batch: &[String]) -> ConsentError {
        let database = error.as_database_error();
        let code = database.and_then(|error| error.code()).unwrap_or_default().into_owned();
        let types = [("type uuid", "uuid"), ("type bigint", "bigint")];
        let message = database.map(|error| error.message().to_owned()).unwrap_or_default();
        let Some((_, key_type)) = types
            .iter()
            .find(|(words, _)| ["22P02", "22003"].contains(&code.as_str()) && message.contains(words))
        else {
            return ConsentError::sql("say", self.name, &error);
        };
        let quoted = batch.iter().find(|record| message.contains(&format!("\"{record}\"")));
        ConsentError::Key {
            record: quoted.cloned().unwrap_or_default(),
            kind: self.name.to_owned(),
            key_type: (*key_type).to_owned(),
        }
    }
}
