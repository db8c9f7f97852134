//! `query --as token:…`: one read-only statement as the subject of a bearer token.

use std::io::{self, Write as _};

use rolewright_core::{
    Exit,
    secret_file::{self, ReadableBy},
};
use rolewright_sessions::{
    Report, SubjectTransactionError,
    render::{self, Writer},
    subject::Answer,
};

use super::{Outcome, Terminal, failure::Failure, principal::Token, query};
use crate::{AccessError, access::Access, stages::Unlocked};

/// How it is asked, and printed.
pub(super) struct How<'a> {
    /// One of the token's roles.
    pub(super) role: Option<&'a str>,
    pub(super) format: render::Format,
    /// Fail where a limit leaves something out.
    pub(super) whole: bool,
}

/// Runs it, and prints what the subject sees. Nothing is migrated or provisioned for it.
pub(super) async fn run(
    terminal: &Terminal,
    unlocked: &Unlocked,
    token: &Token,
    report: &Report,
    how: How<'_>,
) -> Outcome {
    let subjects = Access::of(unlocked).ok_or(AccessError::NoAccess)?.open().await?;
    let mut subject = subjects.verify(&read(token)?).await?;
    if let Some(role) = how.role {
        subject = subject.as_role(role).await?;
    }
    let answer = subject.ask(report).await.map_err(|error| match error {
        SubjectTransactionError::Subject(error) => Failure::from(error),
        SubjectTransactionError::Work(error) => Failure::from(error),
    })?;
    print(terminal, &answer, &how)?;
    subjects.close().await;
    Ok(Exit::Ok)
}

fn print(terminal: &Terminal, answer: &Answer, how: &How<'_>) -> Result<(), Failure> {
    let mut stdout = io::BufWriter::new(io::stdout().lock());
    let written = Writer::new(how.format, &mut stdout, &answer.columns)
        .and_then(|mut writer| writer.write(&answer.rows).and_then(|()| writer.finish().map(|_| ())))
        .and_then(|()| stdout.flush());
    match written {
        // Whoever reads has read enough, as with `| head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
        written => written.map_err(render::RenderError::Write)?,
    }
    drop(stdout);
    query::tell(terminal, answer.truncated, how.whole)
}

fn read(token: &Token) -> Result<String, Failure> {
    let file = match token {
        Token::Given(token) => return Ok(token.clone()),
        Token::File(file) => file,
    };
    let unread = |why: String| {
        let hint = "name a file that has nothing but the token in it, as in token:@FILE".to_owned();
        Failure::plain(
            Exit::Usage,
            format!("the token in {} cannot be read: {why}", file.display()),
            Some(hint),
        )
    };
    let bytes = secret_file::read(file, ReadableBy::Anyone).map_err(|error| unread(error.to_string()))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| unread("it is not UTF-8".to_owned()))?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
