//! `[access]` as the rest of the program sees it: whose tokens are believed, and as what role a subject acts.

use std::{collections::BTreeMap, fmt, path::PathBuf, time::Duration};

use super::PoolSettings;
use crate::Ident;

/// Subjects that bring a token, and the database roles they act as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessSettings {
    /// `access.db_role`: each subject, or each role of a token, has a database role of its own. Where not, all share one.
    pub db_role: bool,
    /// `access.role_precedence`: the token's role decides whose database role is taken, and not its subject.
    pub role_precedence: bool,
    /// `access.roles`: the roles that a token may ask for. Of several the one that stands first here is taken.
    pub roles: Vec<String>,
    /// `access.subjects`: the subjects that have a database role of their own.
    pub subjects: Vec<String>,
    /// `access.groups`: the database roles whose privileges every subject and role has.
    pub groups: Vec<Ident>,
    /// `access.role_groups`: the database roles whose privileges one of `roles` has besides.
    pub role_groups: BTreeMap<String, Vec<Ident>>,
    /// The database role that all share where `db_role` is false; by default `<app>_subject`.
    pub shared_role: Ident,
    /// The role that logs in, and becomes a subject's for one transaction; by default `<app>_access`.
    pub login: Ident,
    /// What the names of subjects' database roles begin with; by default `<app>_subject_`.
    pub subject_prefix: String,
    /// What the names of roles' database roles begin with; by default `<app>_role_`. It is not `subject_prefix`, or a subject who
    /// is named like a role would be that role.
    pub role_prefix: String,
    /// The schemas a subject's unqualified names are looked up in.
    pub search_path: Vec<Ident>,
    /// A statement of a subject is ended after this.
    pub statement_timeout: Duration,
    /// How long a process goes on with what it knows of a database role.
    pub fresh: Duration,
    /// Most transactions of one subject's database role at once.
    pub max_in_flight: u32,
    /// The connections of all subjects together.
    pub pool: PoolSettings,
    /// `[access.jwt]`: whose tokens are believed.
    pub jwt: JwtSettings,
}

/// Whose tokens are believed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JwtSettings {
    /// The algorithms that are taken, whatever a key could do.
    pub algorithms: Vec<Algorithm>,
    /// Where the keys are.
    pub keys: KeySource,
    /// Who must have issued a token; absent means anybody who has one of the keys.
    pub issuer: Option<String>,
    /// Whom a token must be for, one of these; where there is none, a token that is for somebody is refused.
    pub audience: Vec<String>,
    /// The claim that lists the subject's roles.
    pub roles_claim: String,
    /// How much the issuer's clock may differ from ours.
    pub skew: Duration,
    /// How often the keys are read again.
    pub reload: Duration,
    /// How many verified tokens are remembered.
    pub cache: u32,
}

/// Where the keys that tokens are verified with are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeySource {
    /// `access.jwt.jwks_file`: a JSON Web Key Set (RFC 7517) of public keys.
    JwksFile(PathBuf),
    /// `access.jwt.jwks_url`: the same, where the issuer publishes it.
    JwksUrl(String),
    /// `access.jwt.hs256_key_file`: one secret that is shared with the issuer.
    Hs256File(PathBuf),
}

/// How a token is signed, by its name in RFC 7518 and RFC 8037. There is no `none`.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// Ed25519.
    #[serde(rename = "EdDSA")]
    EdDsa,
    /// HMAC with SHA-256: whoever can verify can sign.
    Hs256,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Es256,
        Self::Es384,
        Self::EdDsa,
        Self::Hs256,
    ];

    /// The one of this name, which is written exactly so.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
            Self::Es256 => "ES256",
            Self::Es384 => "ES384",
            Self::EdDsa => "EdDSA",
            Self::Hs256 => "HS256",
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
