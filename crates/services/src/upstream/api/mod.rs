//! How each kind of provider is spoken to: paths, credential, list of models.

mod anthropic;
mod azure;
mod gemini;
mod ollama;
mod openai;

use domain::provider::ApiType;

/// A path of the API that requests to models are made to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/v1/chat/completions`.
    ChatCompletions,
    /// `/v1/completions`.
    Completions,
    /// `/v1/embeddings`.
    Embeddings,
    /// `/v1/responses`.
    Responses,
    /// `/v1/messages`, Anthropic's own.
    Messages,
    /// `/v1/messages/count_tokens`, Anthropic's own as well.
    CountTokens,
}

impl Endpoint {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::ChatCompletions,
        Self::Completions,
        Self::Embeddings,
        Self::Responses,
        Self::Messages,
        Self::CountTokens,
    ];

    /// The path below `/v1/`.
    pub fn path(self) -> &'static str {
        match self {
            Self::ChatCompletions => "chat/completions",
            Self::Completions => "completions",
            Self::Embeddings => "embeddings",
            Self::Responses => "responses",
            Self::Messages => "messages",
            Self::CountTokens => "messages/count_tokens",
        }
    }

    /// Whether a stream of it tells usage only to whoever sets `stream_options` (OpenAI's API reference, chat).
    pub fn tells_usage_when_asked(self) -> bool {
        matches!(self, Self::ChatCompletions | Self::Completions)
    }

    /// Whether a model is asked; to count tokens costs none.
    pub fn uses_tokens(self) -> bool {
        self != Self::CountTokens
    }

    /// Whether only Anthropic has it.
    pub fn is_anthropics(self) -> bool {
        matches!(self, Self::Messages | Self::CountTokens)
    }
}

/// What is asked of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A model, or something about one.
    Endpoint(Endpoint),
    /// Which models there are.
    Models,
}

/// The name and the value of a header.
pub type Header = (&'static str, String);

/// An API, as far as it differs from OpenAI's, which the others resemble.
pub trait Api: Sync {
    /// The URL of an endpoint below a base URL without a slash at its end; `None` where this API has no such endpoint.
    fn endpoint(&self, base: &str, endpoint: Endpoint) -> Option<String> {
        (!endpoint.is_anthropics()).then(|| format!("{base}/{}", endpoint.path()))
    }

    /// The header that carries the credential.
    fn credential(&self, _: Purpose, credential: &str) -> Header {
        ("authorization", format!("Bearer {credential}"))
    }

    /// The header in which the API's version is named, and the version where a client names none.
    fn version(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// The paths at which models may be listed, the likeliest first; `path` is that of the base URL, without a slash at its
    /// end.
    fn lists(&self, path: &str) -> Vec<String> {
        vec![format!("{path}/models")]
    }

    /// The parameter that asks for the largest page of a list, where lists come in pages.
    fn page_size(&self) -> Option<(&'static str, &'static str)> {
        None
    }

    /// The parameter that names the last entry of the page before, where a list only says that there is more.
    fn page_after(&self) -> &'static str {
        "after"
    }

    /// Whether a list is below `models` rather than below `data`.
    fn lists_below_models(&self) -> bool {
        false
    }

    /// What stands before the name of a model in a list and is no part of it.
    fn name_prefix(&self) -> &'static str {
        ""
    }

    /// What an administrator is told when there are no models.
    fn no_models(&self) -> &'static str {
        "It answers, but offers no models to this credential. Edit the provider to enter model names by hand."
    }

    /// What status 400 to a question for models usually means; `None` is nothing in particular.
    fn bad_request(&self) -> Option<&'static str> {
        None
    }
}

/// How providers of a kind are spoken to.
pub fn of(api_type: ApiType) -> &'static dyn Api {
    match api_type {
        ApiType::OpenAi | ApiType::OpenAiCompatible => &openai::OpenAi,
        ApiType::Anthropic => &anthropic::Anthropic,
        ApiType::Gemini => &gemini::Gemini,
        ApiType::AzureOpenAi => &azure::Azure,
        ApiType::Ollama => &ollama::Ollama,
    }
}

/// The URL of an endpoint of an imitation of OpenAI's API that lies in a part of its own below a base URL, which may name
/// that part already.
fn endpoint_in(part: &str, base: &str, endpoint: Endpoint) -> Option<String> {
    let base = without(base, part);
    (!endpoint.is_anthropics()).then(|| format!("{base}{part}/{}", endpoint.path()))
}

/// What a path is without its last part, if that is this one: either may be a base URL.
fn without<'a>(path: &'a str, last: &str) -> &'a str {
    path.strip_suffix(last).unwrap_or(path)
}
