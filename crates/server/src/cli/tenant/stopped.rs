//! A signal while a job is at work: nothing more of it is begun, and what is at work comes to its end; a second one waits for nothing.

use rolewright_core::Exit;

use super::super::{Failure, Terminal, signalled};
use crate::tenants::{Stop, TenantError};

/// Does the work, and asks it to stop when the first signal comes.
pub(super) async fn work<T>(
    terminal: &Terminal,
    stop: &Stop,
    work: impl Future<Output = Result<T, TenantError>>,
) -> Result<T, Failure> {
    let mut work = std::pin::pin!(work);
    tokio::select! {
        done = &mut work => return Ok(done?),
        () = signalled() => stop.ask(),
    }
    terminal.note(
        "stopping: what is at work comes to its end, the rest is not begun; a second signal ends at once",
    );
    tokio::select! {
        done = work => Ok(done?),
        () = signalled() => {
            let hint = Some("`rolewright tenant resume` goes on with what was begun".to_owned());
            Err(Failure::plain(Exit::Stopped, "ended by a second signal, with work half done", hint))
        }
    }
}
