//! `X-Okapi-Tenant`: exactly one, and a tenant's id. Nothing stands in for it.

use axum::http::{HeaderMap, StatusCode};
use rolewright_core::{Advice, tenant::TenantId};

use crate::http::answer::Failed;

const NAME: &str = "x-okapi-tenant";

pub(super) fn tenant(headers: &HeaderMap) -> Result<TenantId, Failed> {
    let refused = |error: &str, hint: &str| Err(Failed::new(StatusCode::BAD_REQUEST, error, hint));
    let mut given = headers.get_all(NAME).iter();
    let value = match (given.next(), given.next()) {
        (Some(value), None) => value,
        (None, _) => return refused("the header X-Okapi-Tenant is missing", "send it with the tenant's id"),
        (Some(_), Some(_)) => return refused("the header X-Okapi-Tenant is there twice", "send it once"),
    };
    let Ok(text) = value.to_str() else {
        return refused(
            "the header X-Okapi-Tenant is not text",
            "send a tenant's id: lower-case letters and digits",
        );
    };
    TenantId::new(text).map_err(|error| {
        Failed::new(
            StatusCode::BAD_REQUEST,
            format!("X-Okapi-Tenant: {error}"),
            error.hint().unwrap_or_default(),
        )
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn one_id_and_nothing_else() {
        let with = |values: &[&[u8]]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(NAME, HeaderValue::from_bytes(value).unwrap());
            }
            tenant(&headers)
        };
        assert_eq!(with(&[b"diku"]).unwrap().as_str(), "diku");
        for (values, words) in [
            (&[][..], "is missing"),
            (&[b"diku" as &[u8], b"diku"], "there twice"),
            (&[b"diku", b"other"], "there twice"),
            (&[b"dik\xfc"], "not text"),
            (&[b"diku,other"], "the character ','"),
            (&[b"Diku"], "upper-case"),
            (&[b""], "is empty"),
        ] {
            let refused = format!("{:?}", with(values).unwrap_err());
            assert!(refused.contains(words), "{refused}");
        }
    }
}
