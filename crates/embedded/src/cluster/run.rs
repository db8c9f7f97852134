//! Starts and stops the server of a data folder.

use std::{
    fs,
    net::TcpListener,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::{
    Binaries, ClusterError,
    cluster::{
        Account, ClusterOptions,
        layout::Layout,
        place,
        postmaster::{self, State},
        settings,
    },
    command,
};

/// A free port may be taken by somebody else before the server has it, and a killed server's last child may hold its memory for a moment.
const START_ATTEMPTS: u32 = 5;

/// Starts the server and gives its port.
pub(crate) fn start(
    layout: &Layout,
    binaries: &Binaries,
    account: Option<&Account>,
    options: &ClusterOptions,
) -> Result<u16, ClusterError> {
    place::own(&layout.sockets, account)?;
    remove_left_sockets(&layout.sockets);
    let mut attempt = 0;
    loop {
        attempt += 1;
        let port = free_port(layout, attempt == 1)
            .map_err(|source| layout.error("listen on 127.0.0.1 for", &layout.folder, source))?;
        let path = layout.data.join(settings::FILE);
        fs::write(&path, settings::render(port, &layout.sockets, &options.settings))
            .map_err(|source| layout.error("write", &path, source))?;
        keep_last_log(&layout.log);
        let mut start = pg_ctl(layout, binaries, account, "start");
        start.args(["--wait", "--timeout", "60", "--silent"]).arg("--log").arg(inside(layout, &layout.log));
        match command::run(start) {
            Ok(_) => return Ok(port),
            Err(_) if attempt < START_ATTEMPTS && may_pass(&layout.log) => {
                thread::sleep(Duration::from_millis(300))
            }
            Err(said) => {
                let log = fs::read_to_string(&layout.log).unwrap_or_default();
                let message = if log.is_empty() { said } else { command::last_lines(&log) };
                return Err(ClusterError::Program { program: "postgres".into(), message });
            }
        }
    }
}

/// Stops the server: asks its clients to leave, and after half a minute makes them.
pub(crate) fn stop(
    layout: &Layout,
    binaries: &Binaries,
    account: Option<&Account>,
) -> Result<(), ClusterError> {
    if matches!(postmaster::state(&layout.data), State::Stopped | State::Stale) {
        return Ok(());
    }
    let stop = |mode| {
        let mut stop = pg_ctl(layout, binaries, account, "stop");
        stop.args(["--mode", mode, "--wait", "--timeout", "30", "--silent"]);
        command::run(stop)
    };
    match stop("fast").or_else(|_| stop("immediate")) {
        Err(_) if matches!(postmaster::state(&layout.data), State::Stopped | State::Stale) => Ok(()),
        Err(message) => Err(ClusterError::Program { program: "pg_ctl stop".into(), message }),
        Ok(_) => Ok(()),
    }
}

/// Waits until a server that is starting up or shutting down has done so.
pub(crate) fn settled(data: &Path) -> State {
    let until = Instant::now() + Duration::from_secs(60);
    loop {
        match postmaster::state(data) {
            State::Changing if Instant::now() < until => thread::sleep(Duration::from_millis(50)),
            state => return state,
        }
    }
}

/// `pg_ctl` hands its arguments on to a shell, inside double quotes. So it is run in the private folder and sees only the
/// fixed names of what lies there: no name that a user chose can be taken for a command.
fn pg_ctl(
    layout: &Layout,
    binaries: &Binaries,
    account: Option<&Account>,
    verb: &str,
) -> std::process::Command {
    let mut command = command::quiet(&binaries.program("pg_ctl"), account);
    command.current_dir(&layout.folder).arg(verb).arg("--pgdata").arg(inside(layout, &layout.data));
    command
}

fn inside<'a>(layout: &Layout, path: &'a Path) -> &'a Path {
    path.strip_prefix(&layout.folder).unwrap_or(path)
}

/// The port of the last start if it is free, so that URLs keep their meaning; else any free one.
fn free_port(layout: &Layout, prefer_last: bool) -> std::io::Result<u16> {
    let last = fs::read_to_string(layout.data.join(settings::FILE)).ok().and_then(|text| {
        text.lines().find_map(|line| line.strip_prefix("port = '")?.strip_suffix('\'')?.parse::<u16>().ok())
    });
    if let Some(port) = last.filter(|_| prefer_last)
        && TcpListener::bind(("127.0.0.1", port)).is_ok()
    {
        return Ok(port);
    }
    TcpListener::bind(("127.0.0.1", 0))?.local_addr().map(|address| address.port())
}

/// Removes what a killed server left in its socket folder, which no other server uses: its lock file names a process
/// that may still look alive, such as a zombie in a container whose first process reaps none.
fn remove_left_sockets(sockets: &Path) {
    for entry in fs::read_dir(sockets).into_iter().flatten().flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(b".s.PGSQL.") {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// The log begins anew with each start; the one before is kept beside it.
fn keep_last_log(log: &Path) {
    let _ = fs::rename(log, log.with_extension("log.1"));
}

fn may_pass(log: &Path) -> bool {
    let text = fs::read_to_string(log).unwrap_or_default();
    ["Address already in use", "could not bind", "shared memory block"].iter().any(|sign| text.contains(sign))
}
