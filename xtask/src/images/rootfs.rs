//! The files of an image: PostgreSQL, the libraries it is linked to, and the few tools its entry point calls.

use std::{
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};
use rolewright_embedded::Binaries;

use super::libraries;

/// What the entry point calls; `cat` and `ls` are for whoever looks inside.
const TOOLS: [&str; 10] = ["sh", "id", "mkdir", "chown", "chmod", "rm", "setpriv", "cat", "ls", "sleep"];

const ENTRYPOINT: &str = include_str!("entrypoint.sh");

/// Fills the folder, and gives the path of PostgreSQL's programs in the image.
pub(super) fn fill(root: &Path, binaries: &Binaries) -> Result<String> {
    lay_out(root)?;
    let (programs, libraries_of) = postgres(root, binaries)?;
    let mut linked = libraries_of;
    for tool in TOOLS {
        let real = on_path(tool)?;
        copy(&real, &root.join("usr/bin").join(tool))?;
        linked.push(real);
    }
    for library in libraries::of(&linked)? {
        // Those that come with PostgreSQL are in its tree.
        if !library.starts_with(binaries.folder().parent().unwrap_or(Path::new("/"))) {
            copy(&library, &below(root, &library))?;
        }
    }
    Ok(programs)
}

/// The merged layout of today's distributions, and an account for the server.
fn lay_out(root: &Path) -> Result<()> {
    for folder in
        ["usr/bin", "usr/lib", "usr/lib64", "etc", "tmp", "run/postgresql", "var/lib/postgresql/data"]
    {
        fs::create_dir_all(root.join(folder))?;
    }
    for (link, target) in
        [("bin", "usr/bin"), ("lib", "usr/lib"), ("lib64", "usr/lib64"), ("var/run", "../run")]
    {
        symlink(target, root.join(link))?;
    }
    for open in ["tmp", "run/postgresql", "var/lib/postgresql", "var/lib/postgresql/data"] {
        fs::set_permissions(root.join(open), fs::Permissions::from_mode(0o1777))?;
    }
    fs::set_permissions(root, fs::Permissions::from_mode(0o755))?;
    fs::write(
        root.join("etc/passwd"),
        "root:x:0:0::/:/bin/sh\npostgres:x:999:999::/var/lib/postgresql:/bin/sh\n",
    )?;
    fs::write(root.join("etc/group"), "root:x:0:\npostgres:x:999:\n")?;
    fs::write(root.join("etc/nsswitch.conf"), "passwd: files\ngroup: files\nhosts: files dns\n")?;
    let entrypoint = root.join("usr/bin/docker-entrypoint.sh");
    fs::write(&entrypoint, ENTRYPOINT)?;
    fs::set_permissions(entrypoint, fs::Permissions::from_mode(0o755))?;
    let locale = Path::new("/usr/lib/locale/C.utf8");
    if locale.is_dir() { copy_tree(locale, &below(root, locale)) } else { Ok(()) }
}

/// PostgreSQL's tree or trees; gives the programs' path and what has to be linked.
fn postgres(root: &Path, binaries: &Binaries) -> Result<(String, Vec<PathBuf>)> {
    let tree = binaries.folder().parent().context("PostgreSQL's programs lie in no tree")?;
    let linked = libraries::programs_and_modules(tree)?;
    if tree.join("share").is_dir() {
        // It finds its files from where its programs lie, wherever that is.
        copy_tree(tree, &root.join("opt/postgresql"))?;
        return Ok(("/opt/postgresql/bin".into(), linked));
    }
    let shared = PathBuf::from(format!("/usr/share/postgresql/{}", binaries.major()));
    if !shared.is_dir() {
        bail!("no {}, and no share beside {}", shared.display(), binaries.folder().display());
    }
    for part in [tree, &shared, Path::new("/usr/share/zoneinfo")] {
        copy_tree(part, &below(root, part))?;
    }
    Ok((binaries.folder().display().to_string(), linked))
}

fn below(root: &Path, path: &Path) -> PathBuf {
    root.join(path.strip_prefix("/").unwrap_or(path))
}

fn on_path(tool: &str) -> Result<PathBuf> {
    let places = ["/usr/bin", "/bin", "/usr/sbin", "/sbin"];
    let found = places.iter().find_map(|place| Path::new(place).join(tool).canonicalize().ok());
    found.with_context(|| format!("this machine has no {tool} to put into the image"))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::copy(from, to).with_context(|| format!("cannot copy {}", from.display())).map(drop)
}

/// A copy with its links, without what only makes queries faster and the image large.
fn copy_tree(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let copied = Command::new("cp").arg("-a").arg(from.join(".")).arg(to).status()?;
    if !copied.success() {
        bail!("cannot copy {}", from.display());
    }
    for compiled in ["lib/bitcode", "lib/llvmjit.so", "lib/llvmjit_types.bc"] {
        let path = to.join(compiled);
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
    fs::set_permissions(to, fs::Permissions::from_mode(0o755))?;
    Ok(())
}
