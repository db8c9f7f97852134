//! What the driver says, sorted: the server's words, or why there are none.

use tokio_postgres::{Error, error::Severity};

/// What came back instead of an answer.
pub(crate) enum Spoken<'a> {
    /// The server refuses this one statement, and waits for the next.
    Refused(&'a tokio_postgres::error::DbError),
    /// The server says goodbye.
    Ended(&'a tokio_postgres::error::DbError),
    /// Nobody answers: why, in a few words.
    Silent(String),
}

/// Sorts an error of the driver. Words of its own that could repeat what was sent are left out.
pub(crate) fn spoken(error: &Error) -> Spoken<'_> {
    if let Some(said) = error.as_db_error() {
        return match said.parsed_severity() {
            Some(Severity::Fatal | Severity::Panic) => Spoken::Ended(said),
            _ => Spoken::Refused(said),
        };
    }
    let mut source: Option<&(dyn std::error::Error + 'static)> = std::error::Error::source(error);
    while let Some(cause) = source {
        if let Some(io) = cause.downcast_ref::<std::io::Error>() {
            if let Some(tls) = io.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                return Spoken::Silent(format!("the TLS handshake failed: {tls}"));
            }
            return Spoken::Silent(io.kind().to_string());
        }
        source = cause.source();
    }
    Spoken::Silent(if error.is_closed() {
        "the connection was closed".to_owned()
    } else {
        error.to_string().split(':').next().unwrap_or_default().to_owned()
    })
}
