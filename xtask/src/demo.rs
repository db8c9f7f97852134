//! `cargo xtask demo`: the binary's own demo, from the sources.

use std::process::ExitCode;

use anyhow::Result;

use crate::cargo;

/// What `rolewright demo` understands.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// Handed on to `rolewright demo`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<String>,
}

/// Builds and runs `rolewright demo`, and ends as it ends.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut demo = cargo::command();
    demo.args(["run", "--quiet", "--package", "rolewright", "--", "demo"]).args(&arguments.rest);
    let status = demo.status()?;
    Ok(u8::try_from(status.code().unwrap_or(1)).map_or(ExitCode::FAILURE, ExitCode::from))
}
