//! Which providers the page shows: its search and filters, as they stand in the URL.

use domain::provider::{ApiType, ProviderStatus, ProviderView};
use domain::search::fold;
use leptos_router::location::Url;
use leptos_router::params::ParamsMap;

/// What narrows the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Text that name, slug, API type, base URL or description must contain.
    pub search: String,
    /// Only this status.
    pub status: Option<ProviderStatus>,
    /// Only this API type.
    pub api_type: Option<ApiType>,
}

impl Filter {
    /// From the page's address. A value it does not know narrows nothing.
    pub fn of(query: &ParamsMap) -> Self {
        Self {
            search: query.get("q").unwrap_or_default(),
            status: query.get("status").and_then(|s| s.parse().ok()),
            api_type: query.get("type").and_then(|s| s.parse().ok()),
        }
    }

    /// As a query string with its question mark; empty when nothing narrows.
    pub fn to_query(&self) -> String {
        let mut pairs = Vec::new();
        if !self.search.is_empty() {
            pairs.push(format!("q={}", Url::escape(&self.search)));
        }
        if let Some(status) = self.status {
            pairs.push(format!("status={status}"));
        }
        if let Some(api_type) = self.api_type {
            pairs.push(format!("type={api_type}"));
        }
        if pairs.is_empty() {
            String::new()
        } else {
            format!("?{}", pairs.join("&"))
        }
    }

    /// Whether anything narrows the list.
    pub fn narrows(&self) -> bool {
        !self.search.trim().is_empty() || self.status.is_some() || self.api_type.is_some()
    }

    /// Whether a provider is shown: each word of the search is in one of its columns.
    pub fn shows(&self, provider: &ProviderView) -> bool {
        if self.status.is_some_and(|s| s != provider.status)
            || self.api_type.is_some_and(|t| t != provider.api_type)
        {
            return false;
        }
        let columns = [
            &provider.name,
            &provider.slug,
            provider.api_type.label(),
            &provider.base_url,
            &provider.description,
            provider.status.label(),
        ]
        .map(fold);
        fold(&self.search)
            .split_whitespace()
            .all(|word| columns.iter().any(|column| column.contains(word)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ProviderId;

    fn provider(name: &str, api_type: ApiType, status: ProviderStatus) -> ProviderView {
        ProviderView {
            id: ProviderId(1),
            name: name.to_owned(),
            slug: "slug".to_owned(),
            api_type,
            base_url: "https://api.example.com/v1".to_owned(),
            description: String::new(),
            has_credential: true,
            status,
            members: 0,
            version: 1,
        }
    }

    #[test]
    fn every_word_must_be_in_some_column() {
        let shown = provider("Büro", ApiType::OpenAi, ProviderStatus::Active);
        let search = |text: &str| {
            Filter {
                search: text.to_owned(),
                ..Filter::default()
            }
            .shows(&shown)
        };
        assert!(search(""));
        assert!(search("  büro EXAMPLE.com "));
        assert!(!search("büro anthropic"));
    }

    #[test]
    fn filters_and_address_say_the_same() {
        let filter = Filter {
            search: "a b".into(),
            status: Some(ProviderStatus::Inactive),
            api_type: Some(ApiType::Gemini),
        };
        let mut query = ParamsMap::new();
        query.insert("q", "a b".into());
        query.insert("status", "inactive".into());
        query.insert("type", "gemini".into());
        query.insert("unknown", "x".into());
        assert_eq!(Filter::of(&query), filter);
        assert!(!filter.shows(&provider("a b", ApiType::Gemini, ProviderStatus::Active)));
        assert!(filter.shows(&provider("a b", ApiType::Gemini, ProviderStatus::Inactive)));
        assert_eq!(filter.to_query(), "?q=a%20b&status=inactive&type=gemini");
        assert_eq!(Filter::default().to_query(), "");
    }
}
