//! Testing a provider's connection: one real request for its models, and what came of it in plain words.

mod answer;
mod list;
mod urls;

use crate::upstream::address::{NotPublic, Reach, Unreachable};
use crate::upstream::api::{self, Purpose};
use crate::upstream::connect::{ConnectError, Connector, connector};
use domain::limits::{MODEL_LIST_PAGES, MODELS_LISTED, PROVIDER_TEST_BYTES, PROVIDER_TEST_TIMEOUT};
use domain::provider::{ApiType, ProviderTest};
use http::header::{HeaderName, HeaderValue, USER_AGENT};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Client, Error as ClientError};
use hyper_util::rt::TokioExecutor;
use list::Page;
use secrecy::{ExposeSecret, SecretString};
use std::collections::HashSet;
use std::error::Error as StdError;
use std::net::IpAddr;
use std::time::{Duration, Instant};
use url::Url;

/// What is tested.
pub(crate) struct Target<'a> {
    pub(crate) api_type: ApiType,
    pub(crate) base_url: &'a str,
    /// Azure's; empty is none.
    pub(crate) api_version: &'a str,
    pub(crate) credential: Option<&'a SecretString>,
    pub(crate) reach: Reach,
}

/// The models that a provider lists.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Their names, each once, in its order.
    pub(crate) names: Vec<String>,
    /// There are more than are kept.
    is_cut: bool,
}

/// Why there are none, as a sentence.
#[derive(Debug)]
pub(crate) enum Failure {
    /// It answers, but keeps no list: no fault where names were entered by hand.
    NoList(String),
    /// Anything else.
    Other(String),
}

impl From<String> for Failure {
    fn from(message: String) -> Self {
        Self::Other(message)
    }
}

impl From<&str> for Failure {
    fn from(message: &str) -> Self {
        Self::Other(message.to_owned())
    }
}

/// How asking for the models went: they, or a sentence about what went wrong. Whatever happens is a result, not an error:
/// it is what the administrator wants to know.
pub(crate) struct Asked {
    pub(crate) models: Result<Listed, Failure>,
    api_type: ApiType,
    took: Duration,
}

impl Asked {
    /// What to say when there is no point in asking.
    pub(crate) fn without_asking(api_type: ApiType, problem: &str) -> Self {
        Self {
            models: Err(problem.into()),
            api_type,
            took: Duration::ZERO,
        }
    }

    /// In words for people. `entered` are the names of models that were entered by hand.
    pub(crate) fn described(&self, entered: &[String]) -> ProviderTest {
        let (ok, message, models) = match &self.models {
            Ok(listed) => (
                true,
                answer::works(self.api_type, listed, entered.len()),
                listed.names.as_slice(),
            ),
            Err(Failure::NoList(_)) if !entered.is_empty() => {
                (true, answer::works_without_list(entered.len()), entered)
            }
            Err(Failure::NoList(message) | Failure::Other(message)) => (false, message.clone(), &[][..]),
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

async fn ask(target: &Target<'_>) -> Result<Listed, Failure> {
    let urls = urls::lists(target.api_type, target.base_url, target.api_version)
        .ok_or("The base URL is not one that can be asked. Edit the provider and check it.")?;
    let host = urls[0].host_str().unwrap_or_default().to_owned();
    // All pages together, since somebody is waiting.
    tokio::time::timeout(
        Duration::from_millis(PROVIDER_TEST_TIMEOUT),
        pages(target, &urls, &host),
    )
    .await
    .unwrap_or_else(|_| Err(too_slow(&host).into()))
}

/// Reads the list, page by page, from the first of the addresses that has one.
async fn pages(target: &Target<'_>, urls: &[Url], host: &str) -> Result<Listed, Failure> {
    let connection = Connection::new(target, host)?;
    let mut octets = PROVIDER_TEST_BYTES;
    let mut first = Err("There is no address to ask.".into());
    for url in urls {
        first = connection
            .page(url, &mut octets)
            .await
            .map(|page| (url.clone(), page));
        if !matches!(first, Err(Failure::NoList(_))) {
            break;
        }
    }
    let (mut url, mut page) = first?;
    let mut listed = Listed::default();
    let mut known = HashSet::new();
    for _ in 0..MODEL_LIST_PAGES {
        let before = known.len();
        for name in page.names {
            if known.len() == MODELS_LISTED && !known.contains(&name) {
                listed.is_cut = true;
                return Ok(listed);
            }
            if known.insert(name.clone()) {
                listed.names.push(name);
            }
        }
        // A page that brings nothing new is often the first one again, from a service that knows of no pages.
        let Some(next) = page.next.filter(|_| known.len() > before) else {
            break;
        };
        let Some(there) = urls::next(&url, &next) else {
            break;
        };
        page = match connection.page(&there, &mut octets).await {
            Ok(page) => page,
            // What there is is the list, unless it is known that more will come when asked again.
            Err(Failure::NoList(_)) => break,
            Err(other) => return Err(other),
        };
        url = there;
    }
    Ok(listed)
}

/// How a provider is asked for its models.
struct Connection<'a> {
    client: Client<HttpsConnector<Connector>, Empty<Bytes>>,
    headers: HeaderMap,
    target: &'a Target<'a>,
    host: &'a str,
}

impl<'a> Connection<'a> {
    fn new(target: &'a Target<'a>, host: &'a str) -> Result<Self, Failure> {
        let connector = connector(target.reach, Duration::from_millis(PROVIDER_TEST_TIMEOUT))
            .map_err(|_| "This server cannot make TLS connections: its root certificates are missing.")?;
        Ok(Self {
            // Of its own for each test: no connection is kept that was opened under other rules.
            client: Client::builder(TokioExecutor::new()).build(connector),
            headers: headers(target)?,
            target,
            host,
        })
    }

    async fn page(&self, url: &Url, octets: &mut usize) -> Result<Page, Failure> {
        let (target, host) = (self.target, self.host);
        let mut request = Request::new(Empty::new());
        *request.uri_mut() = url
            .as_str()
            .parse()
            .map_err(|_| "The base URL is not one that can be asked. Edit the provider and check it.")?;
        *request.headers_mut() = self.headers.clone();
        let sent = self.client.request(request).await;
        let response = sent.map_err(|error| in_words(&error, host))?;
        let status = response.status();
        if status != StatusCode::OK {
            return Err(answer::refused(
                status,
                target.credential.is_some(),
                target.api_type,
            ));
        }
        let body = read(response, host, octets).await?;
        answer::page(target.api_type, &body)
    }
}

/// How each API wants its credential.
fn headers(target: &Target<'_>) -> Result<HeaderMap, String> {
    let mut headers = HeaderMap::new();
    headers.insert(USER_AGENT, HeaderValue::from_static("gatehouse"));
    let api = api::of(target.api_type);
    if let Some((name, version)) = api.version() {
        headers.insert(name, HeaderValue::from_static(version));
    }
    if let Some(credential) = target.credential {
        let (name, value) = api.credential(Purpose::Models, credential.expose_secret());
        let mut value = HeaderValue::from_str(&value)
            .map_err(|_| "The stored credential holds characters that cannot be sent. Enter it again.")?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

/// Reads the answer up to what is left of the limit.
async fn read(response: Response<Incoming>, host: &str, octets: &mut usize) -> Result<Vec<u8>, String> {
    let (mut body, mut whole) = (response.into_body(), Vec::new());
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| broke_off(host))?;
        let Ok(data) = frame.into_data() else { continue };
        let Some(left) = octets.checked_sub(data.len()) else {
            return Err(format!(
                "The answer is larger than {} MiB. Check the base URL, or enter the model names by hand.",
                PROVIDER_TEST_BYTES / (1024 * 1024)
            ));
        };
        *octets = left;
        whole.extend_from_slice(&data);
    }
    Ok(whole)
}

fn not_public(ip: IpAddr) -> String {
    format!(
        "{ip} is a private or local address, which this server does not connect to. \
         Whoever runs it can allow private providers in its configuration."
    )
}

fn too_slow(host: &str) -> String {
    format!(
        "{host} did not answer within {} seconds. Check that it is running and that a firewall lets this server reach it.",
        PROVIDER_TEST_TIMEOUT / 1_000
    )
}

/// What kept the request from being answered.
fn in_words(error: &ClientError, host: &str) -> String {
    match find(error) {
        Some(ConnectError::Unreachable(Unreachable::NotPublic(NotPublic(ip)))) => return not_public(*ip),
        Some(ConnectError::Unreachable(Unreachable::NoSuchName(_))) => {
            return format!("There is no host named {host}. Check the base URL for typing errors.");
        }
        Some(ConnectError::Timeout) => return too_slow(host),
        Some(ConnectError::NoHost | ConnectError::Io(_)) | None => {}
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
    broke_off(host)
}

fn broke_off(host: &str) -> String {
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
                api_version: "",
                credential: Some(&credential),
                reach: Reach::default(),
            };
            let headers = headers(&target).unwrap();
            assert_eq!(headers[name].to_str().unwrap(), value);
            assert!(!format!("{headers:?}").contains("sk-secret"));
        }
    }
}
