//! Where the models are listed.

use super::list::Next;
use crate::upstream::api;
use domain::provider::ApiType;
use url::Url;

/// The addresses at which a provider may list its models, the likeliest first. `None` when the base URL is not one that
/// can be asked.
pub(super) fn lists(api_type: ApiType, base_url: &str, api_version: &str) -> Option<Vec<Url>> {
    let mut url = Url::parse(base_url)
        .ok()
        .filter(|url| matches!(url.scheme(), "http" | "https"))?;
    if !api_version.is_empty() {
        url.set_query(None);
        url.query_pairs_mut().append_pair("api-version", api_version);
    }
    let path = url.path().trim_end_matches('/').to_owned();
    let api = api::of(api_type);
    if let Some((name, largest)) = api.page_size() {
        url.query_pairs_mut().append_pair(name, largest);
    }
    let at = |path: String| {
        let mut url = url.clone();
        url.set_path(&path);
        url
    };
    Some(api.lists(&path).into_iter().map(at).collect())
}

/// The address of the next page. `None` when it is another server's, which shall not get the credential.
pub(super) fn next(url: &Url, next: &Next) -> Option<Url> {
    match next {
        Next::Url(next) => url.join(next).ok().filter(|next| next.origin() == url.origin()),
        Next::Query(name, value) => {
            let others: Vec<(String, String)> = url
                .query_pairs()
                .filter(|(known, _)| known != name)
                .map(|(name, value)| (name.into_owned(), value.into_owned()))
                .collect();
            let mut url = url.clone();
            url.query_pairs_mut()
                .clear()
                .extend_pairs(others)
                .append_pair(name, value);
            Some(url)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_api_lists_its_models_somewhere_else() {
        let urls = |api, base, version| -> Vec<String> {
            let urls = lists(api, base, version).expect(base);
            urls.iter().map(Url::to_string).collect()
        };
        for (api, base, version, wanted) in [
            (
                ApiType::OpenAi,
                "https://api.openai.com/v1",
                "",
                &["https://api.openai.com/v1/models"][..],
            ),
            (
                ApiType::Anthropic,
                "https://api.anthropic.com/v1/",
                "",
                &["https://api.anthropic.com/v1/models?limit=1000"],
            ),
            (
                ApiType::Ollama,
                "http://lab:11434",
                "",
                &["http://lab:11434/api/tags", "http://lab:11434/v1/models"],
            ),
            (
                ApiType::Ollama,
                "http://lab:11434/v1",
                "",
                &["http://lab:11434/api/tags", "http://lab:11434/v1/models"],
            ),
            (
                ApiType::Gemini,
                "https://generativelanguage.googleapis.com/v1beta",
                "",
                &["https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000"],
            ),
            (
                ApiType::Gemini,
                "https://generativelanguage.googleapis.com/v1beta/openai",
                "",
                &["https://generativelanguage.googleapis.com/v1beta/models?pageSize=1000"],
            ),
            (
                ApiType::AzureOpenAi,
                "https://x.openai.azure.com/openai/v1",
                "2024-10-21",
                &["https://x.openai.azure.com/openai/v1/models?api-version=2024-10-21"],
            ),
            (
                ApiType::AzureOpenAi,
                "https://x.openai.azure.com/openai/v1?api-version=preview",
                "",
                &["https://x.openai.azure.com/openai/v1/models?api-version=preview"],
            ),
        ] {
            assert_eq!(urls(api, base, version), wanted);
        }
        assert!(lists(ApiType::OpenAi, "file:///etc/passwd", "").is_none());
        assert!(lists(ApiType::OpenAi, "not a url", "").is_none());
    }

    #[test]
    fn the_next_page_keeps_the_query_and_the_server() {
        let url = Url::parse("https://a/v1/models?limit=1000&after_id=x").expect("a URL");
        let there = |to: Next| next(&url, &to).map(|url| url.to_string());
        assert_eq!(
            there(Next::Query("after_id", "y&z".into())).as_deref(),
            Some("https://a/v1/models?limit=1000&after_id=y%26z")
        );
        assert_eq!(
            there(Next::Url("?page=2".into())).as_deref(),
            Some("https://a/v1/models?page=2")
        );
        for elsewhere in [
            "https://b/v1/models",
            "http://a/v1/models",
            "https://a:444/",
            "//b/x",
        ] {
            assert_eq!(there(Next::Url(elsewhere.into())), None, "{elsewhere}");
        }
    }
}
