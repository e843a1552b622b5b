//! Mounts, rights, and what to do without them.

use std::path::{Path, PathBuf};

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use nix::unistd::geteuid;

/// Whether this test can run as root does. Without root it says so and is passed over, except in
/// continuous integration, where it fails.
///
/// # Panics
/// If `CI` is `true` and this is not root.
pub fn is_root(test: &str) -> bool {
    let is_root = geteuid().is_root();
    assert!(is_root || std::env::var_os("CI").is_none_or(|value| value != "true"), "{test} needs root");
    if !is_root {
        eprintln!("passed over: {test} needs root");
    }
    is_root
}

/// A filesystem that is mounted until this is dropped.
#[derive(Debug)]
pub struct Mount {
    /// Where it is mounted.
    pub path: PathBuf,
}

impl Mount {
    /// Mounts a filesystem of type `kind` with `options` at the new directory `path`.
    ///
    /// # Panics
    /// If it cannot be mounted.
    pub fn new(path: &Path, kind: &str, options: &str) -> Self {
        std::fs::create_dir(path).expect("the mount point is new");
        mount(Some("none"), path, Some(kind), MsFlags::empty(), Some(options)).expect("root can mount");
        Self { path: path.to_owned() }
    }

    /// Mounts an overlay filesystem below `dir`, with its layers beside it.
    ///
    /// # Panics
    /// If it cannot be mounted.
    pub fn overlay(dir: &Path) -> Self {
        let layers = ["lower", "upper", "work"].map(|layer| dir.join(layer));
        for layer in &layers {
            std::fs::create_dir(layer).expect("the layer is new");
        }
        let [lower, upper, work] = layers.map(|layer| layer.display().to_string());
        let options = format!("lowerdir={lower},upperdir={upper},workdir={work}");
        Self::new(&dir.join("merged"), "overlay", &options)
    }

    /// Changes the options.
    ///
    /// # Panics
    /// If the filesystem does not take them.
    pub fn remount(&self, options: &str) {
        let none = None::<&str>;
        mount(none, &self.path, none, MsFlags::MS_REMOUNT, Some(options)).expect("root can mount");
    }
}

impl Drop for Mount {
    fn drop(&mut self) {
        // The test's result stands already.
        let _ = umount2(&self.path, MntFlags::MNT_DETACH);
    }
}
