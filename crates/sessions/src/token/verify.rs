//! The whole question, as a function.

use super::{Identity, Keys, Policy, TokenError, claims, compact::Compact, header::Header};

/// Who the token names at the moment `now`, in seconds since 1970.
///
/// # Errors
/// The first thing about it that is not as it must be. Claims are not read before the signature is found good.
pub fn verify(policy: &Policy, keys: &Keys, token: &str, now: i64) -> Result<Identity, TokenError> {
    let token = Compact::parse(token)?;
    let header = Header::read(&token.header)?;
    if !policy.algorithms.contains(&header.algorithm) {
        return Err(TokenError::RefusedAlgorithm { algorithm: header.algorithm });
    }
    keys.check(&header, token.message, &token.signature)?;
    claims::read(&token.claims()?, policy, now)
}
