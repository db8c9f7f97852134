//! `completions`: a shell's completion script.

use clap::CommandFactory;
use rolewright_core::Exit;

use super::{Outcome, Terminal, args::Cli};

pub(crate) fn run(terminal: &Terminal, shell: clap_complete::Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "rolewright", &mut script);
    terminal.line(String::from_utf8_lossy(&script).trim_end());
    Ok(Exit::Ok)
}
