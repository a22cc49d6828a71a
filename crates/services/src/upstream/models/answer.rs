//! What a provider's answer means, in words for people.

use super::list::{self, Page};
use super::{Failure, Listed};
use crate::upstream::api;
use domain::limits::MODELS_LISTED;
use domain::provider::ApiType;
use http::StatusCode;
use serde_json::value::RawValue;

/// What to say when it works. `entered` are names of models entered by hand.
pub(super) fn works(api_type: ApiType, listed: &Listed, entered: usize) -> String {
    let count = listed.names.len();
    match (count, entered) {
        (0, 0) => api::of(api_type).no_models().to_owned(),
        (n, 0) if listed.is_cut => format!(
            "It works, and lists more than {MODELS_LISTED} models; the first {n} are offered. \
             Edit the provider to enter the names you want instead."
        ),
        (1, 0) => "It works: 1 model.".to_owned(),
        (n, 0) => format!("It works: {n} models."),
        (0, entered) => format!("It works, but lists no models. {}", offered(entered)),
        (n, entered) => format!("It works, and lists {}. {}", models(n), offered(entered)),
    }
}

/// What to say when there is no list, and names were entered by hand.
pub(super) fn works_without_list(entered: usize) -> String {
    format!("It answers, but has no model list. {}", offered(entered))
}

fn offered(entered: usize) -> String {
    let (models, are) = (models(entered), if entered == 1 { "is" } else { "are" });
    format!("The {models} entered by hand {are} offered.")
}

fn models(count: usize) -> String {
    match count {
        1 => "1 model".to_owned(),
        n => format!("{n} models"),
    }
}

/// What an HTTP status other than 200 means here.
pub(super) fn refused(status: StatusCode, has_credential: bool, api_type: ApiType) -> Failure {
    let usual = api::of(api_type)
        .bad_request()
        .filter(|_| status == StatusCode::BAD_REQUEST);
    if let Some(usual) = usual {
        return Failure::Other(usual.to_owned());
    }
    Failure::Other(match status {
        StatusCode::NOT_FOUND => {
            return Failure::NoList(
                "It answers, but has no model list at this address (404). Check the path of the base URL, often “/v1”, \
                 or enter the model names by hand."
                    .to_owned(),
            );
        }
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::GONE | StatusCode::NOT_IMPLEMENTED => {
            return no_list(&format!("has no model list ({})", status.as_u16()));
        }
        status if status.is_success() => return no_list("sends nothing where the model list belongs"),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN if has_credential => format!(
            "It answers, but refuses the credential ({}). Enter a valid one.",
            status.as_u16()
        ),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => format!(
            "It answers, but wants a credential ({}), and none is stored. Enter one.",
            status.as_u16()
        ),
        StatusCode::TOO_MANY_REQUESTS => {
            "It answers, but too many requests were made with this credential (429). Try again later."
                .to_owned()
        }
        status if status.is_redirection() => format!(
            "It sends the request on to another address ({}), which is not followed. Enter the final address as the base URL.",
            status.as_u16()
        ),
        status if status.is_server_error() => format!(
            "It answers, but reports an error ({}). Try again later.",
            status.as_u16()
        ),
        status => format!(
            "It answers with status {}. Check the base URL and the API type.",
            status.as_u16()
        ),
    })
}

fn no_list(what: &str) -> Failure {
    Failure::NoList(format!("It answers, but {what}. Enter the model names by hand."))
}

/// The models in an answer.
pub(super) fn page(api_type: ApiType, body: &[u8]) -> Result<Page, Failure> {
    // Some send a byte order mark, some a description that was cut within a character.
    let text = String::from_utf8_lossy(body);
    let text = text.trim_start_matches('\u{feff}').trim();
    if text.is_empty() {
        return Err(refused(StatusCode::NO_CONTENT, true, api_type));
    }
    let json: &RawValue = serde_json::from_str(text).map_err(|_| {
        Failure::Other(
            "It answers, but not with JSON. Check the base URL: this may be a web page.".to_owned(),
        )
    })?;
    list::page(api_type, json).ok_or_else(|| {
        Failure::NoList(format!(
            "It answers, but not as {} does: there is no list of models in it. Check the API type, or enter the model names by hand.",
            api_type.label()
        ))
    })
}
