//! What a verified token says of its subject, and whether it is meant for us and for now.

use serde_json::{Map, Value};

use super::{Identity, Policy, TokenError, shown::Shown};

/// The longest subject, in bytes; OpenID Connect has no longer ones either.
const LONGEST_SUBJECT: usize = 255;

/// Reads the claims of a token whose signature is good.
pub(super) fn read(claims: &Map<String, Value>, policy: &Policy, now: i64) -> Result<Identity, TokenError> {
    let expires = time(claims, "exp")?.ok_or(TokenError::Missing { claim: "exp" })?;
    let not_before = time(claims, "nbf")?.unwrap_or(i64::MIN);
    let identity = Identity {
        subject: subject(claims)?,
        roles: roles(claims, &policy.roles_claim)?,
        claims: Value::Object(claims.clone()).to_string(),
        expires,
        not_before,
    };
    in_time(&identity, policy, now)?;
    issuer(claims, policy)?;
    audience(claims, policy)?;
    Ok(identity)
}

/// Whether it is valid at this moment.
pub(super) fn in_time(identity: &Identity, policy: &Policy, now: i64) -> Result<(), TokenError> {
    let skew = policy.seconds();
    if now >= identity.expires.saturating_add(skew) {
        return Err(TokenError::Expired { seconds: now.saturating_sub(identity.expires) });
    }
    if now < identity.not_before.saturating_sub(skew) {
        return Err(TokenError::NotYet { seconds: identity.not_before.saturating_sub(now) });
    }
    Ok(())
}

/// Whole seconds since 1970. RFC 7519 lets fractions pass, and no issuer writes any.
fn time(claims: &Map<String, Value>, claim: &'static str) -> Result<Option<i64>, TokenError> {
    match claims.get(claim) {
        None => Ok(None),
        Some(value) => {
            let seconds = value.as_i64().filter(|seconds| *seconds >= 0);
            seconds.map(Some).ok_or(TokenError::WrongClaim { claim, expected: "a whole number of seconds" })
        }
    }
}

fn subject(claims: &Map<String, Value>) -> Result<String, TokenError> {
    let claim = "sub";
    let subject = claims.get(claim).ok_or(TokenError::Missing { claim })?;
    let expected = "a text of 1 to 255 bytes without control characters";
    let good = |text: &&str| {
        !text.is_empty() && text.len() <= LONGEST_SUBJECT && !text.chars().any(char::is_control)
    };
    let subject = subject.as_str().filter(good).ok_or(TokenError::WrongClaim { claim, expected })?;
    Ok(subject.to_owned())
}

/// An array of texts, each a role as it stands, or one text of roles between commas.
fn roles(claims: &Map<String, Value>, claim: &str) -> Result<Vec<String>, TokenError> {
    let wrong = || TokenError::WrongRoles { claim: claim.to_owned() };
    match claims.get(claim) {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::String(text)) => {
            let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
            Ok(names.map(str::to_owned).collect())
        }
        Some(Value::Array(items)) => {
            items.iter().map(|item| item.as_str().map(str::to_owned).ok_or_else(wrong)).collect()
        }
        Some(_) => Err(wrong()),
    }
}

fn issuer(claims: &Map<String, Value>, policy: &Policy) -> Result<(), TokenError> {
    let Some(wanted) = &policy.issuer else { return Ok(()) };
    match claims.get("iss") {
        None => Err(TokenError::Missing { claim: "iss" }),
        Some(Value::String(issuer)) if issuer == wanted => Ok(()),
        Some(Value::String(issuer)) => Err(TokenError::Issuer { issuer: Shown::new(issuer) }),
        Some(_) => Err(TokenError::WrongClaim { claim: "iss", expected: "a text" }),
    }
}

/// RFC 7519, section 4.1.3: who is not named among those it is for must refuse it.
fn audience(claims: &Map<String, Value>, policy: &Policy) -> Result<(), TokenError> {
    let wrong = || TokenError::WrongClaim { claim: "aud", expected: "a text, or a list of texts" };
    let named: Vec<&str> = match claims.get("aud") {
        None if policy.audience.is_empty() => return Ok(()),
        None => return Err(TokenError::Missing { claim: "aud" }),
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => {
            several.iter().map(|one| one.as_str().ok_or_else(wrong)).collect::<Result<_, _>>()?
        }
        Some(_) => return Err(wrong()),
    };
    if policy.audience.iter().any(|wanted| named.contains(&wanted.as_str())) {
        return Ok(());
    }
    Err(TokenError::Audience {
        audience: Shown::new(named.first().unwrap_or(&"")),
        unset: policy.audience.is_empty(),
    })
}
