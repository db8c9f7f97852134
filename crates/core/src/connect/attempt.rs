//! One attempt to connect to one host.

use std::{path::Path, time::Duration};

use sqlx::{ConnectOptions, Connection};

use super::{ConnectError, Connected, ServerFacts, Target, options};
use crate::{
    ConnInfo, Ident,
    conninfo::{Host, SslMode},
};

/// Connects and asks for the facts, all within `patience`.
pub(super) async fn attempt(
    info: &ConnInfo,
    host: &Host,
    app: &Ident,
    patience: Duration,
) -> Result<Connected, ConnectError> {
    let options = options(info, host, app);
    let user = options.get_username().to_owned();
    let database = options.get_database().unwrap_or(&user).to_owned();
    let target = Target { host, user: &user, database: &database };
    let work = async {
        let mut connection = options.connect().await?;
        let server = ServerFacts::fetch(&mut connection).await?;
        Ok::<_, sqlx::Error>((connection, server))
    };
    match tokio::time::timeout(patience, work).await {
        Ok(Ok((connection, server))) => Ok(Connected { connection, host: host.clone(), server }),
        Ok(Err(error)) => Err(ConnectError::classify(&error, target)),
        Err(_elapsed) => Err(ConnectError::Timeout { host: host.clone(), after: patience }),
    }
}

/// Refuses certificate files that cannot be read, before the driver reports them as a failed connection.
pub(super) fn check_files(info: &ConnInfo) -> Result<(), ConnectError> {
    if info.ssl_mode == SslMode::Disable {
        return Ok(());
    }
    let files =
        [("sslrootcert", &info.ssl_root_cert), ("sslcert", &info.ssl_cert), ("sslkey", &info.ssl_key)];
    for (parameter, file) in files {
        if let Some(file) = file {
            readable(file).map_err(|kind| ConnectError::TlsFile { parameter, file: file.clone(), kind })?;
        }
    }
    Ok(())
}

fn readable(file: &Path) -> Result<(), std::io::ErrorKind> {
    std::fs::File::open(file).map(drop).map_err(|error| error.kind())
}

impl Connected {
    /// Says goodbye to the server and closes.
    pub async fn close(self) {
        // A server that is gone already needs no goodbye.
        let _ = self.connection.close().await;
    }
}
