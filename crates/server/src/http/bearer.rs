//! The token in front of administrative calls (RFC 6750): looked at before anything else of a request is.

use axum::http::{HeaderMap, header};
use rolewright_core::Password;
use subtle::ConstantTimeEq;

use super::answer::Failed;

/// Refuses a request that does not bring this token. The comparison takes the same time wherever a wrong one differs;
/// of the right one it tells no more than the length.
pub(super) fn check(headers: &HeaderMap, token: &Password) -> Result<(), Failed> {
    let mut given = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (given.next(), given.next()) else {
        return Err(Failed::unauthorized("this call needs an admin token", r#"Bearer realm="rolewright""#));
    };
    let brought = value.to_str().ok().and_then(|text| text.split_once(' '));
    let brought =
        brought.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, rest)| rest.trim());
    match brought {
        Some(brought) if bool::from(brought.as_bytes().ct_eq(token.expose().as_bytes())) => Ok(()),
        _ => Err(Failed::unauthorized(
            "the admin token is not the right one",
            r#"Bearer realm="rolewright", error="invalid_token""#,
        )),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn one_right_token_and_nothing_else() {
        let token = Password::new("0123456789abcdef0123456789abcdef");
        let right = "Bearer 0123456789abcdef0123456789abcdef";
        let with = |values: &[&str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::AUTHORIZATION, HeaderValue::from_str(value).unwrap());
            }
            check(&headers, &token)
        };
        assert!(with(&[right]).is_ok() && with(&[&right.replace("Bearer", "bEARER ")]).is_ok());
        for wrong in [
            &[][..],
            &[right, right],
            &["Bearer "],
            &["Bearer"],
            &["Bearer 0123456789abcdef0123456789abcdeF"],
            &["Bearer 0123456789abcdef0123456789abcde"],
            &["Bearer 0123456789abcdef0123456789abcdef0"],
            &["Basic 0123456789abcdef0123456789abcdef"],
            &["0123456789abcdef0123456789abcdef"],
        ] {
            let refused = with(wrong).unwrap_err();
            assert!(!format!("{refused:?}").contains("0123"), "{refused:?}");
        }
    }
}
