//! Providers: what is registered, how it is edited, how a test of it reads.

use crate::history::{DayUsage, Granted};
use crate::role::{UnknownName, named};
use crate::spend::SpendSum;
use crate::{MemberId, MemberStatus, ProviderId, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

named!(
    /// How a provider is spoken to.
    ApiType {
        /// api.openai.com.
        OpenAi = "openai", "OpenAI";
        /// api.anthropic.com.
        Anthropic = "anthropic", "Anthropic";
        /// generativelanguage.googleapis.com.
        Gemini = "gemini", "Google Gemini";
        /// A resource of Azure OpenAI.
        AzureOpenAi = "azure_openai", "Azure OpenAI";
        /// An Ollama server.
        Ollama = "ollama", "Ollama";
        /// Anything that answers the OpenAI API: vLLM, llama.cpp, LiteLLM, …
        OpenAiCompatible = "openai_compatible", "OpenAI-compatible";
    }
);

impl ApiType {
    /// What the form fills in for the base URL. An example host where each customer has one of their own.
    pub fn default_base_url(self) -> &'static str {
        match self {
            Self::OpenAi => "https://api.openai.com/v1",
            Self::Anthropic => "https://api.anthropic.com/v1",
            Self::Gemini => "https://generativelanguage.googleapis.com/v1beta",
            Self::AzureOpenAi => "https://YOUR-RESOURCE.openai.azure.com/openai/v1",
            Self::Ollama => "http://127.0.0.1:11434",
            Self::OpenAiCompatible => "http://127.0.0.1:8000/v1",
        }
    }

    /// Requests name a version of the API.
    pub fn has_api_version(self) -> bool {
        self == Self::AzureOpenAi
    }

    /// The service answers only with a credential.
    pub fn needs_credential(self) -> bool {
        !matches!(self, Self::Ollama | Self::OpenAiCompatible)
    }
}

named!(
    /// Whether a provider can be used at all.
    ProviderStatus {
        /// Hidden everywhere; its grants are kept.
        Inactive = "inactive", "Inactive";
        /// Usable by those to whom it is allowed.
        Active = "active", "Active";
    }
);

/// A provider as shown in a row, a filter or the Allowed providers dialog.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProviderRef {
    /// Which provider.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Active or not.
    pub status: ProviderStatus,
    /// How it is spoken to.
    pub api_type: ApiType,
}

impl ProviderRef {
    /// What kind it is and whether it is active, as lists to choose from show it.
    pub fn about(&self) -> String {
        format!(
            "{} · {}",
            self.api_type.label(),
            self.status.label().to_lowercase()
        )
    }
}

/// A provider in the Providers page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderView {
    /// Which provider.
    pub id: ProviderId,
    /// Its name.
    pub name: String,
    /// Its part of model names: `slug/model`. Set when registered, never changed: grants and clients rely on it.
    pub slug: String,
    /// How it is spoken to.
    pub api_type: ApiType,
    /// Where it answers.
    pub base_url: String,
    /// The version of Azure's API that requests name; empty is none.
    #[serde(default)]
    pub api_version: String,
    /// Names of models that were entered by hand. When there are any, they are offered and what it lists is not.
    #[serde(default)]
    pub models: Vec<String>,
    /// What it is for.
    pub description: String,
    /// A credential is stored. The credential itself is never shown again.
    pub has_credential: bool,
    /// Active or not.
    pub status: ProviderStatus,
    /// Members it is allowed to, whatever their status.
    pub members: u32,
    /// The version an edit must carry.
    pub version: i64,
    /// How it has been answering.
    pub health: ProviderHealth,
}

/// Every provider, for the Providers page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderList {
    /// They, by name.
    pub providers: Vec<ProviderView>,
    /// The server's clock.
    pub now: Timestamp,
}

/// One provider with everything its page tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderDetails {
    /// What the list of providers shows of it.
    pub provider: ProviderView,
    /// Names of the models it offers, up to [`crate::limits::PROVIDER_MODELS_SHOWN`], by name.
    pub models: Vec<String>,
    /// Names of the models that are switched off, whether it lists them or not.
    pub models_off: Vec<String>,
    /// Teams that carry it, by name.
    pub teams: Vec<ProviderTeam>,
    /// Members it is allowed to, by name, up to [`crate::limits::PROVIDER_MEMBERS_SHOWN`].
    pub members: Vec<ProviderMember>,
    /// Usage of each of the last thirty days in UTC, today last.
    pub days: Vec<DayUsage>,
    /// What this month cost so far; a month of UTC, as on Spend.
    pub month: SpendSum,
    /// The server's clock.
    pub now: Timestamp,
}

/// A team that carries a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderTeam {
    /// The version of the team that an edit must carry.
    pub version: i64,
    /// How many rows (members and invitations) belong to it.
    pub members: u32,
    /// Which team, since when, until when and by whom.
    pub granted: Granted,
}

/// A member who may use a provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderMember {
    /// The row of AI Access.
    pub id: MemberId,
    /// What to call the person.
    pub name: String,
    /// E-mail.
    pub email: String,
    /// Active or suspended.
    pub status: MemberStatus,
    /// By which source it came to be allowed, their own before a team; `None` when the row says nothing about it.
    pub granted: Option<Granted>,
    /// The last request that went well, of those in `days`; `None` is none in that time.
    pub last_used: Option<Timestamp>,
}

/// How a provider has been answering: tests, refreshing its models, and requests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ProviderHealth {
    /// Models it offers: those entered by hand, or else those it lists.
    pub models: u32,
    /// When they were last asked for; `None` is never.
    pub models_at: Option<Timestamp>,
    /// When it last answered.
    pub last_success_at: Option<Timestamp>,
    /// When it last failed to.
    pub last_error_at: Option<Timestamp>,
    /// What was wrong then, as a sentence.
    pub last_error: Option<String>,
}

impl ProviderHealth {
    /// The last thing heard of it is a failure.
    pub fn is_failing(&self) -> bool {
        self.last_error_at.is_some() && self.last_error_at > self.last_success_at
    }
}

/// What registering or editing a provider sends.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProviderInput {
    /// Its name.
    pub name: String,
    /// Its slug; empty makes one from the name. Ignored when editing.
    pub slug: String,
    /// How it is spoken to.
    pub api_type: ApiType,
    /// Where it answers.
    pub base_url: String,
    /// The version of Azure's API; empty for every other API type.
    #[serde(default)]
    pub api_version: String,
    /// Names of models entered by hand; none offers what the provider lists.
    #[serde(default)]
    pub models: Vec<String>,
    /// What it is for; may be empty.
    pub description: String,
    /// The new credential. `None` keeps the stored one, an empty text removes it.
    pub credential: Option<String>,
}

/// Without the credential, so that it is in no log.
impl fmt::Debug for ProviderInput {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProviderInput")
            .field("name", &self.name)
            .field("slug", &self.slug)
            .field("api_type", &self.api_type)
            .field("base_url", &self.base_url)
            .field("api_version", &self.api_version)
            .field("models", &self.models)
            .field("credential", &self.credential.as_ref().map(|_| "…"))
            .finish_non_exhaustive()
    }
}

/// How a test of a provider's connection went, in words for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderTest {
    /// The provider answered with its models.
    pub ok: bool,
    /// What happened and what to do.
    pub message: String,
    /// Names of models it offers, the first twenty, in its order.
    pub models: Vec<String>,
    /// How many it offers in all.
    pub model_count: u32,
    /// How long it took to answer, in milliseconds.
    pub milliseconds: u32,
}
