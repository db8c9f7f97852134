//! The statements that make a login role, and mark it.

use rolewright_core::Ident;

use super::{Wanted, facts::Observed, keeper};
use crate::quote::ident;

/// A login role, with its mark.
///
/// From 16 on a comment takes ADMIN OPTION, for which the server looks through all memberships of whoever comments; core's are those of
/// all tenants. So a role that has no other is given the option with CREATE ROLE, comments, and is dropped: by a keeper, since DROP ROLE
/// looks in the same way. Before the first keeper there is nothing to look through.
pub(super) fn create(wanted: &Wanted, observed: &Observed, name: &Ident) -> Vec<String> {
    let role = format!("CREATE ROLE {} LOGIN NOINHERIT PASSWORD '***'", name.quoted());
    let comment = keeper::comment(name, wanted.installation);
    let marker = wanted.module.marker();
    let group = observed.roles.get(wanted.module.keepers().as_str()).and_then(|group| group.installation());
    let ours = group.is_some_and(|mark| wanted.is_ours(mark));
    let free = !observed.roles.contains_key(marker.as_str());
    let Some(keeper) = observed.granter.as_deref().filter(|_| ours && free) else {
        return vec![role, comment];
    };
    let (marker, keeper) = (marker.quoted(), ident(keeper));
    vec![
        "SET LOCAL createrole_self_grant = 'set'".to_owned(),
        format!("CREATE ROLE {marker} NOLOGIN NOINHERIT CREATEROLE ADMIN {keeper}"),
        "SET LOCAL createrole_self_grant TO DEFAULT".to_owned(),
        format!("{role} ADMIN {marker}"),
        format!("SET LOCAL ROLE {marker}"),
        comment,
        format!("SET LOCAL ROLE {keeper}"),
        format!("DROP ROLE {marker}"),
        "SET LOCAL ROLE NONE".to_owned(),
    ]
}
