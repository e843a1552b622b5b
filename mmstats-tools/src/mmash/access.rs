//! Who may see what is served.
//!
//! Programs of the same machine can connect to a loopback address, whoever runs them, and so can pages of
//! other sites in a browser there. Against those stands the name by which the server is asked for, which has
//! to be its own; where that does not suffice, a token.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use axum::http::uri::Authority;
use mmstats_reader::file::open_regular;
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

    /// Whether who came to the address `local` may ask for `host`.
    pub(crate) fn allow(&self, host: &str, local: SocketAddr) -> bool {
        let host = host.to_ascii_lowercase();
        let Ok(authority) = host.parse::<Authority>() else { return false };
        let name = authority.host();
        if host.contains('@') {
            return false;
        }
        if self.allowed.contains(&host) || self.allowed.contains(name) {
            return true;
        }
        if authority.port_u16().unwrap_or(80) != local.port() {
            return false;
        }
        let is_own = name
            .trim_matches(['[', ']'])
            .parse()
            .is_ok_and(|ip: IpAddr| local.ip().to_canonical() == ip.to_canonical());
        let is_loopback = local.ip().to_canonical().is_loopback();
        is_own || (is_loopback && ["localhost", "127.0.0.1", "[::1]"].contains(&name))
    }
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

    #[test]
    fn only_its_own_names_are_allowed() {
        let hosts = Hosts::new(&["Stats.example".into(), "proxy.example:8443".into()]);
        let local: SocketAddr = "127.0.0.1:5002".parse().unwrap();
        for (host, is_allowed) in [
            ("127.0.0.1:5002", true),
            ("localhost:5002", true),
            ("LOCALHOST:5002", true),
            ("[::1]:5002", true),
            ("localhost", false),
            ("localhost:80", false),
            ("127.0.0.2:5002", false),
            ("evil.example", false),
            ("evil.example:5002", false),
            ("localhost.evil.example:5002", false),
            ("a@localhost:5002", false),
            ("stats.example", true),
            ("stats.example:1", true),
            ("proxy.example:8443", true),
            ("proxy.example", false),
            ("", false),
            ("localhost:5002/x", false),
        ] {
            assert_eq!(hosts.allow(host, local), is_allowed, "{host}");
        }
        let outside: SocketAddr = "[fd00::7]:80".parse().unwrap();
        assert!(hosts.allow("[fd00::7]", outside) && hosts.allow("[fd00::7]:80", outside));
        assert!(!hosts.allow("localhost:80", outside));
    }
}
