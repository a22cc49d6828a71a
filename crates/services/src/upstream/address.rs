//! Which addresses a provider may be at. Anything that is not plainly the public internet is refused unless the
//! operator allows it: an administrator of one organization must not be able to look around in the server's own
//! network.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The address is not one a provider may be at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} is not a public address")]
pub struct NotPublic(pub IpAddr);

/// The name has no address.
#[derive(Debug, thiserror::Error)]
#[error("the name cannot be resolved")]
pub struct NoSuchName(#[source] std::io::Error);

/// Whether an address is plainly on the public internet.
pub fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

/// By the IANA registry of special-purpose IPv4 addresses (RFC 6890 and successors).
fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(a == 0
        || ip.is_private()
        || ip.is_loopback()
        // Link-local, which is where clouds keep their metadata: 169.254.169.254.
        || ip.is_link_local()
        // Shared by carriers (RFC 6598); one cloud keeps its metadata in it too.
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || ip.is_documentation()
        || (a == 192 && b == 88 && c == 99)
        // Benchmarking (RFC 2544).
        || (a == 198 && (b == 18 || b == 19))
        || ip.is_multicast()
        // Reserved, and the broadcast address.
        || a >= 240)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let s = ip.segments();
    let embedded = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    match s {
        // IPv4 in another dress: what counts is the address inside (mapped, NAT64, 6to4).
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Only 2000::/3 is given out as global unicast. In it: Teredo and other protocol assignments
        // (2001::/23), documentation (2001:db8::/32, 3fff::/20).
        [0x2001, second, ..] => second >= 0x0200 && second != 0x0db8,
        [0x3fff, second, ..] => second >= 0x1000,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// The host of the sample provider's base URL. No name in `.invalid` is ever given out (RFC 2606), so it is nowhere but
/// where [`Reach::sample`] says.
pub const SAMPLE_HOST: &str = "sample.invalid";

/// Which addresses providers may be at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// Loopback, private and link-local addresses as well.
    pub private: bool,
    /// Where [`SAMPLE_HOST`] is, while the sample organization is served.
    pub sample: Option<SocketAddr>,
}

/// Why nothing of a host can be reached.
#[derive(Debug, thiserror::Error)]
pub enum Unreachable {
    /// It is where no provider may be.
    #[error(transparent)]
    NotPublic(#[from] NotPublic),
    /// There is no such host.
    #[error(transparent)]
    NoSuchName(#[from] NoSuchName),
}

impl Reach {
    /// Whether a provider may be at an address.
    pub fn allows(self, ip: IpAddr) -> bool {
        self.private || is_public(ip)
    }

    /// The addresses of a host that may be connected to, at least one; `host` is a name or an address. Port 0 means: the
    /// one of the URL. To be asked whenever a connection is made, or a name that resolves differently the second time
    /// leads elsewhere.
    pub async fn find(self, host: &str) -> Result<Vec<SocketAddr>, Unreachable> {
        if let Some(sample) = self.sample
            && host.eq_ignore_ascii_case(SAMPLE_HOST)
        {
            return Ok(vec![sample]);
        }
        let found = match host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
        {
            Ok(ip) => vec![SocketAddr::new(ip, 0)],
            // `127.1`, `0x7f000001` and the like are resolved by the system, and what comes out is checked.
            Err(_) => lookup(host).await?,
        };
        let (allowed, refused): (Vec<_>, Vec<_>) = found.into_iter().partition(|at| self.allows(at.ip()));
        match refused.first() {
            Some(at) if allowed.is_empty() => Err(NotPublic(at.ip()).into()),
            _ => Ok(allowed),
        }
    }
}

/// Resolves a name as the system does.
async fn lookup(name: &str) -> Result<Vec<SocketAddr>, NoSuchName> {
    Ok(tokio::net::lookup_host((name, 0))
        .await
        .map_err(NoSuchName)?
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_public_internet_is_public() {
        let public = |text: &str| is_public(text.parse().unwrap());
        for text in [
            "1.1.1.1",
            "104.18.7.192",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "2a00:1450::1",
        ] {
            assert!(public(text), "{text}");
        }
        for text in [
            "0.0.0.0",
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.100.100.200",
            "192.0.0.192",
            "192.0.2.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::",
            "fe80::1",
            "fc00::1",
            "fd00:ec2::254",
            "fec0::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "3fff::1",
            "100::1",
            "::127.0.0.1",
        ] {
            assert!(!public(text), "{text}");
        }
    }

    #[tokio::test]
    async fn the_sample_is_reached_where_it_is_served_and_opens_no_other_private_address() {
        let sample = SocketAddr::from(([127, 0, 0, 1], 4711));
        let reach = Reach {
            private: false,
            sample: Some(sample),
        };
        assert_eq!(reach.find("Sample.invalid").await.unwrap(), [sample]);
        for host in ["127.0.0.1", "[::1]", "10.0.0.1"] {
            assert!(
                matches!(reach.find(host).await, Err(Unreachable::NotPublic(_))),
                "{host}"
            );
        }
        assert!(Reach::default().find(SAMPLE_HOST).await.is_err());
    }
}
