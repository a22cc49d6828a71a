//! Saving what the server sends as a file, without leaving the page.

use domain::{Problem, ProblemCode};

/// How far a download is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Rows in the file; 0 until the server has said so.
    pub rows: u32,
    /// Octets received.
    pub received: u64,
    /// Octets in all; 0 when the server did not say.
    pub total: u64,
}

impl Progress {
    /// In words.
    pub fn words(&self) -> String {
        if self.received == 0 {
            return "being prepared…".to_owned();
        }
        let rows = crate::components::counted(self.rows, "row");
        if self.total > 0 {
            format!("{rows}, {} of {}", size(self.received), size(self.total))
        } else {
            format!("{rows}, {}", size(self.received))
        }
    }
}

/// In whole numbers: to read one with a fraction, a program carries ten kilobytes of tables.
fn size(octets: u64) -> String {
    if octets < 999_500 {
        format!("{} kB", ((octets + 500) / 1_000).max(1))
    } else {
        let tenths = (octets + 50_000) / 100_000;
        format!("{}.{} MB", tenths / 10, tenths % 10)
    }
}

/// A file that was saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Its name.
    pub name: String,
    /// Rows in it.
    pub rows: u32,
}

/// Fetches an address and saves the answer under the name that the server gives it.
pub async fn save(address: &str, on_progress: impl Fn(Progress)) -> Result<Saved, Problem> {
    #[cfg(feature = "hydrate")]
    {
        return fetch::save(address, on_progress).await;
    }
    #[cfg(not(feature = "hydrate"))]
    Err(fault("There is no browser to save to."))
}

fn fault(message: &str) -> Problem {
    Problem::new(ProblemCode::Internal, message)
}

#[cfg(feature = "hydrate")]
mod fetch {
    use super::{Problem, Progress, Saved, fault};
    use domain::ProblemCode;
    use gloo_net::http::{Request, Response};
    use js_sys::{Array, Reflect, Uint8Array};
    use wasm_bindgen::{JsCast, JsValue};
    use wasm_bindgen_futures::JsFuture;
    use web_sys::{Blob, BlobPropertyBag, ReadableStreamDefaultReader};

    /// How long the browser is given to take the file before its memory is freed, in milliseconds.
    const KEEP: i32 = 60_000;

    pub async fn save(address: &str, on_progress: impl Fn(Progress)) -> Result<Saved, Problem> {
        let response = Request::get(address)
            .header("Accept", "application/json, */*;q=0.5")
            .send()
            .await
            .map_err(|_| fault("Can't reach the server. Check your connection and try again."))?;
        if !response.ok() {
            let problem = response.json::<Problem>().await.ok();
            return Err(problem.unwrap_or_else(|| {
                fault(&format!(
                    "The server answered with status {}. Try again in a moment.",
                    response.status()
                ))
            }));
        }
        let Some(name) = file_name(&response) else {
            // A page in place of the file: that to sign in on.
            let ended = "Your session has ended. Sign in again, then download.";
            return Err(Problem::new(ProblemCode::Unauthenticated, ended));
        };
        let broken = |_| fault("The connection ended before the file was complete. Try again.");
        let chunks = read(&response, on_progress).await.map_err(broken)?;
        let kind = response.headers().get("content-type").unwrap_or_default();
        hand_over(&chunks, &kind, &name)
            .map_err(|_| fault("The browser could not save the file. There may be too little memory."))?;
        Ok(Saved {
            name,
            rows: rows(&response),
        })
    }

    fn rows(response: &Response) -> u32 {
        response
            .headers()
            .get("x-row-count")
            .and_then(|v| v.parse().ok())
            .unwrap_or_default()
    }

    fn file_name(response: &Response) -> Option<String> {
        let disposition = response.headers().get("content-disposition")?;
        let name = disposition.split("filename=").nth(1)?;
        Some(name.trim_matches(|c| c == '"' || c == ';' || c == ' ').to_owned())
    }

    async fn read(response: &Response, on_progress: impl Fn(Progress)) -> Result<Array, JsValue> {
        let total = response
            .headers()
            .get("content-length")
            .and_then(|v| v.parse().ok())
            .unwrap_or_default();
        let mut progress = Progress {
            rows: rows(response),
            received: 0,
            total,
        };
        let chunks = Array::new();
        let Some(body) = response.body() else {
            return Ok(chunks);
        };
        let reader: ReadableStreamDefaultReader = body.get_reader().unchecked_into();
        loop {
            let piece = JsFuture::from(reader.read()).await?;
            if Reflect::get(&piece, &"done".into())?.is_truthy() {
                break;
            }
            let chunk: Uint8Array = Reflect::get(&piece, &"value".into())?.dyn_into()?;
            progress.received += u64::from(chunk.length());
            chunks.push(&chunk);
            on_progress(progress);
        }
        if total > 0 && progress.received < total {
            return Err(JsValue::from_str("incomplete"));
        }
        Ok(chunks)
    }

    fn hand_over(chunks: &Array, kind: &str, name: &str) -> Result<(), JsValue> {
        let options = BlobPropertyBag::new();
        options.set_type(kind);
        let blob = Blob::new_with_u8_array_sequence_and_options(chunks, &options)?;
        let url = web_sys::Url::create_object_url_with_blob(&blob)?;
        let document = crate::browser::dom::document().ok_or(JsValue::NULL)?;
        let link: web_sys::HtmlAnchorElement = document.create_element("a")?.unchecked_into();
        link.set_href(&url);
        link.set_download(name);
        link.click();
        let free = wasm_bindgen::closure::Closure::once_into_js(move || {
            let _ = web_sys::Url::revoke_object_url(&url);
        });
        if let Some(window) = web_sys::window() {
            window.set_timeout_with_callback_and_timeout_and_arguments_0(free.unchecked_ref(), KEEP)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_download_says_how_far_it_is() {
        let progress = |received, total| {
            let rows = 120;
            Progress {
                rows,
                received,
                total,
            }
            .words()
        };
        assert_eq!(progress(0, 0), "being prepared…");
        assert_eq!(progress(1, 0), "120 rows, 1 kB");
        assert_eq!(progress(1_499, 12_345_678), "120 rows, 1 kB of 12.3 MB");
        assert_eq!(progress(999_499, 999_500), "120 rows, 999 kB of 1.0 MB");
        assert_eq!(
            progress(1_950_000, u64::from(u32::MAX)),
            "120 rows, 2.0 MB of 4295.0 MB"
        );
    }
}
