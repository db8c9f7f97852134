//! The `rolewright` binary; everything it does is in the library's [`rolewright::cli`].

use std::process::ExitCode;

fn main() -> ExitCode {
    rolewright::cli::main()
}
