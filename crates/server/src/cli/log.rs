//! `log`: the audit table, newest first.

use rolewright_core::Exit;

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    start,
};

pub(crate) async fn run(global: &Global, terminal: &Terminal, lines: u32) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let connected = start::connected(global).await?;
    let entries = rolewright_roles::log(connected.core(), lines).await?;
    if terminal.format == Format::Json {
        terminal.json(&entries);
    } else {
        terminal.table(
            &["at", "change", "object", "role", "by", "from", "version", "took"],
            entries.iter().map(|e| {
                vec![
                    e.at.to_string(),
                    e.kind.clone(),
                    e.object.clone(),
                    e.role.clone(),
                    e.session_user.clone(),
                    e.client_addr.clone().unwrap_or_else(|| "socket".to_owned()),
                    e.version.clone(),
                    format!("{:.1} ms", e.duration_us as f64 / 1000.0),
                ]
            }),
        );
    }
    Ok(Exit::Ok)
}
