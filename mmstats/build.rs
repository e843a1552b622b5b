//! Notes the compiler's version, which files state as `sys.language.version`.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // "rustc 1.95.0 (59807616e 2026-04-14)"
    let version = text.split(' ').nth(1).unwrap_or("unknown").trim();
    println!("cargo::rustc-env=MMSTATS_RUSTC_VERSION={version}");
}
