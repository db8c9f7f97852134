//! The keys that an issuer publishes.

use std::time::Duration;

use futures_util::{FutureExt as _, future::BoxFuture};
use reqwest::{Client, redirect::Policy};
use rolewright_core::secret_file::LIMIT;
use rolewright_sessions::token::{Keys, KeysError, ReadKeys};

/// How long the issuer may take. The callers of tokens wait for it, one at a time.
const PATIENCE: Duration = Duration::from_secs(5);

/// Where an issuer publishes its key set.
pub(super) struct Issuer {
    client: Client,
    url: String,
}

impl Issuer {
    /// The address has been checked to be https, or on this machine.
    pub(super) fn new(url: &str) -> Result<Self, KeysError> {
        // Another part of the process may have chosen one already; any will do.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
            .https_only(url.starts_with("https://"))
            // Wherever it would lead was not configured.
            .redirect(Policy::none())
            .timeout(PATIENCE)
            .build()
            .map_err(unread)?;
        Ok(Self { client, url: url.to_owned() })
    }

    async fn fetch(&self) -> Result<Keys, KeysError> {
        let mut answer = self.client.get(&self.url).send().await.map_err(unread)?;
        let status = answer.status();
        if !status.is_success() {
            return Err(KeysError::Unread(format!("{} answers {status}", self.url)));
        }
        let mut set = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(unread)? {
            set.extend_from_slice(&part);
            if set.len() as u64 > LIMIT {
                return Err(KeysError::Unread(format!("{} answers with more than {LIMIT} bytes", self.url)));
            }
        }
        Keys::from_jwks(&set)
    }
}

impl ReadKeys for Issuer {
    fn read(&self) -> BoxFuture<'_, Result<Keys, KeysError>> {
        self.fetch().boxed()
    }
}

/// The error with what is behind it, since the first only says that something failed.
fn unread(error: reqwest::Error) -> KeysError {
    let mut told = error.to_string();
    let mut cause = std::error::Error::source(&error);
    while let Some(behind) = cause {
        told = format!("{told}: {behind}");
        cause = behind.source();
    }
    KeysError::Unread(told)
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt as _, AsyncWriteExt as _},
        net::TcpListener,
    };

    use super::*;

    /// Answers once, with this.
    async fn told(answer: String) -> Result<Keys, String> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/jwks", listener.local_addr().unwrap());
        let server = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 4096];
            let _ = stream.read(&mut request).await.unwrap();
            // Who has read enough goes away.
            let _ = stream.write_all(answer.as_bytes()).await;
        });
        let keys = Issuer::new(&url).unwrap().read().await;
        server.await.unwrap();
        keys.map_err(|error| error.to_string().replace(&url, "URL"))
    }

    fn with(status: &str, header: &str, body: &str) -> String {
        format!(
            "HTTP/1.1 {status}\r\n{header}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
            body.len()
        )
    }

    #[tokio::test]
    async fn what_an_issuer_may_answer() {
        let set = r#"{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"k","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;
        told(with("200 OK", "", set)).await.unwrap();
        let said = |keys: Result<Keys, String>| keys.map(|_| ()).unwrap_err();
        let unread = "the keys of tokens cannot be read: ";
        assert_eq!(
            said(told(with("500 Oh", "", set)).await),
            format!("{unread}URL answers 500 Internal Server Error")
        );
        let elsewhere = with("302 Found", "Location: http://127.0.0.1:1/\r\n", set);
        assert_eq!(said(told(elsewhere).await), format!("{unread}URL answers 302 Found"));
        assert_eq!(said(told(with("200 OK", "", "<html>")).await), "the key set is not a JSON Web Key Set");
        let endless = with("200 OK", "", &" ".repeat(LIMIT as usize + 1));
        assert_eq!(said(told(endless).await), format!("{unread}URL answers with more than {LIMIT} bytes"));
        let nobody = Issuer::new("http://127.0.0.1:1/jwks").unwrap().read().await.unwrap_err();
        assert!(nobody.to_string().contains("Connection refused"), "{nobody}");
    }
}
