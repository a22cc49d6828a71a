//! From a request that may go on to the provider's answer.

use crate::connect::{Upstreams, client};
use crate::decode::{DecodeError, Decoder};
use crate::large::with_bytes;
use crate::limits::{ANSWER_BYTES, Limits};
use crate::load::{Load, Memory};
use crate::measure::{End, Measure};
use crate::meter::Meter;
use crate::permit::Ending;
use crate::provider_refusal::{broke_off, refused, too_large, too_slow, unreachable, unreadable};
use crate::rates::Rates;
use crate::refusal::Refusal;
use crate::sse::{Relay, dialect};
use crate::stream::{Begun, SseBody};
use crate::upstream::{self, Endpoint};
use crate::wire::{self, Answer};
use axum::body::Body;
use axum::http::response::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode, header};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body as _, Incoming};
use secrecy::SecretString;
use serde::Deserialize;
use serde::de::IgnoredAny;
use services::snapshot::Provider;
use services::upstream::error::{masked, reason};
use services::{RequestNote, Services};
use std::borrow::Cow;
use std::error::Error as StdError;
use std::io;
use std::ops::Deref;
use std::sync::Arc;

/// What asks providers on behalf of people. Serves the gateway and Chat. It is cloned several times on the way of each
/// request, so that is one count.
#[derive(Clone)]
pub struct Engine {
    shared: Arc<Shared>,
    /// Of the request that is being answered, in Chat.
    pub(crate) note: Option<RequestNote>,
}

/// What all requests have in common.
pub struct Shared {
    pub(crate) services: Services,
    pub(crate) rates: Arc<Rates>,
    pub(crate) load: Arc<Load>,
    pub(crate) limits: Limits,
    upstreams: Upstreams,
}

impl Deref for Engine {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.shared
    }
}

/// A request to a provider.
pub(crate) struct UpstreamRequest<'a> {
    pub(crate) provider: &'a Arc<Provider>,
    pub(crate) endpoint: Endpoint,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: Bytes,
    /// The answer is wanted as a stream.
    pub(crate) stream: bool,
    /// The body as the client sent it, where ours asks for usage besides: some providers refuse that.
    pub(crate) without_usage: Option<Bytes>,
    /// Room for an answer that is read whole.
    pub(crate) memory: Memory,
    /// Resolves when the answer must end.
    pub(crate) ending: Ending,
}

/// A provider's answer as far as its head, and how to go on.
pub(crate) struct UpstreamResponse {
    pub(crate) head: Parts,
    pub(crate) body: UpstreamBody,
    /// Usage was asked for though the client did not.
    pub(crate) keeps_usage: bool,
    pub(crate) ending: Ending,
}

/// A body that is being read.
pub(crate) struct UpstreamBody {
    body: Incoming,
    decoder: Decoder,
    /// What was read already, unpacked.
    first: Vec<u8>,
    memory: Memory,
}

impl Engine {
    /// An engine with its own connections. Fails when the system's root certificates cannot be read.
    pub fn new(services: Services, limits: Limits) -> io::Result<Self> {
        let shared = Shared {
            upstreams: client(services.reach(), limits)?,
            rates: Arc::default(),
            load: Load::new(limits),
            services,
            limits,
        };
        Ok(Self {
            shared: Arc::new(shared),
            note: None,
        })
    }

    /// The same engine for one request, in whose note it writes down what it finds out.
    pub fn noting(&self, note: Option<RequestNote>) -> Self {
        let shared = self.shared.clone();
        Self { shared, note }
    }

    /// Sends the request. The response as far as its head, when there is one.
    pub(crate) async fn send(&self, request: UpstreamRequest<'_>) -> Result<UpstreamResponse, Refusal> {
        let UpstreamRequest {
            provider,
            endpoint,
            headers,
            memory,
            mut ending,
            ..
        } = request;
        let sent = async {
            let answer = self.send_once(provider, endpoint, headers, request.body).await?;
            let Some(plain) = request.without_usage else {
                return Ok::<_, Refusal>((opened(provider, answer, memory)?, false));
            };
            let refuses = matches!(
                answer.status(),
                StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY
            );
            let (head, mut body) = opened(provider, answer, memory)?;
            if !refuses {
                return Ok(((head, body), true));
            }
            self.collect(provider, &mut body).await?;
            let mentions = |field: &[u8]| memchr::memmem::find(&body.first, field).is_some();
            if mentions(b"stream_options") || mentions(b"include_usage") {
                let answer = self.send_once(provider, endpoint, headers, plain).await?;
                return Ok((opened(provider, answer, body.memory)?, false));
            }
            Ok(((head, body), true))
        };
        tokio::select! {
            sent = sent => {
                let ((head, body), keeps_usage) = sent?;
                Ok(UpstreamResponse { head, body, keeps_usage, ending })
            }
            why = &mut ending => Err(why),
        }
    }

    async fn send_once(
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
    pub(crate) async fn answer(&self, request: UpstreamRequest<'_>, mut meter: Meter) -> Response<Body> {
        let (provider, endpoint, stream) = (request.provider, request.endpoint, request.stream);
        let response = match self.send(request).await {
            Ok(response) => response,
            Err(refusal) => return meter.refuse(&refusal),
        };
        let (streams, response) = match self.read(provider, response, stream).await {
            Ok(read) => read,
            Err(refusal) => return meter.refuse(&refusal),
        };
        let UpstreamResponse {
            head,
            body,
            keeps_usage,
            ending,
        } = response;
        let mut headers = upstream::answer_headers(&head.headers);
        if streams {
            if !is_event_stream(&head.headers) {
                headers.insert(header::CONTENT_TYPE, EVENT_STREAM);
            }
            let relay = Relay::of(provider.clone(), endpoint, keeps_usage);
            let stream = SseBody::new(body.begun(relay), self.limits, meter, ending);
            return respond(head.status, headers, Body::new(stream));
        }
        let whole = body.whole();
        headers.insert(header::CONTENT_TYPE, JSON);
        if !head.status.is_success() {
            let asked = provider.clone();
            let reading = with_bytes(whole.len(), move || {
                let told = match masked(&whole, credential(&asked)) {
                    Cow::Borrowed(_) => whole,
                    Cow::Owned(masked) => masked.into(),
                };
                (reason(&told), is_error(&told), told)
            });
            let (reason, is_error, told) = match reading.await {
                Ok(read) => read,
                Err(refusal) => return meter.refuse(&refusal),
            };
            let refusal = refused(provider, head.status, &headers, reason.as_deref());
            if refusal.provider_problem.is_some() || !is_error {
                let mut response = meter.refuse(&refusal);
                let mut pacing = upstream::pacing(&head.headers);
                // When to ask again is only about what may be over by then.
                if !matches!(
                    head.status,
                    StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE
                ) {
                    pacing.remove(header::RETRY_AFTER);
                    pacing.remove("retry-after-ms");
                }
                response.headers_mut().extend(pacing);
                return response;
            }
            meter.fail(&refusal);
            return respond(head.status, headers, Body::from(told));
        }
        let (dialect, answer) = (dialect(endpoint, provider.api_type), whole.clone());
        let reading = with_bytes(whole.len(), move || {
            wire::read::<Answer>(&answer).map(|answer| dialect.map(|dialect| Measure::of(dialect, &answer)))
        });
        let measure = match reading.await {
            Ok(measure) => measure,
            Err(refusal) => return meter.refuse(&refusal),
        };
        let Some(measure) = measure else {
            return meter.refuse(&Refusal::provider(
                502,
                "upstream_invalid",
                format!(
                    "{} answered with something that is not JSON. Try again, or use another model.",
                    provider.name
                ),
                "It answered a request with something that is not JSON. Check the base URL and the API type.",
            ));
        };
        if let Some(measure) = measure {
            meter.answered(|given| measure.measured(End::Complete, given));
        }
        meter.finish(head.status.as_u16());
        respond(head.status, headers, Body::from(whole))
    }

    /// Reads an answer as far as it must be known at once: all of it, unless it succeeded as a stream, which `stream` says
    /// is wanted. Whether it is one.
    pub(crate) async fn read(
        &self,
        provider: &Provider,
        response: UpstreamResponse,
        stream: bool,
    ) -> Result<(bool, UpstreamResponse), Refusal> {
        let UpstreamResponse {
            head,
            mut body,
            keeps_usage,
            mut ending,
        } = response;
        let read = async {
            let success = head.status.is_success();
            if success
                && (is_event_stream(&head.headers)
                    || (stream && self.sends_events(provider, &mut body).await?))
            {
                return Ok(true);
            }
            self.collect(provider, &mut body).await.map(|()| false)
        };
        let streams = tokio::select! {
            read = read => read?,
            why = &mut ending => return Err(why),
        };
        let response = UpstreamResponse {
            head,
            body,
            keeps_usage,
            ending,
        };
        Ok((streams, response))
    }

    /// Whether a body whose type does not say so is a stream of events: some label theirs text/plain, or not at all.
    async fn sends_events(&self, provider: &Provider, body: &mut UpstreamBody) -> Result<bool, Refusal> {
        const FIELDS: [&[u8]; 5] = [b"data:", b"event:", b"id:", b"retry:", b":"];
        loop {
            let start = body
                .first
                .strip_prefix(b"\xef\xbb\xbf")
                .unwrap_or(&body.first)
                .trim_ascii_start();
            if FIELDS.iter().any(|field| start.starts_with(field)) {
                return Ok(true);
            }
            let undecided = FIELDS.iter().any(|field| field.starts_with(start));
            if !undecided || !self.more(provider, body).await? {
                return Ok(false);
            }
        }
    }

    /// Reads the next piece into `first`. False at the end.
    async fn more(&self, provider: &Provider, body: &mut UpstreamBody) -> Result<bool, Refusal> {
        let frame = tokio::time::timeout(self.limits.idle, body.body.frame())
            .await
            .map_err(|_| too_slow(provider))?;
        let frame = match frame {
            None => return Ok(false),
            Some(Ok(frame)) => frame,
            Some(Err(_)) => return Err(broke_off(provider)),
        };
        // What is no data is a trailer, which says nothing here.
        if let Ok(data) = frame.into_data() {
            let room = ANSWER_BYTES.saturating_sub(body.first.len());
            let data = body.decoder.push(&data, room).map_err(|why| match why {
                DecodeError::TooLarge => too_large(provider),
                DecodeError::Damaged(_) | DecodeError::Unknown => unreadable(provider),
            })?;
            if data.len() > room {
                return Err(too_large(provider));
            }
            let (reached, held) = (body.first.len() + data.len(), body.decoder.held());
            body.memory.reach(reached + held, ANSWER_BYTES + held).await?;
            body.first.extend_from_slice(&data);
        }
        Ok(true)
    }

    /// Reads a body to its end, within the limits.
    async fn collect(&self, provider: &Provider, body: &mut UpstreamBody) -> Result<(), Refusal> {
        // Most come in one piece of a length that is known, which need not be copied.
        let expected = body.body.size_hint().exact();
        if body.first.is_empty()
            && body.decoder.is_plain()
            && let Some(expected) = expected.and_then(|bytes| usize::try_from(bytes).ok())
            && expected <= ANSWER_BYTES
        {
            body.memory.reach(expected, expected).await?;
            body.first.reserve(expected);
        }
        while self.more(provider, body).await? {}
        Ok(())
    }
}

impl UpstreamBody {
    /// All of what was read.
    pub(crate) fn whole(self) -> Bytes {
        self.memory.hold(self.first.into())
    }

    /// The stream that it is.
    pub(crate) fn begun(self, relay: Relay) -> Begun {
        Begun {
            body: self.body,
            decoder: self.decoder,
            first: self.first,
            relay,
        }
    }
}

const EVENT_STREAM: HeaderValue = HeaderValue::from_static("text/event-stream");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

fn opened(
    provider: &Provider,
    answer: Response<Incoming>,
    memory: Memory,
) -> Result<(Parts, UpstreamBody), Refusal> {
    let (head, body) = answer.into_parts();
    let decoder = Decoder::of(&head.headers).map_err(|_| unreadable(provider))?;
    let body = UpstreamBody {
        body,
        decoder,
        first: Vec::new(),
        memory,
    };
    Ok((head, body))
}

/// What the provider is asked with.
pub(crate) fn credential(provider: &Provider) -> Option<&SecretString> {
    provider.credential.as_ref().ok().and_then(Option::as_ref)
}

fn respond(status: StatusCode, headers: HeaderMap, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    *response.headers_mut() = headers;
    response
}

fn is_event_stream(headers: &HeaderMap) -> bool {
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
