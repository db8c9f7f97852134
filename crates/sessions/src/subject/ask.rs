//! One read-only query as a subject, its result as texts: for those who look at what a subject sees.

use sea_orm::{ConnectionTrait as _, DbErr, RuntimeErr, Statement};

use super::{Subject, SubjectTransaction, SubjectTransactionError};
use crate::{
    Batch, Column, ParameterError, QueryError, Refusal, Report, Truncated, acting::Access, bound, gate,
    placeholders::Template,
};

/// Most rows of an answer.
const MOST: u64 = 100_000;

/// What a subject sees.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, in the text form of each type.
    pub rows: Batch,
    /// Whether there are more of them.
    pub truncated: Option<Truncated>,
}

impl Subject {
    /// Runs one read-only query in a transaction of this subject's that changes nothing. Its parameters are texts; where another type
    /// is meant, the query casts them (`:day::date`).
    ///
    /// # Errors
    /// When the text is not one read-only query, it fails, or the transaction does not begin.
    pub async fn ask(&self, report: &Report) -> Result<Answer, SubjectTransactionError<QueryError>> {
        let template = Template::parse(&report.text).map_err(|refusal| work(refusal.into()))?;
        let declare = declare(&template, report).map_err(|error| work(error.into()))?;
        let most = report.limits.rows.unwrap_or(MOST).min(MOST);
        let ask = async |tx: &SubjectTransaction| run(tx, &template, declare, most).await;
        self.transaction_with(Access::read_only(), ask).await
    }
}

fn work(error: QueryError) -> SubjectTransactionError<QueryError> {
    SubjectTransactionError::Work(error)
}

/// The text as the query of a cursor: PostgreSQL's own grammar admits one read-only query there, and the message one statement.
fn declare(template: &Template, report: &Report) -> Result<Statement, ParameterError> {
    bound::fits(template, report)?;
    let values = template.names().iter().map(|name| {
        let value = report.params.get(name).and_then(|param| param.as_text());
        sea_orm::Value::from(value.map(str::to_owned))
    });
    let sql = gate::numbered(template).sql;
    Ok(Statement::from_sql_and_values(sea_orm::DbBackend::Postgres, sql, values))
}

async fn run(
    tx: &SubjectTransaction,
    template: &Template,
    declare: Statement,
    most: u64,
) -> Result<Answer, QueryError> {
    let fetch = format!("FETCH FORWARD {} FROM rolewright_report", most + 1);
    let failed = |error: &DbErr| told(error, template);
    tx.execute_raw(declare).await.map_err(|error| failed(&error))?;
    let columns = tx.columns(&fetch).await.map_err(|error| failed(&error))?;
    let mut rows = tx.texts(&fetch).await.map_err(|error| failed(&error))?;
    let truncated = (rows.len() as u64 > most).then(|| {
        rows.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        Truncated::Rows { most }
    });
    Ok(Answer { columns, rows, truncated })
}

/// What the server said, in words for whoever wrote the text.
fn told(error: &DbErr, template: &Template) -> QueryError {
    let (DbErr::Exec(RuntimeErr::SqlxError(said)) | DbErr::Query(RuntimeErr::SqlxError(said))) = error else {
        return QueryError::Lost { cause: error.to_string() };
    };
    let Some(said) = said.as_database_error() else {
        return QueryError::Lost { cause: "the connection was lost".to_owned() };
    };
    let (sqlstate, message) = (said.code().unwrap_or_default().into_owned(), said.message().to_owned());
    match sqlstate.as_str() {
        gate::SYNTAX_ERROR if message.contains("multiple commands") => Refusal::SeveralStatements.into(),
        gate::SYNTAX_ERROR => Refusal::Syntax { message, place: None }.into(),
        gate::NOT_SUPPORTED if template.has_word("WITH") => Refusal::ModifyingWith.into(),
        gate::READ_ONLY => Refusal::Writes { message }.into(),
        _ => QueryError::Database { sqlstate, message },
    }
}
