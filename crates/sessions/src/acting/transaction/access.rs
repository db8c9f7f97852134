//! What a transaction may do, and what it sees.

use std::fmt;

use sea_orm::{AccessMode, IsolationLevel, TransactionOptions};

/// The kind of a transaction: as the server's defaults have it, unless said otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Access {
    isolation: Option<IsolationLevel>,
    mode: Option<AccessMode>,
}

impl Access {
    /// It may read only.
    #[must_use]
    pub fn read_only() -> Self {
        Self { isolation: None, mode: Some(AccessMode::ReadOnly) }
    }

    /// The same, at this isolation level.
    #[must_use]
    pub fn isolation(self, level: IsolationLevel) -> Self {
        Self { isolation: Some(level), ..self }
    }
}

impl From<TransactionOptions> for Access {
    fn from(options: TransactionOptions) -> Self {
        Self { isolation: options.isolation_level, mode: options.access_mode }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(level) = self.isolation {
            write!(f, " ISOLATION LEVEL {level}")?;
        }
        self.mode.map_or(Ok(()), |mode| write!(f, " {mode}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_as_begin_takes_it() {
        assert_eq!(Access::default().to_string(), "");
        let access = Access::read_only().isolation(IsolationLevel::Serializable);
        assert_eq!(access.to_string(), " ISOLATION LEVEL SERIALIZABLE READ ONLY");
    }
}
