//! Brings a folder's cluster from whatever state it is in to running.

use std::fs;

use crate::{
    Binaries, ClusterError,
    cluster::{
        Account, Cluster, ClusterOptions, account, initdb, layout::Layout, lock, place, postmaster::State,
        run,
    },
};

pub(crate) fn open(options: &ClusterOptions) -> Result<Cluster, ClusterError> {
    if options.account.is_none() && account::may_come_with_package() && !options.folder.exists() {
        // Before the folder is given to anyone: a package that is installed now brings the account that is preferred later on.
        Binaries::find(&options.find)?;
    }
    let account = Account::needed(options.account.as_deref(), &options.folder)?;
    let layout = Layout::new(&place::prepare(&options.folder, account.as_ref(), &options.progress)?);
    let waiting =
        || options.progress.say("waiting for another process that is preparing the same PostgreSQL");
    let _lock = lock::exclusive_within(&layout, options.lock_timeout, waiting)?;
    layout.claim()?;
    let binaries = binaries_for(&layout, options)?;
    if layout.made_by().is_none() {
        options.progress.say(&format!(
            "making a PostgreSQL {} cluster in {}",
            binaries.version(),
            layout.folder.display()
        ));
        initdb::make(&layout, &binaries, account.as_ref())?;
    }
    let password = fs::read_to_string(&layout.password)
        .map_err(|source| layout.error("read", &layout.password, source))?;
    let (port, started_here) = running(&layout, &binaries, account.as_ref(), options)?;
    let users = Some(lock::Users::join(&layout)?);
    let keep_running = options.keep_running;
    Ok(Cluster { layout, account, binaries, password, port, started_here, keep_running, users })
}

/// A cluster runs only with programs of the major version that made it.
fn binaries_for(layout: &Layout, options: &ClusterOptions) -> Result<Binaries, ClusterError> {
    match layout.made_by() {
        None => Ok(Binaries::find(&options.find)?),
        Some(made_by) => Binaries::find(&options.find.clone().major(made_by))
            .map_err(|source| ClusterError::OtherVersion { folder: layout.folder.clone(), made_by, source }),
    }
}

/// The port of the running server, and whether it had to be started.
fn running(
    layout: &Layout,
    binaries: &Binaries,
    account: Option<&Account>,
    options: &ClusterOptions,
) -> Result<(u16, bool), ClusterError> {
    match run::settled(&layout.data) {
        State::Ready(port) => return Ok((port, false)),
        State::Stale => {
            options.progress.say("a PostgreSQL server was killed here; recovering");
            let pid = layout.data.join("postmaster.pid");
            fs::remove_file(&pid).map_err(|source| layout.error("remove", &pid, source))?;
        }
        State::Stopped | State::Changing => {}
    }
    options.progress.say(&format!(
        "starting PostgreSQL {} in {}",
        binaries.version(),
        layout.folder.display()
    ));
    run::start(layout, binaries, account, options).map(|port| (port, true))
}
