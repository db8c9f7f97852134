//! A private cluster, run with PostgreSQL's programs on this machine or with obtained ones.

use std::sync::OnceLock;

use rolewright_embedded::{Cluster, ClusterOptions, FindOptions, Progress};

use super::{Hold, PassedOver, Served, Server, ServerOptions, Way, folder, tell};
use crate::url::ServerUrl;

/// Opens the cluster of this version: its folder is the same for every process, so the first starts it and the others join.
///
/// A shared one is left running for the next process; one of the caller's own is stopped with the value.
pub(super) async fn open(options: &ServerOptions, way: Way, shared: bool) -> Result<Server, PassedOver> {
    let find = match (options.major, way) {
        (Some(major), _) => FindOptions::new().major(major),
        (None, _) => FindOptions::new(),
    };
    let find = if way == Way::Local { find.only_look() } else { find };
    let cluster =
        ClusterOptions::new(folder::shared(options.major)).fast().find(find).progress(Progress::new(tell));
    let cluster = if shared { cluster.keep_running() } else { cluster };
    let over = |(why, hint): (String, String)| PassedOver { way, why, remedy: Some(hint) };
    // Away from the test's own thread: it may take a minute, and the test may have a timer running.
    let opened = tokio::task::spawn_blocking(move || {
        Cluster::open(&cluster).map_err(|error| (error.to_string(), error.hint()))
    });
    let cluster = opened
        .await
        .unwrap_or_else(|_| Err(("interrupted while it was starting".to_owned(), String::new())))
        .map_err(over)?;
    let programs = cluster.binaries().folder().to_owned();
    let served = if way == Way::Local { Served::Local(programs) } else { Served::Embedded(programs) };
    let log = Some(cluster.log_file());
    let socket = Some(cluster.socket_folder().to_owned());
    let url =
        ServerUrl::parse(&cluster.admin_url()).map_err(|error| over((error.to_string(), String::new())))?;
    let hold = if shared { keep(cluster) } else { Hold::Cluster(Box::new(cluster)) };
    Ok(Server { url, log, socket, served, passed_over: Vec::new(), hold })
}

/// Holds this process's share for as long as the process lives, so that nobody takes the server for unused.
fn keep(cluster: Cluster) -> Hold {
    static KEPT: OnceLock<Cluster> = OnceLock::new();
    let _ = KEPT.set(cluster);
    Hold::Nothing
}
