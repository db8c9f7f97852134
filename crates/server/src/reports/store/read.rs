//! Finding reports and their versions.

use super::{Store, rows};
use crate::reports::{ReportError, ReportName, State, Summary, Version, Which};

const VERSIONS: &str = include_str!("list_versions.sql");

impl Store<'_> {
    /// Every report that is there, or every one that was removed, by name.
    pub(crate) async fn list(&self, removed: bool) -> Result<Vec<Summary>, ReportError> {
        let found = sqlx::query(include_str!("list_reports.sql")).bind(removed).fetch_all(self.0).await;
        found
            .and_then(|rows| rows.iter().map(rows::summary).collect())
            .map_err(|error| ReportError::sql("list the reports", &error))
    }

    /// Every version of a report, newest first, even of a removed one.
    pub(crate) async fn history(&self, name: &ReportName) -> Result<Vec<Version>, ReportError> {
        let found = self.versions(name, None, false, None).await?;
        if found.is_empty() {
            return Err(ReportError::Unknown(name.clone()));
        }
        Ok(found.into_iter().map(|(version, _)| version).collect())
    }

    /// One version of a report that is there.
    pub(crate) async fn get(&self, name: &ReportName, which: Which) -> Result<Version, ReportError> {
        let (number, published) = match which {
            Which::Published => (None, true),
            Which::Draft | Which::Newest => (None, false),
            Which::Number(number) => (Some(number), false),
        };
        match self.versions(name, number, published, Some(1)).await?.pop() {
            Some((_, true)) => Err(ReportError::Removed(name.clone())),
            Some((version, false)) if which == Which::Draft && version.state == State::Published => {
                Err(ReportError::NoDraft(name.clone()))
            }
            Some((version, false)) => Ok(version),
            None => Err(self.missing(name, which).await?),
        }
    }

    /// Why there is no such version.
    async fn missing(&self, name: &ReportName, which: Which) -> Result<ReportError, ReportError> {
        Ok(match (self.versions(name, None, false, Some(1)).await?.pop(), which) {
            (None, _) => ReportError::Unknown(name.clone()),
            (Some((_, true)), _) => ReportError::Removed(name.clone()),
            (Some((newest, _)), Which::Number(number)) => {
                ReportError::NoVersion { name: name.clone(), number, newest: newest.number }
            }
            (Some(_), _) => ReportError::NotPublished(name.clone()),
        })
    }

    async fn versions(
        &self,
        name: &ReportName,
        number: Option<u32>,
        published: bool,
        limit: Option<i64>,
    ) -> Result<Vec<(Version, bool)>, ReportError> {
        // A number too large for the column is one that no version has.
        let number = number.map(|number| i32::try_from(number).unwrap_or(i32::MAX));
        let found = sqlx::query(VERSIONS)
            .bind(name.as_str())
            .bind(number)
            .bind(published)
            .bind(limit)
            .fetch_all(self.0)
            .await;
        found
            .and_then(|rows| rows.iter().map(rows::version).collect())
            .map_err(|error| ReportError::sql("read the report", &error))
    }
}
