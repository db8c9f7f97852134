//! Saving a definition as a version, and making a version the one that runs.

use tracing::info;

use super::{Definition, ReportError, ReportName, Reports, Verification, Which};

/// What saving or publishing has come to.
#[derive(Clone, Debug, PartialEq)]
pub struct Saved {
    /// The version.
    pub number: u32,
    /// Whether it was not there before; else the newest version said the same already.
    pub new: bool,
    /// Whether it was made the published one just now.
    pub published: bool,
    /// What the server said of its text.
    pub verification: Verification,
}

impl Reports<'_> {
    /// Verifies a definition and stores it as the next version, a draft; with `publish`, it runs from now on.
    ///
    /// Where the newest version says the same, there is no new one. A report that was removed is there again.
    ///
    /// # Errors
    /// As [`verify`](Self::verify), and then nothing is stored; else what the database said.
    pub async fn save(&self, report: &Definition, publish: bool) -> Result<Saved, ReportError> {
        let verification = self.verify(report).await?;
        let stored = self.store.save(&verification.definition, publish).await?;
        if stored.new || stored.published {
            info!(report = %report.name, version = stored.number, published = stored.published, "report saved");
        }
        Ok(Saved { number: stored.number, new: stored.new, published: stored.published, verification })
    }

    /// Stores a definition as a draft without asking whether its text passes; it is verified before it is published.
    ///
    /// # Errors
    /// The rule of its own that it breaks; else what the database said.
    pub async fn save_unverified(&self, report: &Definition) -> Result<u32, ReportError> {
        report.check()?;
        Ok(self.store.save(report, false).await?.number)
    }

    /// Verifies a version, the newest unless a number is given, and makes it the one that runs.
    ///
    /// # Errors
    /// As [`verify`](Self::verify); [`ReportError::Overtaken`] where another process published a different version since
    /// this one began: then that one stays.
    pub async fn publish(&self, name: &ReportName, number: Option<u32>) -> Result<Saved, ReportError> {
        let seen = match self.get(name, Which::Published).await {
            Ok(version) => Some(version.number),
            Err(ReportError::NotPublished(_)) => None,
            Err(error) => return Err(error),
        };
        let version = self.get(name, number.map_or(Which::Newest, Which::Number)).await?;
        let verification = self.verify(&version.definition).await?;
        let published = self.store.publish(name, version.number, seen).await?;
        if published {
            info!(report = %name, version = version.number, "report published");
        }
        Ok(Saved { number: version.number, new: false, published, verification })
    }

    /// What [`save`](Self::save) would do, without doing it: the verification, and whether there would be a new version.
    ///
    /// # Errors
    /// As [`save`](Self::save).
    pub async fn preview(&self, report: &Definition) -> Result<(Verification, Change), ReportError> {
        let verification = self.verify(report).await?;
        let change = match self.get(&report.name, Which::Newest).await {
            Ok(newest) if newest.definition == verification.definition => Change::Unchanged,
            Ok(_) => Change::NewVersion,
            Err(ReportError::Unknown(_) | ReportError::Removed(_)) => Change::Added,
            Err(error) => return Err(error),
        };
        Ok((verification, change))
    }
}

/// What saving a definition changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// There is no report of this name.
    Added,
    /// There is one, and its newest version says something else.
    NewVersion,
    /// Its newest version says the same.
    Unchanged,
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Added => "added",
            Self::NewVersion => "new version",
            Self::Unchanged => "unchanged",
        })
    }
}
