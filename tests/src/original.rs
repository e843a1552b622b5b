//! The Python original, mmstats 0.8.0: finds a Python 2.7 and installs it from `PyPI`.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The original, ready to run.
#[derive(Debug)]
pub struct Original {
    python: PathBuf,
    /// Where the original's package is.
    package: PathBuf,
}

impl Original {
    /// Installs the original below the existing directory `target`, once, if there is a Python 2.7
    /// to run it; without one says so, and the golden files stand for it.
    ///
    /// # Panics
    /// If it cannot be installed, or in continuous integration without a Python 2.7.
    pub fn find(target: &Path) -> Option<Self> {
        let Some(python) = interpreters().into_iter().find(|python| is_python_2_7(python)) else {
            let places = "MMSTATS_PYTHON27, python2.7 on the PATH and ~/.pyenv/versions/2.7*/bin";
            assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "no Python 2.7 in {places}");
            eprintln!("passed over: no Python 2.7 in {places}");
            return None;
        };
        let package = target.join("mmstats-0.8.0");
        install(&python, &package, "mmstats/slurpstats.py", &["mmstats==0.8.0"]);
        Some(Self { python, package })
    }

    /// Installs flask below the existing directory `target`, once.
    ///
    /// # Panics
    /// If it cannot be installed.
    pub fn with_flask(&self, target: &Path) -> WithFlask<'_> {
        let packages = target.join("flask-1.0.4");
        install(&self.python, &packages, "flask/app.py", &FLASK);
        WithFlask { original: self, packages }
    }

    /// A run of the interpreter that finds the original.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.python);
        command.env("PYTHONPATH", &self.package).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("PYTHONIOENCODING", "utf-8");
        command
    }

    /// What the original's slurpstats prints of `files`.
    ///
    /// # Panics
    /// If it fails.
    pub fn slurpstats(&self, files: &[PathBuf]) -> String {
        said(self.command().args(["-m", "mmstats.slurpstats"]).args(files))
    }

    /// What the original's pollstats prints with `arguments`, of `files`.
    ///
    /// # Panics
    /// If it fails.
    pub fn pollstats(&self, arguments: &[&str], files: &[PathBuf]) -> String {
        // It asks for its version where it was never installed as a package.
        const RUN: &str = "import sys, types; package = types.ModuleType('pkg_resources')\n\
                           class Package: version = '0.8.0'\n\
                           package.require = lambda name: [Package]\n\
                           sys.modules['pkg_resources'] = package\n\
                           from mmstats import pollstats; pollstats.main()";
        said(self.command().args(["-c", RUN]).args(arguments).args(files))
    }
}

fn said(command: &mut Command) -> String {
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The original's mmash, which needs flask.
#[derive(Debug)]
pub struct WithFlask<'a> {
    original: &'a Original,
    /// Where flask is.
    packages: PathBuf,
}

/// The last versions for Python 2.7 of all that it needs.
const FLASK: [&str; 6] = [
    "Flask==1.0.4",
    "Werkzeug==0.16.1",
    "Jinja2==2.11.3",
    "MarkupSafe==1.1.1",
    "itsdangerous==1.1.0",
    "click==7.1.2",
];

/// Prints the status and the body of the answer to each of its arguments, as JSON, on a line each.
const ASK: &str = "\
import json, sys
from mmstats import defaults, mmash
defaults.DEFAULT_PATH = sys.argv[1]
mmash.app.config['MMSTATS_GLOB'] = sys.argv[1] + '/*.mmstats'
client = mmash.app.test_client()
for target in sys.argv[2:]:
    answer = client.get(target)
    print(json.dumps([answer.status_code, answer.data.decode('utf-8')]))
";

impl WithFlask<'_> {
    /// What the original's mmash answers to each of `targets`, over the files in `directory`.
    ///
    /// # Panics
    /// If it cannot be run.
    pub fn ask(&self, directory: &Path, targets: &[String]) -> Vec<(u16, String)> {
        let mut command = self.original.command();
        let path = std::env::join_paths([&self.original.package, &self.packages]).unwrap();
        command.env("PYTHONPATH", path).args(["-W", "ignore", "-c", ASK]).arg(directory).args(targets);
        let output = command.output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{errors}");
        let parse = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        String::from_utf8_lossy(&output.stdout).lines().map(parse).collect()
    }
}

fn interpreters() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        std::env::var_os("MMSTATS_PYTHON27").into_iter().map(PathBuf::from).collect();
    found.push("python2.7".into());
    if let Some(home) = std::env::var_os("HOME") {
        let versions = fs::read_dir(Path::new(&home).join(".pyenv/versions"));
        let directories = versions
            .into_iter()
            .flatten()
            .flatten()
            .filter(|version| version.file_name().to_str().is_some_and(|name| name.starts_with("2.7")));
        found.extend(directories.map(|version| version.path().join("bin/python2.7")));
    }
    found
}

/// Installs `packages` from `PyPI` into `directory`, unless `file`, which is in one of them, is there.
fn install(python: &Path, directory: &Path, file: &str, packages: &[&str]) {
    // Tests run at the same time.
    let lock = File::create(directory.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if !directory.join(file).exists() {
        let install =
            ["-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--target"];
        let status = Command::new(python).args(install).arg(directory).args(packages).status();
        assert!(status.unwrap().success(), "cannot install {packages:?} from PyPI");
    }
}

/// Whether `python` runs; a shim of that name may only say that it could be installed.
fn is_python_2_7(python: &Path) -> bool {
    let probe = Command::new(python)
        .args(["-c", "import sys; sys.exit(sys.version_info[:2] != (2, 7))"])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    probe.is_ok_and(|status| status.success())
}
