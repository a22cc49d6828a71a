//! Testing a provider's connection: one real request for its models, and what came of it in plain words.

mod answer;

use crate::address::{Anywhere, NoSuchName, NotPublic, PublicOnly, is_public};
use domain::limits::{PROVIDER_TEST_BYTES, PROVIDER_TEST_TIMEOUT};
use domain::provider::{ApiType, ProviderTest};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, StatusCode, Url, redirect};
use secrecy::{ExposeSecret, SecretString};
use std::error::Error as StdError;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// What is tested.
pub(crate) struct Target<'a> {
    pub(crate) api_type: ApiType,
    pub(crate) base_url: &'a str,
    pub(crate) credential: Option<&'a SecretString>,
    pub(crate) allow_private: bool,
}

/// How asking for the models went: they, or a sentence about what went wrong. Whatever happens is a result, not an error:
/// it is what the administrator wants to know.
pub(crate) struct Asked {
    pub(crate) models: Result<Vec<String>, String>,
    api_type: ApiType,
    took: Duration,
}

impl Asked {
    /// What to say when there is no point in asking.
    pub(crate) fn without_asking(api_type: ApiType, problem: &str) -> Self {
        Self {
            models: Err(problem.to_owned()),
            api_type,
            took: Duration::ZERO,
        }
    }

    /// In words for people.
    pub(crate) fn described(&self) -> ProviderTest {
        let (ok, message, models) = match &self.models {
            Ok(models) => {
                let count = u32::try_from(models.len()).unwrap_or(u32::MAX);
                (true, answer::works(self.api_type, count), models.as_slice())
            }
            Err(message) => (false, message.clone(), &[][..]),
        };
        ProviderTest {
            ok,
            message,
            models: models.iter().take(20).cloned().collect(),
            model_count: u32::try_from(models.len()).unwrap_or(u32::MAX),
            milliseconds: u32::try_from(self.took.as_millis()).unwrap_or(u32::MAX),
        }
    }
}

/// Asks for the models.
pub(crate) async fn models(target: &Target<'_>) -> Asked {
    let started = Instant::now();
    Asked {
        models: ask(target).await,
        api_type: target.api_type,
        took: started.elapsed(),
    }
}

async fn ask(target: &Target<'_>) -> Result<Vec<String>, String> {
    let url = models_url(target.api_type, target.base_url)
        .ok_or("The base URL is not one that can be asked. Edit the provider and check it.")?;
    if !target.allow_private {
        // Names are checked when they are resolved; an address in the URL itself never is.
        let literal = match url.host() {
            Some(url::Host::Ipv4(ip)) => Some(IpAddr::from(ip)),
            Some(url::Host::Ipv6(ip)) => Some(IpAddr::from(ip)),
            _ => None,
        };
        if let Some(ip) = literal.filter(|ip| !is_public(*ip)) {
            return Err(not_public(ip));
        }
    }
    let host = url.host_str().unwrap_or_default().to_owned();
    let client = client(target.allow_private)
        .map_err(|_| "This server cannot make TLS connections: its root certificates are missing.")?;
    let response = client
        .get(url)
        .headers(headers(target)?)
        .send()
        .await
        .map_err(|error| in_words(&error, &host))?;
    let status = response.status();
    if status != StatusCode::OK {
        return Err(answer::refused(
            status,
            target.credential.is_some(),
            target.api_type,
        ));
    }
    let body = read(response, &host).await?;
    answer::models(target.api_type, &body)
}

/// A client of its own for each test: no connection is kept that was opened under other rules. No proxy from the
/// environment either, since behind one the address could not be checked.
fn client(allow_private: bool) -> Result<Client, reqwest::Error> {
    let builder = Client::builder()
        .timeout(Duration::from_millis(PROVIDER_TEST_TIMEOUT))
        .redirect(redirect::Policy::none())
        .no_proxy()
        .user_agent("gatehouse");
    if allow_private {
        builder.dns_resolver(Anywhere).build()
    } else {
        builder.dns_resolver(PublicOnly).build()
    }
}

/// Where the models are listed.
fn models_url(api_type: ApiType, base_url: &str) -> Option<Url> {
    let mut url = Url::parse(base_url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    {
        let mut path = url.path_segments_mut().ok()?;
        path.pop_if_empty();
        match api_type {
            ApiType::Ollama => path.extend(["api", "tags"]),
            _ => path.push("models"),
        };
    }
    match api_type {
        // Both answer a page; this asks for the largest they give.
        ApiType::Anthropic => url.set_query(Some("limit=1000")),
        ApiType::Gemini => url.set_query(Some("pageSize=1000")),
        _ => {}
    }
    Some(url)
}

/// How each API wants its credential.
fn headers(target: &Target<'_>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    if target.api_type == ApiType::Anthropic {
        headers.insert("anthropic-version", HeaderValue::from_static("2023-06-01"));
    }
    if let Some(credential) = target.credential {
        let credential = credential.expose_secret();
        let (name, value) = match target.api_type {
            ApiType::Anthropic => ("x-api-key", credential.to_owned()),
            ApiType::Gemini => ("x-goog-api-key", credential.to_owned()),
            ApiType::AzureOpenAi => ("api-key", credential.to_owned()),
            ApiType::OpenAi | ApiType::OpenAiCompatible | ApiType::Ollama => {
                ("authorization", format!("Bearer {credential}"))
            }
        };
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| "The stored credential holds characters that cannot be sent. Enter it again.")?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// Reads the answer up to the limit.
async fn read(mut response: reqwest::Response, host: &str) -> Result<Vec<u8>, String> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(|error| in_words(&error, host))? {
        if body.len() + chunk.len() > PROVIDER_TEST_BYTES {
            return Err(format!(
                "The answer is larger than {} MiB, which no model list is. Check the base URL.",
                PROVIDER_TEST_BYTES / (1024 * 1024)
            ));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn not_public(ip: IpAddr) -> String {
    format!(
        "{ip} is a private or local address, which this server does not connect to. \
         Whoever runs it can allow private providers in its configuration."
    )
}

/// What kept the request from being answered.
fn in_words(error: &reqwest::Error, host: &str) -> String {
    if let Some(NotPublic(ip)) = find(error) {
        return not_public(*ip);
    }
    if find::<NoSuchName>(error).is_some() {
        return format!("There is no host named {host}. Check the base URL for typing errors.");
    }
    if error.is_timeout() {
        return format!(
            "{host} did not answer within {} seconds. Check that it is running and that a firewall lets this server reach it.",
            PROVIDER_TEST_TIMEOUT / 1_000
        );
    }
    if let Some(tls) = tls_error(error) {
        return format!(
            "No secure connection to {host}: {tls} Check https or http, the port and the certificate."
        );
    }
    let refused =
        find::<std::io::Error>(error).is_some_and(|e| e.kind() == std::io::ErrorKind::ConnectionRefused);
    if refused {
        return format!("{host} refused the connection. Check the port, and that the service is running.");
    }
    if error.is_connect() {
        return format!("{host} could not be reached. Check the base URL and the network.");
    }
    format!("{host} broke off before it had answered. Check that the base URL is that of an HTTP API.")
}

/// The first error of this type in the chain of causes.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    causes(error).find_map(|cause| cause.downcast_ref())
}

/// What TLS objects to, as a sentence.
fn tls_error(error: &(dyn StdError + 'static)) -> Option<&'static str> {
    Some(match find(error)? {
        rustls::Error::InvalidCertificate(_) => "its certificate is not trusted.",
        rustls::Error::InvalidMessage(_) => "it does not speak TLS.",
        _ => "TLS failed.",
    })
}

/// The chain of causes. An I/O error that wraps another one leaves it out of its own chain.
fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| {
        let wrapped = error
            .downcast_ref::<std::io::Error>()
            .and_then(std::io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn StdError + 'static)),
            None => (*error).source(),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_lists_its_models_somewhere_else() {
        let url = |api, base| models_url(api, base).unwrap().to_string();
        assert_eq!(
            url(ApiType::OpenAi, "https://api.openai.com/v1"),
            "https://api.openai.com/v1/models"
        );
        assert_eq!(
            url(ApiType::Anthropic, "https://api.anthropic.com/v1/"),
            "https://api.anthropic.com/v1/models?limit=1000"
        );
        assert_eq!(
            url(ApiType::Ollama, "http://lab:11434"),
            "http://lab:11434/api/tags"
        );
        assert_eq!(
            url(
                ApiType::Gemini,
                "https://generativelanguage.googleapis.com/v1beta"
            ),
            "https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000"
        );
        assert!(models_url(ApiType::OpenAi, "file:///etc/passwd").is_none());
        assert!(models_url(ApiType::OpenAi, "not a url").is_none());
    }

    #[test]
    fn credentials_travel_as_each_api_wants_them_and_are_not_logged() {
        let credential = SecretString::from("sk-secret");
        for (api_type, name, value) in [
            (ApiType::OpenAi, "authorization", "Bearer sk-secret"),
            (ApiType::OpenAiCompatible, "authorization", "Bearer sk-secret"),
            (ApiType::Anthropic, "x-api-key", "sk-secret"),
            (ApiType::Gemini, "x-goog-api-key", "sk-secret"),
            (ApiType::AzureOpenAi, "api-key", "sk-secret"),
        ] {
            let target = Target {
                api_type,
                base_url: "",
                credential: Some(&credential),
                allow_private: false,
            };
            let headers = headers(&target).unwrap();
            assert_eq!(headers[name].to_str().unwrap(), value);
            assert!(!format!("{headers:?}").contains("sk-secret"));
        }
    }
}
