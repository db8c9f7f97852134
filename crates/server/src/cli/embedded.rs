//! `--embedded`: a private PostgreSQL in `.rolewright/` takes the place of a configured one.

use std::path::Path;

use rolewright_core::{
    Ident,
    settings::{Settings, Sources},
};

use super::failure::Failure;
use crate::private;

/// Starts it, and puts its URL and key file where the configuration looks for them first.
pub(crate) async fn prepare(sources: &mut Sources) -> Result<(), Failure> {
    let app = Ident::new("app")?;
    let private = private::prepare(Path::new(".rolewright"), &app).await?;
    sources.set("DATABASE_URL", private.url.expose());
    if Settings::load(sources)?.settings.crypto.key_file.is_none() {
        sources.set("CRYPTO_KEY_FILE", &private.key_file.to_string_lossy());
    }
    // It stays up for the next command; `cargo xtask` and people stop it by its own pg_ctl.
    Ok(())
}
