//! What stopped an attempt, in few words, from how it failed.

use super::ran::{Failure, Ran};

/// What stopped it. The words never contain the server's message, which may contain values.
pub(super) fn stopped_by(ran: &Ran) -> String {
    let kind = match &ran.failure {
        None if ran.overran => return "ended from outside".to_owned(),
        None => return "nothing".to_owned(),
        Some(Failure::Refused(words)) => return format!("sandbox: {}", without_marks(words)),
        Some(Failure::Timeout) => return "timeout".to_owned(),
        Some(Failure::Lost(_)) if ran.overran => return "ended from outside".to_owned(),
        Some(Failure::Lost(_)) => return "session lost".to_owned(),
        Some(Failure::Server { sqlstate, .. }) => sqlstate,
    };
    let word = match kind.as_str() {
        "42501" => "privilege",
        "25001" | "25006" => "read-only",
        "42601" => "parser",
        "42P01" | "42883" | "42704" | "42703" | "3F000" | "58P01" | "34000" | "0A000" | "42P02" | "26000" => {
            "no such thing"
        }
        code if code.starts_with("53") || code.starts_with("54") => "limit",
        code if code.starts_with("25") || code.starts_with("2D") => "transaction",
        "55P03" => "lock timeout",
        _ => "error",
    };
    format!("{word} ({kind})")
}

fn without_marks(words: &str) -> String {
    words.chars().take(160).collect()
}
