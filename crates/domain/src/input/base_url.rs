//! The base URL of a provider. Written out here since the URL parser of the web platform's crates is too big for
//! the browser's download, and more lenient than a form should be.

use crate::limits::BASE_URL_BYTES;
use crate::problem::Problem;
use crate::provider::ApiType;
use crate::text::is_hidden;
use crate::unicode::{HostRules, host_to_ascii};
use std::net::Ipv6Addr;

/// The host in the examples of services where each customer has one of their own.
const PLACEHOLDER: &str = "your-resource.";

/// A base URL as it will be stored: scheme and host in lower case, no slash at the end. Which addresses may be
/// reached is decided when connecting, since a name can point anywhere.
pub fn base_url(field: &str, text: &str, api_type: ApiType) -> Result<String, Problem> {
    parse(text.trim(), api_type.default_base_url()).map_err(|message| Problem::invalid(field, message))
}

fn parse(text: &str, example: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err(format!("Enter the base URL, for example {example}."));
    }
    if text.len() > BASE_URL_BYTES {
        return Err(format!(
            "The base URL has at most {BASE_URL_BYTES} bytes; this one has {}.",
            text.len()
        ));
    }
    if text.contains(|c: char| c == '\\' || c.is_whitespace() || is_hidden(c)) {
        return Err("The base URL cannot contain spaces, backslashes or hidden characters.".to_owned());
    }
    let (scheme, rest) = match text.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("https") => ("https", rest),
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") => ("http", rest),
        _ => {
            return Err(format!(
                "The base URL starts with https:// or http://, for example {example}."
            ));
        }
    };
    if rest.contains(['?', '#']) {
        return Err("Leave out of the base URL everything from ? or # on.".to_owned());
    }
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    if authority.contains('@') {
        return Err(
            "Leave user name and password out of the base URL; the credential has its own field.".to_owned(),
        );
    }
    let (host, port) = host_and_port(authority)
        .ok_or_else(|| format!("The base URL needs a host name after {scheme}://, for example {example}."))?;
    if host.starts_with(PLACEHOLDER) {
        return Err("Replace YOUR-RESOURCE by the name of your own resource.".to_owned());
    }
    let port = match port {
        None => String::new(),
        Some(port) => match port.parse::<u16>() {
            Ok(number) if number > 0 && port.bytes().all(|b| b.is_ascii_digit()) => format!(":{number}"),
            _ => return Err("The port after the host name is a number from 1 to 65535.".to_owned()),
        },
    };
    if !path.bytes().all(|b| b.is_ascii_graphic()) {
        return Err("Write characters beyond ASCII in the path of the base URL as %XX.".to_owned());
    }
    Ok(format!("{scheme}://{host}{port}{}", path.trim_end_matches('/')))
}

/// The host in ASCII, IPv6 in its brackets, and what follows its colon.
fn host_and_port(authority: &str) -> Option<(String, Option<&str>)> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (address, after) = rest.split_once(']')?;
        let address: Ipv6Addr = address.parse().ok()?;
        let port = match after {
            "" => None,
            _ => Some(after.strip_prefix(':')?),
        };
        return Some((format!("[{address}]"), port));
    }
    let (host, port) = match authority.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (authority, None),
    };
    // Names inside a private network may hold an underscore, so this is the list of URLs, not of host names.
    let host = host_to_ascii(host, HostRules::Url)?;
    Some((host, port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Result<String, Problem> {
        base_url("base_url", text, ApiType::OpenAiCompatible)
    }

    #[test]
    fn takes_what_providers_answer_at() {
        for (typed, stored) in [
            ("https://api.openai.com/v1", "https://api.openai.com/v1"),
            (" HTTPS://API.OpenAI.com/v1// ", "https://api.openai.com/v1"),
            ("http://127.0.0.1:11434", "http://127.0.0.1:11434"),
            ("http://localhost:8000/", "http://localhost:8000"),
            ("http://my_ollama:11434", "http://my_ollama:11434"),
            ("http://[::1]:8080/v1", "http://[::1]:8080/v1"),
            (
                "https://bücher.example/API/v1",
                "https://xn--bcher-kva.example/API/v1",
            ),
            ("https://example.com/a%20b/~c", "https://example.com/a%20b/~c"),
        ] {
            assert_eq!(read(typed).as_deref(), Ok(stored), "{typed}");
        }
    }

    #[test]
    fn takes_every_default_but_the_placeholder() {
        for &api_type in ApiType::ALL {
            let default = api_type.default_base_url();
            match base_url("base_url", default, api_type) {
                Ok(stored) => assert_eq!(stored, default),
                Err(problem) => {
                    assert_eq!(api_type, ApiType::AzureOpenAi);
                    assert!(problem.message.contains("YOUR-RESOURCE"));
                }
            }
        }
    }

    #[test]
    fn refuses_the_rest_with_a_reason() {
        for (typed, reason) in [
            ("", "Enter the base URL"),
            ("api.openai.com/v1", "starts with"),
            ("ftp://example.com", "starts with"),
            ("javascript:alert(1)", "starts with"),
            ("https://", "needs a host"),
            ("https:///v1", "needs a host"),
            ("https://:8080", "needs a host"),
            ("https://a..b", "needs a host"),
            ("https://exa%6dple.com", "needs a host"),
            ("https://[::1", "needs a host"),
            ("https://[fe80::1%eth0]", "needs a host"),
            ("https://[::1]x", "needs a host"),
            ("https://user:secret@example.com", "user name and password"),
            ("https://example.com@", "user name and password"),
            ("https://example.com/v1#x", "? or #"),
            ("https://example.com/v1?api-version=1", "? or #"),
            ("https://example.com:0", "port"),
            ("https://example.com:", "port"),
            ("https://example.com:+80", "port"),
            ("https://example.com:99999", "port"),
            ("https://exam ple.com", "spaces"),
            ("https://example.com\\@evil.example", "backslashes"),
            ("https://exam\u{200b}ple.com", "hidden"),
            ("https://example.com/ä", "%XX"),
            (
                "https://Your-Resource.openai.azure.com/openai/v1",
                "YOUR-RESOURCE",
            ),
        ] {
            let problem = read(typed).expect_err(typed);
            assert!(problem.message.contains(reason), "{typed}: {}", problem.message);
            assert_eq!(problem.field("base_url"), Some(problem.message.as_str()));
        }
        assert!(read(&format!("https://example.com/{}", "a".repeat(BASE_URL_BYTES))).is_err());
    }

    proptest! {
        #[test]
        fn what_is_stored_stays(text in "(http|https|HTTPS)://\\PC{0,20}(:[0-9]{0,6})?(/\\PC{0,9})?") {
            if let Ok(stored) = read(&text) {
                prop_assert!(stored.is_ascii() && !stored.ends_with('/'));
                prop_assert_eq!(read(&stored), Ok(stored));
            }
        }
    }
}
