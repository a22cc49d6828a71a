//! Sending a form with a file, without leaving the page.

use domain::Problem;
use serde::de::DeserializeOwned;

/// Sends all that is in the form with this id, as the browser itself would, and reads the JSON that comes back.
pub async fn send<T: DeserializeOwned>(address: &str, form: &str) -> Result<T, Problem> {
    #[cfg(feature = "hydrate")]
    {
        return fetch::send(address, form).await;
    }
    #[cfg(not(feature = "hydrate"))]
    Err(Problem::new(
        domain::ProblemCode::Internal,
        "There is no browser to send from.",
    ))
}

/// Empties the form with this id.
pub fn reset(form: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(form) = super::dom::element::<web_sys::HtmlFormElement>(form) {
        form.reset();
    }
}

#[cfg(feature = "hydrate")]
mod fetch {
    use domain::{Problem, ProblemCode};
    use gloo_net::http::Request;
    use serde::de::DeserializeOwned;
    use web_sys::{FormData, HtmlFormElement};

    pub async fn send<T: DeserializeOwned>(address: &str, form: &str) -> Result<T, Problem> {
        let content = crate::browser::dom::element::<HtmlFormElement>(form)
            .and_then(|form| FormData::new_with_form(&form).ok())
            .ok_or_else(|| fault("The file cannot be sent. Choose it again."))?;
        let response = Request::post(address)
            .header("Accept", "application/json")
            .body(content)
            .map_err(|_| fault("The file cannot be sent. Choose it again."))?
            .send()
            .await
            .map_err(|_| {
                fault("The file was not sent. If it was changed since you chose it, choose it again; otherwise check your connection.")
            })?;
        if response.ok() {
            return response.json().await.map_err(|_| {
                fault("The server's answer was not understood. It may have been updated: reload the page.")
            });
        }
        let problem = response.json::<Problem>().await.ok();
        Err(problem.unwrap_or_else(|| {
            fault(&format!(
                "The server answered with status {}. Try again in a moment.",
                response.status()
            ))
        }))
    }

    fn fault(message: &str) -> Problem {
        Problem::new(ProblemCode::Internal, message)
    }
}
