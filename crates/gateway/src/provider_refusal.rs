//! What a provider's failures mean to whoever asked, and to the administrators of the provider.

use crate::limits::ANSWER_BYTES;
use crate::refusal::Refusal;
use axum::http::{HeaderMap, StatusCode, header};
use services::snapshot::Provider;
use services::upstream::address::Unreachable;
use services::upstream::connect::ConnectError;
use services::upstream::error::{is_about_credential, is_bad_key};
use std::error::Error as StdError;

/// What an answer that is no success means to whoever asked, with the provider's own reason where it gives one.
pub(crate) fn refused(
    provider: &Provider,
    status: StatusCode,
    headers: &HeaderMap,
    reason: Option<&str>,
) -> Refusal {
    let name = &provider.name;
    let told = |sentence: String| match reason {
        Some(reason) => format!("{sentence} It says: {reason}"),
        None => sentence,
    };
    match status {
        // Not passed on: a client would take it for a refusal of its own key. 403 is also what a model that the account
        // lacks is answered with, or content that is not allowed.
        status
            if status == StatusCode::UNAUTHORIZED
                || (status == StatusCode::FORBIDDEN && reason.is_none_or(is_about_credential))
                || (status == StatusCode::BAD_REQUEST && reason.is_some_and(is_bad_key)) =>
        {
            Refusal::provider(
                502,
                "upstream_credential",
                format!(
                    "{name} refuses Gatehouse's credential. Ask an admin of your organization to check it."
                ),
                "It refuses the credential. Enter a valid one.",
            )
        }
        status if status.is_redirection() => Refusal::provider(
            502,
            "upstream_redirect",
            format!(
                "{name} sends requests on to another address, which is not followed. Ask an admin of your organization to correct its base URL."
            ),
            "It sends requests on to another address, which is not followed. Enter the final address as the base URL.",
        ),
        StatusCode::TOO_MANY_REQUESTS => Refusal {
            retry_after: headers
                .get(header::RETRY_AFTER)
                .and_then(|value| value.to_str().ok()?.parse().ok()),
            ..Refusal::new(
                429,
                "upstream_rate_limit",
                told(format!(
                    "{name} takes no more requests at the moment. Try again later."
                )),
            )
        },
        status if status.is_server_error() => Refusal::new(
            502,
            "upstream_failed",
            told(format!(
                "{name} reports an error ({}). Try again, or use another model.",
                status.as_u16()
            )),
        ),
        status => Refusal::new(
            status.as_u16(),
            "upstream_refused",
            told(format!("{name} refused the request ({}).", status.as_u16())),
        ),
    }
}

pub(crate) fn too_large(provider: &Provider) -> Refusal {
    Refusal::provider(
        502,
        "upstream_too_large",
        format!(
            "The answer of {} is larger than {ANSWER_BYTES} bytes.",
            provider.name
        ),
        "An answer was too large to be passed on.",
    )
}

pub(crate) fn unreadable(provider: &Provider) -> Refusal {
    Refusal::provider(
        502,
        "upstream_encoding",
        format!(
            "{} sent an answer that cannot be unpacked. Try again, or use another model.",
            provider.name
        ),
        "It sent an answer in a compression that was not asked for and cannot be unpacked.",
    )
}

pub(crate) fn too_slow(provider: &Provider) -> Refusal {
    Refusal::provider(
        504,
        "upstream_timeout",
        format!(
            "{} did not answer in time. Try again, or use another model.",
            provider.name
        ),
        "It did not answer a request in time.",
    )
}

pub(crate) fn broke_off(provider: &Provider) -> Refusal {
    Refusal::provider(
        502,
        "upstream_closed",
        format!(
            "{} ended the answer before it was complete. Try again.",
            provider.name
        ),
        "It broke an answer off.",
    )
}

pub(crate) fn unreachable(provider: &Provider, error: &hyper_util::client::legacy::Error) -> Refusal {
    let mut source: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(cause) = source {
        match cause.downcast_ref::<ConnectError>() {
            Some(ConnectError::Unreachable(Unreachable::NotPublic(_))) => {
                return Refusal::provider(
                    502,
                    "upstream_address",
                    format!(
                        "{} is at an address that Gatehouse may not connect to. Ask an admin of your organization.",
                        provider.name
                    ),
                    "It is at a private address, and the operator of this server does not allow those.",
                );
            }
            Some(ConnectError::Timeout) => return too_slow(provider),
            _ => source = cause.source(),
        }
    }
    if error.is_connect() {
        return Refusal::provider(
            502,
            "upstream_unreachable",
            format!(
                "{} cannot be reached. Try again, or use another model.",
                provider.name
            ),
            "It could not be reached. Check that it is running and that the base URL is right.",
        );
    }
    broke_off(provider)
}
