//! `matrix`: who can read what.

use rolewright_core::Exit;
use rolewright_roles::{Desired, matrix::Cell};
use uuid::Uuid;

use super::{
    Outcome, Terminal,
    args::{Format, Global},
    start,
};

pub(crate) async fn run(global: &Global, terminal: &Terminal) -> Outcome {
    terminal.only(&[Format::Text, Format::Json])?;
    let connected = start::connected(global).await?;
    let desired = Desired::new(connected.settings(), Uuid::nil());
    let matrix = rolewright_roles::matrix(connected.core(), &desired).await?;
    if terminal.format == Format::Json {
        terminal.json(&matrix);
    } else {
        let header: Vec<&str> =
            std::iter::once("relation").chain(matrix.roles.iter().map(String::as_str)).collect();
        terminal.table(
            &header,
            matrix.rows.iter().filter(|row| row.cells.iter().any(|cell| *cell != Cell::None)).map(|row| {
                let name = format!("{}.{}", row.schema, row.relation);
                std::iter::once(name).chain(row.cells.iter().map(|cell| cell.word().to_owned())).collect()
            }),
        );
    }
    Ok(Exit::Ok)
}
