//! `rolewright demo`: the whole of it on an invented clinic, on a private PostgreSQL.

mod clinic;
mod show;

use std::{fs, path::Path};

use rolewright_core::{Exit, Ident, settings::Sources};
use sqlx::Connection;

use crate::{
    cli::{Failure, Outcome, Terminal, signalled},
    private::{self, PrivateApplication, PrivateError},
    stages::{self, SeaOrm},
};

/// Runs every stage on the clinic and shows what came of it. Run again, nothing changes.
pub(crate) async fn run(terminal: &Terminal, folder: &Path, keep_running: bool) -> Outcome {
    let app = Ident::new("clinic")?;
    let spinner = terminal.spinner("looking for PostgreSQL");
    let private = private::prepare(folder, &app).await?;
    spinner.finish_and_clear();
    let binaries = private.cluster.binaries();
    terminal.line(format_args!(
        "PostgreSQL {} from {}, its data in {}",
        binaries.version(),
        binaries.folder().display(),
        private.cluster.folder().display()
    ));
    let config = folder.join("rolewright.toml");
    let outcome = tokio::select! {
        outcome = play(terminal, &config, &private) => outcome,
        () = signalled() => Err(Failure::plain(Exit::Failed, "ended by a signal", Some("run it again: it goes on where it was".to_owned()))),
    };
    if keep_running {
        terminal.line("It keeps running. To look around as the core role:");
        terminal.line(format_args!("  export DATABASE_URL='{}'", private.url.expose()));
        terminal.line(format_args!("  rolewright --config {} matrix", config.display()));
        terminal.line("To stop it, run the demo again without --keep-running.");
        return outcome;
    }
    let stopped = tokio::task::spawn_blocking(move || private.cluster.stop()).await;
    match stopped {
        Ok(Err(error)) => Err(private::PrivateError::from(error).into()),
        _ => outcome,
    }
}

async fn play(terminal: &Terminal, config: &Path, private: &PrivateApplication) -> Outcome {
    let settings = format!(
        "{}\n[crypto]\nkey_file = {}\n",
        clinic::SETTINGS,
        toml::Value::String(private.key_file.to_string_lossy().into_owned())
    );
    fs::write(config, settings).map_err(|cause| PrivateError::Folder { path: config.to_owned(), cause })?;
    let mut sources = Sources { file: Some(config.to_owned()), ..Sources::default() };
    sources.set("DATABASE_URL", private.url.expose());
    let unlocked = stages::configure(&sources)?.connect().await?.unlock().await?;
    let migrated = unlocked.migrate(&SeaOrm::<clinic::ClinicMigrator>::default()).await?;
    let steps = seed(terminal, &migrated).await?;
    let opened = migrated.provision().await?.verify().await?.open().await?;
    show::start(terminal, &opened, steps);
    show::rights(terminal, &opened).await?;
    show::reports(terminal, &opened).await?;
    show::stored(terminal, &opened).await?;
    show::escapes(terminal, &opened).await?;
    show::changes(terminal, &opened, steps);
    opened.drain().await;
    Ok(Exit::Ok)
}

async fn seed(terminal: &Terminal, migrated: &stages::Migrated) -> Result<usize, Failure> {
    let bar = terminal.bar(clinic::STEPS.len() as u64);
    let database = |error: sqlx::Error| Failure::plain(Exit::Unavailable, error.to_string(), None);
    let pool = migrated.core().get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(database)?.detach();
    let steps = clinic::seed(&mut connection, |label, done, _| {
        bar.set_position(done as u64);
        bar.set_message(label);
    })
    .await?;
    if steps > 0 {
        clinic::refresh(&mut connection).await?;
    }
    bar.finish_and_clear();
    connection.close().await.map_err(database)?;
    Ok(steps)
}
