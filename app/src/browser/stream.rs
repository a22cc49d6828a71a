//! Requests whose answer comes bit by bit.

use domain::Problem;

/// Why an answer did not come to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Interrupted {
    /// The server refused before it began.
    Refused(Problem),
    /// The person stopped it.
    Stopped,
    /// The connection ended.
    Broken,
}

/// Sends JSON, or asks with nothing to send, and hands over the `data` of each event as it comes. One at a time: [`stop`]
/// means this one.
pub async fn events(
    address: &str,
    body: Option<String>,
    on_event: impl FnMut(String),
) -> Result<(), Interrupted> {
    #[cfg(feature = "hydrate")]
    {
        return fetch::events(address, body, on_event).await;
    }
    #[cfg(not(feature = "hydrate"))]
    Err(Interrupted::Broken)
}

/// Stops listening to the answer under way.
pub fn stop() {
    #[cfg(feature = "hydrate")]
    fetch::stop();
}

#[cfg(feature = "hydrate")]
mod fetch {
    use super::Interrupted;
    use domain::chat::EventReader;
    use domain::{Problem, ProblemCode};
    use gloo_net::http::{Request, RequestBuilder, Response};
    use js_sys::{Reflect, Uint8Array};
    use std::cell::RefCell;
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{AbortController, ReadableStreamDefaultReader};

    thread_local! {
        /// What stops the answer under way.
        static UNDER_WAY: RefCell<Option<AbortController>> = const { RefCell::new(None) };
    }

    pub fn stop() {
        UNDER_WAY.with_borrow(|controller| {
            if let Some(controller) = controller {
                controller.abort();
            }
        });
    }

    pub async fn events(
        address: &str,
        body: Option<String>,
        on_event: impl FnMut(String),
    ) -> Result<(), Interrupted> {
        let controller = AbortController::new().ok();
        let signal = controller.as_ref().map(AbortController::signal);
        UNDER_WAY.set(controller);
        let answer = exchange(address, body, signal.as_ref(), on_event).await;
        UNDER_WAY.set(None);
        match answer {
            Err(Interrupted::Broken) if signal.is_some_and(|signal| signal.aborted()) => {
                Err(Interrupted::Stopped)
            }
            answer => answer,
        }
    }

    async fn exchange(
        address: &str,
        body: Option<String>,
        signal: Option<&web_sys::AbortSignal>,
        on_event: impl FnMut(String),
    ) -> Result<(), Interrupted> {
        let accept = |request: RequestBuilder| {
            request
                .header("Accept", "text/event-stream, application/json")
                .abort_signal(signal)
        };
        let request = match body {
            Some(body) => accept(Request::post(address))
                .header("Content-Type", "application/json")
                .body(body),
            None => accept(Request::get(address)).build(),
        };
        let response = request
            .map_err(|_| Interrupted::Broken)?
            .send()
            .await
            .map_err(|_| Interrupted::Broken)?;
        if !response.ok() {
            return Err(Interrupted::Refused(refusal(&response).await));
        }
        read(&response, on_event).await.map_err(|_| Interrupted::Broken)
    }

    async fn refusal(response: &Response) -> Problem {
        response.json::<Problem>().await.unwrap_or_else(|_| {
            let message = format!(
                "The server answered with status {}. Try again in a moment.",
                response.status()
            );
            Problem::new(ProblemCode::Internal, message)
        })
    }

    async fn read(response: &Response, mut on_event: impl FnMut(String)) -> Result<(), JsValue> {
        let Some(body) = response.body() else {
            return Ok(());
        };
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        let mut events = EventReader::default();
        loop {
            let piece = JsFuture::from(reader.read()).await?;
            if Reflect::get(&piece, &"done".into())?.is_truthy() {
                return Ok(());
            }
            let chunk: Uint8Array = Reflect::get(&piece, &"value".into())?.dyn_into()?;
            for event in events.push(&chunk.to_vec()) {
                on_event(event);
            }
        }
    }
}
