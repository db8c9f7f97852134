//! Tenants' roles and schemas: what is wanted, what the catalogs say, the plan between the two, and its application.
//!
//! The same principles as for read roles, in a room of their own, because there may be tens of thousands of tenants: a batch of
//! them is looked at by name, at a cost that does not grow with the others, and in sync that is all that happens.
//!
//! ```text
//! Wanted ──────────────────────┐
//!                              ├─ diff (pure) ─▶ TenantPlan ─ provision ─▶ catalogs, rolewright.tenant
//! look ─▶ Rows, Observed ──────┘
//! ```
//!
//! From PostgreSQL 16 on, whoever creates a role becomes its member, with ADMIN OPTION; and whatever asks for the memberships of a
//! role with ten thousand of them is slow. So tenants are made by *keepers*: roles `_k<n>_<module>` of [`PER_KEEPER`] tenants at
//! most, nobody's login, each the owner of a function with its rights (SECURITY DEFINER) that only core may call. Core's own
//! memberships lead through all keepers to all tenants, so what asks for those (a GRANT, a COMMENT) is done once for hundreds. For the same reason
//! the module logs in as roles of some hundreds of tenants each, `_<n>_<module>`.
//!
//! Where tenants write reports of their own ([`Reporting`]), each has a login for them, `_r_<tenant>_<module>`, that its keeper makes.
//! What it may read is the tenant's to say, who owns it: nothing here grants any of that.

mod acting;
mod apply;
mod assign;
mod beyond;
mod change;
mod connect;
mod derived;
mod diff;
mod end_reports;
mod facts;
mod gone;
mod holders;
mod keeper;
mod login;
mod look;
mod members;
mod number;
mod present;
mod provision;
mod renamed;
mod reporter;
mod reporter_end;
mod reporter_members;
mod reporter_renamed;
mod schema;
mod standing;
mod wanted;

pub use change::{TenantChange, TenantPlan};
pub use derived::Derived;
pub use end_reports::{end_idle_reports, end_reports};
pub use provision::{TenantsProvisioned, plan, provision};
pub use renamed::renamed;
pub use standing::standing;
pub use wanted::{Aim, Reporting, State, Wanted};

/// The kind of refusal of a login role whose password is not known to be ours, and that core may not set.
pub const UNKNOWN_PASSWORD: &str = crate::plan::UNKNOWN_PASSWORD;

/// Whether a finding says that a tenant that is refused can still be used: somebody may become it, or its reports' login is open.
#[must_use]
pub fn leaves_open(finding: &crate::Finding) -> bool {
    [members::EXTRA_MEMBER, reporter_end::OPEN_LOGIN].contains(&finding.kind.as_str())
}

/// How many tenants one keeper makes.
pub const PER_KEEPER: u32 = 200;
