//! The page that shows the web server, and all else that publishes statistics, in a browser.

use std::error::Error;
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::program::Program;

/// Where mmash listens unless it is told otherwise.
const PORT: u16 = 5002;
const START_TIME: Duration = Duration::from_secs(10);

/// Has a program that knows no `--until-eof` stop when standard input ends.
const UNTIL_EOF: &str = r#""$0" "$@" & cat >/dev/null; kill $!; wait $!"#;

/// mmash, and where a browser finds it.
pub(super) struct Mmash {
    program: Program,
    pub(super) url: String,
}

impl Mmash {
    pub(super) fn start(binaries: &Path) -> Result<Self, Box<dyn Error>> {
        // Other users of this machine can connect, too, and root reads what they may not see.
        let token = TokenFile::new(binaries)?;
        let listen = format!("{}:{}", Ipv4Addr::LOCALHOST, free_port());
        let mmash = binaries.join("mmash");
        let arguments =
            ["-c", UNTIL_EOF, path_str(&mmash)?, "--listen", &listen, "--token-file", path_str(&token.path)?];
        let mut program = Program::start(Path::new("sh"), &arguments)?;
        let line = program.next_line(START_TIME)?;
        let Some(address) = line.find("http://").and_then(|start| line.get(start..)) else {
            return Err(format!("expected mmash's URL, found: {line}").into());
        };
        let url = format!("{}/?token={}", address.trim_end_matches('/'), token.token);
        Ok(Self { program, url })
    }

    pub(super) fn stop(&mut self, time: Duration) -> Result<(), Box<dyn Error>> {
        let (messages, status) = self.program.stop(time)?;
        if status.success() { Ok(()) } else { Err(format!("mmash ended with {status}:\n{messages}").into()) }
    }
}

/// The port where mmash is looked for, or, if it is taken, any that is free.
fn free_port() -> u16 {
    if TcpListener::bind((Ipv4Addr::LOCALHOST, PORT)).is_ok() { PORT } else { 0 }
}

fn path_str(path: &Path) -> Result<&str, String> {
    path.to_str().ok_or_else(|| format!("expected a path in UTF-8, found {}", path.display()))
}

/// A secret in a file of its own, which mmash reads when it starts.
struct TokenFile {
    token: String,
    path: PathBuf,
}

impl TokenFile {
    fn new(directory: &Path) -> std::io::Result<Self> {
        let mut random = [0; 16];
        File::open("/dev/urandom")?.read_exact(&mut random)?;
        let token = format!("{:032x}", u128::from_ne_bytes(random));
        let path = directory.join(format!("demo-token-{}", std::process::id()));
        // One that is left from a killed demo of the same process id.
        let _ = fs::remove_file(&path);
        OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)?
            .write_all(token.as_bytes())?;
        Ok(Self { token, path })
    }
}

impl Drop for TokenFile {
    fn drop(&mut self) {
        // If that fails, the file of one demo is left in the build's folder.
        let _ = fs::remove_file(&self.path);
    }
}
