//! Requests of web pages of other origins, where the operator allows them (Fetch standard, "CORS protocol").

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, Response, StatusCode, Uri, header};
use axum::middleware::Next;

/// Seconds for which a browser need not ask again; none keeps it for longer.
const KEPT: HeaderValue = HeaderValue::from_static("7200");
const ANY: HeaderValue = HeaderValue::from_static("*");

/// Which web pages may ask the gateway from a browser: none, unless the operator names some. A key is needed all the same,
/// and no cookie is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins {
    any: bool,
    named: Vec<HeaderValue>,
}

impl Origins {
    /// From a list with commas, of origins as browsers send them, or `*` for all.
    pub fn parse(list: &str) -> Option<Self> {
        let mut origins = Self::default();
        for one in list.split(',').map(str::trim).filter(|one| !one.is_empty()) {
            if one == "*" {
                origins.any = true;
            } else {
                origins.named.push(origin(one)?);
            }
        }
        Some(origins)
    }

    fn allow(&self, origin: &HeaderValue) -> bool {
        self.any || self.named.contains(origin)
    }
}

/// An origin as browsers spell it: without a path, in small letters, without the scheme's own port.
fn origin(text: &str) -> Option<HeaderValue> {
    let text = text.strip_suffix('/').unwrap_or(text).to_ascii_lowercase();
    let (scheme, authority) = text.split_once("://")?;
    let uri: Uri = text.parse().ok()?;
    if uri.scheme_str() != Some(scheme)
        || uri.authority()?.as_str() != authority
        || authority.contains(['@', '*'])
    {
        return None;
    }
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        _ => "",
    };
    let authority = authority
        .strip_suffix(usual)
        .filter(|_| !usual.is_empty())
        .unwrap_or(authority);
    format!("{scheme}://{authority}").parse().ok()
}

/// The middleware: answers what a browser asks before it sends the request, and lets the page read the answer.
pub(crate) async fn cors(State(origins): State<Origins>, request: Request, next: Next) -> Response<Body> {
    let allowed = the_only(request.headers(), header::ORIGIN).filter(|origin| origins.allow(origin));
    let Some(origin) = allowed.cloned() else {
        return next.run(request).await;
    };
    let asks_first = request.method() == Method::OPTIONS
        && request
            .headers()
            .contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if asks_first {
        beforehand(request.headers())
    } else {
        let mut response = next.run(request).await;
        response
            .headers_mut()
            .insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, ANY);
        response
    };
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        if origins.any { ANY } else { origin },
    );
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    response
}

/// Whatever headers a client library sends may be sent; the gateway reads its own and leaves the others.
fn beforehand(asked: &HeaderMap) -> Response<Body> {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    for names in asked.get_all(header::ACCESS_CONTROL_REQUEST_HEADERS) {
        headers.append(header::ACCESS_CONTROL_ALLOW_HEADERS, names.clone());
    }
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST"),
    );
    headers.insert(header::ACCESS_CONTROL_MAX_AGE, KEPT);
    headers.append(
        header::VARY,
        HeaderValue::from_static("access-control-request-headers"),
    );
    response
}

fn the_only(headers: &HeaderMap, name: header::HeaderName) -> Option<&HeaderValue> {
    let mut values = headers.get_all(name).iter();
    values.next().filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_spelled_as_browsers_do() {
        for (list, sent) in [
            ("https://app.example.com", "https://app.example.com"),
            ("HTTPS://App.Example.com:443/", "https://app.example.com"),
            ("http://localhost:5173", "http://localhost:5173"),
            ("http://a, https://b:8443", "https://b:8443"),
            ("http://[::1]:80", "http://[::1]"),
            ("app://obsidian.md", "app://obsidian.md"),
            ("*", "null"),
        ] {
            let origins = Origins::parse(list).unwrap();
            assert!(origins.allow(&HeaderValue::from_static(sent)), "{list}");
        }
        for list in ["", "https://app.example.com", "https://app.example.com:8443"] {
            let origins = Origins::parse(list).unwrap();
            for sent in [
                "null",
                "http://app.example.com",
                "https://app.example.com.evil.example",
            ] {
                assert!(!origins.allow(&HeaderValue::from_static(sent)), "{list} {sent}");
            }
        }
        for wrong in [
            "app.example.com",
            "https://a/b",
            "https://",
            "https://u@h",
            "https://*.example.com",
            "https://a b",
            "https://a?b",
        ] {
            assert_eq!(Origins::parse(wrong), None, "{wrong}");
        }
    }
}
