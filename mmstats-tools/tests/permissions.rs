//! What slurpstats makes of files that it may not read. Root may read all, so it runs as nobody.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::Command;

use nix::unistd::geteuid;

#[test]
fn a_file_without_permission_is_an_error_beside_good_output() {
    const NOBODY: u32 = 65534;
    let dir = tempfile::tempdir().unwrap();
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Where the original is, nobody may be unable to go.
    let binary = dir.path().join("slurpstats");
    fs::copy(env!("CARGO_BIN_EXE_slurpstats"), &binary).unwrap();
    let file = dir.path().join("secret.mmstats");
    fs::write(&file, "secret").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o000)).unwrap();

    let mut command = Command::new(&binary);
    command.arg(&file);
    if geteuid().is_root() {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        format!("slurpstats: cannot read {}: Permission denied (os error 13)\n", file.display())
    );
    assert_eq!(output.stdout, b"");
}
