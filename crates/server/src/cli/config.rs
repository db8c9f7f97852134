//! `config show` and `config schema`.

use rolewright_core::{
    Exit,
    settings::{Settings, json_schema},
};

use super::{
    Outcome, Terminal,
    args::{ConfigCommand, Format, Global},
    start,
};

pub(crate) async fn run(global: &Global, terminal: &Terminal, command: &ConfigCommand) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    match command {
        ConfigCommand::Schema => terminal.json(&json_schema()),
        ConfigCommand::Show => {
            let loaded = Settings::load(&start::sources(global).await?)?;
            match terminal.format {
                Format::Json => terminal.json(&loaded.to_json()),
                _ => terminal.line(loaded.to_text().trim_end()),
            }
        }
    }
    Ok(Exit::Ok)
}
