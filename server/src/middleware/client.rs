//! Where a request came from: the peer, or whom a trusted reverse proxy says it forwards for.
//!
//! The one place that reads `X-Forwarded-For` and `Forwarded` (RFC 7239). Anybody can send either, so each is only
//! believed as far back as the addresses that told it are trusted.

use axum::extract::{ConnectInfo, FromRequestParts, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;
use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

const X_FORWARDED_FOR: &str = "x-forwarded-for";

/// The client's address, as an extension of each request and as an argument of handlers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Without a connection (a test that calls the router) there is no address, and all requests share one.
        let nobody = Self(Ipv4Addr::UNSPECIFIED.into());
        Ok(parts.extensions.get().copied().unwrap_or(nobody))
    }
}

/// The reverse proxies whose word about the client's address counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

impl TrustedProxies {
    /// CIDR blocks or addresses, separated by commas or spaces.
    pub fn parse(text: &str) -> Option<Self> {
        text.split([',', ' '])
            .filter(|part| !part.is_empty())
            .map(|part| {
                part.parse::<IpNet>()
                    .ok()
                    .or_else(|| part.parse::<IpAddr>().ok().map(IpNet::from))
            })
            .collect::<Option<Vec<_>>>()
            .map(|blocks| Self(blocks.into()))
    }

    fn trusts(&self, address: IpAddr) -> bool {
        self.0.iter().any(|block| block.contains(&address))
    }

    /// The client of a request that `peer` sent: the right-most address that is not a trusted proxy's.
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        // A socket for both families shows IPv4 peers as IPv6 addresses.
        let peer = peer.to_canonical();
        if !self.trusts(peer) {
            return peer;
        }
        let plain = elements(headers, X_FORWARDED_FOR).map(|hops| self.walk(peer, hops, address));
        let standard =
            elements(headers, header::FORWARDED.as_str()).map(|hops| self.walk(peer, hops, forwarded_for));
        match (plain, standard) {
            // A proxy writes one of them and may pass on what the client sent as the other.
            (Some(plain), Some(standard)) if plain != standard => peer,
            (Some(client), _) | (None, Some(client)) => client,
            (None, None) => peer,
        }
    }

    fn walk(&self, peer: IpAddr, hops: Vec<&str>, read: fn(&str) -> Option<IpAddr>) -> IpAddr {
        let mut client = peer;
        for hop in hops.into_iter().rev() {
            // What cannot be read ends what is known.
            let Some(address) = read(hop) else { break };
            client = address;
            if !self.trusts(client) {
                break;
            }
        }
        client
    }
}

/// The elements of a list header over all its lines; `None` when it was not sent.
fn elements<'a>(headers: &'a HeaderMap, name: &str) -> Option<Vec<&'a str>> {
    headers.contains_key(name).then(|| {
        headers
            .get_all(name)
            .iter()
            .flat_map(|line| line.to_str().unwrap_or("").split(','))
            .map(str::trim)
            .collect()
    })
}

/// The `for` of one element of `Forwarded`.
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        name.eq_ignore_ascii_case("for")
            .then(|| address(value.trim_matches('"')))?
    })
}

/// An address with or without a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(text)
        .parse::<IpAddr>()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|socket| socket.ip()))
        .map(|address| address.to_canonical())
}

/// The middleware: finds the client's address once for everything that follows.
pub async fn client_address(
    State(proxies): State<TrustedProxies>,
    mut request: Request,
    next: Next,
) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    if let Some(ConnectInfo(peer)) = peer {
        let client = ClientAddress(proxies.client(peer.ip(), request.headers()));
        request.extensions_mut().insert(client);
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(trusted: &str, peer: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        TrustedProxies::parse(trusted)
            .unwrap()
            .client(peer.parse().unwrap(), &map)
            .to_string()
    }

    #[test]
    fn nobody_chooses_their_own_address() {
        let spoofed = [
            ("x-forwarded-for", "203.0.113.9"),
            ("forwarded", "for=203.0.113.9"),
        ];
        for header in spoofed {
            assert_eq!(client("", "198.51.100.7", &[header]), "198.51.100.7");
            assert_eq!(client("10.0.0.0/8", "198.51.100.7", &[header]), "198.51.100.7");
        }
        let proxied = |headers: &[(&'static str, &str)]| client("10.0.0.0/8, ::1", "10.0.0.1", headers);
        for chain in [
            "198.51.100.7",
            "203.0.113.9, 198.51.100.7",
            "203.0.113.9, 198.51.100.7, 10.0.0.2",
            "10.0.0.3,198.51.100.7:4711",
            "nonsense, 198.51.100.7",
            "198.51.100.7,::1",
            "::ffff:198.51.100.7",
        ] {
            assert_eq!(proxied(&[("x-forwarded-for", chain)]), "198.51.100.7", "{chain}");
        }
        // Two lines are one list, in order.
        let lines = [
            ("x-forwarded-for", "203.0.113.9"),
            ("x-forwarded-for", "198.51.100.7"),
        ];
        assert_eq!(proxied(&lines), "198.51.100.7");
        // The proxy wrote one header and passed on the client's own other one.
        let both = [
            ("x-forwarded-for", "198.51.100.7"),
            ("forwarded", "for=203.0.113.9"),
        ];
        assert_eq!(proxied(&both), "10.0.0.1");
    }

    #[test]
    fn forwarded_is_read_as_rfc_7239_writes_it() {
        for (value, expected) in [
            ("for=192.0.2.60;proto=http;by=203.0.113.43", "192.0.2.60"),
            (
                "proto=https;For=\"[2001:db8:cafe::17]:4711\"",
                "2001:db8:cafe::17",
            ),
            ("for=192.0.2.43, for=\"198.51.100.17\"", "198.51.100.17"),
            ("for=192.0.2.43, for=_hidden", "10.0.0.1"),
            ("for=192.0.2.43, for=unknown", "10.0.0.1"),
            ("for=192.0.2.43, by=10.0.0.9", "10.0.0.1"),
            ("", "10.0.0.1"),
        ] {
            assert_eq!(
                client("10.0.0.0/8", "::ffff:10.0.0.1", &[("forwarded", value)]),
                expected,
                "{value}"
            );
        }
        assert_eq!(client("10.0.0.0/8", "10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_is_no_list_of_networks_is_refused() {
        for wrong in [
            "proxy.example",
            "10.0.0.0/33",
            "10.0.0.1-10.0.0.9",
            "10.0.0.0/8;::1",
        ] {
            assert_eq!(TrustedProxies::parse(wrong), None, "{wrong}");
        }
        assert!(TrustedProxies::parse("10.0.0.1 fd00::/8").is_some());
    }
}
