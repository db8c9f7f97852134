//! A signal while a job is at work: nothing more of it is begun, and what is at work comes to its end; a second one waits for nothing.

use rolewright_core::Exit;

use super::super::{Failure, Terminal, signalled};
use crate::tenants::{Stop, TenantError};

/// What becomes of the rest of a new job.
pub(super) const FAILS: &str = "the rest is not begun, and fails as stopped";
/// What becomes of the rest of jobs that are gone on with.
pub(super) const WAITS: &str = "the rest waits (`rolewright tenant resume` goes on with it, `rolewright tenant jobs NUMBER --stop` gives it up)";

/// Does the work, and asks it to stop when the first signal comes; `rest` says what becomes of what is not begun.
pub(super) async fn work<T>(
    terminal: &Terminal,
    stop: &Stop,
    rest: &str,
    work: impl Future<Output = Result<T, TenantError>>,
) -> Result<T, Failure> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return Ok(done?),
        () = signalled() => stop.ask(),
    }
    terminal.note(format_args!(
        "stopping: what is at work comes to its end; {rest}; a second signal ends at once"
    ));
    tokio::select! {
        done = work => Ok(done?),
        () = signalled() => {
            let hint = Some("`rolewright tenant resume` goes on with what was begun".to_owned());
            Err(Failure::plain(Exit::Stopped, "ended by a second signal, with work half done", hint))
        }
    }
}
