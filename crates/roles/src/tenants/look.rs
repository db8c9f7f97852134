//! One look at a batch: the tables first, which say where each tenant belongs, then the catalogs by name.

use rolewright_core::sqlstate;
use sqlx::PgConnection;

use super::{
    Aim, PER_KEEPER, Wanted,
    assign::{Assigned, assign},
    facts::{Observed, Rows},
};
use crate::{
    ProvisionError,
    ask::{Argument, ask},
};

/// What a look brought.
pub(super) struct Look {
    pub(super) assigned: Vec<Assigned>,
    pub(super) observed: Observed,
}

/// Looks, on a connection whose transaction may hold the lock. Changes nothing.
pub(super) async fn look(connection: &mut PgConnection, wanted: &Wanted) -> Result<Look, ProvisionError> {
    let module = [wanted.module.as_str().to_owned()];
    let ids: Vec<String> = wanted.aims.keys().map(ToString::to_string).collect();
    let (bucket, keeper) = ([wanted.bucket.to_string()], [PER_KEEPER.to_string()]);
    let rows: Rows = ask(
        connection,
        "list tenant rows",
        include_str!("../sql/list_tenant_rows.sql"),
        &[
            ("module", Argument::Names(&module)),
            ("ids", Argument::Names(&ids)),
            ("bucket", Argument::Names(&bucket)),
            ("keeper", Argument::Names(&keeper)),
        ],
    )
    .await
    .map_err(not_migrated)?;
    let assigned = assign(wanted, &rows);
    let names = assigned.iter().flat_map(|one| [Some(&one.role), one.reporter.as_ref()]);
    let tenants: Vec<String> = names.flatten().map(ToString::to_string).collect();
    let leaving = assigned.iter().filter(|one| one.aim == Aim::Gone).map(|one| one.role.to_string());
    let leaving: Vec<String> = leaving.collect();
    let oids = assigned.iter().filter_map(|one| one.row.as_ref()).map(|row| row.role_oid.to_string());
    let oids: Vec<String> = oids.collect();
    let own = own(wanted, &assigned);
    let group = [wanted.module.keepers().to_string()];
    let observed: Observed = ask(
        connection,
        "inspect tenants",
        include_str!("../sql/inspect_tenants.sql"),
        &[
            ("tenants", Argument::Names(&tenants)),
            ("oids", Argument::Names(&oids)),
            ("own", Argument::Names(&own)),
            ("leaving", Argument::Names(&leaving)),
            ("module", Argument::Names(&module)),
            ("group", Argument::Names(&group)),
        ],
    )
    .await
    .map_err(not_migrated)?;
    Ok(Look { assigned, observed })
}

/// The module's own roles that the batch has to do with.
fn own(wanted: &Wanted, assigned: &[Assigned]) -> Vec<String> {
    let mut own: Vec<String> =
        [wanted.module.keepers(), wanted.module.marker()].map(|name| name.to_string()).into();
    own.extend(wanted.logins.iter().map(|number| wanted.module.login(*number).to_string()));
    own.extend(assigned.iter().map(|one| wanted.module.login(one.bucket).to_string()));
    own.extend(assigned.iter().filter_map(|one| Some(wanted.module.keeper(one.keeper?).to_string())));
    own.sort();
    own.dedup();
    own
}

pub(super) fn not_migrated(error: ProvisionError) -> ProvisionError {
    match error {
        // A column that is not there is one that a later migration adds.
        ProvisionError::Statement { code, .. }
            if [sqlstate::UNDEFINED_TABLE, sqlstate::UNDEFINED_COLUMN, "3F000"].contains(&code.as_str()) =>
        {
            ProvisionError::NotMigrated
        }
        other => other,
    }
}
