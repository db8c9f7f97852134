//! Which shared libraries programs and modules need, as the dynamic linker says.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context as _, Result, bail};

/// Every library these files need, by its path on this machine, the dynamic linker itself included.
pub(super) fn of(files: &[PathBuf]) -> Result<BTreeSet<PathBuf>> {
    let mut found = BTreeSet::new();
    for file in files {
        let output = Command::new("ldd").arg(file).output().context("cannot run ldd")?;
        found.extend(parse(&String::from_utf8_lossy(&output.stdout)));
    }
    if found.is_empty() {
        bail!("ldd names no library for {} files", files.len());
    }
    Ok(found)
}

/// The programs of a PostgreSQL tree and the modules the server loads.
pub(super) fn programs_and_modules(tree: &Path) -> Result<Vec<PathBuf>> {
    let mut found: Vec<PathBuf> =
        ["initdb", "pg_ctl", "postgres"].map(|name| tree.join("bin").join(name)).into();
    for folder in ["lib", "lib/postgresql"] {
        let entries =
            fs::read_dir(tree.join(folder)).into_iter().flatten().flatten().map(|entry| entry.path());
        found.extend(entries.filter(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.ends_with(".so") && !name.starts_with("llvmjit")
        }));
    }
    Ok(found)
}

/// `libc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x…)`, or the linker's own path alone.
fn parse(answer: &str) -> Vec<PathBuf> {
    answer
        .lines()
        .filter_map(|line| {
            let path = line.split_once("=>").map_or(line, |(_, path)| path).trim();
            let path = path.split(" (").next()?;
            path.starts_with('/').then(|| PathBuf::from(path))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_ldd_prints_is_understood() {
        let answer = "\tlinux-vdso.so.1 (0x1)\n\tlibc.so.6 => /lib/libc.so.6 (0x2)\n\tlibx.so => not found\n\t/lib64/ld.so.2 (0x3)\n";
        assert_eq!(parse(answer), [PathBuf::from("/lib/libc.so.6"), PathBuf::from("/lib64/ld.so.2")]);
    }
}
