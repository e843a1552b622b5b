//! A real nginx in front of mmash.

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// A running nginx with its defaults. Dropping it ends it.
pub(crate) struct Nginx {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    _dir: TempDir,
}

/// Long enough for a machine that has much else to do.
const PATIENCE: Duration = Duration::from_mins(1);

impl Nginx {
    /// Passes on what is below `path` to the server at `upstream`; nothing where there is no nginx, except in
    /// continuous integration, where that is a failure.
    pub(crate) fn start(path: &str, upstream: SocketAddr) -> Option<Self> {
        if Command::new("nginx").arg("-v").stderr(Stdio::null()).status().is_err() {
            assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "nginx is missing");
            eprintln!("passed over: nginx is missing");
            return None;
        }
        let start = Instant::now();
        loop {
            // It cannot look for a free port itself. If another program takes this one first, it ends.
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let dir = tempfile::tempdir().unwrap();
            let conf = format!(
                "daemon off; master_process off; pid nginx.pid; error_log stderr;
                 events {{}}
                 http {{
                   access_log off; client_body_temp_path b; proxy_temp_path p; fastcgi_temp_path f;
                   uwsgi_temp_path u; scgi_temp_path s;
                   server {{ listen {address}; location {path} {{ proxy_pass http://{upstream}/; }} }}
                 }}"
            );
            fs::write(dir.path().join("nginx.conf"), conf).unwrap();
            let mut nginx = Command::new("nginx");
            nginx.arg("-p").arg(dir.path()).args(["-c", "nginx.conf"]).stdout(Stdio::null());
            let child = nginx.stderr(Stdio::null()).spawn().unwrap();
            let mut nginx = Self { child, address, _dir: dir };
            while nginx.child.try_wait().unwrap().is_none() {
                if TcpStream::connect(address).is_ok() {
                    return Some(nginx);
                }
                thread::sleep(Duration::from_millis(20));
            }
            assert!(start.elapsed() < PATIENCE, "nginx does not start");
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
