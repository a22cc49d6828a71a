//! Asking the server for a part of a page.

/// What the server answers to an address with this text at its end; `None` when it does not.
pub async fn text(address: &str, text: &str) -> Option<String> {
    #[cfg(feature = "hydrate")]
    {
        let text = String::from(js_sys::encode_uri_component(text));
        let answer = gloo_net::http::Request::get(&format!("{address}{text}"))
            .send()
            .await
            .ok()?;
        match answer.ok() {
            true => answer.text().await.ok(),
            false => None,
        }
    }
    #[cfg(not(feature = "hydrate"))]
    None
}
