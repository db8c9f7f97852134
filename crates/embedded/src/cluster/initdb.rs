//! Makes the cluster, once and whole.

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{OpenOptionsExt as _, chown},
    path::Path,
};

use crate::{
    Binaries, ClusterError,
    cluster::{Account, SUPERUSER, layout::Layout, random, settings},
    command,
};

/// The locales tried in order: what a character is comes from Unicode, and sorting is by bytes, the same on every machine.
const LOCALES: [&str; 2] = ["C.UTF-8", "C"];

/// Runs `initdb` beside the data folder and renames the result, so that a killed one is never taken for a cluster.
pub(crate) fn make(
    layout: &Layout,
    binaries: &Binaries,
    account: Option<&Account>,
) -> Result<(), ClusterError> {
    let unfinished = layout.folder.join("data.part");
    let mut said = String::new();
    write_password(layout, account)?;
    for locale in LOCALES {
        if unfinished.exists() {
            fs::remove_dir_all(&unfinished).map_err(|source| layout.error("remove", &unfinished, source))?;
        }
        match initdb(layout, binaries, account, &unfinished, locale) {
            Ok(()) => {
                include_settings(layout, &unfinished)?;
                return fs::rename(&unfinished, &layout.data)
                    .map_err(|source| layout.error("rename", &unfinished, source));
            }
            Err(message) => said = message,
        }
    }
    Err(ClusterError::Program { program: "initdb".into(), message: said })
}

fn initdb(
    layout: &Layout,
    binaries: &Binaries,
    account: Option<&Account>,
    data: &Path,
    locale: &str,
) -> Result<(), String> {
    let mut initdb = command::quiet(&binaries.program("initdb"), account);
    initdb
        .arg("--pgdata")
        .arg(data)
        .arg("--pwfile")
        .arg(&layout.password)
        .args(["--username", SUPERUSER, "--encoding", "UTF8", "--locale", locale])
        .args(["--auth-local", "scram-sha-256", "--auth-host", "scram-sha-256", "--no-sync"]);
    command::run(initdb).map(drop)
}

/// A new password in a file of mode 0600 that belongs to the server's account.
fn write_password(layout: &Layout, account: Option<&Account>) -> Result<(), ClusterError> {
    let path = &layout.password;
    let error = |source| layout.error("write", path, source);
    let _ = fs::remove_file(path);
    let password = random::password().map_err(error)?;
    let mut file = fs::File::options().write(true).create_new(true).mode(0o600).open(path).map_err(error)?;
    file.write_all(password.as_bytes()).map_err(error)?;
    account.map_or(Ok(()), |account| chown(path, Some(account.uid), Some(account.gid))).map_err(error)
}

/// Ends `postgresql.conf` with our own file, which is written before each start.
fn include_settings(layout: &Layout, data: &Path) -> Result<(), ClusterError> {
    let path = data.join("postgresql.conf");
    fs::File::options()
        .append(true)
        .open(&path)
        .and_then(|mut file| writeln!(file, "\ninclude = '{}'", settings::FILE))
        .map_err(|source| layout.error("write", &path, source))
}
