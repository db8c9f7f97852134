//! `[access]` as it is written.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    Algorithm,
    raw::{RawDuration, RawPool},
};

/// Subjects that bring a token, and the database roles they act as.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawAccess {
    /// Each subject, or each role of a token, acts as a database role of its own (`true`, the default), or all as one (`false`).
    pub(super) db_role: Option<bool>,
    /// Whose database role is taken: the subject's (`false`, the default), or that of the token's role, where it has one (`true`).
    pub(super) role_precedence: Option<bool>,
    /// The roles that a token may ask for; of several the one that stands first here is taken.
    pub(super) roles: Vec<String>,
    /// The subjects that have a database role of their own.
    pub(super) subjects: Vec<String>,
    /// The database roles whose privileges every subject and role has.
    pub(super) groups: Vec<String>,
    /// The database roles whose privileges one of `roles` has besides.
    pub(super) role_groups: BTreeMap<String, Vec<String>>,
    /// The database role that all share where `db_role` is false; by default the app's name and `_subject`.
    pub(super) shared_role: Option<String>,
    /// The role that logs in, and becomes a subject's for one transaction; by default the app's name and `_access`.
    pub(super) login: Option<String>,
    /// What the names of subjects' database roles begin with; by default the app's name and `_subject_`.
    pub(super) subject_prefix: Option<String>,
    /// What the names of roles' database roles begin with; by default the app's name and `_role_`.
    pub(super) role_prefix: Option<String>,
    /// The schemas a subject's unqualified names are looked up in; by default `public`.
    pub(super) search_path: Option<Vec<String>>,
    /// A statement of a subject is ended after this; by default 60s.
    pub(super) statement_timeout: Option<RawDuration>,
    /// How long a process goes on with what it knows of a database role; by default 5s.
    pub(super) fresh: Option<RawDuration>,
    /// Most transactions of one subject's database role at once; by default half of the pool.
    pub(super) max_in_flight: Option<u32>,
    /// The connections of all subjects together.
    pub(super) pool: RawPool,
    /// Whose tokens are believed; without keys there are no subjects.
    pub(super) jwt: RawJwt,
}

/// Whose tokens are believed, and when.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawJwt {
    /// The algorithms that are taken; by default RS256, or HS256 with `hs256_key_file`.
    pub(super) algorithms: Option<Vec<Algorithm>>,
    /// A file with a JSON Web Key Set of public keys; only its owner may be able to write it.
    pub(super) jwks_file: Option<String>,
    /// The address at which the issuer publishes that set: https, or http on this machine.
    pub(super) jwks_url: Option<String>,
    /// A file whose text, of at least 32 bytes, is the secret shared with the issuer; only its owner may be able to read it.
    pub(super) hs256_key_file: Option<String>,
    /// Who must have issued a token; by default whoever has one of the keys.
    pub(super) issuer: Option<String>,
    /// Whom a token must be for, one of these; by default only tokens that are for nobody in particular are taken.
    pub(super) audience: Vec<String>,
    /// The claim that lists the subject's roles; by default `roles`.
    pub(super) roles_claim: Option<String>,
    /// How much the issuer's clock may differ from ours; by default 30s.
    pub(super) skew: Option<RawDuration>,
    /// How often the keys are read again; by default 60s.
    pub(super) reload: Option<RawDuration>,
    /// How many verified tokens are remembered; by default 1,000.
    pub(super) cache: Option<u32>,
}
