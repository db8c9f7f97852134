//! Which tenants a command means: those it names, and those of a file.

use rolewright_core::{Advice as _, Exit, tenant::TenantId};

use super::{
    super::{failure::Failure, lines},
    args::Ids,
};

pub(super) fn read(ids: &Ids) -> Result<Vec<TenantId>, Failure> {
    let mut all = ids.ids.clone();
    let Some(file) = &ids.file else { return Ok(all) };
    for (number, line) in lines::read(file)? {
        all.push(TenantId::new(&line).map_err(|error| {
            let message = format!("{}, line {number}: {error}", file.display());
            Failure::plain(Exit::Usage, message, error.hint())
        })?);
    }
    Ok(all)
}

/// The same, where there must be one.
pub(super) fn some(ids: &Ids) -> Result<Vec<TenantId>, Failure> {
    let all = read(ids)?;
    if all.is_empty() {
        let hint = Some("name tenants, or a file of them with --file".to_owned());
        return Err(Failure::plain(Exit::Usage, "no tenant is named", hint));
    }
    Ok(all)
}
