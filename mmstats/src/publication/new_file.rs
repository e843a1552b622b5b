//! A file that is mapped, locked and filled, before it has its name.

use std::fs::{File, Metadata, Permissions};
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use mmstats_host::liveness::is_local;
use mmstats_host::lock;
use nix::sys::resource::{Resource, getrlimit};

use super::draft::Draft;
use super::image::Image;
use super::memory::Memory;
use super::target::Target;
use super::{Identity, Warnings, io_error};
use crate::error::CreateError;
use crate::platform::system;

/// The mode of a file that nobody shall see yet.
const DRAFT_MODE: u32 = 0o600;

/// A file that is mapped, locked and filled up to its slots.
pub(super) struct NewFile<'a> {
    pub(super) draft: Draft<'a>,
    pub(super) metadata: Metadata,
    pub(super) memory: Memory,
    pub(super) warnings: Warnings,
}

impl<'a> NewFile<'a> {
    pub(super) fn make(target: &'a Target, image: &mut Image) -> Result<Self, CreateError> {
        let (directory, len) = (&target.directory, image.file_len());
        let io = |step| io_error(step, directory, len);
        check_file_size_limit(len)?;
        let draft = Draft::create(&directory.file).map_err(io("make a file"))?;
        let file = draft.file();
        let metadata = file.metadata().map_err(io("look at the new file"))?;
        if metadata.mode() & DRAFT_MODE != DRAFT_MODE {
            // By the umask. It may have to be opened again before it gets the mode that it is to have.
            let permissions = Permissions::from_mode(DRAFT_MODE);
            file.set_permissions(permissions).map_err(io("set the mode of the new file"))?;
        }
        file.set_len(len).map_err(io("set the length of the new file"))?;
        let mut warnings = Vec::new();
        let is_locked = take_lock(file, &directory.path, &mut warnings);
        image.identify(Identity::new(&metadata), is_locked);
        file.write_all_at(&image.bytes(), 0).map_err(io("write the new file"))?;
        let memory = Memory::map(file, image.mapping_len()).map_err(io("map the new file"))?;
        // The first slot, too: every file has it, leased or not.
        let (clone, end) = (|| file.try_clone(), image.slot_offset(0) + image.stride());
        system::allocate(memory.mapping(), 0, end, clone).map_err(io("allocate the new file"))?;
        Ok(Self { draft, metadata, memory, warnings })
    }
}

/// Takes the lock that shows readers that this program lives, where that can be relied on. Elsewhere
/// the file is of unknown liveness, and nobody removes it.
fn take_lock(file: &File, directory: &Path, warnings: &mut Warnings) -> bool {
    /// Whether the user was told of a disk.
    static HAS_WARNED: AtomicBool = AtomicBool::new(false);
    let is_in_memory = system::is_in_memory(file);
    let locked = (if is_in_memory == Some(true) { Ok(true) } else { is_local(file) })
        .and_then(|is_local| Ok(is_local && lock::try_write_lock(file)?));
    let directory = directory.display();
    match &locked {
        Ok(true) => {}
        Ok(false) => warnings.push(format!(
            "{directory} may be shared with other machines, so readers cannot tell whether this program lives"
        )),
        Err(error) => warnings.push(format!(
            "cannot lock files in {directory}, so readers cannot tell whether this program lives: {error}"
        )),
    }
    if is_in_memory == Some(false) && !HAS_WARNED.swap(true, Relaxed) {
        warnings.push(format!(
            "{directory} is on a disk: updates wait while pages are written back; \
             a directory on tmpfs, such as /dev/shm, has no such pauses"
        ));
    }
    locked.unwrap_or(false)
}

/// A write beyond the limit is SIGXFSZ, which kills.
fn check_file_size_limit(len: u64) -> Result<(), CreateError> {
    match getrlimit(Resource::RLIMIT_FSIZE) {
        Ok((limit, _)) if limit < len => Err(CreateError::FileSizeLimit { limit, len }),
        _ => Ok(()),
    }
}
