//! Which tenants a command means: those it names, and those of a file.

use std::{fs, io::Read as _, path::Path};

use rolewright_core::{Advice as _, Exit, tenant::TenantId};

use super::{super::failure::Failure, args::Ids};

pub(super) fn read(ids: &Ids) -> Result<Vec<TenantId>, Failure> {
    let mut all = ids.ids.clone();
    let Some(file) = &ids.file else { return Ok(all) };
    for (number, line) in text(file)?.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        all.push(TenantId::new(line).map_err(|error| {
            let message = format!("{}, line {}: {error}", file.display(), number + 1);
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

fn text(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    read.map_err(|error| {
        Failure::plain(Exit::Usage, format!("{} cannot be read: {error}", file.display()), None)
    })
}
