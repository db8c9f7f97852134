//! Values of a report's parameters, and what can be wrong with them.

use std::fmt;

use rolewright_core::{Advice, Exit};

/// The value of a parameter, in PostgreSQL's text form. Prints as `***`.
///
/// The server decides the parameter's type from its place in the query and reads the value with that type's own input
/// function, so `2026-01-01`, `{1,2}` and `[1,5)` are all texts here.
///
/// ```
/// use rolewright_sessions::Param;
///
/// assert_eq!(Param::from(vec!["a", "b\"c"]).as_text(), Some(r#"{"a","b\"c"}"#));
/// assert_eq!(Param::from(None::<i64>).as_text(), None);
/// assert_eq!(format!("{:?}", Param::from(42)), "***");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Param(Option<String>);

impl Param {
    /// SQL's NULL.
    pub const NULL: Self = Self(None);

    /// The value's text; absent is NULL.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

impl fmt::Debug for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl From<&str> for Param {
    fn from(value: &str) -> Self {
        Self(Some(value.to_owned()))
    }
}

macro_rules! from_display {
    ($($type:ty),*) => {$(
        impl From<$type> for Param {
            fn from(value: $type) -> Self {
                Self(Some(value.to_string()))
            }
        }
    )*};
}
from_display!(String, bool, i16, i32, i64, u16, u32, f32, f64);

impl<T: Into<Self>> From<Option<T>> for Param {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::NULL, Into::into)
    }
}

/// An array literal (PostgreSQL manual, 8.15.6 "Array Input and Output Syntax").
impl<T: Into<Self>> From<Vec<T>> for Param {
    fn from(values: Vec<T>) -> Self {
        let elements: Vec<String> = values
            .into_iter()
            .map(|value| match value.into().0 {
                Some(text) => format!("\"{}\"", text.replace('\\', r"\\").replace('"', "\\\"")),
                None => "NULL".to_owned(),
            })
            .collect();
        Self(Some(format!("{{{}}}", elements.join(","))))
    }
}

/// What is wrong with a report's parameters. Names them; never shows a value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    /// The query uses parameters that were given no value.
    #[error("no value for the parameter {}", list(.0))]
    Missing(Vec<String>),
    /// Values were given for parameters the query does not use.
    #[error("the query has no parameter {}", list(.0))]
    Unknown(Vec<String>),
    /// The server cannot tell the parameter's type from its place.
    #[error("the type of the parameter {} cannot be told from its place in the query", list(.0))]
    Untyped(Vec<String>),
    /// There is no type of the name it is declared with.
    #[error("the parameter `:{name}` is declared as `{type_name}`, and there is no such type")]
    NoSuchType {
        /// The parameter.
        name: String,
        /// The type's name, as declared.
        type_name: String,
    },
    /// The planner would copy the values, each wherever the query names it, until its memory is gone.
    #[error(
        "the values of the parameters weigh {weight} bytes, each as often as the server would copy it, most of them by `:{name}`, and at most {most} are taken"
    )]
    Copied {
        /// The one that weighs most.
        name: String,
        /// What all of them weigh: their bytes, and more for each element of a list.
        weight: u64,
        /// The most that is taken.
        most: u64,
    },
    /// A pattern at each of whose `%` the server would call itself, until its stack ends.
    #[error("the value of the parameter `:{name}` has more than {most} `%`, and the query has LIKE")]
    Wildcards {
        /// The parameter.
        name: String,
        /// The most that are taken.
        most: usize,
    },
    /// The value is not one of the parameter's type.
    #[error("the value of the parameter `:{name}` is not a valid {type_name} ({sqlstate})")]
    Invalid {
        /// The parameter.
        name: String,
        /// Its type, in PostgreSQL's words.
        type_name: String,
        /// The SQLSTATE of the type's input function.
        sqlstate: String,
    },
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`:{name}`")).collect::<Vec<_>>().join(", ")
}

impl Advice for ParameterError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing(names) => format!("pass {}", options(names)),
            Self::Unknown(_) => "leave it out, or use it in the query as `:name`".to_owned(),
            Self::Untyped(names) => match names.as_slice() {
                [name] => format!("say its type in the query, as in `:{name}::date`"),
                _ => "say their types in the query, as in `:name::date`".to_owned(),
            },
            Self::NoSuchType { .. } => {
                "write a type's name as in SQL: date, integer[], timestamp with time zone".to_owned()
            }
            Self::Copied { name, .. } => format!(
                "name it once, with its type, as in `WITH given AS MATERIALIZED (SELECT :{name}::text AS {name}) SELECT … FROM given, …`; or pass less"
            ),
            Self::Wildcards { .. } => "look for fewer parts of a text at once".to_owned(),
            Self::Invalid { type_name, .. } => {
                let article = if type_name.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
                format!("write it as PostgreSQL writes {article} {type_name}")
            }
        })
    }

    fn exit(&self) -> Exit {
        Exit::Refused
    }
}

fn options(names: &[String]) -> String {
    names.iter().map(|name| format!("`--param {name}=…`")).collect::<Vec<_>>().join(" ")
}
