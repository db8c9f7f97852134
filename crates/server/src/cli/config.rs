//! `config show` and `config schema`.

use rolewright_core::{
    Exit,
    settings::{Settings, Sources, json_schema},
};

use super::{
    Outcome, Terminal,
    args::{ConfigCommand, Format, Global},
};

pub(crate) fn run(global: &Global, terminal: &Terminal, command: &ConfigCommand) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    match command {
        ConfigCommand::Schema => terminal.json(&json_schema()),
        ConfigCommand::Show => {
            let loaded = Settings::load(&Sources::from_process(global.config.clone()))?;
            match terminal.format {
                Format::Json => terminal.json(&loaded.to_json()),
                _ => terminal.line(loaded.to_text().trim_end()),
            }
        }
    }
    Ok(Exit::Ok)
}
