//! Attacks the programs of another user: `attacker DIR OWN TARGET…` does, as fast as it can and at random,
//! whatever the system lets it do to names in the directory DIR: puts links to each TARGET, to a file of
//! its directory OWN, FIFOs, sockets, directories, stale files and rubbish there, moves, swaps and removes
//! them, and locks what it can open. Its standard input says, line by line:
//!
//! | command | answer |
//! |---|---|
//! | `aim NAME…` | none; these are the names from now on |
//! | `lease FILE` | `done`; who opens FILE to write waits from now on |
//! | `stop` | how often the system let it, after which it ends |
#![expect(unsafe_code, reason = "takes leases, for which there is no safe call")]

use std::fs::{self, File};
use std::io::{self, BufRead, Write};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

use mmstats_tests::lock::hold_read_locks;
use mmstats_tests::stale;
use nix::fcntl::{AT_FDCWD, AtFlags, RenameFlags, renameat2};
use nix::sys::signal::{SigSet, Signal};
use nix::sys::stat::Mode;
use nix::unistd::{linkat, mkfifo};

fn main() {
    let mut paths = std::env::args_os().skip(1).map(PathBuf::from);
    let (Some(dir), Some(own)) = (paths.next(), paths.next()) else { panic!("attacker DIR OWN TARGET…") };
    let mut targets: Vec<PathBuf> = paths.collect();
    targets.push(own.join("planted"));
    // Says that somebody waits for a lease; the default is to end.
    SigSet::from(Signal::SIGIO).thread_block().expect("a thread may block signals");
    let (sender, commands) = channel();
    std::thread::spawn(move || {
        for line in io::stdin().lock().lines().map_while(Result::ok) {
            // It fails when the attack is over.
            let _ = sender.send(line);
        }
    });
    let successes = Attack { dir, own, targets, random: 1, held: Vec::new() }.run(&commands);
    let _ = writeln!(io::stdout(), "{successes}");
}

struct Attack {
    dir: PathBuf,
    own: PathBuf,
    targets: Vec<PathBuf>,
    random: usize,
    /// Locked.
    held: Vec<File>,
}

impl Attack {
    fn run(&mut self, commands: &Receiver<String>) -> u64 {
        let (mut names, mut successes) = (Vec::new(), 0);
        loop {
            match commands.try_recv() {
                Ok(line) if line == "stop" => return successes,
                Ok(line) => match line.split_once(' ') {
                    Some(("aim", aims)) => names = aims.split(' ').map(str::to_owned).collect(),
                    Some(("lease", path)) => self.lease(path),
                    _ => panic!("not understood: {line}"),
                },
                Err(TryRecvError::Empty) => {}
                Err(TryRecvError::Disconnected) => return successes,
            }
            if !names.is_empty() {
                successes += u64::from(self.strike(&names).is_ok());
            }
        }
    }

    /// A number below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (self.random >> 33) % end
    }

    fn strike(&mut self, names: &[String]) -> io::Result<()> {
        let [name, other, target, action] =
            [names.len(), names.len(), self.targets.len(), 13].map(|end| self.below(end));
        let (path, other) = (self.dir.join(&names[name]), self.dir.join(&names[other]));
        let target = &self.targets[target];
        match action {
            0 => symlink(target, path),
            1 => Ok(linkat(AT_FDCWD, target, AT_FDCWD, &path, AtFlags::empty())?),
            2 => Ok(mkfifo(&path, Mode::all())?),
            3 => UnixListener::bind(path).map(drop),
            4 => fs::create_dir(path),
            5 => self.plant_stale(&path),
            6 => fs::write(self.own.join("rubbish"), "\u{2}mmstats, or so it says")
                .and_then(|()| fs::rename(self.own.join("rubbish"), path)),
            7 => fs::rename(path, other),
            8 => exchange(&path, &other),
            9 => exchange(&path, target),
            10 => self.take_any(),
            11 => self.hold(&path),
            _ => fs::remove_file(&path).or_else(|_| fs::remove_dir(path)),
        }
    }

    fn plant_stale(&self, path: &Path) -> io::Result<()> {
        let made = self.own.join("stale");
        // It may be there from the last time, if it could not be moved.
        let _ = fs::remove_file(&made);
        stale::write(&made, 0)?;
        fs::rename(made, path)
    }

    /// Tries to take away what there is, drafts too.
    fn take_any(&self) -> io::Result<()> {
        for entry in fs::read_dir(&self.dir)? {
            fs::rename(entry?.path(), self.own.join("taken"))?;
        }
        Ok(())
    }

    fn hold(&mut self, path: &Path) -> io::Result<()> {
        if self.held.len() == 64 {
            self.held.clear();
        }
        self.held.push(hold_read_locks(path)?);
        Ok(())
    }

    fn lease(&mut self, path: &str) {
        let file = File::open(path).expect("it can be opened");
        // SAFETY: takes numbers only, and the descriptor is open.
        let leased = unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETLEASE, libc::F_RDLCK) };
        assert_eq!(leased, 0, "{}", io::Error::last_os_error());
        self.held.push(file);
        // Whoever listened may be gone.
        let _ = writeln!(io::stdout(), "done");
    }
}

fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    let here = AT_FDCWD.as_fd();
    Ok(renameat2(here, one, here, other, RenameFlags::RENAME_EXCHANGE)?)
}
