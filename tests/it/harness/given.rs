//! What only this machine's own server gives a test: its log and its socket.
//!
//! `cargo xtask test` and the testkit know where they are, and then a test that cannot have them fails. Only a server that somebody else
//! named, or one that is shared in a container, may keep them to itself; the reason is printed then.

use std::path::PathBuf;

use rolewright_testkit::Database;

/// What the server logged for this database.
pub(crate) fn log(db: &Database) -> Option<String> {
    let log = db.server_log();
    if log.is_none() {
        println!(
            "SKIPPED: the server's log was not searched: {} logs where ROLEWRIGHT_TEST_SERVER_LOG does not say",
            db.served()
        );
    }
    log
}

/// The folder of the server's socket, in which there is one for this port.
pub(crate) fn socket_folder(db: &Database, port: u16) -> Option<PathBuf> {
    let Some(folder) = db.socket_folder() else {
        println!(
            "SKIPPED: no unix socket was tried: {} has one where ROLEWRIGHT_TEST_SERVER_SOCKET does not say",
            db.served()
        );
        return None;
    };
    let socket = folder.join(format!(".s.PGSQL.{port}"));
    assert!(socket.exists(), "the server's socket should be {}", socket.display());
    Some(folder)
}
