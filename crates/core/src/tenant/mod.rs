//! Tenants of a module by name: what a tenant and a module may be called, and the roles and schemas that bear those names.
//!
//! One module (an application, or a part of one) serves many tenants out of one database. Each tenant has a schema and a role of
//! the same name, `<tenant>_<module>`. The module logs in as roles of its own, `_<n>_<module>`, and each such *bucket* may become
//! some hundreds of the tenants' roles; a leading `_` cannot clash with a tenant, which begins with a letter.
//!
//! ```
//! use rolewright_core::tenant::{Module, TenantId};
//!
//! let module = Module::new("mod-circulation")?;
//! let diku = TenantId::new("diku")?;
//! assert_eq!(module.tenant(&diku)?.as_str(), "diku_mod_circulation");
//! assert_eq!(module.login(1).as_str(), "_1_mod_circulation");
//! assert!(TenantId::new("Diku").is_err());
//! # Ok::<(), rolewright_core::tenant::NameError>(())
//! ```

mod error;
mod id;
mod module;

pub use error::{NameError, Part};
pub use id::TenantId;
pub use module::Module;

/// The longest id of a tenant and the longest name of a module, in characters.
pub const MAX_PART: usize = 31;

/// A letter, then letters and digits, and whatever else `also` takes; all of them lower case, and [`MAX_PART`] at most.
fn check(part: Part, text: &str, also: impl Fn(char) -> bool) -> Result<(), NameError> {
    let fail = |why: fn(Part, String) -> NameError| Err(why(part, text.to_owned()));
    let Some(first) = text.chars().next() else { return Err(NameError::Empty(part)) };
    if text.chars().any(|character| character.is_ascii_uppercase()) {
        return fail(NameError::UpperCase);
    }
    if !first.is_ascii_lowercase() {
        return fail(NameError::Beginning);
    }
    let taken =
        |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || also(character);
    if let Some(character) = text.chars().find(|character| !taken(*character)) {
        return Err(NameError::Character { part, name: text.to_owned(), character });
    }
    if text.len() > MAX_PART {
        return fail(NameError::Long);
    }
    Ok(())
}
