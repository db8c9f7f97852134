//! Who a bearer token names: JSON Web Tokens (RFC 7519), signed as RFC 7515 has it, refused unless every question has its answer.
//!
//! [`verify`] is a function of a policy, keys, a token and a moment. [`Verifier`] is the same with keys that are read again and a
//! memory of what was verified. Each refusal says in its own words what is wrong ([`TokenError`]); none repeats the token, and what it
//! repeats of it is shortened and escaped.
//!
//! What is asked of a token follows RFC 8725: the algorithm is one of ours and one of the key's, never the token's choice alone; there
//! is no `none`; `kid` names the key, and is looked up among the keys that we have; `jwk`, `jku`, `x5u` and `x5c` are not heard; `crit`
//! is refused; a name that stands twice in an object is refused, so that nobody else reads another value than we; `exp` must be there.
//!
//! ```
//! use rolewright_sessions::token::{Policy, TokenError, verify, Keys};
//! use rolewright_core::settings::Algorithm;
//!
//! let policy = Policy { algorithms: vec![Algorithm::Hs256], ..Policy::default() };
//! let keys = Keys::hs256(b"a secret of at least thirty-two bytes")?;
//! // {"alg":"none"}.{"sub":"alice"}.
//! let refused = verify(&policy, &keys, "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.", 0).unwrap_err();
//! assert_eq!(refused, TokenError::Unsigned);
//! # Ok::<(), rolewright_sessions::token::KeysError>(())
//! ```

mod cache;
mod claims;
mod compact;
mod error;
mod file;
mod header;
mod identity;
mod json;
mod jwk;
mod keys;
mod policy;
mod shown;
mod signature;
#[cfg(test)]
mod tests;
mod verifier;
mod verify;

pub use error::TokenError;
pub use file::KeyFile;
pub use identity::Identity;
pub use keys::{Keys, KeysError};
pub use policy::Policy;
pub use shown::Shown;
pub use verifier::{ReadKeys, Verifier};
pub use verify::verify;

/// The longest token that is looked at, in bytes.
pub const LONGEST: usize = 16 * 1024;
