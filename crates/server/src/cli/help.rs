//! `help-markdown`: the help of every command as one page, for the generated documentation.

use clap::{Command, CommandFactory};
use rolewright_core::Exit;

use super::{Outcome, Terminal, args::Cli};

pub(crate) fn run(terminal: &Terminal) -> Outcome {
    terminal.line("# Commands\n\nGenerated from the binary's own help by `cargo xtask check pages --write`.");
    let mut root = Cli::command().term_width(100);
    root.build();
    page(terminal, &mut root, 2);
    Ok(Exit::Ok)
}

fn page(terminal: &Terminal, command: &mut Command, level: usize) {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).to_owned();
    let help = command.render_long_help().to_string();
    let help = help.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
    terminal.line(format_args!("\n{} {name}\n\n```text\n{}\n```", "#".repeat(level), help.trim_end()));
    for child in command.get_subcommands_mut().filter(|c| !c.is_hide_set() && c.get_name() != "help") {
        page(terminal, child, (level + 1).min(4));
    }
}
