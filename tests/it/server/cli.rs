//! Runs the binary as its user does: for the tests of commands.

use std::{
    fs,
    io::Write,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use rolewright_testkit::Database;
use tempfile::TempDir;

/// The binary that the workspace's build put beside this test's.
pub(crate) fn binary() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let folder = test.parent().and_then(Path::parent).unwrap();
    let binary = folder.join("rolewright");
    assert!(binary.exists(), "{} is missing: run `cargo build -p rolewright` first", binary.display());
    binary
}

/// A folder with a configuration and a key file, and a database to run against.
pub(crate) struct Host {
    pub(crate) db: Database,
    pub(crate) folder: TempDir,
    url: String,
}

/// What a command said.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Ended with this code; else everything it said is shown.
    #[track_caller]
    pub(crate) fn exit(self, code: i32) -> Self {
        assert_eq!(self.code, code, "stdout:\n{}\nstderr:\n{}", self.out, self.err);
        self
    }

    /// Failed with this code, and its `error:` and `hint:` contain these words.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, error: &str, hint: &str) -> Self {
        let said = self.exit(code);
        let line = |prefix: &str| said.err.lines().find(|line| line.starts_with(prefix)).unwrap_or_default();
        assert!(line("error: ").contains(error), "no error with `{error}` in:\n{}", said.err);
        assert!(line("hint: ").contains(hint), "no hint with `{hint}` in:\n{}", said.err);
        said
    }

    /// The same of a command that goes on after a failure, and so may tell several.
    #[track_caller]
    pub(crate) fn fails_in_it(self, code: i32, error: &str, hint: &str) -> Self {
        let said = self.exit(code);
        let told = |prefix: &str, words: &str| {
            said.err.lines().any(|line| line.starts_with(prefix) && line.contains(words))
        };
        assert!(told("error: ", error), "no error with `{error}` in:\n{}", said.err);
        assert!(told("hint: ", hint), "no hint with `{hint}` in:\n{}", said.err);
        said
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error} in:\n{}", self.out))
    }
}

impl Host {
    /// A fresh database with two schemas, and the two roles of the README.
    pub(crate) async fn fresh() -> Self {
        let host = Self::bare(Database::fresh().await);
        sqlx::raw_sql(
            "CREATE SCHEMA reporting; \
             CREATE TABLE reporting.daily (day date, ward text, admissions int); \
             INSERT INTO reporting.daily SELECT date '2026-01-01' + n, 'ward ' || n % 3, n FROM generate_series(0, 9) n; \
             CREATE TABLE public.patients (id int PRIMARY KEY, name text); \
             INSERT INTO public.patients VALUES (1, 'Ada'), (2, 'Ben'); \
             CREATE TABLE public.user_tokens (token text); INSERT INTO public.user_tokens VALUES ('CANARY_token'); \
             CREATE TABLE public.users (id int, name text, password text); INSERT INTO public.users VALUES (1, 'ada', 'CANARY_password')",
        )
        .execute(&host.db.core())
        .await
        .unwrap();
        host
    }

    /// A database with nothing in it.
    pub(crate) fn bare(db: Database) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let host = Self { url: db.url(), db, folder };
        host.key("rolewright.key", &"ab".repeat(32), 0o600);
        host.config(&host.default_config());
        host
    }

    pub(crate) fn default_config(&self) -> String {
        format!(
            "app = \"{}\"\n[crypto]\nkey_file = \"rolewright.key\"\n[http]\nlisten = \"127.0.0.1:0\"\n\
             [roles.reporting]\nread = [\"reporting\"]\nfuture_tables = \"immediately\"\nmax_rows = 1000\nstatement_timeout = \"2s\"\n\
             [roles.raw]\nread = [\"public\"]\ndeny = [\"public.*_tokens\", \"public.users.password\"]\n",
            self.db.app()
        )
    }

    pub(crate) fn config(&self, text: &str) {
        fs::write(self.folder.path().join("rolewright.toml"), text).unwrap();
    }

    pub(crate) fn key(&self, name: &str, text: &str, mode: u32) {
        let path = self.folder.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn role(&self, connection: &str) -> String {
        format!("{}_{connection}", self.db.app())
    }

    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap_or_default())
            .env("DATABASE_URL", &self.url)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) async fn run(&self, args: &[&str]) -> Said {
        self.run_with(args, "", &[]).await
    }

    pub(crate) async fn run_with(&self, args: &[&str], stdin: &str, env: &[(&str, &str)]) -> Said {
        let mut command = self.command(args);
        command.envs(env.iter().copied());
        let stdin = stdin.to_owned();
        let output: Output = tokio::task::spawn_blocking(move || {
            let mut child = command.spawn().unwrap();
            // A command that does not read its input closes it early.
            let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
            child.wait_with_output().unwrap()
        })
        .await
        .unwrap();
        let said = Said {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        };
        self.no_secret(&said, args);
        said
    }

    /// No command but `url` and `secret get` prints a secret, whatever happens.
    #[track_caller]
    pub(crate) fn no_secret(&self, said: &Said, args: &[&str]) {
        let password = self.db.core_password();
        for secret in [password.as_str(), &"ab".repeat(32), &self.url] {
            assert!(!said.out.contains(secret) && !said.err.contains(secret), "{args:?} printed a secret");
        }
    }
}
