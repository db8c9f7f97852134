//! `report run`: a stored report's rows, as `query` gives those of a text.

use std::collections::BTreeMap;

use rolewright_core::Exit;

use super::{
    super::{Outcome, Terminal, query},
    args::RunArgs,
};
use crate::reports::{Reports, Which};

pub(super) async fn run(terminal: &Terminal, reports: Reports<'_>, args: RunArgs) -> Outcome {
    let format = query::format(terminal)?;
    let which = match (args.number, args.draft) {
        (Some(number), _) => Which::Number(number),
        (None, true) => Which::Draft,
        (None, false) => Which::Published,
    };
    let mut values = BTreeMap::new();
    query::bind(&mut values, args.params)?;
    let mut rows = reports.run(&args.name, which, values).await?;
    query::print(terminal, &mut rows, format).await?;
    Ok(Exit::Ok)
}
