//! A private cluster on a real server: made, shared, killed, refused.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::Path,
    sync::{Arc, Mutex},
};

use common::{ask, ask_at, is_root, is_root_or_says, kill, open_folder, options, owner, postmaster};
use rolewright_embedded::{Cluster, ClusterError, ClusterOptions, Progress};

#[test]
fn it_runs_with_scram_on_loopback_and_a_socket_alone() {
    let folder = open_folder();
    let cluster = Cluster::open(&options(folder.path()).setting("log_statement", "all")).unwrap();
    assert!(cluster.started_here());
    assert_eq!(ask(&cluster, "SHOW listen_addresses").unwrap(), "127.0.0.1");
    assert_eq!(ask(&cluster, "SHOW server_encoding").unwrap(), "UTF8");
    assert_eq!(ask(&cluster, "SHOW fsync").unwrap(), "off");
    assert_eq!(
        ask(&cluster, "SELECT string_agg(DISTINCT auth_method, ',') FROM pg_hba_file_rules").unwrap(),
        "scram-sha-256"
    );
    let wrong = cluster.url("postgres", "wrong", "postgres");
    assert!(ask_at(&cluster, &wrong, "SELECT 1").unwrap_err().contains("password authentication failed"));
    assert!(cluster.socket_folder().join(format!(".s.PGSQL.{}", cluster.port())).exists());
    assert!(cluster.log().unwrap().contains("SHOW server_encoding"));
    assert!(
        !format!("{cluster:?}")
            .contains(&fs::read_to_string(cluster.folder().join("superuser.password")).unwrap())
    );
    cluster.stop().unwrap();
}

#[test]
fn the_password_file_is_its_owners_alone() {
    let folder = open_folder();
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    let path = cluster.folder().join("superuser.password");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(owner(&path), owner(&cluster.folder().join("data")));
    if is_root() {
        assert_ne!(owner(&path), 0, "a server started by root must not run as root");
    }
}

#[test]
fn a_second_opening_joins_and_the_last_one_out_stops_it() {
    let folder = open_folder();
    let first = Cluster::open(&options(folder.path())).unwrap();
    let second = Cluster::open(&options(folder.path())).unwrap();
    assert!(first.started_here() && !second.started_here());
    assert_eq!(first.admin_url(), second.admin_url());
    drop(first);
    assert_eq!(ask(&second, "SELECT 1").unwrap(), "1");
    let pid = second.folder().join("data/postmaster.pid");
    drop(second);
    assert!(!pid.exists());
}

#[test]
fn data_and_url_survive_a_restart() {
    let folder = open_folder();
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    let url = cluster.admin_url();
    ask(&cluster, "CREATE TABLE kept AS SELECT 42 AS n").unwrap();
    cluster.stop().unwrap();
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    assert_eq!(ask(&cluster, "SELECT n FROM kept").unwrap(), "42");
    assert_eq!(cluster.admin_url(), url);
}

#[test]
fn a_killed_server_is_recovered() {
    let folder = open_folder();
    let durable = options(folder.path()).setting("synchronous_commit", "on");
    let cluster = Cluster::open(&durable.keep_running()).unwrap();
    ask(&cluster, "CREATE TABLE kept AS SELECT 42 AS n").unwrap();
    kill(postmaster(&cluster));
    drop(cluster);
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    assert!(cluster.started_here());
    assert_eq!(ask(&cluster, "SELECT n FROM kept").unwrap(), "42");
}

#[test]
fn a_pid_that_belongs_to_another_process_by_now_is_stale() {
    let folder = open_folder();
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    let (data, port) = (cluster.folder().join("data"), cluster.port());
    cluster.stop().unwrap();
    let stale = format!("{}\n{}\n1\n{port}\n\n127.0.0.1\n\nready\n", std::process::id(), data.display());
    fs::write(data.join("postmaster.pid"), stale).unwrap();
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    assert_eq!(ask(&cluster, "SELECT 1").unwrap(), "1");
}

#[test]
fn an_initdb_that_was_killed_is_begun_again() {
    let folder = open_folder();
    let path = folder.path().join("cluster");
    fs::create_dir_all(path.join("data.part/base")).unwrap();
    fs::write(path.join("rolewright-cluster"), "").unwrap();
    fs::write(path.join("data.part/PG_VERSION"), "15\n").unwrap();
    if is_root() {
        assert!(
            std::process::Command::new("chown")
                .args(["-R", "postgres"])
                .arg(&path)
                .status()
                .unwrap()
                .success()
        );
    }
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    assert_eq!(ask(&cluster, "SELECT 1").unwrap(), "1");
    assert!(!cluster.folder().join("data.part").exists());
}

#[test]
fn a_taken_port_is_left_to_its_owner() {
    let folder = open_folder();
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    let port = cluster.port();
    cluster.stop().unwrap();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", port)).unwrap();
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    assert_ne!(cluster.port(), port);
    assert_eq!(ask(&cluster, "SELECT 1").unwrap(), "1");
}

#[test]
fn many_that_open_at_once_make_one_cluster() {
    let folder = open_folder();
    let opened: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> =
            (0..4).map(|_| scope.spawn(|| Cluster::open(&options(folder.path())).unwrap())).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(opened.iter().filter(|cluster| cluster.started_here()).count(), 1);
    assert!(opened.iter().all(|cluster| cluster.admin_url() == opened[0].admin_url()));
}

#[test]
fn somebody_elses_data_is_refused_and_left_as_it_is() {
    let folder = open_folder();
    let path = folder.path().join("cluster");
    fs::create_dir(&path).unwrap();
    fs::write(path.join("PG_VERSION"), "15\n").unwrap();
    let error = Cluster::open(&options(folder.path())).unwrap_err();
    assert!(matches!(error, ClusterError::Foreign(_)), "{error}");
    assert!(error.hint().contains("another folder"));
    let names: Vec<_> = fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(names.iter().all(|name| name == "PG_VERSION" || name == "lock"), "{names:?}");
}

#[test]
fn a_cluster_of_another_major_version_is_named() {
    let folder = open_folder();
    let cluster = Cluster::open(&options(folder.path())).unwrap();
    let data = cluster.folder().join("data");
    cluster.stop().unwrap();
    fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let find = rolewright_embedded::FindOptions::new().only_look();
    let error = Cluster::open(&options(folder.path()).find(find)).unwrap_err();
    assert!(matches!(error, ClusterError::OtherVersion { made_by: 9, .. }), "{error}");
    assert!(error.hint().contains("install PostgreSQL 9"));
}

#[test]
fn an_unknown_account_is_named() {
    if !is_root_or_says("an_unknown_account_is_named") {
        return;
    }
    let folder = open_folder();
    let error = Cluster::open(&options(folder.path()).account("no-such-account")).unwrap_err();
    assert!(matches!(&error, ClusterError::NoAccount(name) if name == "no-such-account"), "{error}");
    assert!(error.hint().contains("ROLEWRIGHT_POSTGRES_ACCOUNT"));
}

#[test]
fn another_account_may_be_named() {
    if !is_root_or_says("another_account_may_be_named") {
        return;
    }
    let folder = open_folder();
    let cluster = Cluster::open(&options(folder.path()).account("nobody")).unwrap();
    assert_eq!(owner(&cluster.folder().join("data")), 65534);
    assert_eq!(ask(&cluster, "SELECT 1").unwrap(), "1");
}

#[test]
fn a_folder_the_account_cannot_reach_is_stood_in_for() {
    if !is_root_or_says("a_folder_the_account_cannot_reach_is_stood_in_for") {
        return;
    }
    let closed = tempfile::tempdir().unwrap();
    fs::set_permissions(closed.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let lines = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&lines);
    let progress = Progress::new(move |line| told.lock().unwrap().push(line.to_owned()));
    let options = ClusterOptions::new(closed.path().join("cluster")).fast().progress(progress);
    let cluster = Cluster::open(&options).unwrap();
    let folder = cluster.folder().to_owned();
    assert_eq!(folder.parent(), Some(Path::new("/var/tmp")));
    assert!(
        lines.lock().unwrap().iter().any(|line| line.contains("cannot reach") && line.contains("/var/tmp"))
    );
    assert_eq!(ask(&cluster, "SELECT 1").unwrap(), "1");
    cluster.stop().unwrap();
    assert_eq!(Cluster::open(&options).unwrap().folder(), folder, "the same place the next time");
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn a_deep_folder_gets_a_short_socket_path() {
    let folder = open_folder();
    let deep = folder.path().join("d".repeat(60)).join("e".repeat(60));
    let cluster = Cluster::open(&ClusterOptions::new(&deep).fast()).unwrap();
    let sockets = cluster.socket_folder().to_owned();
    assert!(sockets.starts_with("/tmp") && sockets.join(format!(".s.PGSQL.{}", cluster.port())).exists());
    cluster.stop().unwrap();
    fs::remove_dir_all(sockets).unwrap();
}
