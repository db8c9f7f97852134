//! Waits for a child without dying of Ctrl-C, so that what was started is also stopped.

use std::{
    process::{Child, Command, ExitStatus},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};
use tokio::signal::unix::{SignalKind, signal};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// From here on SIGINT, SIGTERM and SIGHUP are noted instead of ending this process.
pub(crate) fn watch() -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut interrupt, mut terminate, mut hangup) = {
        let _inside = runtime.enter();
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?, signal(SignalKind::hangup())?)
    };
    thread::spawn(move || {
        runtime.block_on(async {
            tokio::select! { _ = interrupt.recv() => {} _ = terminate.recv() => {} _ = hangup.recv() => {} }
            INTERRUPTED.store(true, Ordering::Relaxed);
            // The runtime lives on, so that a second signal does not end the process in the middle of its clean-up.
            std::future::pending::<()>().await;
        });
    });
    Ok(())
}

/// Was there such a signal?
pub(crate) fn interrupted() -> bool {
    INTERRUPTED.load(Ordering::Relaxed)
}

/// Runs the command to its end. After a signal, which a terminal also sends to the child, the child has ten seconds.
pub(crate) fn run(command: &mut Command) -> Result<ExitStatus> {
    let child = command.spawn().with_context(|| format!("cannot run {}", command.get_program().display()))?;
    wait(child)
}

/// Waits for a child that runs already, in the same way.
pub(crate) fn wait(mut child: Child) -> Result<ExitStatus> {
    let mut kill_at = None;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if interrupted() {
            let at = *kill_at.get_or_insert_with(|| Instant::now() + Duration::from_secs(10));
            if Instant::now() > at {
                child.kill()?;
            }
        }
        thread::sleep(Duration::from_millis(30));
    }
}
