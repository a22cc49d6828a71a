//! From a request that may go on to the provider's answer.

use crate::connect::{ConnectError, Upstreams, client};
use crate::limits::{ANSWER_BYTES, Limits};
use crate::load::{Load, Memory};
use crate::meter::Meter;
use crate::permit::Ending;
use crate::rates::Rates;
use crate::refusal::Refusal;
use crate::sse::Usage;
use crate::stream::SseBody;
use crate::upstream::{self, Endpoint};
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode, header};
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use serde::Deserialize;
use serde::de::IgnoredAny;
use services::snapshot::Provider;
use services::{RequestNote, Services};
use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

/// What asks providers on behalf of people. Serves the gateway and Chat; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(crate) services: Services,
    pub(crate) rates: Arc<Rates>,
    pub(crate) load: Arc<Load>,
    pub(crate) limits: Limits,
    /// Of the request that is being answered, in Chat.
    pub(crate) note: Option<RequestNote>,
    upstreams: Upstreams,
}

/// A request to a provider.
pub(crate) struct Call<'a> {
    pub(crate) provider: &'a Provider,
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    /// Resolves when the answer must end.
    pub(crate) ending: Ending,
}

impl Engine {
    /// An engine with its own connections. Fails when the system's root certificates cannot be read.
    pub fn new(services: Services, limits: Limits) -> io::Result<Self> {
        Ok(Self {
            upstreams: client(services.allows_private_providers(), limits)?,
            rates: Arc::default(),
            load: Load::new(limits),
            note: None,
            services,
            limits,
        })
    }

    /// The same engine for one request, in whose note it writes down what it finds out.
    pub fn noting(&self, note: Option<RequestNote>) -> Self {
        Self { note, ..self.clone() }
    }

    /// Asks the provider. Its answer as far as the headers, when it is one, and what ends the rest of it.
    pub(crate) async fn ask(&self, mut call: Call<'_>) -> Result<(Response<Incoming>, Ending), Refusal> {
        let asked = self.send(call.provider, call.endpoint, call.headers, call.body);
        tokio::select! {
            answer = asked => Ok((answer?, call.ending)),
            why = &mut call.ending => Err(why),
        }
    }

    async fn send(
        &self,
        provider: &Provider,
        endpoint: Endpoint,
        headers: &HeaderMap,
        body: Bytes,
    ) -> Result<Response<Incoming>, Refusal> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = upstream::uri(provider, endpoint)?;
        *request.headers_mut() = upstream::headers(provider, endpoint, headers)?;
        match tokio::time::timeout(self.limits.first_byte, self.upstreams.send(request)).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                tracing::info!(
                    error = &error as &dyn StdError,
                    provider = %provider.slug,
                    request = headers.get("x-request-id").and_then(|id| id.to_str().ok()),
                    "a provider could not be asked"
                );
                Err(unreachable(provider, &error))
            }
            Err(_) => Err(too_slow(provider)),
        }
    }

    /// The provider's answer as it is passed on.
    pub(crate) async fn answer(&self, call: Call<'_>, mut meter: Meter) -> Response<Body> {
        let (provider, endpoint) = (call.provider, call.endpoint);
        let (answer, mut ending) = match self.ask(call).await {
            Ok(answer) => answer,
            Err(refusal) => return meter.refuse(&refusal),
        };
        let (head, body) = answer.into_parts();
        let headers = upstream::answer_headers(&head.headers);
        if head.status.is_success() && is_event_stream(&head.headers) {
            let stream = SseBody::new(body, endpoint.dialect(), self.limits, meter, ending);
            return respond(head.status, headers, Body::new(stream));
        }
        let memory = self.load.memory(meter.caller());
        let body = tokio::select! {
            body = self.collect(provider, body, memory) => body,
            why = &mut ending => Err(why),
        };
        let body = match body {
            Ok(body) => body,
            Err(refusal) => return meter.refuse(&refusal),
        };
        if !head.status.is_success() {
            let refusal = refused(provider, head.status, &headers);
            if refusal.provider_problem.is_some() || !is_error(&body) {
                return meter.refuse(&refusal);
            }
            meter.fail(&refusal);
            return respond(head.status, headers, Body::from(body));
        }
        let readable = !head.headers.contains_key(header::CONTENT_ENCODING);
        if readable {
            match serde_json::from_slice::<Answer>(&body) {
                Ok(answer) => {
                    if let Some(usage) = answer.usage {
                        meter.tokens.take(&usage);
                    }
                }
                Err(_) => {
                    let refusal = Refusal::provider(
                        502,
                        "upstream_invalid",
                        format!(
                            "{} answered with something that is not JSON. Try again, or use another model.",
                            provider.name
                        ),
                        "It answered a request with something that is not JSON. Check the base URL and the API type.",
                    );
                    return meter.refuse(&refusal);
                }
            }
        }
        meter.finish(head.status.as_u16());
        respond(head.status, headers, Body::from(body))
    }

    /// A whole body, within the limits.
    async fn collect(
        &self,
        provider: &Provider,
        mut body: Incoming,
        mut memory: Memory,
    ) -> Result<Bytes, Refusal> {
        let expected = body.size_hint().exact().unwrap_or(0);
        let mut first: Option<Bytes> = None;
        let mut whole = BytesMut::new();
        loop {
            let frame = tokio::time::timeout(self.limits.idle, body.frame())
                .await
                .map_err(|_| too_slow(provider))?;
            let data = match frame {
                None => break,
                Some(Ok(frame)) => frame.into_data().unwrap_or_default(),
                Some(Err(_)) => return Err(broke_off(provider)),
            };
            let came = first.as_ref().map_or(whole.len(), Bytes::len) + data.len();
            if came <= ANSWER_BYTES {
                memory.reach(came, ANSWER_BYTES).await?;
            }
            if first.is_none() && u64::try_from(data.len()).is_ok_and(|len| len == expected) {
                // The usual case: all of it at once, which need not be copied.
                first = Some(data);
                continue;
            }
            if let Some(first) = first.take() {
                whole.extend_from_slice(&first);
            }
            whole.extend_from_slice(&data);
            if whole.len() > ANSWER_BYTES {
                return Err(Refusal::provider(
                    502,
                    "upstream_too_large",
                    format!(
                        "The answer of {} is larger than {ANSWER_BYTES} bytes.",
                        provider.name
                    ),
                    "An answer was too large to be passed on.",
                ));
            }
        }
        Ok(memory.hold(first.unwrap_or_else(|| whole.freeze())))
    }
}

/// What matters of an answer that is not streamed. Reading it shows that all of it is JSON.
#[derive(Deserialize)]
struct Answer {
    #[serde(default, deserialize_with = "usage_if_any")]
    usage: Option<Usage>,
}

/// A `usage` of another form is none.
fn usage_if_any<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Usage>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Any {
        Usage(Usage),
        Other(IgnoredAny),
    }
    Ok(match Any::deserialize(from)? {
        Any::Usage(usage) => Some(usage),
        Any::Other(_) => None,
    })
}

fn respond(status: StatusCode, headers: HeaderMap, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

pub(crate) fn is_event_stream(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("text/event-stream"))
}

/// Whether a body is an error as the APIs tell it.
fn is_error(body: &[u8]) -> bool {
    #[derive(Deserialize)]
    struct Told {
        #[serde(rename = "error")]
        _error: IgnoredAny,
    }
    serde_json::from_slice::<Told>(body).is_ok()
}

/// What an answer that is no success means to whoever asked. Without a provider's problem in it, the provider's own words
/// are passed on where it has some.
pub(crate) fn refused(provider: &Provider, status: StatusCode, headers: &HeaderMap) -> Refusal {
    let name = &provider.name;
    match status {
        // Not passed on: a client would take it for a refusal of its own key, and the text may tell of ours.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Refusal::provider(
            502,
            "upstream_credential",
            format!("{name} refuses Gatehouse's credential. Ask an admin of your organization to check it."),
            "It refuses the credential. Enter a valid one.",
        ),
        status if status.is_redirection() => Refusal::provider(
            502,
            "upstream_redirect",
            format!(
                "{name} sends requests on to another address, which is not followed. Ask an admin of your organization to correct its base URL."
            ),
            "It sends requests on to another address, which is not followed. Enter the final address as the base URL.",
        ),
        StatusCode::TOO_MANY_REQUESTS => Refusal {
            retry_after: headers
                .get(header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse().ok()),
            ..Refusal::new(
                429,
                "upstream_rate_limit",
                format!("{name} takes no more requests at the moment. Try again later."),
            )
        },
        status if status.is_server_error() => Refusal::new(
            502,
            "upstream_failed",
            format!(
                "{name} has trouble of its own ({}). Try again, or use another model.",
                status.as_u16()
            ),
        ),
        status => Refusal::new(
            status.as_u16(),
            "upstream_refused",
            format!("{name} refused the request ({}).", status.as_u16()),
        ),
    }
}

pub(crate) fn too_slow(provider: &Provider) -> Refusal {
    Refusal::provider(
        504,
        "upstream_timeout",
        format!(
            "{} did not answer in time. Try again, or use another model.",
            provider.name
        ),
        "It did not answer a request in time.",
    )
}

pub(crate) fn broke_off(provider: &Provider) -> Refusal {
    Refusal::provider(
        502,
        "upstream_closed",
        format!(
            "{} ended the answer before it was complete. Try again.",
            provider.name
        ),
        "It broke an answer off.",
    )
}

fn unreachable(provider: &Provider, error: &hyper_util::client::legacy::Error) -> Refusal {
    let mut source: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = source {
        match cause.downcast_ref::<ConnectError>() {
            Some(ConnectError::NotPublic(_)) => {
                return Refusal::provider(
                    502,
                    "upstream_address",
                    format!(
                        "{} is at an address that Gatehouse may not connect to. Ask an admin of your organization.",
                        provider.name
                    ),
                    "It is at a private address, and the operator of this server does not allow those.",
                );
            }
            Some(ConnectError::Timeout) => return too_slow(provider),
            _ => source = cause.source(),
        }
    }
    if error.is_connect() {
        return Refusal::provider(
            502,
            "upstream_unreachable",
            format!(
                "{} cannot be reached. Try again, or use another model.",
                provider.name
            ),
            "It could not be reached. Check that it is running and that the base URL is right.",
        );
    }
    broke_off(provider)
}
