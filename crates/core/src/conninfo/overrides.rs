//! The pool's parameters in a connection URL, and how they merge over the structured ones.

use std::time::Duration;

use super::{UrlError, words::number};
use crate::{Advice, Exit, settings::PoolSettings};

/// More connections than any server takes (`max_connections` ends here).
const MOST_CONNECTIONS: u64 = 262_143;
/// A year in milliseconds: longer waits are mistakes.
const MOST_MILLISECONDS: u64 = 365 * 24 * 60 * 60 * 1000;

/// What a connection URL says about the pool: `?max=10&min=2&idle=10000&acquire=30000&max_lifetime=1800000`.
///
/// The times are milliseconds; an `idle` or `max_lifetime` of 0 means without end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolOverrides {
    /// Most connections.
    pub max: Option<u32>,
    /// Connections kept open when idle.
    pub min: Option<u32>,
    /// An idle connection is closed after this; zero means never.
    pub idle: Option<Duration>,
    /// How long a caller waits for a connection.
    pub acquire: Option<Duration>,
    /// A connection is replaced after this; zero means never.
    pub max_lifetime: Option<Duration>,
}

/// Why a pool's limits cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PoolError {
    /// A limit that has to be positive is zero.
    #[error("`{parameter}` of a pool is 0")]
    Zero {
        /// Which limit.
        parameter: &'static str,
    },
    /// More connections are kept than there may be.
    #[error("`min` of a pool is {min}, more than its `max`, {max}")]
    MinOverMax {
        /// The connections kept.
        min: u32,
        /// The most there may be.
        max: u32,
    },
}

impl Advice for PoolError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Zero { parameter } => format!("set `{parameter}` to 1 or more"),
            Self::MinOverMax { .. } => {
                "lower `min` or raise `max`, in the query of DATABASE_URL or under `[database.pool]`".into()
            }
        })
    }

    fn exit(&self) -> Exit {
        Exit::Config
    }
}

impl PoolOverrides {
    /// Takes one parameter of the query; false when it is none of the pool's.
    pub(super) fn take(&mut self, parameter: &'static str, value: &str) -> Result<bool, UrlError> {
        let count = |least| number(value, parameter, least, MOST_CONNECTIONS).map(|n| u32::try_from(n).ok());
        let time = |least| {
            number(value, parameter, least, MOST_MILLISECONDS).map(|n| Some(Duration::from_millis(n)))
        };
        match parameter {
            "max" => self.max = count(1)?,
            "min" => self.min = count(0)?,
            "idle" => self.idle = time(0)?,
            "acquire" => self.acquire = time(1)?,
            "max_lifetime" => self.max_lifetime = time(0)?,
            _ => return Ok(false),
        }
        Ok(true)
    }
}

impl PoolSettings {
    /// Lays the URL's parameters over these limits.
    ///
    /// # Errors
    /// When the result has no connections, no time to wait for one, or keeps more than it may have.
    pub fn merge(self, over: &PoolOverrides) -> Result<Self, PoolError> {
        let or_never = |over: Option<Duration>, under| match over {
            Some(Duration::ZERO) => None,
            Some(time) => Some(time),
            None => under,
        };
        let merged = Self {
            max: over.max.unwrap_or(self.max),
            min: over.min.unwrap_or(self.min),
            idle: or_never(over.idle, self.idle),
            acquire: over.acquire.unwrap_or(self.acquire),
            max_lifetime: or_never(over.max_lifetime, self.max_lifetime),
        };
        if merged.max == 0 {
            Err(PoolError::Zero { parameter: "max" })
        } else if merged.acquire.is_zero() {
            Err(PoolError::Zero { parameter: "acquire" })
        } else if merged.min > merged.max {
            Err(PoolError::MinOverMax { min: merged.min, max: merged.max })
        } else {
            Ok(merged)
        }
    }
}
