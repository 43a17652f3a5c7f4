//! Whose word about a client is taken, and who the client is by it: the one place that reads
//! `X-Forwarded-For`, `X-Forwarded-Proto`, `X-Forwarded-Host` and `Forwarded` (RFC 7239).

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use ipnet::IpNet;

#[cfg(test)]
mod tests;

const FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// The proxies in front of the server: what they say of their clients is believed. Whatever anybody
/// else says is not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Vec<IpNet>);

/// Who sent a request, and how the client wrote the server's address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Client {
    /// An IPv4 address is never in its IPv6 form.
    pub(crate) address: IpAddr,
    pub(crate) origin: Origin,
}

/// Scheme and host that the client asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Origin {
    /// The client's own connection is encrypted.
    pub(crate) is_https: bool,
    /// What a proxy says; `None` is the request's own.
    pub(crate) host: Option<String>,
}

impl TrustedProxies {
    /// Reads addresses and ranges such as `10.0.0.0/8`, separated by commas. `None` where something
    /// is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let entries = text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        entries.map(range).collect::<Option<_>>().map(Self)
    }

    /// Whether this is the address of a trusted proxy.
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|range| range.contains(&address))
    }

    /// The ranges as [`parse`](Self::parse) reads them.
    pub fn ranges(&self) -> impl Iterator<Item = String> {
        self.0.iter().map(ToString::to_string)
    }

    /// Who sent a request that came from this end of a connection.
    ///
    /// Each proxy writes the address it was asked from behind what it was sent. So the chain is
    /// followed from the end of the connection: as long as the address reached is trusted, so is
    /// what it has written. The first that is not is the client; what stands left of it, the
    /// client may have made up. What is no address ends the chain at the one before it.
    pub(crate) fn client(&self, peer: IpAddr, headers: &HeaderMap) -> Client {
        let mut client = Client { address: peer.to_canonical(), origin: Origin::default() };
        if !self.contains(client.address) {
            return client;
        }
        if headers.contains_key(FOR) || !headers.contains_key(header::FORWARDED) {
            self.follow_forerunners(&mut client, headers);
        } else {
            self.follow_standard(&mut client, headers);
        }
        client
    }

    fn follow_forerunners(&self, client: &mut Client, headers: &HeaderMap) {
        for hop in from_the_right(headers, FOR) {
            let Some(address) = address(hop).filter(|_| self.contains(client.address)) else {
                break;
            };
            client.address = address;
        }
        // What the nearest proxy says: values left of its own could be anybody's.
        let last = |name| from_the_right(headers, name).next();
        client.origin.is_https = last(PROTO).is_some_and(is_https);
        client.origin.host = last(HOST).filter(|text| is_host(text)).map(str::to_owned);
    }

    fn follow_standard(&self, client: &mut Client, headers: &HeaderMap) {
        for hop in from_the_right(headers, header::FORWARDED) {
            if !self.contains(client.address) {
                break;
            }
            let mut written_by = None;
            for (name, value) in parameters(hop) {
                if name.eq_ignore_ascii_case("for") {
                    written_by = address(value);
                } else if name.eq_ignore_ascii_case("proto") {
                    client.origin.is_https = is_https(value);
                } else if name.eq_ignore_ascii_case("host") && is_host(value) {
                    client.origin.host = Some(value.to_owned());
                }
            }
            let Some(address) = written_by else {
                break;
            };
            client.address = address;
        }
    }
}

/// What a client's address is counted as: whoever has one IPv6 address has all of its /64.
pub fn counted_as(address: IpAddr) -> IpAddr {
    /// The part of an address that names a network.
    const NETWORK: u128 = !(u64::MAX as u128);
    match address.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// Whether a text is a host with or without a port, and nothing beside it.
pub(crate) fn is_host(text: &str) -> bool {
    let Ok(found) = text.parse::<Authority>() else {
        return false;
    };
    // Who stands before the host is not looked for in there.
    let Some(rest) = text.strip_prefix(found.host()) else {
        return false;
    };
    let is_port =
        |port: &str| port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok();
    rest.is_empty() || rest.strip_prefix(':').is_some_and(is_port)
}

fn range(text: &str) -> Option<IpNet> {
    let range: IpNet = match text.parse::<IpAddr>() {
        Ok(address) => address.to_canonical().into(),
        Err(_) => text.parse().ok()?,
    };
    Some(range.trunc())
}

fn is_https(text: &str) -> bool {
    text.eq_ignore_ascii_case("https")
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    let found = bare.parse().or_else(|_| text.parse().map(|whole: SocketAddr| whole.ip()));
    found.ok().map(|address| address.to_canonical())
}

/// The elements of a header that is a list, the last line's last one first. One that is no text is
/// empty.
fn from_the_right(headers: &HeaderMap, name: HeaderName) -> impl Iterator<Item = &str> {
    headers.get_all(name).iter().rev().flat_map(elements)
}

/// The elements of a line from its end. Quotes are matched from there too: one that a client leaves
/// open cannot swallow what a proxy has written behind it.
fn elements(line: &HeaderValue) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let elements = line.as_bytes().rsplit(move |byte| {
        quoted ^= *byte == b'"';
        *byte == b',' && !quoted
    });
    elements.map(|element| std::str::from_utf8(element).unwrap_or_default().trim())
}

/// The parameters of an element of `Forwarded`, their values without quotes.
fn parameters(element: &str) -> impl Iterator<Item = (&str, &str)> {
    element.split(';').filter_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        let bare = value.trim();
        let unquoted = bare.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
        Some((name.trim(), unquoted.unwrap_or(bare)))
    })
}
