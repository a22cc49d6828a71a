//! Speaking to a provider of OpenID Connect (OpenID Connect Core 1.0, Discovery 1.0; PKCE, RFC 7636). What can be told
//! apart by an attacker is the library's to check; requests go through the connector that checks addresses.

use super::connector;
use crate::Services;
use crate::upstream::connect::Connector;
use chrono::{DateTime, Duration as Span, Utc};
use domain::Role;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::rt::TokioExecutor;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreIdTokenClaims, CoreProviderMetadata, CoreUserInfoClaims,
};
use openidconnect::{
    AuthorizationCode, ClientId, ClientSecret, CsrfToken, HttpRequest, HttpResponse, IssuerUrl, Nonce,
    OAuth2TokenResponse, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope, TokenResponse,
};
use secrecy::{ExposeSecret, SecretString};
use std::error::Error;
use std::time::Duration;

/// How long connecting may take, and each answer.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
const ANSWER_WITHIN: Duration = Duration::from_secs(10);
/// Most octets of an answer.
const ANSWER_BYTES: usize = 512 * 1024;
/// How far the provider's clock may be off.
const SKEW_SECONDS: i64 = 60;

/// What an organization has set, as it is used.
pub(super) struct Asked {
    pub(super) redirect_url: String,
    pub(super) issuer: String,
    pub(super) client_id: String,
    pub(super) secret: Option<SecretString>,
    /// The role of those who join.
    pub(super) role: Role,
    /// The domains of the organization's addresses.
    pub(super) domains: Vec<String>,
}

/// A person, as the provider vouches for them.
pub(super) struct Person {
    pub(super) issuer: String,
    pub(super) subject: String,
    /// Only an address that the provider has verified.
    pub(super) email: Option<String>,
    pub(super) name: String,
}

pub(super) struct BegunAt {
    pub(super) url: String,
    pub(super) state: String,
    pub(super) nonce: String,
    pub(super) verifier: String,
}

/// A provider that was just asked who it is; its keys are as new as that.
pub(super) struct Provider {
    metadata: CoreProviderMetadata,
    way: Way,
    now: DateTime<Utc>,
}

impl Provider {
    /// Asks the issuer for its metadata and keys. Fails with what went wrong, for people.
    pub(super) async fn find(services: &Services, issuer: &str) -> Result<Self, String> {
        let way = Way::new(services)?;
        let issuer = IssuerUrl::new(issuer.to_owned()).map_err(|error| chain(&error))?;
        let metadata = CoreProviderMetadata::discover_async(issuer, &|request| way.clone().fetch(request))
            .await
            .map_err(|error| chain(&error))?;
        let now = DateTime::from_timestamp_millis(services.now().0).unwrap_or_default();
        Ok(Self { metadata, way, now })
    }

    pub(super) fn begin(self, asked: &Asked, hint: &str) -> Result<BegunAt, String> {
        let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
        let client =
            CoreClient::from_provider_metadata(self.metadata, ClientId::new(asked.client_id.clone()), None)
                .set_redirect_uri(redirect(asked)?);
        let request = client
            .authorize_url(
                CoreAuthenticationFlow::AuthorizationCode,
                CsrfToken::new_random,
                Nonce::new_random,
            )
            .add_scope(Scope::new("email".to_owned()))
            .add_scope(Scope::new("profile".to_owned()))
            .set_pkce_challenge(challenge);
        let request = match hint {
            "" => request,
            hint => request.add_extra_param("login_hint", hint.to_owned()),
        };
        let (url, state, nonce) = request.url();
        Ok(BegunAt {
            url: url.into(),
            state: state.secret().clone(),
            nonce: nonce.secret().clone(),
            verifier: verifier.into_secret(),
        })
    }

    /// Exchanges the code and verifies what comes: signature, issuer, audience, authorized party, nonce, and time.
    pub(super) async fn finish(
        self,
        asked: &Asked,
        code: String,
        nonce: String,
        verifier: String,
    ) -> Result<Person, String> {
        let Self { metadata, way, now } = self;
        let http = |request| way.clone().fetch(request);
        let secret = asked.secret.as_ref();
        let client = CoreClient::from_provider_metadata(
            metadata,
            ClientId::new(asked.client_id.clone()),
            secret.map(|secret| ClientSecret::new(secret.expose_secret().to_owned())),
        )
        .set_redirect_uri(redirect(asked)?);
        let tokens = client
            .exchange_code(AuthorizationCode::new(code))
            .map_err(|error| chain(&error))?
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&http)
            .await
            .map_err(|error| chain(&error))?;
        let token = tokens.id_token().ok_or("the provider sent no ID token")?;
        let skew = Span::seconds(SKEW_SECONDS);
        let check = client
            .id_token_verifier()
            .set_time_fn(move || now - skew)
            .set_issue_time_verifier_fn(move |issued| match issued <= now + skew {
                true => Ok(()),
                false => Err("it was issued in the future".to_owned()),
            });
        let claims: &CoreIdTokenClaims = token
            .claims(&check, &Nonce::new(nonce))
            .map_err(|error| chain(&error))?;
        let azp = claims.authorized_party().map(|party| party.as_str());
        if azp.is_some_and(|party| party != asked.client_id) {
            return Err("the ID token is for another client".to_owned());
        }
        let mut person = Person {
            issuer: claims.issuer().to_string(),
            subject: claims.subject().to_string(),
            email: verified(
                claims.email().map(|email| email.as_str()),
                claims.email_verified(),
            ),
            name: text(
                claims
                    .name()
                    .and_then(|name| name.get(None))
                    .map(|name| name.as_str()),
            ),
        };
        if person.email.is_none() && client.user_info_url().is_some() {
            let info: CoreUserInfoClaims = client
                .user_info(tokens.access_token().clone(), Some(claims.subject().clone()))
                .map_err(|error| chain(&error))?
                .request_async(&http)
                .await
                .map_err(|error| chain(&error))?;
            person.email = verified(info.email().map(|email| email.as_str()), info.email_verified());
            if person.name.is_empty() {
                person.name = text(
                    info.name()
                        .and_then(|name| name.get(None))
                        .map(|name| name.as_str()),
                );
            }
        }
        Ok(person)
    }
}

/// An address counts only where the provider says that it verified it.
fn verified(email: Option<&str>, verified: Option<bool>) -> Option<String> {
    email.filter(|_| verified == Some(true)).map(str::to_owned)
}

fn text(text: Option<&str>) -> String {
    text.unwrap_or_default().trim().to_owned()
}

fn redirect(asked: &Asked) -> Result<RedirectUrl, String> {
    RedirectUrl::new(asked.redirect_url.clone()).map_err(|error| chain(&error))
}

/// The way of requests to providers.
#[derive(Clone)]
struct Way {
    client: HttpClient<HttpsConnector<Connector>, Full<Bytes>>,
    /// Whether what is sent may go unencrypted.
    insecure: bool,
}

/// Why a provider did not answer.
#[derive(Debug, thiserror::Error)]
enum FetchError {
    #[error("its address does not begin with https://")]
    Insecure,
    #[error("it did not answer in time")]
    Timeout,
    #[error("it cannot be reached")]
    Connect(#[source] hyper_util::client::legacy::Error),
    #[error("its answer broke off or was too long")]
    Body(#[source] Box<dyn Error + Send + Sync>),
}

impl Way {
    fn new(services: &Services) -> Result<Self, String> {
        let connector = connector(services.reach(), CONNECT_WITHIN).map_err(|error| chain(&error))?;
        Ok(Self {
            client: HttpClient::builder(TokioExecutor::new()).build(connector),
            insecure: services.inner.allow_private_providers,
        })
    }

    /// One request. No redirect is followed.
    async fn fetch(self, request: HttpRequest) -> Result<HttpResponse, FetchError> {
        if !self.insecure && request.uri().scheme_str() != Some("https") {
            return Err(FetchError::Insecure);
        }
        let asked = async {
            let answer = self
                .client
                .request(request.map(|body| Full::new(Bytes::from(body))))
                .await
                .map_err(FetchError::Connect)?;
            let (parts, body) = answer.into_parts();
            let body = Limited::new(body, ANSWER_BYTES)
                .collect()
                .await
                .map_err(FetchError::Body)?;
            Ok(HttpResponse::from_parts(parts, body.to_bytes().to_vec()))
        };
        tokio::time::timeout(ANSWER_WITHIN, asked)
            .await
            .unwrap_or(Err(FetchError::Timeout))
    }
}

/// An error with its causes, as one line without the end that sentences have.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text.push_str(": ");
        text.push_str(&inner.to_string());
        cause = inner.source();
    }
    text
}
