//! Where the server listens.

use std::fmt;
use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::os::unix::net::UnixStream as BlockingStream;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use nix::sys::stat::{Mode, umask};
use tokio::net::{TcpListener, UnixListener};

use crate::cli::Stop;
use crate::escape;

/// A place to listen at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// An address and a port.
    Tcp(SocketAddr),
    /// A socket in the file system, with its mode.
    Unix(PathBuf, u32),
}

/// A socket that listens.
pub(crate) enum Listener {
    /// By TCP.
    Tcp(TcpListener),
    /// In the file system. It is removed with this.
    Unix(UnixListener, SocketFile),
}

/// A socket in the file system, removed when this is dropped.
#[derive(Debug)]
pub(crate) struct SocketFile {
    path: PathBuf,
    mode: u32,
    /// Its device's number and its own.
    inode: (u64, u64),
}

/// The mode of a socket if none is given: its owner alone can connect.
const OWN: u32 = 0o600;

impl Place {
    /// Whether processes of other users of this machine can connect, but nobody else.
    pub(crate) fn is_for_machine(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().to_canonical().is_loopback(),
            Self::Unix(_, mode) => is_shared(*mode),
        }
    }

    /// Whether others than the machine's users can connect.
    pub(crate) fn is_for_network(&self) -> bool {
        matches!(self, Self::Tcp(_)) && !self.is_for_machine()
    }

    /// Listens here. Call it in the context of a runtime.
    ///
    /// # Errors
    /// If it cannot.
    pub(crate) fn listen(&self) -> Result<Listener, Stop> {
        let listener = match self {
            Self::Tcp(address) => listen_tcp(*address).map(Listener::Tcp),
            Self::Unix(path, mode) => listen_unix(path, *mode),
        };
        listener.map_err(|error| {
            let advice = if error.kind() == io::ErrorKind::AddrInUse {
                "; end what listens there, or choose another place with --listen"
            } else {
                ""
            };
            Stop::Failed(format!("cannot listen on {self}: {error}{advice}"))
        })
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(path) = text.strip_prefix("unix:") else {
            let address = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
            return address.as_deref().unwrap_or(text).parse().map(Self::Tcp).map_err(|_| {
                format!(
                    "expected ADDRESS:PORT, such as 127.0.0.1:5002 or [::1]:5002, or unix:PATH, found {text}"
                )
            });
        };
        let (path, mode) = match path.rsplit_once(",mode=") {
            Some((path, mode)) => {
                let mode = u32::from_str_radix(mode, 8).ok().filter(|mode| *mode <= 0o777);
                (path, mode.ok_or_else(|| format!("expected an octal mode up to 777, found {text}"))?)
            }
            None => (path, OWN),
        };
        if path.is_empty() {
            return Err("expected unix:PATH, found no path".into());
        }
        Ok(Self::Unix(path.into(), mode))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}/"),
            Self::Unix(path, _) => write!(f, "unix:{}", escape::path(path)),
        }
    }
}

/// Whether others than its owner can connect to a socket of this mode: to connect is to write.
fn is_shared(mode: u32) -> bool {
    mode & 0o022 != 0
}

impl SocketFile {
    /// Whether others than its owner can connect.
    pub(crate) fn is_shared(&self) -> bool {
        is_shared(self.mode)
    }
}

impl Listener {
    /// Where it can be reached: with the port, if any was to be found, and of all addresses of this machine
    /// by one that can be asked for.
    pub(crate) fn place(&self) -> Option<Place> {
        match self {
            Self::Tcp(listener) => {
                let mut address = listener.local_addr().ok()?;
                if address.ip().is_unspecified() {
                    let own: [IpAddr; 2] = [Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
                    address.set_ip(own[usize::from(address.is_ipv6())]);
                }
                Some(Place::Tcp(address))
            }
            Self::Unix(_, file) => Some(Place::Unix(file.path.clone(), file.mode)),
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Not that of another server which has taken its place. One that stays whoever listens next replaces.
        if inode(&self.path).is_ok_and(|inode| inode == self.inode) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn listen_tcp(address: SocketAddr) -> io::Result<TcpListener> {
    // With SO_REUSEADDR: connections of a server that has just ended do not keep the port.
    let socket =
        if address.is_ipv4() { tokio::net::TcpSocket::new_v4() } else { tokio::net::TcpSocket::new_v6() }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(1024)
}

fn listen_unix(path: &Path, mode: u32) -> io::Result<Listener> {
    remove_abandoned(path)?;
    // From the first moment on nobody else can connect.
    let before = umask(Mode::from_bits_truncate(0o777 & !mode));
    let listener = UnixListener::bind(path);
    umask(before);
    let listener = listener?;
    let file = SocketFile { path: path.to_owned(), mode, inode: inode(path)? };
    Ok(Listener::Unix(listener, file))
}

fn inode(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}

/// Removes what is at `path`, if it is a socket on which nobody listens any more.
fn remove_abandoned(path: &Path) -> io::Result<()> {
    let Ok(metadata) = fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(io::Error::other("expected nothing or a socket there, found something else"));
    }
    match BlockingStream::connect(path) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => fs::remove_file(path),
        Err(error) => Err(error),
        Ok(_) => Err(io::ErrorKind::AddrInUse.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_addresses_or_sockets() {
        let unix = |path: &str, mode| Place::Unix(path.into(), mode);
        assert_eq!("unix:/run/m".parse(), Ok(unix("/run/m", 0o600)));
        assert_eq!("unix:/run/m,mode=0666".parse(), Ok(unix("/run/m", 0o666)));
        assert_eq!("127.0.0.1:0".parse(), Ok(Place::Tcp("127.0.0.1:0".parse().unwrap())));
        assert_eq!("localhost:7".parse(), Ok(Place::Tcp("127.0.0.1:7".parse().unwrap())));
        for wrong in ["", "unix:", "5002", "example.com:80", "unix:a,mode=8", "unix:a,mode=1777"] {
            assert!(wrong.parse::<Place>().is_err(), "{wrong}");
        }
        let is_for = |place: &str| {
            let place: Place = place.parse().unwrap();
            (place.is_for_machine(), place.is_for_network())
        };
        assert_eq!(is_for("127.0.0.1:1"), (true, false));
        assert_eq!(is_for("[::1]:1"), (true, false));
        assert_eq!(is_for("0.0.0.0:1"), (false, true));
        assert_eq!(is_for("unix:a"), (false, false));
        assert_eq!(is_for("unix:a,mode=660"), (true, false));
    }
}
