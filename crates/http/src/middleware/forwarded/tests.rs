use std::net::Ipv4Addr;

use proptest::prelude::*;

use super::*;

/// The nearest proxy, another one behind it, and a client.
const NEAR: &str = "10.0.0.1";
const FAR: &str = "10.0.0.2";
const CLIENT: &str = "203.0.113.7";

fn trusted() -> TrustedProxies {
    TrustedProxies::parse("10.0.0.0/8, 2001:db8:ffff::/48").unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn headers(lines: &[(&'static str, &[u8])]) -> HeaderMap {
    let header = |(name, value): &(&'static str, &[u8])| {
        (HeaderName::from_static(name), HeaderValue::from_bytes(value).unwrap())
    };
    lines.iter().map(header).collect()
}

fn client(peer: &str, lines: &[(&'static str, &str)]) -> Client {
    let lines: Vec<_> = lines.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
    trusted().client(ip(peer), &headers(&lines))
}

fn by_chain(chain: &str) -> IpAddr {
    client(NEAR, &[("x-forwarded-for", chain)]).address
}

fn by_standard(elements: &str) -> Client {
    client(NEAR, &[("forwarded", elements)])
}

#[test]
fn addresses_and_ranges_are_trusted_and_what_is_neither_is_no_setting() {
    let trusted = TrustedProxies::parse("127.0.0.1, 10.9.9.9/8,::1 ,fd00::/8,").unwrap();
    assert_eq!(
        trusted.ranges().collect::<Vec<_>>(),
        ["127.0.0.1/32", "10.0.0.0/8", "::1/128", "fd00::/8"]
    );
    for inside in ["127.0.0.1", "::ffff:127.0.0.1", "10.255.0.1", "::1", "fd12::3"] {
        assert!(trusted.contains(ip(inside)), "{inside}");
    }
    for outside in ["127.0.0.2", "11.0.0.1", "::2", "fe80::1", "::ffff:11.0.0.1"] {
        assert!(!trusted.contains(ip(outside)), "{outside}");
    }
    assert_eq!(TrustedProxies::parse(""), Some(TrustedProxies::default()));
    for bad in ["localhost", "10.0.0.0/33", "10.0.0/8", "10.0.0.1:80", "all", "10.0.0.1 10.0.0.2"] {
        assert_eq!(TrustedProxies::parse(bad), None, "{bad}");
    }
}

#[test]
fn whoever_is_not_trusted_is_who_its_connection_says() {
    let said = [
        ("x-forwarded-for", NEAR),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example"),
        ("forwarded", "for=10.0.0.2;proto=https;host=evil.example"),
    ];
    let found = client(CLIENT, &said);
    assert_eq!(found, Client { address: ip(CLIENT), origin: Origin::default() });
}

#[test]
fn the_client_is_the_first_from_the_right_that_is_not_trusted() {
    for (chain, expected) in [
        (CLIENT, CLIENT),
        ("203.0.113.7, 10.0.0.2", CLIENT),
        ("203.0.113.7,10.0.0.2,10.0.0.3", CLIENT),
        ("198.51.100.1, 203.0.113.7", CLIENT),
        ("127.0.0.1, 10.0.0.9, 203.0.113.7, 10.0.0.2", CLIENT),
        ("2001:db8::1", "2001:db8::1"),
        ("2001:db8::1, 2001:db8:ffff::2", "2001:db8::1"),
        ("::ffff:203.0.113.7", CLIENT),
        // All of them are proxies: the one farthest away asked for itself.
        ("10.0.0.2", FAR),
        ("10.0.0.3, 10.0.0.2", "10.0.0.3"),
    ] {
        assert_eq!(by_chain(chain), ip(expected), "{chain}");
    }
    assert_eq!(client(NEAR, &[]).address, ip(NEAR));
}

#[test]
fn lines_of_one_header_are_one_list() {
    let lines = [("x-forwarded-for", "198.51.100.1, 203.0.113.7"), ("x-forwarded-for", "10.0.0.2")];
    assert_eq!(client(NEAR, &lines).address, ip(CLIENT));
}

#[test]
fn a_port_is_no_part_of_an_address() {
    for (text, expected) in [
        ("203.0.113.7:4711", CLIENT),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
    ] {
        assert_eq!(by_chain(text), ip(expected), "{text}");
    }
}

#[test]
fn what_is_no_address_ends_the_chain_at_the_one_before_it() {
    for bad in ["", "unknown", "203.0.113", "203.0.113.7.8", "example.org", "203.0.113.7:", "::g"] {
        assert_eq!(by_chain(bad), ip(NEAR), "{bad}");
        assert_eq!(by_chain(&format!("203.0.113.7, {bad}, 10.0.0.2")), ip(FAR), "{bad}");
    }
    let no_text = headers(&[("x-forwarded-for", b"203.0.113.7, \xff, 10.0.0.2")]);
    assert_eq!(trusted().client(ip(NEAR), &no_text).address, ip(FAR));
}

#[test]
fn the_standard_header_says_the_same_in_its_own_form() {
    for (elements, expected) in [
        ("for=203.0.113.7", CLIENT),
        ("FOR = \"203.0.113.7:4711\" ; by=10.0.0.1", CLIENT),
        ("for=\"[2001:db8::1]:80\"", "2001:db8::1"),
        ("for=198.51.100.1, for=203.0.113.7;proto=http, for=10.0.0.2", CLIENT),
        ("for=203.0.113.7, for=unknown, for=10.0.0.2", FAR),
        ("for=203.0.113.7, for=_hidden", NEAR),
        ("for=203.0.113.7, proto=https", NEAR),
        ("for=198.51.100.1, \", for=203.0.113.7", CLIENT),
    ] {
        assert_eq!(by_standard(elements).address, ip(expected), "{elements}");
    }
}

#[test]
fn of_both_headers_the_older_counts() {
    let both = [("x-forwarded-for", CLIENT), ("forwarded", "for=198.51.100.1;proto=https;host=a")];
    assert_eq!(client(NEAR, &both), Client { address: ip(CLIENT), origin: Origin::default() });
}

#[test]
fn scheme_and_host_are_what_the_nearest_proxy_says() {
    let said = [
        ("x-forwarded-for", CLIENT),
        ("x-forwarded-proto", "http, HTTPS"),
        ("x-forwarded-host", "evil.example, wifi.example:8443"),
    ];
    let origin = client(NEAR, &said).origin;
    assert_eq!(origin, Origin { is_https: true, host: Some("wifi.example:8443".to_owned()) });
    let alone = client(NEAR, &[("x-forwarded-proto", "https")]);
    assert!(alone.origin.is_https && alone.address == ip(NEAR));
}

#[test]
fn a_standard_element_tells_scheme_and_host_as_far_as_it_is_a_proxys() {
    let chain = "for=198.51.100.1;proto=http;host=evil.example, \
                 for=203.0.113.7;proto=https;host=\"wifi.example\", for=10.0.0.2;proto=http;host=b";
    let origin = by_standard(chain).origin;
    assert_eq!(origin, Origin { is_https: true, host: Some("wifi.example".to_owned()) });
}

#[test]
fn what_is_no_host_is_no_part_of_links() {
    for bad in ["", "two words", "user@wifi.example", "wifi.example/a", "wifi.example:no", "\"a\""]
    {
        let origin = client(NEAR, &[("x-forwarded-host", bad)]).origin;
        assert_eq!(origin.host, None, "{bad}");
    }
}

#[test]
fn ipv6_clients_count_by_network_and_ipv4_clients_by_address() {
    let counted = |text| counted_as(ip(text));
    assert_eq!(counted("2001:db8:1:2:3:4:5:6"), ip("2001:db8:1:2::"));
    assert_eq!(counted("2001:db8:1:2::"), counted("2001:db8:1:2:ffff:ffff:ffff:ffff"));
    assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
    assert_eq!(counted("203.0.113.7"), ip("203.0.113.7"));
    assert_eq!(counted("::ffff:203.0.113.7"), ip("203.0.113.7"));
}

fn any_address() -> impl Strategy<Value = IpAddr> {
    prop_oneof![
        any::<[u8; 4]>().prop_map(IpAddr::from),
        any::<[u8; 16]>().prop_map(IpAddr::from),
        any::<u8>().prop_map(|last| Ipv4Addr::new(10, 0, 0, last).into()),
    ]
}

fn any_stranger() -> impl Strategy<Value = IpAddr> {
    any_address().prop_filter("is trusted", |address| !trusted().contains(*address))
}

fn any_proxy() -> impl Strategy<Value = IpAddr> {
    any::<[u8; 3]>().prop_map(|[a, b, c]| Ipv4Addr::new(10, a, b, c).into())
}

/// A value as anybody may send it: bytes, or something that looks like what a proxy writes.
fn any_value() -> impl Strategy<Value = Vec<u8>> {
    let bytes = proptest::collection::vec(0x20_u8..=0xff, 0..40)
        .prop_map(|bytes| bytes.into_iter().filter(|byte| *byte != 0x7f).collect());
    let word = prop_oneof![
        any_address().prop_map(|address| address.to_string()),
        any_address().prop_map(|address| format!("for=\"[{address}]:1\";proto=https;host=evil")),
        prop::sample::select(vec!["https", "evil.example", "\"", "for=\"", ";", "unknown", ""])
            .prop_map(str::to_owned),
    ];
    let list = proptest::collection::vec(word, 0..5).prop_map(|list| list.join(", ").into_bytes());
    prop_oneof![bytes, list]
}

fn any_headers() -> impl Strategy<Value = HeaderMap> {
    let names = prop::sample::select(vec![FOR, PROTO, HOST, header::FORWARDED]);
    proptest::collection::vec((names, any_value()), 0..6).prop_map(|lines| {
        let value = |bytes: Vec<u8>| HeaderValue::from_bytes(&bytes).unwrap();
        lines.into_iter().map(|(name, bytes)| (name, value(bytes))).collect()
    })
}

/// What proxies make of a request: each writes whom it was asked by behind what it was sent.
fn forward(headers: &mut HeaderMap, name: HeaderName, written: &str) {
    let lines: Vec<&[u8]> = headers.get_all(&name).iter().map(HeaderValue::as_bytes).collect();
    let mut whole = lines.join(&b", "[..]);
    if !whole.is_empty() {
        whole.extend_from_slice(b", ");
    }
    whole.extend_from_slice(written.as_bytes());
    headers.insert(name, HeaderValue::from_bytes(&whole).unwrap());
}

proptest! {
    #[test]
    fn whatever_an_untrusted_client_writes_its_address_is_its_own(
        peer in any_stranger(),
        written in any_headers(),
    ) {
        let found = trusted().client(peer, &written);
        prop_assert_eq!(found.address, peer.to_canonical());
        prop_assert_eq!(found.origin, Origin::default());
    }

    #[test]
    fn whatever_a_client_writes_it_is_itself_behind_any_number_of_trusted_proxies(
        sender in any_stranger(),
        proxies in proptest::collection::vec(any_proxy(), 1..4),
        mut written in any_headers(),
    ) {
        let mut from = sender;
        for proxy in proxies {
            forward(&mut written, FOR, &from.to_string());
            from = proxy;
        }
        prop_assert_eq!(trusted().client(from, &written).address, sender.to_canonical());
    }

    #[test]
    fn the_same_holds_for_proxies_that_write_the_standard_header(
        sender in any_stranger(),
        proxies in proptest::collection::vec(any_proxy(), 1..4),
        mut written in any_headers(),
    ) {
        // The first of them takes the older header out, as it must.
        written.remove(FOR);
        let mut from = sender;
        for proxy in proxies {
            let element = match from {
                IpAddr::V4(address) => format!("for={address};proto=http"),
                IpAddr::V6(address) => format!("for=\"[{address}]\";proto=http"),
            };
            forward(&mut written, header::FORWARDED, &element);
            from = proxy;
        }
        let found = trusted().client(from, &written);
        prop_assert_eq!(found.address, sender.to_canonical());
        prop_assert!(!found.origin.is_https);
    }

    #[test]
    fn no_header_is_too_odd_to_be_read(peer in any_proxy(), written in any_headers()) {
        let found = trusted().client(peer, &written);
        prop_assert!(found.origin.host.is_none_or(|host| is_host(&host)));
    }
}
