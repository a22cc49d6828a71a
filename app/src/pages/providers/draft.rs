//! What is typed into the form of a provider.

use domain::input::api_version_in;
use domain::provider::{ApiType, ProviderInput, ProviderView};
use domain::slug::slugify;

/// The content of the form.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// Its name.
    pub name: String,
    /// Its slug; follows the name until it is typed.
    pub slug: String,
    /// How it is spoken to.
    pub api_type: ApiType,
    /// Where it answers; follows the API type until it is typed.
    pub base_url: String,
    /// The version of Azure's API.
    pub api_version: String,
    /// Names of models entered by hand, one on each line.
    pub models: String,
    /// What it is for.
    pub description: String,
    /// The new credential; empty keeps what is stored.
    pub credential: String,
    /// The stored credential shall go.
    pub remove_credential: bool,
    slug_is_typed: bool,
}

impl Default for Draft {
    fn default() -> Self {
        let api_type = ApiType::OpenAi;
        Self {
            name: String::new(),
            slug: String::new(),
            api_type,
            base_url: api_type.default_base_url().to_owned(),
            api_version: String::new(),
            models: String::new(),
            description: String::new(),
            credential: String::new(),
            remove_credential: false,
            slug_is_typed: false,
        }
    }
}

impl Draft {
    /// The form as it opens for editing.
    pub fn of(provider: &ProviderView) -> Self {
        let mut draft = Self {
            name: provider.name.clone(),
            slug: provider.slug.clone(),
            api_type: provider.api_type,
            api_version: provider.api_version.clone(),
            models: provider.models.join("\n"),
            description: provider.description.clone(),
            slug_is_typed: true,
            ..Self::default()
        };
        draft.set_base_url(provider.base_url.clone());
        draft
    }

    /// Types or pastes a base URL; the version at the end of one of Azure's goes into its own field.
    pub fn set_base_url(&mut self, base_url: String) {
        let found = api_version_in(&base_url)
            .filter(|_| self.api_type.has_api_version())
            .map(|(url, version)| (url.to_owned(), version.to_owned()));
        (self.base_url, self.api_version) = match found {
            Some(found) => found,
            None => (base_url, std::mem::take(&mut self.api_version)),
        };
    }

    /// Types a name.
    pub fn set_name(&mut self, name: String) {
        if !self.slug_is_typed {
            self.slug = slugify(&name, "");
        }
        self.name = name;
    }

    /// Types a slug; an emptied one follows the name again.
    pub fn set_slug(&mut self, slug: String) {
        self.slug_is_typed = !slug.is_empty();
        self.slug = slug;
    }

    /// Chooses an API type.
    pub fn set_api_type(&mut self, api_type: ApiType) {
        let untouched = self.base_url.trim().is_empty() || self.base_url == self.api_type.default_base_url();
        if untouched {
            self.base_url = api_type.default_base_url().to_owned();
        }
        self.api_type = api_type;
        let base_url = std::mem::take(&mut self.base_url);
        self.set_base_url(base_url);
    }

    /// What is sent.
    pub fn input(&self) -> ProviderInput {
        let credential = match (self.credential.trim(), self.remove_credential) {
            ("", true) => Some(String::new()),
            ("", false) => None,
            (typed, _) => Some(typed.to_owned()),
        };
        ProviderInput {
            name: self.name.clone(),
            slug: self.slug.clone(),
            api_type: self.api_type,
            base_url: self.base_url.clone(),
            // What is not shown is not sent.
            api_version: match self.api_type.has_api_version() {
                true => self.api_version.clone(),
                false => String::new(),
            },
            models: self.models.lines().map(str::to_owned).collect(),
            description: self.description.clone(),
            credential,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slug_follows_the_name_until_it_is_typed() {
        let mut draft = Draft::default();
        draft.set_name("Azure (West)".into());
        assert_eq!(draft.slug, "azure-west");
        draft.set_slug("azure".into());
        draft.set_name("Azure (East)".into());
        assert_eq!(draft.slug, "azure");
        draft.set_slug(String::new());
        draft.set_name("Azure".into());
        assert_eq!(draft.slug, "azure");
    }

    #[test]
    fn the_base_url_follows_the_api_type_until_it_is_typed() {
        let mut draft = Draft::default();
        draft.set_api_type(ApiType::Ollama);
        assert_eq!(draft.base_url, ApiType::Ollama.default_base_url());
        draft.base_url = "https://models.example.com".into();
        draft.set_api_type(ApiType::OpenAiCompatible);
        assert_eq!(draft.base_url, "https://models.example.com");
    }

    #[test]
    fn the_version_in_azures_address_goes_into_its_own_field() {
        let mut draft = Draft::default();
        let pasted = "https://x.openai.azure.com/openai/v1?api-version=2024-10-21";
        draft.set_base_url(pasted.into());
        assert_eq!(
            (draft.base_url.as_str(), draft.api_version.as_str()),
            (pasted, "")
        );
        draft.set_api_type(ApiType::AzureOpenAi);
        assert_eq!(draft.base_url, "https://x.openai.azure.com/openai/v1");
        assert_eq!(draft.input().api_version, "2024-10-21");
        draft.set_base_url("https://y.openai.azure.com/openai/v1".into());
        assert_eq!(draft.input().api_version, "2024-10-21");
        draft.set_api_type(ApiType::OpenAi);
        assert_eq!(draft.input().api_version, "");
    }

    #[test]
    fn an_empty_credential_keeps_the_stored_one() {
        let mut draft = Draft::default();
        assert_eq!(draft.input().credential, None);
        draft.remove_credential = true;
        assert_eq!(draft.input().credential.as_deref(), Some(""));
        draft.credential = " new ".into();
        assert_eq!(draft.input().credential.as_deref(), Some("new"));
    }
}
