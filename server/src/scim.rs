//! SCIM over HTTP (RFC 7644): which path and method does what, and how it is answered. For machines: a token and no
//! session, no cookie, no page.

use crate::state::AppState;
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, FromRequest, Path, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::map_request;
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use domain::limits::SCIM_BODY_BYTES;
use serde_json::{Map, Value};
use services::{
    Precondition, Projection, RequestNote, ScimConnection, ScimError, ScimKind, ScimQuery, ScimRefusal,
    ScimResource, names_version,
};
use std::any::Any;
use std::collections::BTreeMap;
use std::time::Duration;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

/// The type of answers, and of bodies that are sent.
const SCIM_JSON: &str = "application/scim+json";
/// Where it all is.
const PREFIX: &str = "/o/{org}/scim/v2";
/// A request that takes longer has failed: a change of a large directory's largest group takes a few seconds.
const ANSWER_WITHIN: Duration = Duration::from_secs(60);

/// The routes for directories: method and path. Listed, so that a test can ask each of them.
pub fn paths() -> Vec<(&'static str, String)> {
    let reads = [
        "ServiceProviderConfig",
        "ResourceTypes",
        "ResourceTypes/User",
        "Schemas",
    ];
    let mut paths: Vec<_> = reads
        .iter()
        .map(|path| ("GET", format!("{PREFIX}/{path}")))
        .collect();
    for kind in ScimKind::ALL {
        let endpoint = kind.endpoint();
        paths.push(("GET", format!("{PREFIX}/Schemas/{}", kind.schema())));
        for method in ["GET", "POST"] {
            paths.push((method, format!("{PREFIX}/{endpoint}")));
        }
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            paths.push((method, format!("{PREFIX}/{endpoint}/{{id}}")));
        }
    }
    paths
}

/// Everything below the prefix: whoever has no token learns nothing of what is there.
pub fn router(state: AppState) -> Router {
    Router::new()
        .route(PREFIX, any(asked))
        .route(&format!("{PREFIX}/"), any(asked))
        .route(&format!("{PREFIX}/{{*rest}}"), any(asked))
        .layer(
            ServiceBuilder::new()
                .layer(map_request(gateway::linger))
                .layer(CatchPanicLayer::custom(panicked))
                .layer(DefaultBodyLimit::max(SCIM_BODY_BYTES)),
        )
        .with_state(state)
}

/// One request that fails in a way nobody thought of fails alone.
fn panicked(_: Box<dyn Any + Send>) -> Response {
    tracing::error!("a request by SCIM panicked");
    refused(&ScimRefusal::new(
        500,
        "Something went wrong on the server. Try again.",
    ))
}

async fn asked(
    State(state): State<AppState>,
    path: Result<Path<BTreeMap<String, String>>, axum::extract::rejection::PathRejection>,
    request: Request,
) -> Response {
    let place = path.map(|Path(place)| place).unwrap_or_default();
    let answered = async {
        match tokio::time::timeout(ANSWER_WITHIN, answer(&state, &place, request)).await {
            Ok(answered) => answered,
            Err(_) => {
                Err(ScimRefusal::new(504, "This took too long and was stopped. Ask for less at once.").into())
            }
        }
    };
    let answered = tokio::select! {
        biased;
        () = state.services.until_database_is_away() => {
            let mut away = ScimRefusal::new(503, "The database does not answer at the moment. Try again in a few seconds.");
            away.retry_after = Some(2);
            Err(away.into())
        }
        answered = answered => answered,
    };
    answered.unwrap_or_else(|error: ScimError| {
        if let Some(error) = error.internal() {
            tracing::error!(
                error = error as &dyn std::error::Error,
                "a request by SCIM failed"
            );
        }
        refused(&error.refusal())
    })
}

/// What a path names.
enum Target<'a> {
    Config,
    ResourceTypes,
    ResourceType(&'a str),
    Schemas,
    Schema(&'a str),
    All(ScimKind),
    One(ScimKind, &'a str),
    /// A query as a body (RFC 7644, 3.4.3).
    Search,
}

impl<'a> Target<'a> {
    fn read(rest: &'a str) -> Option<Self> {
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        let (first, id) = match rest.split_once('/') {
            Some((first, id)) => (first, Some(id)),
            None => (rest, None),
        };
        if id.is_some_and(|id| id.is_empty() || id.contains('/')) {
            return None;
        }
        if id.unwrap_or(first) == ".search" {
            return Some(Self::Search);
        }
        let kind = ScimKind::ALL.into_iter().find(|kind| kind.endpoint() == first);
        Some(match (first, kind, id) {
            (_, Some(kind), None) => Self::All(kind),
            (_, Some(kind), Some(id)) => Self::One(kind, id),
            ("ServiceProviderConfig", _, None) => Self::Config,
            ("ResourceTypes", _, None) => Self::ResourceTypes,
            ("ResourceTypes", _, Some(id)) => Self::ResourceType(id),
            ("Schemas", _, None) => Self::Schemas,
            ("Schemas", _, Some(id)) => Self::Schema(id),
            _ => return None,
        })
    }

    /// The methods that it takes, as `Allow` lists them.
    fn methods(&self) -> &'static str {
        match self {
            Self::All(_) => "GET, HEAD, POST",
            Self::Search => "POST",
            Self::One(..) => "GET, HEAD, PUT, PATCH, DELETE",
            _ => "GET, HEAD",
        }
    }
}

async fn answer(
    state: &AppState,
    place: &BTreeMap<String, String>,
    request: Request,
) -> Result<Response, ScimError> {
    let connection = connection(state, place, request.headers()).await?;
    if let Some(note) = request.extensions().get::<RequestNote>() {
        let organization = place.get("org").map(|org| org.as_str().into());
        note.set(|noted| noted.organization = organization);
    }
    let rest = place.get("rest").map(String::as_str).unwrap_or_default();
    let target = Target::read(rest).ok_or_else(|| ScimRefusal::new(404, "There is nothing at this path."))?;
    let method = request.method().clone();
    if !target
        .methods()
        .split(", ")
        .any(|allowed| allowed == method.as_str())
    {
        let refusal = ScimRefusal::new(405, format!("This path takes {}.", target.methods()));
        let allow = [(header::ALLOW, target.methods())];
        return Ok((allow, refused(&refusal)).into_response());
    }
    let parameters = parameters(request.uri().query());
    let base = connection.base();
    let document = match &target {
        Target::ResourceTypes | Target::Schemas if parameters.contains_key("filter") => {
            return Err(ScimRefusal::new(403, "This list cannot be filtered (RFC 7644, 4).").into());
        }
        // Directories do not use it; the standard has a status for that.
        Target::Search => {
            return Err(ScimRefusal::new(501, "Queries are sent as GET with parameters.").into());
        }
        Target::Config => Some(services::service_provider_config(base)),
        Target::ResourceTypes => Some(services::resource_types(base)),
        Target::ResourceType(id) => services::resource_type(base, id),
        Target::Schemas => Some(services::schemas(base)),
        Target::Schema(id) => services::schema(base, id),
        Target::All(kind) => return of_all(state, &connection, *kind, method, &parameters, request).await,
        Target::One(kind, id) => {
            return of_one(state, &connection, (*kind, *id), method, &parameters, request).await;
        }
    };
    let document = document.ok_or_else(|| ScimRefusal::new(404, "There is nothing at this path."))?;
    Ok(json(StatusCode::OK, &document))
}

/// Whoever presents a live token of the organization in the path, in exactly one way.
async fn connection(
    state: &AppState,
    place: &BTreeMap<String, String>,
    headers: &HeaderMap,
) -> Result<ScimConnection, ScimError> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let token = match (sent.next(), sent.next()) {
        (Some(one), None) => one.to_str().ok().and_then(|one| one.strip_prefix("Bearer ")),
        _ => None,
    };
    let org = place.get("org").map(String::as_str).unwrap_or_default();
    let found = match token {
        Some(token) => state.services.scim_connection(org, token).await?,
        None => None,
    };
    let unknown = "Send a token that is live in this organization, as Authorization: Bearer TOKEN.";
    Ok(found.ok_or_else(|| ScimRefusal::new(401, unknown))?)
}

/// The parameters of a query by their names in small letters; of several alike, the first.
fn parameters(query: Option<&str>) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        let name = name.to_ascii_lowercase();
        parameters.entry(name).or_insert_with(|| value.into_owned());
    }
    parameters
}

fn projection(parameters: &BTreeMap<String, String>) -> Projection {
    let list = |name| parameters.get(name).map(String::as_str);
    Projection::new(list("attributes"), list("excludedattributes"))
}

/// A whole number, as large as it may be written.
fn number(parameters: &BTreeMap<String, String>, name: &str) -> Result<Option<i64>, ScimRefusal> {
    let Some(text) = parameters.get(&name.to_ascii_lowercase()) else {
        return Ok(None);
    };
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        let mut refusal = ScimRefusal::syntax(format!("{name} is a whole number."));
        refusal.scim_type = Some("invalidValue");
        return Err(refusal);
    }
    let beyond = if text.starts_with('-') { i64::MIN } else { i64::MAX };
    Ok(Some(text.parse().unwrap_or(beyond)))
}

async fn of_all(
    state: &AppState,
    connection: &ScimConnection,
    kind: ScimKind,
    method: Method,
    parameters: &BTreeMap<String, String>,
    request: Request,
) -> Result<Response, ScimError> {
    let projection = projection(parameters);
    if method == Method::POST {
        let body = body(request).await?;
        let made = state.services.scim_create(connection, kind, &body).await?;
        let location = [(header::LOCATION, made.location.clone())];
        return Ok((location, resource(StatusCode::CREATED, kind, &made, &projection)).into_response());
    }
    let query = ScimQuery {
        filter: parameters.get("filter").cloned(),
        start_index: number(parameters, "startIndex")?,
        count: number(parameters, "count")?,
        projection,
    };
    let found = state.services.scim_list(connection, kind, &query).await?;
    Ok(json(StatusCode::OK, &found))
}

async fn of_one(
    state: &AppState,
    connection: &ScimConnection,
    (kind, id): (ScimKind, &str),
    method: Method,
    parameters: &BTreeMap<String, String>,
    request: Request,
) -> Result<Response, ScimError> {
    let (services, projection) = (&state.services, projection(parameters));
    let precondition = Precondition::new(listed(request.headers(), header::IF_MATCH).as_deref());
    let known = listed(request.headers(), header::IF_NONE_MATCH);
    let done = match method {
        Method::DELETE => {
            services
                .scim_delete(connection, (kind, id), &precondition)
                .await?;
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        Method::PUT => {
            let body = body(request).await?;
            services
                .scim_replace(connection, (kind, id), &precondition, &body)
                .await?
        }
        Method::PATCH => {
            let body = body(request).await?;
            services
                .scim_modify(connection, (kind, id), &precondition, &body)
                .await?
        }
        _ => {
            let found = services.scim_get(connection, kind, id).await?;
            if known.is_some_and(|known| names_version(&known, &found.version)) {
                return Ok((StatusCode::NOT_MODIFIED, etag(&found)).into_response());
            }
            found
        }
    };
    Ok(resource(StatusCode::OK, kind, &done, &projection))
}

/// The lines of a header that is a list, as one.
fn listed(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    let lines: Vec<&str> = headers
        .get_all(name)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .collect();
    (!lines.is_empty()).then(|| lines.join(","))
}

/// The body of a request: an object.
async fn body(request: Request) -> Result<Map<String, Value>, ScimRefusal> {
    let is_json = |kind: &HeaderValue| {
        let kind = kind.to_str().unwrap_or_default();
        let kind = kind.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case(SCIM_JSON) || kind.eq_ignore_ascii_case("application/json")
    };
    let headers = request.headers();
    if !headers.get(header::CONTENT_TYPE).is_some_and(is_json)
        || headers.contains_key(header::CONTENT_ENCODING)
    {
        return Err(ScimRefusal::new(
            415,
            format!("Send the body as {SCIM_JSON}, not compressed."),
        ));
    }
    let bytes = Bytes::from_request(request, &()).await.map_err(|why| {
        if why.status() == StatusCode::PAYLOAD_TOO_LARGE {
            ScimRefusal::new(413, format!("The body is longer than {SCIM_BODY_BYTES} octets."))
        } else {
            ScimRefusal::syntax("The body did not arrive whole.")
        }
    })?;
    match serde_json::from_slice(&bytes) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(ScimRefusal::syntax("The body is not an object.")),
        Err(why) => Err(ScimRefusal::syntax(format!("The body is not JSON: {why}."))),
    }
}

fn etag(resource: &ScimResource) -> [(HeaderName, String); 1] {
    [(header::ETAG, resource.version.clone())]
}

fn resource(
    status: StatusCode,
    kind: ScimKind,
    resource: &ScimResource,
    projection: &Projection,
) -> Response {
    (etag(resource), json(status, &projection.apply(kind, resource))).into_response()
}

fn json(status: StatusCode, body: &Value) -> Response {
    let kind = [(header::CONTENT_TYPE, SCIM_JSON)];
    (status, kind, Body::from(body.to_string())).into_response()
}

fn refused(refusal: &ScimRefusal) -> Response {
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = json(status, &refusal.body());
    let headers = response.headers_mut();
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(seconds) = refusal.retry_after {
        headers.insert(header::RETRY_AFTER, seconds.into());
    }
    response
}
