//! The distribution's own package, for root on a Debian-like system.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    Binaries, command,
    error::Attempt,
    find::{FindOptions, folders},
};

/// Where postgresql-common reads whether a new server package makes and starts a cluster of its own (pg_createcluster(8)).
const CREATE_CLUSTER: &str = "etc/postgresql-common/createcluster.conf";

/// Installs the server package without letting it make or start a cluster.
pub(crate) fn obtain(options: &FindOptions) -> Result<Binaries, Attempt> {
    let package =
        options.major.map_or_else(|| "postgresql".to_owned(), |major| format!("postgresql-{major}"));
    let attempt = |why: String, remedy: Option<String>| Attempt {
        tried: format!("the package {package}"),
        why,
        remedy,
    };
    let apt = options.root.join("usr/bin/apt-get");
    if !options.install {
        return Err(attempt("installing was not asked for".into(), None));
    }
    if !apt.is_file() {
        return Err(attempt(
            "there is no apt-get here".into(),
            Some("install the PostgreSQL server by the system's own means".into()),
        ));
    }
    let by_hand = Some(format!("run as root: apt-get install --no-install-recommends {package}"));
    if !crate::cluster::is_root() {
        return Err(attempt("only root may install it".into(), by_hand));
    }
    let no_cluster = NoCluster::declare(&options.root).map_err(|(why, remedy)| attempt(why, Some(remedy)))?;
    options.progress.say(&format!("installing the package {package} with apt-get"));
    let installed = run(&apt, &["update"])
        .and_then(|()| run(&apt, &["install", "-y", "--no-install-recommends", &package]))
        .map_err(|why| attempt(why, by_hand));
    drop(no_cluster);
    installed?;
    folders::find(options).map_err(|nothing| attempt(format!("installed, but then {}", nothing.why), None))
}

fn run(apt: &Path, arguments: &[&str]) -> Result<(), String> {
    let mut command = command::quiet(apt, None);
    command
        .args(["-q", "-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // ucf keeps a configuration file that is there already, and asks nobody.
        .env("UCF_FORCE_CONFFOLD", "1")
        // invoke-rc.d starts no service in single-user mode: neither a cluster that someone stopped, nor a new one.
        .env("RUNLEVEL", "1");
    command::run(command).map(drop).map_err(|said| format!("apt-get {} failed: {said}", arguments[0]))
}

/// While it lives, a newly installed server package makes no cluster.
#[derive(Debug)]
struct NoCluster {
    /// The file this value wrote and takes away again; none when somebody's own file says the same.
    written: Option<PathBuf>,
}

impl NoCluster {
    /// Says so in a file of its own, or relies on a file that is there; it changes nobody's file.
    fn declare(root: &Path) -> Result<Self, (String, String)> {
        let path = root.join(CREATE_CLUSTER);
        match fs::read_to_string(&path) {
            Ok(text) if forbids_cluster(&text) => Ok(Self { written: None }),
            Ok(_) => Err((
                format!("{} lets the package make a cluster, and is not ours to change", path.display()),
                format!(
                    "set create_main_cluster = false in {}, or install the server yourself",
                    path.display()
                ),
            )),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| {
                    fs::write(&path, "# Written by rolewright for the length of one installation.\ncreate_main_cluster = false\n")
                });
                match written {
                    Ok(()) => Ok(Self { written: Some(path) }),
                    Err(error) => Err((
                        format!("cannot write {}: {error}", path.display()),
                        "install the server yourself".into(),
                    )),
                }
            }
            Err(error) => Err((
                format!("cannot read {}: {error}", path.display()),
                "install the server yourself".into(),
            )),
        }
    }
}

impl Drop for NoCluster {
    fn drop(&mut self) {
        if let Some(path) = &self.written {
            let _ = fs::remove_file(path);
            // ucf put the package's own file beside ours; without ours it goes where it belongs.
            let packaged = path.with_extension("conf.ucf-dist");
            if packaged.is_file() {
                let _ = fs::rename(packaged, path);
            }
        }
    }
}

/// Does this `createcluster.conf` say `create_main_cluster = false`, in one of the ways PostgreSQL spells false?
fn forbids_cluster(text: &str) -> bool {
    let mut last = text.lines().filter_map(|line| {
        let (key, value) = line.split('#').next()?.split_once('=')?;
        (key.trim() == "create_main_cluster").then(|| value.trim().trim_matches('\'').to_ascii_lowercase())
    });
    last.next_back().is_some_and(|value| matches!(value.as_str(), "false" | "off" | "no" | "0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_active_line_forbids_the_cluster() {
        assert!(forbids_cluster("a = 1\ncreate_main_cluster = false # no\n"));
        assert!(forbids_cluster("create_main_cluster='off'"));
        assert!(!forbids_cluster("#create_main_cluster = false\n"));
        assert!(!forbids_cluster("create_main_cluster = true"));
    }

    #[test]
    fn somebodys_file_is_never_changed() {
        let root = tempfile::tempdir().unwrap();
        let path = root.path().join(CREATE_CLUSTER);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, "#create_main_cluster = true\n").unwrap();
        let (why, remedy) = NoCluster::declare(root.path()).unwrap_err();
        assert!(why.contains("is not ours to change") && remedy.contains("create_main_cluster = false"));
        assert_eq!(fs::read_to_string(&path).unwrap(), "#create_main_cluster = true\n");
    }

    #[test]
    fn our_file_lives_as_long_as_the_installation() {
        let root = tempfile::tempdir().unwrap();
        let guard = NoCluster::declare(root.path()).unwrap();
        assert!(forbids_cluster(&fs::read_to_string(root.path().join(CREATE_CLUSTER)).unwrap()));
        drop(guard);
        assert!(!root.path().join(CREATE_CLUSTER).exists());
        let guard = NoCluster::declare(root.path()).unwrap();
        let packaged = root.path().join(format!("{CREATE_CLUSTER}.ucf-dist"));
        fs::write(&packaged, "#create_main_cluster = true\n").unwrap();
        drop(guard);
        let left = fs::read_to_string(root.path().join(CREATE_CLUSTER)).unwrap();
        assert!(
            left.starts_with('#') && !packaged.exists(),
            "the package's own file, as if ours had never been"
        );
    }
}
