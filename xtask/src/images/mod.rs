//! `cargo xtask images`: builds `postgres:MAJOR` on this machine, for where no image registry can be reached.
//!
//! PostgreSQL's programs come from the distribution's packages or from the npm registry, the few tools around them from this machine. The
//! image honours the official one's variables, so that whatever runs on that runs on this.

mod libraries;
mod rootfs;

use std::process::{Command, ExitCode, Stdio};

use anyhow::{Context as _, Result, anyhow, bail};
use rolewright_embedded::{Binaries, FindOptions, Progress};

/// Marks the images built here, so that no other is ever replaced.
const LABEL: &str = "rolewright.built-here";

/// Every major version that Rolewright supports.
const MAJORS: [u32; 5] = [14, 15, 16, 17, 18];

/// Which images to build.
#[derive(Debug, clap::Args)]
pub(crate) struct Arguments {
    /// These major versions, such as 14,18; every supported one unless told.
    #[arg(value_delimiter = ',', value_name = "MAJOR")]
    majors: Vec<u32>,
}

/// Builds the images that are not there.
pub(crate) fn run(arguments: &Arguments) -> Result<ExitCode> {
    let majors = if arguments.majors.is_empty() { &MAJORS[..] } else { &arguments.majors };
    let version = Command::new("docker").args(["version", "--format", "{{.Server.Version}}"]).output();
    if !version.is_ok_and(|output| output.status.success()) {
        return Err(anyhow!("install and start it (Debian, as root: apt-get install docker.io; dockerd &)")
            .context("no container engine answers the command docker"));
    }
    for major in majors {
        let image = format!("postgres:{major}");
        match standing(&image)?.as_deref() {
            Some("true") | None => build(*major, &image)?,
            Some(_) => println!("xtask: {image} is here already, and not from this command, so it stays"),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The label of the image of this name; `None` if there is no such image.
fn standing(image: &str) -> Result<Option<String>> {
    let label = format!("{{{{index .Config.Labels \"{LABEL}\"}}}}");
    let output = Command::new("docker").args(["image", "inspect", "--format", &label, image]).output()?;
    Ok(output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

fn build(major: u32, image: &str) -> Result<()> {
    let find = FindOptions::new().major(major).progress(Progress::new(|line| println!("xtask: {line}")));
    let binaries =
        Binaries::find(&find).map_err(|error| anyhow!("{}", error.hint()).context(error.to_string()))?;
    let root = tempfile::Builder::new().prefix("rolewright-image-").tempdir()?;
    let programs = rootfs::fill(root.path(), &binaries)?;
    let mut tar = Command::new("tar")
        .args(["--numeric-owner", "--owner=0", "--group=0", "-C"])
        .arg(root.path())
        .args(["-cf", "-", "."])
        .stdout(Stdio::piped())
        .spawn()
        .context("cannot run tar")?;
    let changes = [
        "ENTRYPOINT [\"/usr/bin/docker-entrypoint.sh\"]".to_owned(),
        "CMD [\"postgres\"]".to_owned(),
        format!("ENV PATH={programs}:/usr/bin"),
        "ENV LANG=C.UTF-8".to_owned(),
        "ENV PGDATA=/var/lib/postgresql/data".to_owned(),
        format!("ENV PG_VERSION={}", binaries.version()),
        "EXPOSE 5432".to_owned(),
        format!("LABEL {LABEL}=true"),
    ];
    let mut import = Command::new("docker");
    import.arg("import");
    for change in &changes {
        import.args(["--change", change]);
    }
    let stream = tar.stdout.take().context("tar gives nothing")?;
    let output = import.args(["-", image]).stdin(stream).output()?;
    // It holds the reading end; while it lives, a tar whose reader has failed waits for ever.
    drop(import);
    if !tar.wait()?.success() || !output.status.success() {
        bail!("cannot import {image}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    println!("xtask: {image} is PostgreSQL {} from {}", binaries.version(), binaries.folder().display());
    Ok(())
}
