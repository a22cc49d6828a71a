//! The routes below `/v1`, and the same below `/o/{org}/v1`.

use crate::api_key::api_key;
use crate::astray::astray;
use crate::cors::{Origins, cors};
use crate::decode::{self, DecodeError, Decoder};
use crate::forward::{Engine, UpstreamRequest};
use crate::large::with_bytes;
use crate::limits::BODY_BYTES;
use crate::linger::linger;
use crate::load::Memory;
use crate::meter::{Given, Meter};
use crate::refusal::Refusal;
use crate::request_body::RequestBody;
use crate::upstream::Endpoint;
use crate::usage::get_usage;
use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, Method, Response, Uri, header};
use axum::middleware::{from_fn_with_state, map_request};
use axum::response::IntoResponse;
use axum::routing::{any, get, post};
use bytes::BytesMut;
use domain::access::Denial;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use serde_json::{Value, json};
use services::snapshot::{ApiKey, Caller, Permit, Provider, Refused};
use std::any::Any;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

/// The routes for machines: method and path.
pub fn paths() -> Vec<(&'static str, String)> {
    let mut paths = Vec::new();
    for prefix in PREFIXES {
        paths.push(("GET", format!("{prefix}/models")));
        paths.push(("GET", format!("{prefix}/models/{{*model}}")));
        paths.push(("GET", format!("{prefix}/usage")));
        for endpoint in Endpoint::ALL {
            paths.push(("POST", format!("{prefix}/{}", endpoint.path())));
        }
    }
    paths
}

/// The plain one, and the one of an organization, which must be that of the key.
const PREFIXES: [&str; 2] = ["/v1", "/o/{org}/v1"];

/// Everything below the prefixes; whatever else is asked there gets an answer of the same form. Web pages of these
/// origins may ask.
pub fn router(engine: Engine, origins: Origins) -> Router {
    let mut router = Router::new();
    for prefix in PREFIXES {
        router = router
            .route(
                &format!("{prefix}/models"),
                get(list_models).fallback(wrong_method),
            )
            .route(
                &format!("{prefix}/models/{{*model}}"),
                get(get_model).fallback(wrong_method),
            )
            .route(&format!("{prefix}/usage"), get(get_usage).fallback(wrong_method))
            .route(prefix, any(unknown_path))
            .route(&format!("{prefix}/{{*rest}}"), any(unknown_path));
        for endpoint in Endpoint::ALL {
            let handler = move |state, org, headers, request| forward(endpoint, state, org, headers, request);
            router = router.route(
                &format!("{prefix}/{}", endpoint.path()),
                post(handler).fallback(wrong_method),
            );
        }
    }
    for (_, path) in paths() {
        // What a client asks for whose base URL lacks the version.
        router = router.route(&path.replacen("/v1", "", 1), post(unknown_path).get(unknown_path));
    }
    around(router, origins).with_state(engine)
}

/// What holds for all routes. A web page must be able to read also that something failed.
fn around<S: Clone + Send + Sync + 'static>(router: Router<S>, origins: Origins) -> Router<S> {
    // In one layer: each of a router's own is one more copy of a route for every request.
    router.layer(
        ServiceBuilder::new()
            .layer(map_request(linger))
            .layer(from_fn_with_state(origins, cors))
            .layer(CatchPanicLayer::custom(panicked)),
    )
}

/// One request that fails in a way nobody thought of fails alone.
fn panicked(_: Box<dyn Any + Send>) -> Response<Body> {
    tracing::error!("a request to the gateway panicked");
    Refusal::internal().into_response()
}

/// The organization in the path, where there is one.
#[derive(serde::Deserialize)]
pub(crate) struct Place {
    org: Option<String>,
}

/// Octets that a body grows by at most when usage is asked for.
const ASKING_BYTES: usize = 1024;

/// Who presents a key, in the organization of the path.
pub(crate) fn caller(
    engine: &Engine,
    headers: &HeaderMap,
    place: &Place,
) -> Result<(ApiKey, Caller), Refusal> {
    let rule = |refused| Refusal::by_rule(refused, None);
    let key = api_key(headers).map_err(|denial| rule(denial.into()))?;
    let caller = engine
        .services
        .snapshot()
        .caller(key, engine.services.now())
        .map_err(rule)?;
    match &place.org {
        Some(org) if **org != *caller.slug => Err(Refusal::new(
            404,
            "unknown_organization",
            "There is no such organization, or this key is of another one. Use the base URL that Gatehouse shows beside your keys.",
        )),
        _ => Ok((key, caller)),
    }
}

/// A model that may not be asked for, with where to ask for access.
fn refused_for(engine: &Engine, caller: &Caller, refused: Refused, model: &str) -> Refusal {
    let page = engine.services.access_requests_url(&caller.slug);
    Refusal::by_rule(refused, Some(model)).with_page_to_ask_on(&page, model)
}

/// `GET /v1/models`. **Permissions:** a key that works.
async fn list_models(
    State(engine): State<Engine>,
    Path(place): Path<Place>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let (key, _) = caller(&engine, &headers, &place)?;
    let names = engine
        .services
        .snapshot()
        .names(key, engine.services.now())
        .map_err(|refused| Refusal::by_rule(refused, None))?;
    let data: Vec<Value> = names
        .iter()
        .map(|(name, provider)| model(name, provider))
        .collect();
    Ok(axum::Json(json!({ "object": "list", "data": data })).into_response())
}

/// `GET /v1/models/{id}`; ids hold slashes and colons. **Permissions:** a key that works.
async fn get_model(
    State(engine): State<Engine>,
    Path(place): Path<Place>,
    Path(asked): Path<Asked>,
    headers: HeaderMap,
) -> Result<Response<Body>, Refusal> {
    let (key, caller) = caller(&engine, &headers, &place)?;
    let (_, provider, _) = engine
        .services
        .snapshot()
        .choose(key, &asked.model, engine.services.now())
        .map_err(|refused| refused_for(&engine, &caller, refused, &asked.model))?;
    Ok(axum::Json(model(&asked.model, &provider)).into_response())
}

#[derive(serde::Deserialize)]
struct Asked {
    model: String,
}

/// A model as OpenAI describes one. When it was made is not known; the time is when it was first or last listed.
fn model(name: &str, provider: &Provider) -> Value {
    let listed = provider.models_at.map_or(0, |at| at.0 / 1_000);
    json!({ "id": name, "object": "model", "created": listed, "owned_by": provider.slug })
}

/// `POST /v1/chat/completions` and its like. **Permissions:** a key that works, for a model that it may use.
async fn forward(
    endpoint: Endpoint,
    State(engine): State<Engine>,
    Path(place): Path<Place>,
    headers: HeaderMap,
    request: Request,
) -> Response<Body> {
    // Before the body is read: whoever has no key must not send one.
    let (key, caller) = match caller(&engine, &headers, &place) {
        Ok(found) => found,
        Err(refusal) => return refusal.response(),
    };
    let mut meter = Meter::new(
        engine.services.clone(),
        engine.rates.clone(),
        caller.clone(),
        endpoint.path(),
    )
    .noted_in(request.extensions().get().cloned());
    let mut memory = engine.load.memory(&caller);
    let prepared = async {
        meter.holds(engine.load.begin(&caller)?);
        let standing = match &caller.key {
            Some(key) => engine.rates.take(&engine.services, key).await?,
            None => None,
        };
        let decoder = Decoder::of(&headers).map_err(not_decoded)?;
        let body = read_body(&engine, request.into_body(), decoder, &mut memory).await?;
        let reading = with_bytes(body.len(), || {
            let read = RequestBody::read(body)?;
            let given = Given::of(read.body());
            Ok::<_, Refusal>((read, given))
        });
        let (read, given) = reading.await??;
        meter.asks_for(&read.model);
        // What was true when the request began may have changed while its body came.
        let (_, provider, model) = engine
            .services
            .snapshot()
            .choose(key, &read.model, engine.services.now())
            .map_err(|refused| refused_for(&engine, &caller, refused, &read.model))?;
        meter.goes_to(provider.clone(), model);
        meter.gives(given);
        meter.admit()?;
        let ending = engine.ending(Permit::of_key(key, provider.id, model), &read.model);
        // A limit of tokens must not be avoided by not asking how many there were.
        let stream = read.stream;
        let asks_usage = endpoint.tells_usage_when_asked() && read.usage_is_not_asked_for();
        let mut for_asking = engine.load.memory(&caller);
        if asks_usage {
            let bytes = read.body().len() + ASKING_BYTES;
            for_asking.reach(bytes, bytes).await?;
        }
        let model = model.to_owned();
        let writing = with_bytes(read.body().len(), move || {
            (
                read.with_model(&model),
                asks_usage.then(|| read.asking_usage(&model)),
            )
        });
        let (plain, asking) = writing.await?;
        let plain = memory.hold(plain);
        let (body, without_usage) = match asking {
            Some(asking) => (for_asking.hold(asking), Some(plain)),
            None => (plain, None),
        };
        Ok((standing, provider, body, without_usage, stream, ending))
    }
    .await;
    let (standing, provider, body, without_usage, stream, ending) = match prepared {
        Ok(prepared) => prepared,
        Err(refusal) => {
            let refusal: Refusal = refusal;
            return meter.refuse(&refusal);
        }
    };
    let request = UpstreamRequest {
        provider: &provider,
        endpoint,
        headers: &headers,
        body,
        stream,
        without_usage,
        memory: engine.load.memory(&caller),
        ending,
    };
    let mut response = engine.answer(request, meter).await;
    if let Some(standing) = standing {
        standing.write(response.headers_mut());
    }
    response
}

async fn read_body(
    engine: &Engine,
    body: Body,
    mut decoder: Decoder,
    memory: &mut Memory,
) -> Result<Bytes, Refusal> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or(usize::MAX);
    if expected > BODY_BYTES {
        return Err(too_large());
    }
    // Before a byte is read: what has no room stays with the client.
    memory.reach(expected, expected).await?;
    let mut body = Limited::new(body, BODY_BYTES);
    let mut whole = BytesMut::with_capacity(expected);
    let reading = async {
        while let Some(frame) = body.frame().await {
            let data = match frame {
                Ok(frame) => frame.into_data().unwrap_or_default(),
                Err(error) if error.is::<LengthLimitError>() => return Err(too_large()),
                Err(_) => {
                    return Err(Refusal::invalid(
                        "body_incomplete",
                        None,
                        "The request's body ended early. Send it again.",
                    ));
                }
            };
            if decoder.is_plain() {
                memory.reach(whole.len() + data.len(), BODY_BYTES).await?;
                whole.extend_from_slice(&data);
                continue;
            }
            for step in data.chunks(decode::STEP) {
                let room = BODY_BYTES - whole.len();
                let step = decoder.push(step, room).map_err(not_decoded)?;
                let (reached, held) = (whole.len() + step.len(), decoder.held());
                memory.reach(reached + held, BODY_BYTES + held).await?;
                whole.extend_from_slice(&step);
                // A small body can be large inside; others have their turn meanwhile.
                tokio::task::yield_now().await;
            }
        }
        decoder.finish().map_err(not_decoded)
    };
    tokio::time::timeout(engine.limits.body, reading)
        .await
        .unwrap_or_else(|_| {
            Err(Refusal::new(
                408,
                "body_timeout",
                "The request's body did not arrive in time. Send it again.",
            ))
        })?;
    Ok(whole.freeze())
}

fn too_large() -> Refusal {
    Refusal::new(
        413,
        "body_too_large",
        format!(
            "The request is larger than {} MB. Send less at once.",
            BODY_BYTES / 1024 / 1024
        ),
    )
}

fn not_decoded(why: DecodeError) -> Refusal {
    match why {
        DecodeError::TooLarge => too_large(),
        DecodeError::Damaged(_) => Refusal::invalid(
            "body_not_decoded",
            None,
            "The request's body is not what its Content-Encoding says. Send it again, or uncompressed.",
        ),
        DecodeError::Unknown => Refusal::new(
            415,
            "unsupported_encoding",
            format!(
                "This Content-Encoding cannot be read. Send one of: {}.",
                Decoder::KNOWN
            ),
        ),
    }
}

/// Any other path, those without `/v1` among them. **Permissions:** everybody.
async fn unknown_path(State(engine): State<Engine>, method: Method, uri: Uri) -> Refusal {
    astray(&engine.services, &method, uri.path()).unwrap_or_else(|| {
        Refusal::new(
            404,
            "unknown_path",
            format!(
                "There is no {method} {} here. There are: {}.",
                uri.path().chars().take(100).collect::<String>(),
                paths()
                    .iter()
                    .filter(|(_, path)| path.starts_with("/v1"))
                    .map(|(method, path)| format!("{method} {path}"))
                    .collect::<Vec<_>>()
                    .join(", ")
            ),
        )
    })
}

async fn wrong_method(method: Method) -> Response<Body> {
    let mut response = Refusal::new(
        405,
        "wrong_method",
        format!(
            "{method} is not possible here. Models and usage are read with GET, everything else is sent with POST."
        ),
    )
    .response();
    response
        .headers_mut()
        .insert(header::ALLOW, header::HeaderValue::from_static("GET, POST"));
    response
}

impl From<Denial> for Refusal {
    fn from(denial: Denial) -> Self {
        Self::by_rule(denial.into(), None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tower::ServiceExt;

    #[tokio::test]
    async fn a_web_page_can_read_that_a_request_panicked() {
        async fn panics() {
            panic!("as nobody thought of");
        }
        let origins = Origins::parse("https://app.example.com").unwrap();
        let router = around(Router::new().route("/v1/models", get(panics)), origins);
        let request = Request::get("/v1/models").header(header::ORIGIN, "https://app.example.com");
        let answer = router
            .oneshot(request.body(Body::empty()).unwrap())
            .await
            .unwrap();
        assert_eq!(answer.status(), 500);
        assert_eq!(
            answer.headers()[header::ACCESS_CONTROL_ALLOW_ORIGIN],
            "https://app.example.com"
        );
        let told = answer.into_body().collect().await.unwrap().to_bytes();
        let told: Value = serde_json::from_slice(&told).unwrap();
        assert_eq!(told["error"]["code"], "internal");
    }
}
