//! Logs go to standard error: text for people, JSON where `--format json` is asked of `serve`.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

use super::args::{Cli, Command, Format};

pub(crate) fn init(cli: &Cli) {
    let serving = matches!(cli.command, Command::Serve);
    let level = match (serving, cli.global.verbose) {
        (false, 0) => "warn",
        (true, 0) | (false, 1) => "info",
        _ => "debug",
    };
    // A command prints why its start gave up by itself.
    let quiet = if serving || cli.global.verbose > 0 { "" } else { ",rolewright::stages::run=off" };
    // Statements are never logged, at any level: they may carry values.
    let fallback = format!(
        "rolewright={level},rolewright_core={level},rolewright_secrets={level},rolewright_roles={level},rolewright_sessions={level},rolewright_embedded={level},warn{quiet},sqlx=off,sea_orm=off,sea_orm_migration=off"
    );
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(fallback));
    let ansi = !cli.global.no_color && io::stderr().is_terminal();
    let builder = tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(ansi);
    if serving && cli.global.format == Format::Json {
        builder.json().init();
    } else {
        builder.init();
    }
}
