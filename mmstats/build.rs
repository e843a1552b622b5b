//! Chooses the platform, and notes the compiler's version, which files state as
//! `sys.language.version`.

use std::process::Command;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-check-cfg=cfg(platform, values(\"linux\", \"unix\", \"unsupported\"))");
    println!("cargo::rustc-cfg=platform=\"{}\"", platform());
    println!("cargo::rustc-env=MMSTATS_RUSTC_VERSION={}", compiler_version());
}

/// Which file below `src/platform/` this is built with. `--cfg mmstats_platform="…"` chooses a
/// weaker one than the system's own.
fn platform() -> String {
    if let Ok(chosen) = std::env::var("CARGO_CFG_MMSTATS_PLATFORM") {
        return chosen;
    }
    let is_linux = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "linux");
    let is_unix = std::env::var_os("CARGO_CFG_UNIX").is_some();
    if is_linux {
        "linux"
    } else if is_unix {
        "unix"
    } else {
        "unsupported"
    }
    .to_owned()
}

fn compiler_version() -> String {
    let compiler = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(compiler).arg("--version").output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    // "rustc 1.95.0 (59807616e 2026-04-14)"
    text.split(' ').nth(1).unwrap_or("unknown").trim().to_owned()
}
