//! Every limit of the gateway, with its reason.

use std::time::Duration;

/// Octets of a request's body: several pictures in base64.
pub const BODY_BYTES: usize = 25 * 1024 * 1024;
/// Octets of an answer that is not streamed: thousands of embeddings.
pub const ANSWER_BYTES: usize = 64 * 1024 * 1024;

/// How long each step may take. A test sets shorter ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Until the request's body is here; a client that sends a byte now and then must not hold a connection for ever.
    pub body: Duration,
    /// Until the provider's server is connected, TLS included.
    pub connect: Duration,
    /// Until the provider answers; without streaming that is when the whole answer is made. OpenAI's clients give up
    /// after ten minutes.
    pub first_byte: Duration,
    /// Between two pieces of an answer. Slow models and their tools think for minutes.
    pub idle: Duration,
    /// Until a reader that was given a piece of a stream asks for the next one; a client that stops reading must not hold
    /// the provider's connection. Somebody who thinks at a breakpoint is back by then.
    pub stall: Duration,
    /// A whole answer. Nobody reads what a model writes for longer, and an agent that loops is stopped.
    pub stream: Duration,
    /// Requests of one key under way at once: more than five hundred streams of one busy service.
    pub key_requests: usize,
    /// Requests of one member under way at once, over all keys and Chat.
    pub member_requests: usize,
    /// Bytes of bodies and answers that are read whole and not yet passed on. One member may hold half.
    pub memory: usize,
    /// How long a request waits for others to give memory back.
    pub memory_wait: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: Duration::from_secs(60),
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(300),
            stall: Duration::from_secs(60),
            stream: Duration::from_secs(30 * 60),
            key_requests: 600,
            member_requests: 1_200,
            memory: 128 * 1024 * 1024,
            memory_wait: Duration::from_secs(5),
        }
    }
}
