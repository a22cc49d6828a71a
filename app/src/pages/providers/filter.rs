//! Which providers the page shows: its search and filters, as they stand in the URL.

use domain::provider::{ApiType, ProviderStatus, ProviderView};
use domain::search::{fold, words};

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
    /// From the query part of the page's address. A value it does not know narrows nothing.
    pub fn of(query: &str) -> Self {
        let query = query.strip_prefix('?').unwrap_or(query);
        let mut filter = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "q" => filter.search = value.into_owned(),
                "status" => filter.status = value.parse().ok(),
                "type" => filter.api_type = value.parse().ok(),
                _ => {}
            }
        }
        filter
    }

    /// As a query string with its question mark; empty when nothing narrows.
    pub fn to_query(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        if !self.search.is_empty() {
            query.append_pair("q", &self.search);
        }
        if let Some(status) = self.status {
            query.append_pair("status", status.as_str());
        }
        if let Some(api_type) = self.api_type {
            query.append_pair("type", api_type.as_str());
        }
        let query = query.finish();
        if query.is_empty() {
            query
        } else {
            format!("?{query}")
        }
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
        words(&self.search)
            .iter()
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
            api_version: String::new(),
            models: Vec::new(),
            description: String::new(),
            has_credential: true,
            status,
            members: 0,
            version: 1,
            health: domain::provider::ProviderHealth::default(),
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
        assert!(search("Example.com, Büro"));
    }

    #[test]
    fn filters_and_address_say_the_same() {
        let filter = Filter {
            search: "a%20b &".into(),
            status: Some(ProviderStatus::Inactive),
            api_type: Some(ApiType::Gemini),
        };
        assert_eq!(filter.to_query(), "?q=a%2520b+%26&status=inactive&type=gemini");
        assert_eq!(Filter::of(&filter.to_query()), filter);
        assert_eq!(Filter::of("status=odd&unknown=x"), Filter::default());
        assert_eq!(Filter::default().to_query(), "");
        let inactive = Filter {
            search: String::new(),
            ..filter
        };
        assert!(!inactive.shows(&provider("Lab", ApiType::Gemini, ProviderStatus::Active)));
        assert!(inactive.shows(&provider("Lab", ApiType::Gemini, ProviderStatus::Inactive)));
    }
}
