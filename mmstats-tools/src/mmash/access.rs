//! Who may see what is served.
//!
//! Programs of the same machine can connect to a loopback address, whoever runs them, and so can pages of
//! other sites in a browser there. Against those stands the name by which the server is asked for, which has
//! to be its own; where that does not suffice, a token.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use axum::http::uri::Authority;
use mmstats_host::file::open_regular;
use nix::unistd::geteuid;
use subtle::ConstantTimeEq;

use crate::cli::Stop;
use crate::escape;

/// A secret that who wants to see has to know.
#[derive(Clone)]
pub(crate) struct Token(String);

/// The most bytes of a token.
const MAX_TOKEN_LEN: u64 = 1024;

impl Token {
    /// Reads the token in the file at `path`.
    ///
    /// # Errors
    /// If there is none, or others than its owner can read it.
    pub(crate) fn read(path: &Path) -> Result<Self, Stop> {
        let name = escape::path(path);
        let cannot =
            |why: &dyn std::fmt::Display| Stop::Usage(format!("cannot use the token in {name}: {why}"));
        let file = open_regular(path).map_err(|error| cannot(&error))?;
        let metadata = file.metadata().map_err(|error| cannot(&error))?;
        if metadata.mode() & 0o077 != 0 {
            return Err(cannot(&format_args!(
                "expected a file that only its owner can read, found mode {:04o}; run: chmod 600 {name}",
                metadata.mode() & 0o7777
            )));
        }
        let mut token = String::new();
        file.take(MAX_TOKEN_LEN + 1).read_to_string(&mut token).map_err(|error| cannot(&error))?;
        if token.len() as u64 > MAX_TOKEN_LEN {
            return Err(cannot(&format_args!("expected at most {MAX_TOKEN_LEN} bytes, found more")));
        }
        let token = token.trim();
        if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(cannot(
                &"expected visible ASCII characters without blanks, found others or none; a good one comes from: \
                  head -c 24 /dev/urandom | base64",
            ));
        }
        Ok(Self(token.to_owned()))
    }

    /// Whether `guess` is it. How long that takes does not tell how much of it is right.
    pub(crate) fn is(&self, guess: &str) -> bool {
        self.0.as_bytes().ct_eq(guess.as_bytes()).into()
    }
}

/// The names by which the server may be asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    /// In lower case, with a port or without one.
    allowed: BTreeSet<String>,
}

impl Hosts {
    /// Also these names.
    pub(crate) fn new(allowed: &[String]) -> Self {
        Self { allowed: allowed.iter().map(|name| name.to_ascii_lowercase()).collect() }
    }

    /// Whether a request to the address `local` may name the host `authority`.
    ///
    /// A page that reached this server by DNS rebinding has a name of its own in Host. So names count, and
    /// ports do not: `ssh -L`, `docker -p` and proxies change them, and the page's author chooses them.
    pub(crate) fn allow(&self, authority: &Authority, local: SocketAddr) -> bool {
        let asked = authority.as_str().to_ascii_lowercase();
        let name = authority.host().to_ascii_lowercase();
        if self.allowed.contains(&asked) || self.allowed.contains(&name) {
            return true;
        }
        // A page whose host is an address came from that address.
        if let Some(ip) = ip_of(&name) {
            return ip.is_loopback() || ip == local.ip().to_canonical();
        }
        // RFC 6761 reserves `localhost` and all names below it, and Chromium and Firefox resolve them to loopback
        // without a name server. So no site can have such a name.
        let name = name.strip_suffix('.').unwrap_or(&name);
        name == "localhost" || name.ends_with(".localhost")
    }
}

/// The address that the host of a URL is, if it is one: that of IPv6 is in brackets.
fn ip_of(host: &str) -> Option<IpAddr> {
    let ip = match host.strip_prefix('[') {
        Some(rest) => rest.strip_suffix(']')?.parse::<Ipv6Addr>().map(IpAddr::V6),
        None => host.parse::<Ipv4Addr>().map(IpAddr::V4),
    };
    ip.ok().map(|ip| ip.to_canonical())
}

/// Whether `authority` is a host, and behind it at most a port. The port may be empty, as RFC 3986 has it.
pub(crate) fn is_host_and_port(authority: &Authority) -> bool {
    let (all, host) = (authority.as_str(), authority.host());
    let port = all
        .strip_prefix(host)
        .and_then(|port| if port.is_empty() { Some(port) } else { port.strip_prefix(':') });
    let is_port = |port: &str| {
        port.is_empty() || (port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok())
    };
    !host.is_empty() && port.is_some_and(is_port)
}

/// Whether this process can read files that their modes keep from it.
pub(crate) fn is_privileged() -> bool {
    const CAP_DAC_OVERRIDE: u64 = 1 << 1;
    const CAP_DAC_READ_SEARCH: u64 = 1 << 2;
    geteuid().is_root() || status_bits("CapEff") & (CAP_DAC_OVERRIDE | CAP_DAC_READ_SEARCH) != 0
}

/// The bits that the system knows of this process by this name; none if it does not tell.
pub(super) fn status_bits(name: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let bits = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    bits.and_then(|hex| u64::from_str_radix(hex.trim(), 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(hosts: &Hosts, host: &str, local: &str) -> bool {
        hosts.allow(&host.parse().unwrap(), local.parse().unwrap())
    }

    #[test]
    fn loopback_is_allowed_at_any_port_and_other_names_only_if_they_are_named() {
        let hosts = Hosts::new(&["Stats.example".into(), "proxy.example:8443".into()]);
        for (host, is_allowed) in [
            ("127.0.0.1:5002", true),
            ("127.0.0.1:8080", true),
            ("127.9.8.7", true),
            ("[::1]:8080", true),
            ("[::ffff:127.0.0.2]", true),
            ("localhost", true),
            ("LOCALHOST:8080", true),
            ("localhost.:8080", true),
            ("mmash.localhost:8080", true),
            ("stats.example", true),
            ("stats.example:1", true),
            ("proxy.example:8443", true),
            ("proxy.example", false),
            ("evil.example", false),
            ("evil.example:5002", false),
            ("localhost.evil.example:5002", false),
            ("127.0.0.1.evil.example", false),
            ("evillocalhost", false),
            ("[evil.localhost]", false),
            ("[127.0.0.1]", false),
            ("128.0.0.1", false),
            ("0.0.0.0:5002", false),
            ("[::2]", false),
            ("[::ffff:10.0.0.1]", false),
        ] {
            // Also of a container, which `docker -p` reaches by another address.
            for local in ["127.0.0.1:5002", "172.17.0.2:5002"] {
                assert_eq!(allows(&hosts, host, local), is_allowed, "{host} at {local}");
            }
        }
    }

    #[test]
    fn the_address_that_was_connected_to_is_allowed_at_any_port() {
        let hosts = Hosts::default();
        for host in ["[fd00::7]", "[fd00::7]:80", "[fd00:0::7]:8080"] {
            assert!(allows(&hosts, host, "[fd00::7]:80"), "{host}");
            assert!(!allows(&hosts, host, "[fd00::8]:80"), "{host}");
        }
        assert!(allows(&hosts, "10.0.0.7", "[::ffff:10.0.0.7]:80"));
    }

    #[test]
    fn a_host_is_a_name_with_at_most_a_port() {
        for (host, is_one) in [
            ("localhost", true),
            ("localhost:", true),
            ("localhost:0", true),
            ("[::1]:65535", true),
            ("localhost:65536", false),
            ("localhost:+80", false),
            ("localhost:x", false),
            ("a@localhost", false),
            ("a:b@localhost:80", false),
            (":80", false),
        ] {
            let is_found = host.parse().is_ok_and(|authority| is_host_and_port(&authority));
            assert_eq!(is_found, is_one, "{host}");
        }
    }
}
