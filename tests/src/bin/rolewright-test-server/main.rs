//! `rolewright-test-server`: one PostgreSQL for a whole test run, for runners of suites; gone when the run is over.
//!
//! `rolewright-test-server [--pg MAJOR] [--server container|local|embedded] [-- COMMAND…]` runs the command with the server's URL in
//! `ROLEWRIGHT_TEST_DATABASE_URL` and ends as it ends. Without a command it prints the variables, one a line, and holds the
//! server until its standard input is closed, so that a runner that is killed leaves nothing behind.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command speaks to a terminal")]

mod arguments;
#[cfg(feature = "containers")]
mod bridge;

use std::{io::Read as _, process::ExitCode};

use arguments::Arguments;
use rolewright_core::Advice as _;
use rolewright_testkit::{Server, TestkitError};
use tokio::{
    process::Command,
    signal::unix::{SignalKind, signal},
};

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(why) => {
            eprintln!("error: {why}\nhint: {}", arguments::USAGE);
            return ExitCode::from(64);
        }
    };
    #[cfg(feature = "containers")]
    if let Some(code) = bridge::run_bridged() {
        return code;
    }
    let done = tokio::runtime::Runtime::new().map_err(|error| error.to_string()).and_then(|runtime| {
        runtime.block_on(serve(&arguments)).map_err(|error| {
            error.hint().map_or_else(|| error.to_string(), |hint| format!("{error}\nhint: {hint}"))
        })
    });
    done.unwrap_or_else(|why| {
        eprintln!("error: {why}");
        ExitCode::from(69)
    })
}

async fn serve(arguments: &Arguments) -> Result<ExitCode, TestkitError> {
    // A terminal's Ctrl-C goes to the command too; this process lives on to remove the server.
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        if let Ok(mut noted) = signal(kind) {
            tokio::spawn(async move { while noted.recv().await.is_some() {} });
        }
    }
    let server = Server::start(&arguments.options()?).await?;
    let version = server.version().await?;
    let mut variables = vec![("ROLEWRIGHT_TEST_DATABASE_URL", server.admin_url())];
    if let Some(log) = server.log_file() {
        variables.push(("ROLEWRIGHT_TEST_SERVER_LOG", log.display().to_string()));
    }
    if let Some(folder) = server.socket_folder() {
        variables.push(("ROLEWRIGHT_TEST_SERVER_SOCKET", folder.display().to_string()));
    }
    let code = if arguments.command.is_empty() {
        for (name, value) in &variables {
            println!("{name}={value}");
        }
        println!("served=PostgreSQL {version}, {}", server.served());
        let closed = || std::io::stdin().read_to_end(&mut Vec::new());
        let _ = tokio::task::spawn_blocking(closed).await;
        ExitCode::SUCCESS
    } else {
        eprintln!("rolewright-test-server: PostgreSQL {version}, {}", server.served());
        run(&arguments.command, variables).await
    };
    server.stop().await;
    Ok(code)
}

async fn run(command: &[String], variables: Vec<(&str, String)>) -> ExitCode {
    let status = Command::new(&command[0]).args(&command[1..]).envs(variables).status().await;
    match status {
        Ok(status) => u8::try_from(status.code().unwrap_or(1)).map_or(ExitCode::FAILURE, ExitCode::from),
        Err(error) => {
            eprintln!("error: cannot run {}: {error}", command[0]);
            ExitCode::from(127)
        }
    }
}
