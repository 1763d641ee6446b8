//! Whom a request really comes from when a proxy stands in front.
//!
//! `X-Forwarded-For` counts only from proxies that the configuration trusts, for anybody can
//! send it. Each proxy adds whom it saw at the end, so the last address that is no trusted
//! proxy's is the client's.

use std::net::IpAddr;

use hyper::HeaderMap;
use serde::Deserialize;

use crate::http::auth::Peer;

/// A network: `10.0.0.0/8`, `::1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Network {
    first: u128,
    mask: u128,
}

impl TryFrom<String> for Network {
    type Error = String;

    fn try_from(text: String) -> Result<Network, String> {
        let wrong = || format!("'{text}' is no network such as 10.0.0.0/8 or 192.0.2.1");
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (text.as_str(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let whole: u32 = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => whole,
            Some(bits) => bits
                .parse()
                .ok()
                .filter(|bits| *bits <= whole)
                .ok_or_else(wrong)?,
        };
        let free = whole - bits;
        let mask = u128::MAX.checked_shl(free).unwrap_or(0);
        Ok(Network {
            first: number(address) & mask,
            mask,
        })
    }
}

impl Network {
    fn contains(&self, address: IpAddr) -> bool {
        number(address) & self.mask == self.first
    }
}

/// Every address as one of IPv6.
fn number(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(four) => four.to_ipv6_mapped().to_bits(),
        IpAddr::V6(six) => six.to_bits(),
    }
}

/// The client behind a peer: the peer itself, unless it is a trusted proxy.
pub fn client(peer: Peer, headers: &HeaderMap, trusted: &[Network]) -> Peer {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    if !is_trusted(peer.ip) {
        return peer;
    }
    let mut ip = peer.ip;
    let lines = headers.get_all("x-forwarded-for").iter().rev();
    'lines: for line in lines {
        for text in line.to_str().unwrap_or_default().rsplit(',') {
            let text = text.trim();
            let Ok(address) = text.trim_matches(['[', ']']).parse::<IpAddr>() else {
                // What is before it cannot be believed.
                break 'lines;
            };
            ip = address.to_canonical();
            if !is_trusted(address) {
                break 'lines;
            }
        }
    }
    let protocol = headers.get("x-forwarded-proto");
    Peer {
        ip,
        is_secure: protocol.map_or(peer.is_secure, |protocol| protocol == "https"),
    }
}

#[cfg(test)]
mod tests {
    use hyper::HeaderMap;

    use super::{Network, client};
    use crate::http::auth::Peer;

    fn seen(ip: &str, forwarded: &[&str], protocol: Option<&str>) -> (String, bool) {
        let trusted: Vec<Network> = ["10.0.0.0/8", "::1"]
            .map(|text| Network::try_from(text.to_owned()).unwrap())
            .to_vec();
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        if let Some(protocol) = protocol {
            headers.insert("x-forwarded-proto", protocol.parse().unwrap());
        }
        let peer = Peer {
            ip: ip.parse().unwrap(),
            is_secure: false,
        };
        let seen = client(peer, &headers, &trusted);
        (seen.ip.to_string(), seen.is_secure)
    }

    #[test]
    fn only_trusted_proxies_are_believed() {
        let https = Some("https");
        for (peer, forwarded, ip, is_secure) in [
            ("192.0.2.1", &["198.51.100.1"][..], "192.0.2.1", false),
            ("10.1.2.3", &["198.51.100.1"], "198.51.100.1", true),
            ("::ffff:10.1.2.3", &["198.51.100.1"], "198.51.100.1", true),
            (
                "::1",
                &["203.0.113.9, 198.51.100.1, 10.9.9.9"],
                "198.51.100.1",
                true,
            ),
            (
                "::1",
                &["203.0.113.9", "198.51.100.1"],
                "198.51.100.1",
                true,
            ),
            ("::1", &["203.0.113.9, unknown"], "::1", true),
            ("::1", &["10.0.0.1"], "10.0.0.1", true),
            ("::1", &[], "::1", true),
        ] {
            let seen = seen(peer, forwarded, https);
            assert_eq!(seen, (ip.to_owned(), is_secure), "{peer} {forwarded:?}");
        }
        assert!(!seen("::1", &[], Some("http")).1);
    }

    #[test]
    fn networks_are_read() {
        for wrong in ["", "10.0.0.0/33", "10.0.0/8", "x", "::/129", "10.0.0.0/-1"] {
            assert!(Network::try_from(wrong.to_owned()).is_err(), "{wrong}");
        }
        assert!(Network::try_from("0.0.0.0/0".to_owned()).is_ok());
    }
}
