//! The connections that are kept to providers.

use crate::limits::Limits;
use crate::reuse::{Noting, REPEAT_WITHIN, crossed_a_close};
use axum::http::{Request, Response};
use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use services::upstream::address::Reach;
use services::upstream::connect::{Connector, connector};
use std::io;
use std::time::Duration;

/// Idle connections to one provider that are kept for the next request.
const KEPT_CONNECTIONS: usize = 256;
/// How long they are kept; many servers and balancers close them after a minute, some before.
const KEPT_FOR: Duration = Duration::from_secs(30);

type Connections = Client<Noting<Connector>, Full<Bytes>>;

/// What all requests to providers go through.
pub(crate) struct Upstreams {
    kept: Connections,
    /// Keeps nothing: for what is repeated, since other connections may have been closed with the one that was.
    fresh: Connections,
}

impl Upstreams {
    /// Sends a request, and once more when its connection was closed before the provider can have begun.
    pub(crate) async fn send(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<Response<Incoming>, hyper_util::client::legacy::Error> {
        let again = request.clone();
        let mut asked = self.kept.request(request);
        match tokio::time::timeout(REPEAT_WITHIN, &mut asked).await {
            Ok(Err(error)) if crossed_a_close(&error) => self.fresh.request(again).await,
            Ok(answer) => answer,
            Err(_) => {
                // The provider has begun; what was sent need not be kept any longer.
                drop(again);
                asked.await
            }
        }
    }
}

/// Makes the clients. No redirect is followed.
pub(crate) fn client(reach: Reach, limits: Limits) -> io::Result<Upstreams> {
    let https = connector(reach, limits.connect)?;
    let keeping = |connections| {
        Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(KEPT_FOR)
            .pool_max_idle_per_host(connections)
            .build(Noting(https.clone()))
    };
    Ok(Upstreams {
        kept: keeping(KEPT_CONNECTIONS),
        fresh: keeping(0),
    })
}
