//! axe-core, which looks for what keeps people from using a page. It is fetched from the npm registry when a
//! test needs it, checked, and kept below the target folder: its licence, the MPL, is not this project's.

use std::fs::{self, File};
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::browser::{Browser, Page};

const VERSION: &str = "4.14.1";
/// Of the archive in the registry.
const SHA_256: &str = "e6b0ce02b84d892e2e33e403485e7f3d6c29e2be6df65daf44d89ba564139745";
const REGISTRY: &str = "https://registry.npmjs.org";

/// The script. Where it cannot be fetched says so, and it is a failure in continuous integration only.
pub(crate) fn script() -> Option<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let path = target.join(format!("axe-core-{VERSION}.js"));
    // Tests run at the same time.
    let lock = File::create(target.join("axe-core.lock")).unwrap();
    lock.lock().unwrap();
    if !path.exists()
        && let Err(reason) = fetch(target, &path)
    {
        assert!(std::env::var_os("CI").is_none_or(|value| value != "true"), "no axe-core: {reason}");
        eprintln!("passed over: no axe-core: {reason}");
        return None;
    }
    Some(fs::read_to_string(path).unwrap())
}

fn fetch(target: &Path, path: &Path) -> Result<(), String> {
    // Where npm is told to look, in its own variables.
    let configured =
        ["npm_config_registry", "NPM_CONFIG_REGISTRY"].into_iter().find_map(|name| std::env::var(name).ok());
    let registry = configured.unwrap_or_else(|| REGISTRY.to_owned());
    let url = format!("{}/axe-core/-/axe-core-{VERSION}.tgz", registry.trim_end_matches('/'));
    let archive = target.join("axe-core.tgz");
    run(Command::new("curl")
        .args(["--fail", "--silent", "--show-error", "--location", "--max-time", "60", "--output"])
        .arg(&archive)
        .arg(&url))?;
    let sum = run(Command::new("sha256sum").arg(&archive))?;
    if !sum.starts_with(SHA_256) {
        return Err(format!("expected {url} to have the sum {SHA_256}, found {sum}"));
    }
    let script = run(Command::new("tar")
        .arg("--extract")
        .arg("--to-stdout")
        .arg("--gzip")
        .arg("--file")
        .arg(&archive)
        .arg("package/axe.min.js"))?;
    fs::write(path, script).map_err(|error| error.to_string())
}

/// What the command prints.
fn run(command: &mut Command) -> Result<String, String> {
    let output = command.output().map_err(|error| format!("{}: {error}", command.get_program().display()))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// Fails if axe finds anything wrong with the page as it is now.
pub(crate) fn finds_nothing(browser: &mut Browser, page: &Page, script: &str, what: &str) {
    // It comes from outside of the page, as a debugger's would: the policy does not concern it.
    browser.evaluate(page, &format!("{script}; true"));
    let found = browser.evaluate(
        page,
        "axe.run().then(({violations}) => violations.map(({id, help, nodes}) => \
         `${id}: ${help}: ${nodes.map(({html, failureSummary}) => html + ' ' + failureSummary).join(' | ')}`))",
    );
    assert_eq!(found, Value::Array(Vec::new()), "{what}");
}
