//! `sse.json`: streams as they arrive, and as they must be passed on.

use super::Nothing;
use serde::Deserialize;

/// A stream.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The network reads in order, in base64.
    pub chunks: Vec<String>,
    /// How it ends.
    pub end: End,
    /// The events that the client sees, in order.
    pub frames: Vec<Frame>,
}

impl super::Case for Case {
    const FILE: &'static str = "sse.json";
    type Rest = Nothing;
}

/// How a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The upstream closes it.
    Eof,
    /// The connection breaks.
    Reset,
}

/// An event that the client sees, and after which read it must at the latest.
#[derive(Debug, Deserialize)]
#[serde(try_from = "Written")]
pub struct Frame {
    /// What it is.
    pub event: Event,
    /// Index of a read; none when only the end brings it.
    pub after: Option<usize>,
}

/// What an event is.
#[derive(Debug)]
pub enum Event {
    /// One of the upstream's, or the end's.
    Passed {
        /// Its data, character for character.
        data: String,
        /// Its name, when it has one.
        name: Option<String>,
    },
    /// An error of the gateway's own.
    GatewayError,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    data: Option<String>,
    event: Option<String>,
    gateway_error: Option<bool>,
    after: Option<usize>,
}

impl TryFrom<Written> for Frame {
    type Error = String;

    fn try_from(written: Written) -> Result<Self, String> {
        let event = match (written.data, written.event, written.gateway_error) {
            (Some(data), name, None) => Event::Passed { data, name },
            (None, None, Some(true)) => Event::GatewayError,
            _ => return Err("a frame is data, perhaps with an event's name, or gateway_error".to_owned()),
        };
        Ok(Self {
            event,
            after: written.after,
        })
    }
}
