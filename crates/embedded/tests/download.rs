//! Archives of PostgreSQL's programs, from a folder and over HTTP: with the right checksum they are kept, else nothing is.
#![cfg(feature = "download")]
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{
    collections::HashMap,
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    path::Path,
    process::Command,
};

use common::{link_programs, open_folder};
use rolewright_embedded::{Binaries, FindOptions};

/// Options that see nothing of this machine but these archives.
fn only(folder: &Path, archives: &str) -> FindOptions {
    let blind = FindOptions::new().path(vec![]).root(folder.join("root"));
    blind.cache(folder.join("cache")).archives(archives)
}

/// An archive as the repository publishes them, holding the real programs: its name, and its bytes.
fn archive(folder: &Path, version: &str) -> (String, Vec<u8>) {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let target = text.lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    let name = format!("postgresql-{version}-{target}");
    link_programs(&folder.join(&name).join("bin"));
    let path = folder.join(format!("{name}.tar.gz"));
    let mut tar = Command::new("tar");
    assert!(tar.arg("-C").arg(folder).arg("-chzf").arg(&path).arg(&name).status().unwrap().success());
    (format!("{name}.tar.gz"), fs::read(path).unwrap())
}

fn checksum(folder: &Path, bytes: &[u8]) -> String {
    let path = folder.join("to-be-hashed");
    fs::write(&path, bytes).unwrap();
    let output = Command::new("sha256sum").arg(path).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// What a server has: bytes by path, and how many more it announces than it sends.
type Files = HashMap<String, (Vec<u8>, usize)>;

/// Answers GET for as long as the test lives; its URL lists these releases on its first page.
fn serve(release: impl FnOnce(&str) -> Files) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let files = release(&base);
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut lines = BufReader::new(client.try_clone().unwrap()).lines().map_while(Result::ok);
            let path =
                lines.next().and_then(|line| line.split(' ').nth(1).map(str::to_owned)).unwrap_or_default();
            let _ = lines.find(String::is_empty);
            let (status, (body, more)) = match files.get(&path) {
                Some(file) => ("200 OK", file.clone()),
                None if path.starts_with("/releases?") => ("200 OK", (b"[]".to_vec(), 0)),
                None => ("404 Not Found", (Vec::new(), 0)),
            };
            let length = body.len() + more;
            let _ =
                write!(client, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
            let _ = client.write_all(&body);
        }
    });
    format!("{base}/releases")
}

/// A release of these files.
fn release(base: &str, tag: &str, files: Vec<(String, Vec<u8>, usize)>) -> Files {
    let assets: Vec<String> = files
        .iter()
        .map(|(name, ..)| format!(r#"{{"name":"{name}","browser_download_url":"{base}/files/{name}"}}"#))
        .collect();
    // An older one, and one that is no version, are passed by.
    let list = format!(
        r#"[{{"tag_name":"nightly","assets":[]}},{{"tag_name":"v0.1.0","assets":[]}},{{"tag_name":"{tag}","assets":[{}]}}]"#,
        assets.join(",")
    );
    let mut all: Files =
        files.into_iter().map(|(name, bytes, more)| (format!("/files/{name}"), (bytes, more))).collect();
    all.insert("/releases?per_page=100&page=1".into(), (list.into_bytes(), 0));
    all
}

/// Refused in these words, with the way out, and nothing kept.
fn refused(folder: &Path, archives: &str, words: &str) {
    let error = Binaries::find(&only(folder, archives)).unwrap_err();
    assert!(error.to_string().contains(words), "{error}");
    assert!(
        error.hint().contains("its .sha256 into a folder and set ROLEWRIGHT_POSTGRES_ARCHIVES"),
        "{}",
        error.hint()
    );
    let kept = fs::read_dir(folder.join("cache")).into_iter().flatten().count();
    assert_eq!(kept, 0, "something was unpacked");
}

#[test]
fn a_release_with_its_checksum_is_unpacked_and_kept() {
    let folder = open_folder();
    let real = Binaries::find(&FindOptions::new()).unwrap();
    let tag = format!("{}.1.0", real.major());
    let (name, bytes) = archive(folder.path(), &tag);
    let sum = checksum(folder.path(), &bytes);
    let url = serve(|base| {
        release(base, &tag, vec![(name.clone(), bytes, 0), (format!("{name}.sha256"), sum.into_bytes(), 0)])
    });
    let options = only(folder.path(), &url).major(real.major());
    let found = Binaries::find(&options).unwrap();
    assert!(found.folder().starts_with(folder.path().join("cache")), "{found:?}");
    assert_eq!(found.version(), real.version());
    let again = only(folder.path(), "http://127.0.0.1:1/releases").major(real.major());
    assert_eq!(Binaries::find(&again).unwrap(), found, "the second time it comes from the cache");
}

#[test]
fn a_release_without_a_checksum_is_refused_before_it_is_fetched() {
    let folder = open_folder();
    let (name, bytes) = archive(folder.path(), "15.1.0");
    // Not even the archive could be had whole: nobody asked for it.
    let url = serve(|base| release(base, "15.1.0", vec![(name.clone(), bytes, 7)]));
    refused(
        folder.path(),
        &url,
        &format!("{name} has no checksum {name}.sha256 beside it, so it is refused"),
    );
    let url = serve(|base| {
        let empty = (format!("{name}.sha256"), b"<html>Not Found</html>".to_vec(), 0);
        release(base, "15.1.0", vec![(name.clone(), b"x".to_vec(), 0), empty])
    });
    refused(folder.path(), &url, "holds no SHA-256, so the archive is refused");
}

#[test]
fn a_release_that_is_not_what_its_checksum_says_is_refused() {
    let folder = open_folder();
    let (name, bytes) = archive(folder.path(), "15.1.0");
    let sum = checksum(folder.path(), &bytes).into_bytes();
    let with = |bytes: Vec<u8>, more: usize| {
        let (name, sum) = (name.clone(), sum.clone());
        serve(move |base| {
            release(base, "15.1.0", vec![(name.clone(), bytes, more), (format!("{name}.sha256"), sum, 0)])
        })
    };
    let mut other = bytes.clone();
    other[100] ^= 1;
    refused(folder.path(), &with(other, 0), "is not what its checksum says");
    let half = bytes[..bytes.len() / 2].to_vec();
    refused(folder.path(), &with(half.clone(), 0), "is not what its checksum says");
    // Cut off on the way: the server announced more.
    let rest = bytes.len() - half.len();
    refused(folder.path(), &with(half, rest), "error decoding response body");
}

#[test]
fn what_is_right_by_its_checksum_and_yet_no_archive_is_not_kept() {
    let folder = open_folder();
    let (name, bytes) = archive(folder.path(), "15.1.0");
    let half = bytes[..bytes.len() / 2].to_vec();
    let sum = checksum(folder.path(), &half).into_bytes();
    let url = serve(|base| {
        release(base, "15.1.0", vec![(name.clone(), half, 0), (format!("{name}.sha256"), sum, 0)])
    });
    refused(folder.path(), &url, "cannot be unpacked");
}

#[test]
fn a_folder_of_archives_is_held_to_the_same() {
    let folder = open_folder();
    let real = Binaries::find(&FindOptions::new()).unwrap();
    let (name, bytes) = archive(folder.path(), &format!("{}.1.0", real.major()));
    let archives = folder.path().join("archives");
    fs::create_dir(&archives).unwrap();
    let url = format!("file://{}", archives.display());
    let sum = archives.join(format!("{name}.sha256"));
    fs::write(archives.join(&name), &bytes).unwrap();
    refused(folder.path(), &url, &format!("{name} has no checksum"));
    fs::write(&sum, format!("{}  {name}\n", "0".repeat(64))).unwrap();
    refused(folder.path(), &url, "is not what its checksum says");
    fs::write(&sum, checksum(folder.path(), &bytes)).unwrap();
    fs::write(archives.join(&name), &bytes[..bytes.len() - 1]).unwrap();
    refused(folder.path(), &url, "is not what its checksum says");
    fs::write(archives.join(&name), &bytes).unwrap();
    let found = Binaries::find(&only(folder.path(), &url).major(real.major())).unwrap();
    assert_eq!(found.version(), real.version());
}

#[test]
fn a_list_that_is_not_there_is_said() {
    let folder = open_folder();
    let url = serve(|_| Files::new());
    refused(folder.path(), &url, "no release has postgresql-");
    refused(folder.path(), &url.replace("/releases", "/elsewhere"), "404");
    refused(folder.path(), "http://mirror.example/releases", "neither https:// nor file://");
}
