//! A stored version of a report, and where it stands.

use serde::Serialize;
use time::OffsetDateTime;

use super::{Definition, ReportName};

/// A version as it is stored. What it says never changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Version {
    /// What it says.
    #[serde(flatten)]
    pub definition: Definition,
    /// Its number: 1, 2, …
    pub number: u32,
    /// Where it stands now.
    pub state: State,
    /// Who made it, and when.
    pub made: Stamp,
    /// Who published it last, and when; absent for a draft.
    pub published: Option<Stamp>,
}

/// Where a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// It was never published.
    Draft,
    /// It is what runs.
    Published,
    /// It was published, and another has taken its place, or the report was removed.
    Replaced,
}

/// Who did something, by which program, and when, as the server saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Stamp {
    /// When, by the server's clock.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The role that was logged in.
    pub by: String,
    /// The program, by its `application_name`.
    pub application: String,
}

/// Which version of a report.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Which {
    /// The one that is published.
    #[default]
    Published,
    /// The newest, if that is not the published one.
    Draft,
    /// The newest, published or not.
    Newest,
    /// The one of this number.
    Number(u32),
}

/// A report in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Summary {
    /// Its name.
    pub name: ReportName,
    /// The version that runs; absent where none is published.
    pub published: Option<u32>,
    /// The newest version.
    pub newest: u32,
    /// The newest version's title.
    pub title: String,
    /// The newest version's connection.
    pub connection: String,
    /// Who made the newest version, and when.
    pub made: Stamp,
    /// When the report was removed; absent for one that is there.
    #[serde(with = "time::serde::rfc3339::option")]
    pub removed_at: Option<OffsetDateTime>,
}

impl Summary {
    /// The newest version, where it is not the one that runs.
    #[must_use]
    pub fn draft(&self) -> Option<u32> {
        (self.published != Some(self.newest)).then_some(self.newest)
    }
}

impl std::fmt::Display for State {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Replaced => "replaced",
        })
    }
}
