//! A signal while long work is done: nothing more of it is begun, and what is at work comes to its end; a second one waits for nothing.

use rolewright_core::Exit;

use super::{Failure, Terminal, signalled};
use crate::stop::Stop;

/// What is said of what is left.
pub(super) struct Left<'a> {
    /// What becomes of what is not begun.
    pub(super) rest: &'a str,
    /// What to do about work that a second signal has ended half done.
    pub(super) hint: &'a str,
}

/// Does the work, and asks it to stop when the first signal comes.
pub(super) async fn work<T, E: Into<Failure>>(
    terminal: &Terminal,
    stop: &Stop,
    left: Left<'_>,
    work: impl Future<Output = Result<T, E>>,
) -> Result<T, Failure> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return done.map_err(Into::into),
        () = signalled() => stop.ask(),
    }
    terminal.note(format_args!(
        "stopping: what is at work comes to its end; {}; a second signal ends at once",
        left.rest
    ));
    tokio::select! {
        done = work => done.map_err(Into::into),
        () = signalled() => {
            let hint = Some(left.hint.to_owned());
            Err(Failure::plain(Exit::Stopped, "ended by a second signal, with work half done", hint))
        }
    }
}
