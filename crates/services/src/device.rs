//! Where a request to sign in came from: its network, and the browser by a token that it was given when it signed
//! somebody in before (OWASP's device cookie).

use crate::crypto::{CryptoError, Vault, random_text, same};
use domain::Secret;
use secrecy::SecretString;
use std::net::{IpAddr, Ipv6Addr};

/// What separates the two parts of a token; neither holds it.
const BETWEEN: char = '.';

/// Characters of a browser's name of itself that are kept: real ones take about half.
const AGENT_CHARS: usize = 300;

/// Whose tries are counted together: an IPv4 address, or the first 64 bits of an IPv6 address, which is what one
/// connection to the internet is given at least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Network(IpAddr);

/// That of work which no request from outside asks for by itself.
impl Default for Lane {
    fn default() -> Self {
        Self::Network(Network(IpAddr::V6(Ipv6Addr::UNSPECIFIED)))
    }
}

/// Whose passwords are checked in turn with those of others.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Lane {
    /// Everybody behind one network.
    Network(Network),
    /// One person where they signed in before, so that nobody behind the same address holds them up.
    Known(u64),
}

/// Where a request came from.
#[derive(Clone, Debug)]
pub struct Client {
    address: IpAddr,
    device: Option<Secret>,
    agent: String,
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        Self {
            address,
            device: None,
            agent: String::new(),
        }
    }
}

impl Client {
    /// The same with the token that its browser was given when it signed somebody in.
    #[must_use]
    pub fn with_device(self, token: Option<Secret>) -> Self {
        Self {
            device: token,
            ..self
        }
    }

    /// The same with what its browser calls itself, as far as that is kept.
    #[must_use]
    pub fn with_agent(self, agent: &str) -> Self {
        let agent = agent.chars().take(AGENT_CHARS).collect();
        Self { agent, ..self }
    }

    /// What its browser calls itself; empty where it is not known.
    pub(crate) fn agent(&self) -> &str {
        &self.agent
    }

    /// Its address, to be told to the person.
    pub(crate) fn address(&self) -> IpAddr {
        self.address.to_canonical()
    }

    /// Whose tries it is counted with.
    pub(crate) fn network(&self) -> Network {
        Network(match self.address.to_canonical() {
            IpAddr::V4(address) => IpAddr::V4(address),
            IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX))),
        })
    }

    /// Whose turn hashing a password of somebody unknown takes.
    pub(crate) fn lane(&self) -> Lane {
        Lane::Network(self.network())
    }

    /// The browser, if it signed this person in before.
    pub(crate) fn device_of(&self, vault: &Vault, identity: &str) -> Option<&str> {
        let token = self.device.as_ref()?.expose();
        let (device, mark) = token.split_once(BETWEEN)?;
        same(mark, &mark_of(vault, identity, device)).then_some(device)
    }
}

/// A token for a browser that has just signed a person in. It opens nothing: it only says that this browser did.
pub(crate) fn new_device(vault: &Vault, identity: &str) -> Result<SecretString, CryptoError> {
    let device = random_text::<16>()?;
    let mark = mark_of(vault, identity, &device);
    Ok(SecretString::from(format!("{device}{BETWEEN}{mark}")))
}

fn mark_of(vault: &Vault, identity: &str, device: &str) -> String {
    vault
        .fingerprint(format!("device\0{device}\0{identity}").as_bytes())
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    fn network(text: &str) -> Network {
        Client::from(text.parse::<IpAddr>().unwrap()).network()
    }

    #[test]
    fn a_connection_to_the_internet_is_one_network() {
        assert_eq!(network("2001:db8:1:2:3::4"), network("2001:db8:1:2:ffff::1"));
        assert_ne!(network("2001:db8:1:2::1"), network("2001:db8:1:3::1"));
        assert_ne!(network("192.0.2.1"), network("192.0.2.2"));
        assert_eq!(network("::ffff:192.0.2.1"), network("192.0.2.1"));
    }

    #[test]
    fn a_token_is_of_one_person_and_one_instance() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let vault = Vault::open(folder.path()).unwrap();
        let token = new_device(&vault, "ana@example.com").unwrap();
        let of = |vault: &Vault, token: &str, identity: &str| {
            let client = Client::from(IpAddr::from([192, 0, 2, 1])).with_device(Some(token.into()));
            client.device_of(vault, identity).map(str::to_owned)
        };
        let token = token.expose_secret();
        assert!(of(&vault, token, "ana@example.com").is_some());
        assert_eq!(of(&vault, token, "ben@example.com"), None);
        assert_eq!(
            of(&Vault::open(other.path()).unwrap(), token, "ana@example.com"),
            None
        );
        for wrong in ["", ".", "x.", &token[1..], &format!("{token}0")] {
            assert_eq!(of(&vault, wrong, "ana@example.com"), None, "{wrong}");
        }
    }
}
