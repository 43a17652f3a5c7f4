//! Text that carries a rule: bounded text, slugs, usernames, email and web addresses.
//!
//! Every constructor trims white space at both ends (contract §1.7) and counts Unicode code points
//! against the seed's column width. A value that exists is valid; absence is `Option`.

use crate::error::Violation;
use crate::ids::UserId;

/// Non-empty text of at most `MAX` code points.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<const MAX: usize>(String);

/// A tenant's name (seed: `VARCHAR(150)`).
pub type TenantName = Text<150>;
/// A first or last name (seed: `VARCHAR(150)`).
pub type PersonName = Text<150>;
/// A telephone number as its owner writes it (seed: `VARCHAR(20)`).
pub type PhoneNumber = Text<20>;
/// A company or a place (seed: `VARCHAR(100)`).
pub type ShortText = Text<100>;
/// What is to be done (seed: `VARCHAR(200)`).
pub type Task = Text<200>;
/// The name of a plan or gateway (seed: `VARCHAR(100)`).
pub type Name = Text<100>;
/// A gateway's type (seed: `VARCHAR(50)`).
pub type Variant = Text<50>;
/// An order's reference at the client (seed: `VARCHAR(100)`).
pub type OrderId = Text<100>;
/// An id that a payment gateway gave (seed: `VARCHAR(255)`).
pub type ExternalId = Text<255>;
/// Why money goes back (contract §10.2: at most 200).
pub type RefundReason = Text<200>;
/// What a payment is for (contract §10.2: at most 500).
pub type PaymentDescription = Text<500>;
/// What a client calls itself when it asks for a key (`VARCHAR(200)`).
pub type UserAgent = Text<200>;
/// The type of a payment log entry (seed: `VARCHAR(100)`).
pub type EventType = Text<100>;
/// Prose of any length (seed: `TEXT`); the request's size is its bound.
pub type LongText = Text<{ usize::MAX }>;

impl<const MAX: usize> Text<MAX> {
    /// Trims and checks. Errors: [`Violation::Blank`], [`Violation::TooLong`],
    /// [`Violation::NulCharacter`].
    pub fn new(raw: &str) -> Result<Self, Violation> {
        bounded(raw, MAX).map(|text| Self(text.to_owned()))
    }

    /// Empty text is no value (contract §1.7: reading shows `""` for it).
    pub fn optional(raw: &str) -> Result<Option<Self>, Violation> {
        if raw.trim().is_empty() { Ok(None) } else { Self::new(raw).map(Some) }
    }

    /// As much as fits of text that nobody can be asked to shorten; `None` where nothing is left.
    pub fn shortened(raw: &str) -> Option<Self> {
        let visible = raw.trim().chars().filter(|c| !c.is_control());
        let text: String = visible.take(MAX).collect();
        Self::new(&text).ok()
    }

    /// Text that this crate makes itself, in a form that fits.
    pub(crate) fn own(text: impl Into<String>) -> Self {
        let text = text.into();
        debug_assert_eq!(bounded(&text, MAX), Ok(text.as_str()));
        Self(text)
    }
}

fn bounded(raw: &str, max: usize) -> Result<&str, Violation> {
    let text = raw.trim();
    if text.is_empty() {
        return Err(Violation::Blank);
    }
    if text.contains('\0') {
        return Err(Violation::NulCharacter);
    }
    if text.len() > max && text.chars().count() > max {
        return Err(Violation::TooLong { max });
    }
    Ok(text)
}

/// A tenant's name in addresses (seed: `VARCHAR(160)`): letters, digits, `_` and `-` of ASCII.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slug(String);

impl Slug {
    /// Greatest number of characters.
    pub const MAX: usize = 160;

    /// Checks the form. `me` is refused, because `tenants/me/` is a path of its own (contract §4.1).
    pub fn new(raw: &str) -> Result<Self, Violation> {
        let text = bounded(raw, Self::MAX)?;
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-') {
            return Err(Violation::NotSlug);
        }
        if text == "me" {
            return Err(Violation::Reserved);
        }
        Ok(Self(text.to_owned()))
    }
}

/// A login name (seed: `VARCHAR(150)`): letters, digits and `@ . + - _` (contract §3.3).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Username(String);

impl Username {
    /// Greatest number of characters.
    pub const MAX: usize = 150;

    /// Checks the form; case is kept and matters.
    pub fn new(raw: &str) -> Result<Self, Violation> {
        let text = bounded(raw, Self::MAX)?;
        if !text.chars().all(|c| c.is_alphanumeric() || "@.+-_".contains(c)) {
            return Err(Violation::NotUsername);
        }
        Ok(Self(text.to_owned()))
    }

    /// What a user is called of whom nobody is to know any more who it was.
    pub fn of_forgotten(id: UserId) -> Self {
        Self(format!("deleted-{id}"))
    }

    /// Whether it is kept for somebody who is forgotten, so that nobody chooses it.
    pub fn is_reserved(&self) -> bool {
        let digits = self.0.strip_prefix("deleted-").unwrap_or_default();
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())
    }
}

/// An email address (seed: `VARCHAR(254)`), kept as written but for the domain, which is lower-cased.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// Greatest number of characters (RFC 5321 §4.5.3.1.3).
    pub const MAX: usize = 254;

    /// Checks the form: an unquoted local part (RFC 5321 `Dot-string`) at a host name.
    pub fn new(raw: &str) -> Result<Self, Violation> {
        let text = bounded(raw, Self::MAX)?;
        let (local, domain) = text.rsplit_once('@').ok_or(Violation::NotEmail)?;
        if !is_dot_string(local) || !(domain == "localhost" || is_dotted_host(domain)) {
            return Err(Violation::NotEmail);
        }
        Ok(Self(format!("{local}@{}", domain.to_lowercase())))
    }

    /// The address of a user of whom nobody is to know any more who it was. Mail cannot be sent there
    /// (RFC 2606 §2).
    pub fn of_forgotten(id: UserId) -> Self {
        Self(format!("deleted-{id}@deleted.invalid"))
    }

    /// Whether it is kept for somebody who is forgotten, so that nobody chooses it.
    pub fn is_reserved(&self) -> bool {
        let domain = self.0.rsplit_once('@').map_or("", |(_, domain)| domain);
        domain == "deleted.invalid" || domain.ends_with(".deleted.invalid")
    }

    /// The form in which addresses are compared (contract §1.12).
    pub fn folded(&self) -> String {
        self.0.to_lowercase()
    }

    /// Optional input: empty text is no address.
    pub fn optional(raw: &str) -> Result<Option<Self>, Violation> {
        if raw.trim().is_empty() { Ok(None) } else { Self::new(raw).map(Some) }
    }
}

/// A web address with a host (seed: `VARCHAR(200)`): `http`, `https`, `ftp` or `ftps`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WebUrl(String);

impl WebUrl {
    /// Greatest number of characters.
    pub const MAX: usize = 200;

    /// Checks scheme and authority (RFC 3986 §3); the rest may hold anything but white space.
    pub fn new(raw: &str) -> Result<Self, Violation> {
        let text = bounded(raw, Self::MAX)?;
        let (scheme, rest) = text.split_once("://").ok_or(Violation::NotUrl)?;
        let known = ["http", "https", "ftp", "ftps"].iter().any(|s| scheme.eq_ignore_ascii_case(s));
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        if !known || text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(Violation::NotUrl);
        }
        if !is_authority(authority) {
            return Err(Violation::NotUrl);
        }
        Ok(Self(text.to_owned()))
    }

    /// Optional input: empty text is no address.
    pub fn optional(raw: &str) -> Result<Option<Self>, Violation> {
        if raw.trim().is_empty() { Ok(None) } else { Self::new(raw).map(Some) }
    }
}

fn is_dot_string(local: &str) -> bool {
    let atext = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+/=?^_`{|}~-".contains(c);
    local.len() <= 64 && local.split('.').all(|atom| !atom.is_empty() && atom.chars().all(atext))
}

fn is_dotted_host(host: &str) -> bool {
    let labels: Vec<&str> = host.split('.').collect();
    labels.len() >= 2
        && labels.iter().all(|label| is_label(label))
        && labels.last().is_some_and(|last| !last.chars().all(|c| c.is_ascii_digit()))
}

fn is_label(label: &str) -> bool {
    (1..=63).contains(&label.len())
        && label.chars().all(|c| c.is_alphanumeric() || c == '-')
        && !label.starts_with('-')
        && !label.ends_with('-')
}

fn is_authority(authority: &str) -> bool {
    let host_and_port = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if let Some(rest) = host_and_port.strip_prefix('[') {
        return rest.split_once(']').is_some_and(|(address, port)| {
            address.parse::<std::net::Ipv6Addr>().is_ok()
                && port.strip_prefix(':').map_or(port.is_empty(), is_port)
        });
    }
    let (host, port) = match host_and_port.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (host_and_port, None),
    };
    let is_host = host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::Ipv4Addr>().is_ok()
        || is_dotted_host(host.strip_suffix('.').unwrap_or(host));
    is_host && port.is_none_or(is_port)
}

fn is_port(port: &str) -> bool {
    port.parse::<u16>().is_ok()
}

macro_rules! text_access {
    ($($name:ident $(<const $max:ident>)?),+) => {$(
        text_access!(@one $name $($max)?);
    )+};
    (@one $name:ident $max:ident) => {
        text_access!(@impl [const $max: usize] [$name<$max>]);
    };
    (@one $name:ident) => {
        text_access!(@impl [] [$name]);
    };
    (@impl [$($generics:tt)*] [$($ty:tt)*]) => {
        impl<$($generics)*> $($ty)* {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, given away.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl<$($generics)*> std::fmt::Display for $($ty)* {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<$($generics)*> AsRef<str> for $($ty)* {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }
    };
}

text_access!(Text<const MAX>, Slug, Username, EmailAddress, WebUrl);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn width_counts_code_points_after_trimming() {
        let exact = format!("  {}  ", "é".repeat(150));
        assert_eq!(TenantName::new(&exact).unwrap().as_str().chars().count(), 150);
        assert_eq!(TenantName::new(&"é".repeat(151)), Err(Violation::TooLong { max: 150 }));
        assert_eq!(TenantName::new(" \t"), Err(Violation::Blank));
        assert_eq!(TenantName::new("a\0b"), Err(Violation::NulCharacter));
    }

    #[test]
    fn text_that_is_shortened_keeps_its_beginning_without_control_characters() {
        let shortened = |raw: &str| UserAgent::shortened(raw).map(UserAgent::into_string);
        assert_eq!(shortened(" Portal\t\0/2 "), Some("Portal/2".to_owned()));
        assert_eq!(shortened(&"ß".repeat(201)), Some("ß".repeat(200)));
        assert_eq!(shortened(&format!("a{}b", " ".repeat(200))), Some("a".to_owned()));
        assert_eq!(shortened(" \r\n"), None);
    }

    #[test]
    fn a_slug_is_ascii_and_never_me() {
        assert!(Slug::new("Acme_corp-2").is_ok());
        assert!(Slug::new("123").is_ok());
        assert_eq!(Slug::new("acmé"), Err(Violation::NotSlug));
        assert_eq!(Slug::new("a b"), Err(Violation::NotSlug));
        assert_eq!(Slug::new("me"), Err(Violation::Reserved));
        assert_eq!(Slug::new(&"a".repeat(161)), Err(Violation::TooLong { max: 160 }));
    }

    #[test]
    fn an_email_keeps_its_local_part_and_folds_its_domain() {
        assert_eq!(
            EmailAddress::new("Bob.X+y@Example.ORG").unwrap().as_str(),
            "Bob.X+y@example.org"
        );
        for good in ["a@localhost", "o'neil@x.io", "a@bücher.example"] {
            assert!(EmailAddress::new(good).is_ok(), "{good}");
        }
        for bad in [
            "",
            "a",
            "@x.io",
            "a@",
            "a@x",
            "a..b@x.io",
            ".a@x.io",
            "a@-x.io",
            "a b@x.io",
            "a@x.1",
            "a@b@x.io",
        ] {
            assert!(EmailAddress::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_web_url_has_a_known_scheme_and_a_host() {
        for good in [
            "http://x.io",
            "HTTPS://user:pw@x.io:8080/p?q#f",
            "ftp://10.0.0.1/",
            "http://[::1]:80/",
            "http://localhost",
        ] {
            assert!(WebUrl::new(good).is_ok(), "{good}");
        }
        for bad in [
            "x.io",
            "javascript://x.io",
            "http://",
            "http://x",
            "http://x.io/a b",
            "http://x.io:99999",
            "http:///p",
        ] {
            assert_eq!(WebUrl::new(bad), Err(Violation::NotUrl), "{bad}");
        }
    }

    #[test]
    fn a_username_has_letters_digits_and_five_signs() {
        assert!(Username::new("jörg@x.+-_1").is_ok());
        assert_eq!(Username::new("a b"), Err(Violation::NotUsername));
        assert_eq!(Username::new("a/b"), Err(Violation::NotUsername));
    }

    #[test]
    fn names_and_addresses_of_whoever_is_forgotten_are_reserved_and_no_others() {
        let id = UserId::new(13);
        assert!(Username::of_forgotten(id).is_reserved());
        assert!(EmailAddress::of_forgotten(id).is_reserved());
        assert!(EmailAddress::new("a@mail.Deleted.Invalid").unwrap().is_reserved());
        for free in ["deleted-", "deleted-1a", "deleted13", "Deleted-13", "x-deleted-13"] {
            assert!(!Username::new(free).unwrap().is_reserved(), "{free}");
        }
        for free in ["deleted-13@example.org", "a@undeleted.invalid", "a@deleted.invalid.org"] {
            assert!(!EmailAddress::new(free).unwrap().is_reserved(), "{free}");
        }
    }
}
