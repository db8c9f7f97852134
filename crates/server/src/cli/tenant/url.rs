//! `tenant url`: what a module, a tenant or a tenant's reports log in with.

use rolewright_core::{Exit, Ident, Password, TenantId};
use rolewright_roles::tenants::State;

use super::{
    super::{Outcome, Terminal, args::Format},
    Ground, TenantError, Tenants,
};
use crate::tenants::Tenant;

/// Of the module's login role of this number, whether it is there or not.
pub(super) async fn of_login(terminal: &Terminal, ground: &Ground, number: u32) -> Outcome {
    print(terminal, &ground.url(number, None).await?)
}

/// Of the login role of the tenant's bucket, acting as the tenant.
pub(super) async fn of_tenant(terminal: &Terminal, ground: &Ground, id: &TenantId) -> Outcome {
    let tenant = Tenants::new(ground).get(id).await?;
    served(&tenant)?;
    let role = Ident::new(tenant.role).ok();
    print(terminal, &ground.url(tenant.bucket, role.as_ref().map(|role| (role, role.as_str()))).await?)
}

/// Of the login of the tenant's reports. An administrator who makes that one by hand has its password before there is a tenant.
pub(super) async fn of_reports(terminal: &Terminal, ground: &Ground, id: &TenantId) -> Outcome {
    match Tenants::new(ground).get(id).await {
        Ok(tenant) if tenant.state != State::Purged && ground.has_reporter(id).await? => served(&tenant)?,
        Ok(_) | Err(TenantError::Unknown(_)) => {}
        Err(error) => return Err(error.into()),
    }
    print(terminal, &ground.report_url(id).await?)
}

/// Whether a tenant is served, or about to be for the first time.
fn served(tenant: &Tenant) -> Result<(), TenantError> {
    let id = || tenant.id.clone();
    match tenant.state {
        State::Adding if tenant.reopened => Err(TenantError::Disabled(id())),
        State::Adding | State::Active => Ok(()),
        State::Disabled => Err(TenantError::Disabled(id())),
        State::Purging => Err(TenantError::Purging(id())),
        State::Purged => Err(TenantError::Purged(id())),
    }
}

fn print(terminal: &Terminal, url: &Password) -> Outcome {
    match terminal.format {
        Format::Json => terminal.json(&serde_json::json!({ "url": url.expose() })),
        _ => terminal.line(url.expose()),
    }
    Ok(Exit::Ok)
}
