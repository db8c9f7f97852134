//! A report as the caller states it: the text, the values of its parameters, and the limits of this run.

use std::{collections::BTreeMap, fmt, time::Duration};

use crate::Param;

/// One read-only query with named parameters (`:from_day`), ready to run.
///
/// Its `Debug` shows the names of the parameters, never their values.
///
/// ```
/// use rolewright_sessions::{Limits, Report};
///
/// let report = Report::new("select * from visits where day >= :from_day and ward = any(:wards)")
///     .bind("from_day", "2026-01-01")
///     .bind("wards", vec!["A1", "B2"])
///     .limits(Limits { rows: Some(10_000), ..Limits::default() });
/// assert!(!format!("{report:?}").contains("B2"));
/// ```
#[derive(Clone, Default)]
pub struct Report {
    /// The query: one `SELECT`, `VALUES`, `TABLE` or `WITH … SELECT`.
    pub text: String,
    /// The values, by the parameters' names without the colon.
    pub params: BTreeMap<String, Param>,
    /// The types that parameters are declared to have, by their names, as SQL writes them: `date`, `integer[]`. For the
    /// others the server tells the type from their places.
    pub types: BTreeMap<String, String>,
    /// The limits of this run; the role's own are never exceeded.
    pub limits: Limits,
}

/// How far one run may go. What is absent is the role's own limit; what is more than that is cut to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Most rows; the result is then marked as truncated.
    pub rows: Option<u64>,
    /// Most time the server may work on the report, over all its batches.
    pub timeout: Option<Duration>,
    /// Most bytes of values in their text form, over all rows; the result is then marked as truncated, before the row that
    /// would be too much.
    pub bytes: Option<u64>,
}

impl Report {
    /// A report without parameters or limits of its own.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::default() }
    }

    /// Gives a parameter its value.
    #[must_use]
    pub fn bind(mut self, name: impl Into<String>, value: impl Into<Param>) -> Self {
        self.params.insert(name.into(), value.into());
        self
    }

    /// Declares a parameter's type, as SQL writes it: `date`, `integer[]`.
    #[must_use]
    pub fn declare(mut self, name: impl Into<String>, type_name: impl Into<String>) -> Self {
        self.types.insert(name.into(), type_name.into());
        self
    }

    /// Sets the limits of this run.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("text", &self.text)
            .field("params", &self.params.keys())
            .field("types", &self.types)
            .field("limits", &self.limits)
            .finish()
    }
}
