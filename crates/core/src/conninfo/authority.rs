//! Cuts a connection URL into its raw pieces, before anything is decoded.

use super::UrlError;

/// The raw pieces; each still has its percent escapes.
pub(super) struct Pieces<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) password: Option<&'a str>,
    pub(super) hosts: &'a str,
    pub(super) database: Option<&'a str>,
    pub(super) query: Option<&'a str>,
}

/// Cuts as libpq does (PostgreSQL manual, 34.1.1.2 "Connection URIs"), but refuses what only looks like a host or a
/// database because a password was not escaped: its pieces would end up in messages.
pub(super) fn cut(url: &str) -> Result<Pieces<'_>, UrlError> {
    if url.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(UrlError::WhiteSpace);
    }
    let (scheme, rest) = url.split_once("://").ok_or(UrlError::Scheme)?;
    if !["postgres", "postgresql"].iter().any(|known| scheme.eq_ignore_ascii_case(known)) {
        return Err(UrlError::Scheme);
    }
    let end = rest.find(['@', '/']).unwrap_or(rest.len());
    let (login, rest) = match rest.as_bytes().get(end) {
        Some(b'@') => (Some(&rest[..end]), &rest[end + 1..]),
        _ => (None, rest),
    };
    if login.is_some_and(|login| login.contains('?')) {
        return Err(UrlError::Unescaped { character: '?', part: "user or password" });
    }
    let (before, query) = match rest.split_once('?') {
        Some((before, query)) => (before, Some(query)),
        None => (rest, None),
    };
    let (hosts, database) = match before.split_once('/') {
        Some((hosts, database)) => (hosts, Some(database)),
        None => (before, None),
    };
    refuse(hosts, &['@', '#'], "host")?;
    refuse(database.unwrap_or_default(), &['@', '/', '#', ':'], "database")?;
    refuse(query.unwrap_or_default(), &['@', '#', '?'], "query")?;
    let (user, password) = match login.map(|login| login.split_once(':').ok_or(login)) {
        None => (None, None),
        Some(Ok((user, password))) => (Some(user), Some(password)),
        Some(Err(user)) => (Some(user), None),
    };
    Ok(Pieces { user, password, hosts, database, query })
}

fn refuse(text: &str, characters: &[char], part: &'static str) -> Result<(), UrlError> {
    match text.chars().find(|character| characters.contains(character)) {
        Some(character) => Err(UrlError::Unescaped { character, part }),
        None => Ok(()),
    }
}
