//! Where a call may go: guards the inside against calls that a model or its data direct there.
//!
//! A host is resolved first; every address that comes back must be one of the public internet,
//! and the call is pinned to what was checked, so that a second answer of the name service cannot
//! change it. Only a named connection may reach an address of the inside. Never connects itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use super::ConnectorError;

/// Refuses addresses that no call may have, whoever allows it: other schemes, names and passwords.
///
/// # Errors
/// [`ConnectorError::GiveUp`] says what is wrong with it.
pub fn check_url(url: &Url) -> Result<(), ConnectorError> {
    if !matches!(url.scheme(), "http" | "https") {
        return Err(refuse(&format!("“{}:” is no web address", url.scheme())));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("an address must not hold a user name or password"));
    }
    if url.host().is_none() {
        return Err(refuse("the address names no host"));
    }
    Ok(())
}

/// Refuses an address of the inside that is written as a number; names are checked when they are
/// resolved ([`PublicResolver`]).
///
/// # Errors
/// [`ConnectorError::GiveUp`] where the address is not public.
pub fn check_public_url(url: &Url) -> Result<(), ConnectorError> {
    check_url(url)?;
    let ip: IpAddr = match url.host() {
        Some(Host::Ipv4(ip)) => ip.into(),
        Some(Host::Ipv6(ip)) => ip.into(),
        Some(Host::Domain(_)) | None => return Ok(()),
    };
    check_public(ip).map_err(|kind| refuse(&inside_words(&ip.to_string(), ip, kind)))
}

/// A name that leads to the inside.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LeadsInside(String);

impl From<LeadsInside> for ConnectorError {
    fn from(error: LeadsInside) -> Self {
        refuse(&error.0)
    }
}

/// Resolves names to addresses of the public internet only. The connection is made to the very
/// addresses that were checked: there is no second look-up that could say something else.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicResolver;

impl Resolve for PublicResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found: Vec<SocketAddr> =
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            check_all(name.as_str(), &found)?;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// One address of the inside among many is enough to refuse a name.
fn check_all(name: &str, found: &[SocketAddr]) -> Result<(), LeadsInside> {
    found.iter().map(SocketAddr::ip).try_for_each(|ip| {
        check_public(ip).map_err(|kind| LeadsInside(inside_words(name, ip, kind)))
    })
}

fn inside_words(host: &str, ip: IpAddr, kind: &str) -> String {
    format!("“{host}” leads to {ip} ({kind}), where only a configured connection may go")
}

fn refuse(reason: &str) -> ConnectorError {
    ConnectorError::give_up(format!("The call was refused: {reason}."))
}

/// Whether an address belongs to the public internet; else says what it belongs to.
///
/// # Errors
/// The kind of address, in words.
pub fn check_public(ip: IpAddr) -> Result<(), &'static str> {
    match ip {
        IpAddr::V4(ip) => check_public_v4(ip),
        IpAddr::V6(ip) => check_public_v6(ip),
    }
}

/// Blocks that are not the public internet (IANA, "IPv4 Special-Purpose Address Registry").
const INSIDE_V4: &[(Ipv4Addr, u32, &str)] = &[
    (Ipv4Addr::UNSPECIFIED, 8, "this network"),
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private network"),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "a provider's inner network"),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "this machine"),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "the local link"),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private network"),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "protocol assignments"),
    (Ipv4Addr::new(192, 0, 2, 0), 24, "documentation"),
    (Ipv4Addr::new(192, 31, 196, 0), 24, "a special service"),
    (Ipv4Addr::new(192, 52, 193, 0), 24, "a special service"),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a relay"),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private network"),
    (Ipv4Addr::new(192, 175, 48, 0), 24, "a special service"),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "a test network"),
    (Ipv4Addr::new(198, 51, 100, 0), 24, "documentation"),
    (Ipv4Addr::new(203, 0, 113, 0), 24, "documentation"),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "multicast"),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "reserved"),
];

fn check_public_v4(ip: Ipv4Addr) -> Result<(), &'static str> {
    let inside = INSIDE_V4.iter().find(|(network, bits, _)| {
        let mask = u32::MAX << (32 - bits);
        u32::from(ip) & mask == u32::from(*network)
    });
    inside.map_or(Ok(()), |(_, _, kind)| Err(*kind))
}

/// Of IPv6 only the global unicast block is public; parts of it are not, or hold an IPv4 address
/// that decides (IANA, "IPv6 Special-Purpose Address Registry").
fn check_public_v6(ip: Ipv6Addr) -> Result<(), &'static str> {
    if let Some(inner) = embedded_v4(ip) {
        return check_public_v4(inner);
    }
    let segments = ip.segments();
    if ip.is_loopback() {
        return Err("this machine");
    }
    if ip.is_unspecified() {
        return Err("this network");
    }
    if segments[0] & 0xffc0 == 0xfe80 {
        return Err("the local link");
    }
    if segments[0] & 0xfe00 == 0xfc00 {
        return Err("a private network");
    }
    if segments[0] & 0xff00 == 0xff00 {
        return Err("multicast");
    }
    if segments[0] & 0xe000 != 0x2000 {
        return Err("reserved");
    }
    if segments[0] == 0x2001 && segments[1] < 0x200 {
        return Err("protocol assignments");
    }
    if (segments[0] == 0x2001 && segments[1] == 0xdb8)
        || (segments[0] == 0x3fff && segments[1] < 0x1000)
    {
        return Err("documentation");
    }
    if segments[0] == 0x5f00 {
        return Err("segment routing");
    }
    Ok(())
}

/// The IPv4 address that an IPv6 address stands for: mapped, compatible, translated (NAT64, both
/// prefixes) or tunneled (6to4).
fn embedded_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let s = ip.segments();
    let v4 = |high: u16, low: u16| Ipv4Addr::from((u32::from(high) << 16) | u32::from(low));
    if s[..5] == [0; 5] && s[5] == 0xffff {
        return Some(v4(s[6], s[7]));
    }
    if s[..6] == [0; 6] && (s[6] != 0 || s[7] > 1) {
        return Some(v4(s[6], s[7]));
    }
    // `::ffff:0:a.b.c.d`, stateless translation.
    if s[..4] == [0; 4] && s[4] == 0xffff && s[5] == 0 {
        return Some(v4(s[6], s[7]));
    }
    if s[0] == 0x64 && s[1] == 0xff9b && s[2] == 0 {
        return Some(v4(s[6], s[7]));
    }
    if s[0] == 0x2002 {
        return Some(v4(s[1], s[2]));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(url: &str) -> String {
        let url = Url::parse(url).unwrap_or_else(|error| panic!("{url}: {error}"));
        let by_name = match (url.host(), check_public_url(&url)) {
            (_, Err(error)) => return error.to_string(),
            (Some(Host::Domain(name)), Ok(())) => name.to_owned(),
            (_, Ok(())) => panic!("{url} was not refused"),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        match runtime.block_on(PublicResolver.resolve(by_name.parse().unwrap())) {
            Err(error) => ConnectorError::from(
                error.downcast_ref::<LeadsInside>().expect("refused by the guard").clone(),
            )
            .to_string(),
            Ok(_) => panic!("{url} was not refused"),
        }
    }

    /// Case 68: other spellings of inner addresses.
    #[test]
    fn case_68_inner_addresses_are_refused_in_every_spelling() {
        for host in [
            "127.1",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "①②⑦.⓪.⓪.①",
            "127。0。0。1",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[64:ff9b::10.0.0.1]",
            "[64:ff9b:1::a00:1]",
            "[fd00:ec2::254]",
            "[::1]",
            "[::]",
            "[fe80::1]",
            "[fec0::1]",
            "[2002:7f00:1::]",
            "[::ffff:0:127.0.0.1]",
            "[ff02::1]",
            "0.0.0.0",
            "0",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "localhost",
            "LOCALHOST",
            "127.0.0.1.",
        ] {
            let message = refusal(&format!("http://{host}/"));
            assert!(message.starts_with("The call was refused"), "{host}: {message}");
        }
    }

    #[test]
    fn public_addresses_pass() {
        for ip in [
            "1.1.1.1",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2606:4700::1111",
            "64:ff9b::808:808",
            "::ffff:8.8.8.8",
            "2a00:1450::1",
        ] {
            assert_eq!(check_public(ip.parse().unwrap()), Ok(()), "{ip}");
        }
    }

    /// Case 71.
    #[test]
    fn case_71_other_schemes_are_refused() {
        for url in ["file:///etc/passwd", "gopher://example.com/", "ftp://example.com/", "data:,x"]
        {
            let url = Url::parse(url).unwrap();
            assert!(matches!(check_url(&url), Err(ConnectorError::GiveUp { .. })), "{url}");
        }
    }

    /// Case 72: what stands before `@` is no host, and is refused altogether.
    #[test]
    fn case_72_user_names_are_refused() {
        for url in ["http://example.com@127.0.0.1/", "http://a:b@example.com/"] {
            let url = Url::parse(url).unwrap();
            assert!(matches!(check_url(&url), Err(ConnectorError::GiveUp { .. })), "{url}");
        }
        let url = Url::parse("http://127.0.0.1\\@example.com/").unwrap();
        assert_eq!(url.host_str(), Some("127.0.0.1"), "the parsed host decides");
        refusal("http://127.0.0.1\\@example.com/");
    }

    /// Case 69: a name with one inner address among public ones, as in a rebinding attack.
    #[test]
    fn case_69_a_name_that_leads_inside_is_refused() {
        let found = ["93.184.215.14:0", "127.0.0.1:0"].map(|text| text.parse().unwrap());
        let refused = check_all("127.0.0.1.nip.example", &found).unwrap_err();
        assert!(refused.to_string().contains("127.0.0.1 (this machine)"), "{refused}");
        assert_eq!(check_all("example.com", &found[..1]), Ok(()));
    }
}
