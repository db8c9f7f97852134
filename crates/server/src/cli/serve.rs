//! `serve`: health from the first moment on, all stages, then ready until a signal.

use std::{sync::Arc, time::Duration};

use rolewright_core::{Exit, settings::TenantCalls};
use sea_orm::ConnectionTrait;
use tokio::{net::TcpListener, signal, sync::watch};
use tracing::{info, warn};

use super::{Outcome, args::Global, failure::Failure, start};
use crate::{Rolewright, http, stages::NoMigrations};

/// How long what runs may go on after the signal.
const DRAIN: Duration = Duration::from_secs(10);

/// How often the database is asked whether it is still there.
const PROBE: Duration = Duration::from_secs(2);

pub(crate) async fn run(global: &Global) -> Outcome {
    let configured = start::configured(global).await?;
    let settings = configured.settings().http.clone();
    let listen = settings.listen;
    let listener = TcpListener::bind(listen).await.map_err(|cause| {
        let hint = Some("set `http.listen` to an address that is free".to_owned());
        Failure::plain(Exit::Config, format!("cannot listen on {listen}: {cause}"), hint)
    })?;
    // With port 0 the operating system has chosen one.
    let listen = listener.local_addr().unwrap_or(listen);
    info!(%listen, administrative = settings.admin_token.is_some(), tenants = ?settings.tenants, "answering /livez and /readyz");
    let (stop, mut stopped) = watch::channel(false);
    let started = http::Started::default();
    let router = http::all(configured.health(), &started, &settings);
    let server = tokio::spawn(async move {
        let until = async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        };
        http::listen(listener, router, until).await;
    });
    let outcome = serve(configured, &started, settings.tenants).await;
    let _ = stop.send(true);
    let _ = tokio::time::timeout(Duration::from_secs(1), server).await;
    outcome
}

async fn serve(
    configured: crate::stages::Configured,
    started: &http::Started,
    calls: TenantCalls,
) -> Outcome {
    let app = tokio::select! {
        app = begin(configured) => Arc::new(app?),
        () = signalled() => return Ok(Exit::Ok),
    };
    started.tell(Arc::clone(&app));
    if calls != TenantCalls::Off {
        tokio::spawn(http::take_up(Arc::clone(&app)));
    }
    tokio::select! {
        () = watch_database(&app) => {}
        () = reconcile(&app) => {}
        () = signalled() => {}
    }
    info!("draining; a second signal ends at once");
    tokio::select! {
        drained = tokio::time::timeout(DRAIN, app.drain()) => {
            if drained.is_err() {
                warn!("some work did not finish in time and was cut");
            }
        }
        () = signalled() => warn!("ended by a second signal"),
    }
    Ok(Exit::Ok)
}

async fn begin(configured: crate::stages::Configured) -> Result<Rolewright, Failure> {
    let unlocked = configured.connect().await?.unlock().await?;
    Ok(unlocked.migrate(&NoMigrations).await?.provision().await?.verify().await?.open().await?)
}

/// Keeps `/readyz` honest while the database goes away and comes back.
async fn watch_database(app: &Rolewright) {
    loop {
        tokio::time::sleep(PROBE).await;
        let probe = app.core().execute_unprepared("/* rolewright: probe */ SELECT 1");
        let reason = match tokio::time::timeout(PROBE, probe).await {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(format!("the database does not answer: {error}")),
            Err(_) => Some("the database does not answer in time".to_owned()),
        };
        app.health().trouble(reason);
    }
}

/// Looks again every `start.reconcile`; what fails is tried again the next time.
async fn reconcile(app: &Rolewright) {
    let Some(every) = app.settings().start.reconcile else { return std::future::pending().await };
    loop {
        tokio::time::sleep(every).await;
        if let Err(error) = app.provision().await {
            warn!(%error, "could not look whether the roles are as configured");
        }
    }
}

/// The first SIGINT or SIGTERM.
pub(crate) async fn signalled() {
    #[cfg(unix)]
    {
        use signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = signal::ctrl_c().await;
}
