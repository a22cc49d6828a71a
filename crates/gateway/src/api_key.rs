//! The one place where a key is taken from a request.

use axum::http::{HeaderMap, HeaderName, header};
use domain::access::Denial;
use services::snapshot::ApiKey;

const X_API_KEY: HeaderName = HeaderName::from_static("x-api-key");
const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// The key of a request: `Authorization: Bearer KEY` (RFC 6750; the scheme in any letter case, RFC 9110), `x-api-key: KEY`
/// or `api-key: KEY`. Sent more than once, it must be the same key: no header is a way around another.
pub fn api_key(headers: &HeaderMap) -> Result<ApiKey, Denial> {
    let bearer = headers.get_all(header::AUTHORIZATION).iter().filter_map(|value| {
        let (scheme, key) = value.to_str().ok()?.split_once(' ')?;
        scheme
            .eq_ignore_ascii_case("bearer")
            .then(|| key.trim_matches(' '))
    });
    let plain = [X_API_KEY, API_KEY]
        .into_iter()
        .flat_map(|name| headers.get_all(name))
        // What is no text is no key, and not nothing either.
        .map(|value| value.to_str().unwrap_or("\u{fffd}").trim_matches(' '));
    let mut found: Option<&str> = None;
    for key in bearer.chain(plain) {
        if key.is_empty() || found.is_some_and(|before| before != key) {
            return Err(Denial::Unauthenticated);
        }
        found = Some(key);
    }
    found.map(ApiKey::new).ok_or(Denial::Unauthenticated)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    fn key(headers: &[(&'static str, &str)]) -> Option<ApiKey> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        api_key(&map).ok()
    }

    #[test]
    fn every_way_to_send_a_key_is_the_same() {
        let right = Some(ApiKey::new("gk_a_b"));
        for headers in [
            &[("authorization", "Bearer gk_a_b")][..],
            &[("authorization", "bearer gk_a_b")],
            &[("authorization", "BEARER  gk_a_b ")],
            &[("x-api-key", "gk_a_b")],
            &[("api-key", "gk_a_b")],
            &[("authorization", "Bearer gk_a_b"), ("x-api-key", "gk_a_b")],
            &[("authorization", "Basic dTpw"), ("x-api-key", "gk_a_b")],
        ] {
            assert!(key(headers) == right, "{headers:?}");
        }
    }

    #[test]
    fn two_keys_are_none() {
        for headers in [
            &[][..],
            &[("authorization", "gk_a_b")],
            &[("authorization", "Bearer ")],
            &[("authorization", "Basic gk_a_b")],
            &[("x-api-key", "")],
            &[("authorization", "Bearer gk_a_b"), ("x-api-key", "gk_c_d")],
            &[
                ("authorization", "Bearer gk_a_b"),
                ("authorization", "Bearer gk_c_d"),
            ],
            &[("x-api-key", "gk_a_b"), ("api-key", "gk_c_d")],
            &[("x-api-key", "gk_a_b"), ("x-api-key", "")],
            &[("x-api-key", "\u{fe}")],
        ] {
            let got = key(headers);
            assert!(
                got.is_none() || headers == [("x-api-key", "\u{fe}")],
                "{headers:?}"
            );
        }
        assert!(key(&[("x-api-key", "\u{fe}")]) != Some(ApiKey::new("\u{fe}")));
    }
}
