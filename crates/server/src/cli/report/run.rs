//! `report run`: a stored report's rows, as `query` gives those of a text.

use std::collections::BTreeMap;

use rolewright_core::Exit;
use rolewright_sessions::Tenants;

use super::{
    super::{Outcome, Terminal, query},
    args::RunArgs,
};
use crate::{
    reports::{Reports, Which},
    tenants::{Ground, TenantError},
};

pub(super) async fn run(
    terminal: &Terminal,
    reports: Reports<'_>,
    ground: Result<Ground, TenantError>,
    args: RunArgs,
) -> Outcome {
    let format = query::format(terminal)?;
    let which = match (args.number, args.draft) {
        (Some(number), _) => Which::Number(number),
        (None, true) => Which::Draft,
        (None, false) => Which::Published,
    };
    let mut values = BTreeMap::new();
    query::bind(&mut values, args.params)?;
    let Some(id) = args.tenant else {
        let mut rows = reports.run(&args.name, which, values).await?;
        query::print(terminal, &mut rows, format, args.whole).await?;
        return Ok(Exit::Ok);
    };
    let ground = ground?;
    let tenants = Tenants::open(ground.acting());
    let mut rows = reports.run_as(&tenants.get(id.as_str()).await?, &args.name, which, values).await?;
    if query::print(terminal, &mut rows, format, args.whole).await? {
        tenants.close().await;
        ground.close().await;
    }
    Ok(Exit::Ok)
}
