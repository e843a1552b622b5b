//! Where a file is to be, how it is to be called, and who may read it.

use std::ffi::OsString;

use mmstats_host::places::variable_unless;

use super::directory::Directory;
use super::file_name::FileNames;
use crate::error::CreateError;
use crate::options::Settings;
use crate::platform::system;

/// Where a file is to be, how it is to be called, and who may read it.
#[derive(Debug)]
pub(crate) struct Target {
    pub(super) directory: Directory,
    pub(super) names: FileNames,
    pub(super) mode: u32,
}

impl Target {
    /// What `settings`, else the environment, say of the file for the struct `name`.
    pub(crate) fn choose(settings: &Settings, name: &str) -> Result<Self, CreateError> {
        let mode = mode(settings)?;
        let names = FileNames::new(settings.file_name.as_deref(), name)?;
        if settings.resume && names.is_of_one_run() {
            return Err(CreateError::Resume { template: names.template().to_owned() });
        }
        Ok(Self { directory: Directory::choose(settings.dir.as_deref(), mode)?, names, mode })
    }
}

/// The environment variable `name`, unless this process runs with more rights than its caller.
pub(super) fn variable(name: &str) -> Option<OsString> {
    variable_unless(system::is_secure, name)
}

/// The file's mode: the option, else `MMSTATS_MODE`, else only for this user.
fn mode(settings: &Settings) -> Result<u32, CreateError> {
    let (mode, text, source_name) = match (settings.mode, variable("MMSTATS_MODE")) {
        (Some(mode), _) => (Some(mode), format!("{mode:o}"), "options().mode(…)"),
        (None, Some(text)) => {
            let text = text.to_string_lossy().into_owned();
            (u32::from_str_radix(&text, 8).ok(), text, "MMSTATS_MODE")
        }
        (None, None) => return Ok(0o600),
    };
    match mode {
        Some(mode) if mode & 0o600 == 0o600 && mode & !0o644 == 0 => Ok(mode),
        _ => Err(CreateError::Mode { mode: text, source_name }),
    }
}
