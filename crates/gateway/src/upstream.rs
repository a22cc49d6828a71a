//! What of a request goes to a provider and what of its answer to the client: URL and headers.

use crate::refusal::Refusal;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Uri, header};
use secrecy::ExposeSecret;
use services::snapshot::Provider;
pub use services::upstream::api::Endpoint;
use services::upstream::api::{self, Purpose};

/// Whichever version of its API a client speaks, which only Anthropic is told.
const ANTHROPIC_VERSION: HeaderName = HeaderName::from_static("anthropic-version");

/// What of a client's headers is meant for the provider. Anything else, its key first of all, stays here.
const PASSED_ON: [HeaderName; 5] = [
    header::ACCEPT,
    HeaderName::from_static("openai-beta"),
    ANTHROPIC_VERSION,
    HeaderName::from_static("anthropic-beta"),
    HeaderName::from_static("idempotency-key"),
];

/// What of a provider's headers is meant for the client when its answer is, beside what [`pacing`] finds.
const PASSED_BACK: [HeaderName; 4] = [
    header::CONTENT_TYPE,
    HeaderName::from_static("openai-processing-ms"),
    HeaderName::from_static("openai-version"),
    HeaderName::from_static("request-id"),
];

/// Whether and when a provider wants to be asked again. The first may be a date (RFC 9110, 10.2.3), and stays one.
const AGAIN: [&str; 3] = ["retry-after", "retry-after-ms", "x-should-retry"];
/// How the headers begin in which a provider tells what is left of its quota.
const QUOTA: [&str; 2] = ["x-ratelimit-", "anthropic-ratelimit-"];

/// Where a request goes. The base URL was checked when it was entered, the address is when connecting.
pub(crate) fn uri(provider: &Provider, endpoint: Endpoint) -> Result<Uri, Refusal> {
    // A base URL that was stored with a query keeps it.
    let (base, mut query) = match provider.base_url.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (provider.base_url.as_str(), String::new()),
    };
    if !provider.api_version.is_empty() {
        query = format!("?api-version={}", provider.api_version);
    }
    let base = base.trim_end_matches('/');
    let Some(uri) = api::of(provider.api_type).endpoint(base, endpoint) else {
        return Err(Refusal::new(
            404,
            "not_anthropic",
            format!(
                "/v1/{} is Anthropic's own API, and {} is not an Anthropic provider. Use /v1/chat/completions.",
                endpoint.path(),
                provider.name
            ),
        ));
    };
    format!("{uri}{query}").parse().map_err(|_| {
        Refusal::provider(
            502,
            "upstream_unreachable",
            format!(
                "{} cannot be reached: its base URL is wrong. Ask an admin of your organization.",
                provider.name
            ),
            "The base URL is not one that can be asked. Edit the provider and check it.",
        )
    })
}

/// The headers of a request to a provider.
pub(crate) fn headers(
    provider: &Provider,
    endpoint: Endpoint,
    sent: &HeaderMap,
) -> Result<HeaderMap, Refusal> {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(header::USER_AGENT, HeaderValue::from_static("gatehouse"));
    // What is compressed would have to be unpacked here to be understood.
    headers.insert(header::ACCEPT_ENCODING, HeaderValue::from_static("identity"));
    for name in &PASSED_ON {
        // Two lines of one header are one list (RFC 9110, 5.3); none of it is lost.
        for value in sent.get_all(name) {
            headers.append(name, value.clone());
        }
    }
    let api = api::of(provider.api_type);
    match api.version() {
        Some((name, version)) => _ = headers.entry(name).or_insert(HeaderValue::from_static(version)),
        None => _ = headers.remove(ANTHROPIC_VERSION),
    }
    let credential = provider.credential.as_ref().map_err(|_| unusable(provider))?;
    if let Some(credential) = credential {
        let (name, value) = api.credential(Purpose::Endpoint(endpoint), credential.expose_secret());
        let mut value = HeaderValue::from_str(&value).map_err(|_| unusable(provider))?;
        value.set_sensitive(true);
        headers.insert(HeaderName::from_static(name), value);
    }
    Ok(headers)
}

fn unusable(provider: &Provider) -> Refusal {
    Refusal::provider(
        502,
        "upstream_credential",
        format!(
            "Gatehouse cannot use its credential for {}. Ask an admin of your organization to enter it again.",
            provider.name
        ),
        "The stored credential can no longer be used. Enter it again.",
    )
}

/// What a provider says about its quota and about trying again; clients go by it also where the rest of an answer is
/// replaced.
pub(crate) fn pacing(received: &HeaderMap) -> HeaderMap {
    received
        .iter()
        .filter(|(name, _)| {
            AGAIN.contains(&name.as_str()) || QUOTA.iter().any(|start| name.as_str().starts_with(start))
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// The headers of an answer to a client.
pub(crate) fn answer_headers(received: &HeaderMap) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(6);
    for name in &PASSED_BACK {
        for value in received.get_all(name) {
            headers.append(name, value.clone());
        }
    }
    headers.extend(pacing(received));
    headers
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ProviderId;
    use domain::provider::{ApiType, ProviderStatus};
    use secrecy::SecretString;
    use services::snapshot::CredentialLost;

    fn provider(api_type: ApiType, base_url: &str) -> Provider {
        Provider {
            id: ProviderId(1),
            name: "The one".into(),
            slug: "one".into(),
            api_type,
            base_url: base_url.into(),
            api_version: String::new(),
            credential: Ok(Some(SecretString::from("sk-1".to_owned()))),
            status: ProviderStatus::Active,
            models: Vec::new(),
            models_off: Vec::new(),
            models_at: None,
        }
    }

    #[test]
    fn each_api_has_its_path_and_its_credential() {
        use Endpoint::{ChatCompletions, Messages};
        for (api, base, endpoint, url, name, value) in [
            (
                ApiType::OpenAi,
                "https://api.openai.com/v1",
                ChatCompletions,
                "https://api.openai.com/v1/chat/completions",
                "authorization",
                "Bearer sk-1",
            ),
            (
                ApiType::OpenAiCompatible,
                "http://127.0.0.1:8000/v1/",
                ChatCompletions,
                "http://127.0.0.1:8000/v1/chat/completions",
                "authorization",
                "Bearer sk-1",
            ),
            (
                ApiType::AzureOpenAi,
                "https://x.openai.azure.com/openai/v1",
                ChatCompletions,
                "https://x.openai.azure.com/openai/v1/chat/completions",
                "api-key",
                "sk-1",
            ),
            (
                ApiType::Ollama,
                "http://127.0.0.1:11434",
                ChatCompletions,
                "http://127.0.0.1:11434/v1/chat/completions",
                "authorization",
                "Bearer sk-1",
            ),
            (
                ApiType::Ollama,
                "http://127.0.0.1:11434/v1",
                ChatCompletions,
                "http://127.0.0.1:11434/v1/chat/completions",
                "authorization",
                "Bearer sk-1",
            ),
            (
                ApiType::Gemini,
                "https://generativelanguage.googleapis.com/v1beta",
                ChatCompletions,
                "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions",
                "authorization",
                "Bearer sk-1",
            ),
            (
                ApiType::Anthropic,
                "https://api.anthropic.com/v1",
                ChatCompletions,
                "https://api.anthropic.com/v1/chat/completions",
                "authorization",
                "Bearer sk-1",
            ),
            (
                ApiType::Anthropic,
                "https://api.anthropic.com/v1",
                Messages,
                "https://api.anthropic.com/v1/messages",
                "x-api-key",
                "sk-1",
            ),
        ] {
            let provider = provider(api, base);
            assert_eq!(uri(&provider, endpoint).unwrap(), url);
            let headers = headers(&provider, endpoint, &HeaderMap::new()).unwrap();
            assert_eq!(headers[name], value, "{url}");
            assert_eq!(
                headers.contains_key("anthropic-version"),
                api == ApiType::Anthropic
            );
        }
        let other = provider(ApiType::OpenAi, "https://api.openai.com/v1");
        assert_eq!(uri(&other, Messages).unwrap_err().code, "not_anthropic");
    }

    #[test]
    fn azure_is_told_its_version_wherever_it_is_stored() {
        let mut azure = provider(ApiType::AzureOpenAi, "https://x.openai.azure.com/openai/v1/");
        azure.api_version = "2024-10-21".into();
        for endpoint in [
            Endpoint::ChatCompletions,
            Endpoint::Embeddings,
            Endpoint::Responses,
        ] {
            let url = format!(
                "https://x.openai.azure.com/openai/v1/{}?api-version=2024-10-21",
                endpoint.path()
            );
            assert_eq!(uri(&azure, endpoint).unwrap(), *url);
        }
        let stored = provider(
            ApiType::AzureOpenAi,
            "https://x.openai.azure.com/openai/v1?api-version=preview",
        );
        assert_eq!(
            uri(&stored, Endpoint::ChatCompletions).unwrap(),
            "https://x.openai.azure.com/openai/v1/chat/completions?api-version=preview"
        );
    }

    #[test]
    fn a_clients_key_goes_no_further() {
        let mut sent = HeaderMap::new();
        for name in [
            "authorization",
            "x-api-key",
            "api-key",
            "cookie",
            "accept",
            "anthropic-version",
            "x-forwarded-for",
        ] {
            sent.insert(name, HeaderValue::from_static("sent"));
        }
        let got = headers(
            &provider(ApiType::Anthropic, "https://a/v1"),
            Endpoint::Messages,
            &sent,
        )
        .unwrap();
        assert_eq!(got["x-api-key"], "sk-1");
        assert_eq!(
            (&got["accept"], &got["anthropic-version"]),
            (
                &HeaderValue::from_static("sent"),
                &HeaderValue::from_static("sent")
            )
        );
        let mut names: Vec<_> = got.keys().map(HeaderName::as_str).collect();
        names.sort_unstable();
        assert_eq!(
            names,
            [
                "accept",
                "accept-encoding",
                "anthropic-version",
                "content-type",
                "user-agent",
                "x-api-key"
            ]
        );
        let mut lost = provider(ApiType::OpenAi, "https://a/v1");
        lost.credential = Err(CredentialLost);
        assert_eq!(
            headers(&lost, Endpoint::ChatCompletions, &sent).unwrap_err().code,
            "upstream_credential"
        );
    }
}
