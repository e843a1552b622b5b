//! Publishes a file (FORMAT.md, "Publication"): a file without a name is locked, filled and
//! allocated, then linked to its name, so that readers never see half a file.

mod directory;
mod draft;
mod file_name;
mod image;
pub(crate) mod memory;

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io;
use std::os::fd::AsFd;
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::ptr::NonNull;

use memmap2::{MmapOptions, MmapRaw};
use mmstats_reader::file::open_regular_at;
use mmstats_reader::liveness::is_local;
use mmstats_reader::lock;
use mmstats_reader::places::variable;
use mmstats_reader::removal::{Removal, remove_dead};
use nix::errno::Errno;
use nix::fcntl::OFlag;
use nix::sys::resource::{Resource, getrlimit};
use nix::unistd::{UnlinkatFlags, unlinkat};

use self::directory::Directory;
use self::draft::Draft;
use self::file_name::FileNames;
use self::image::Image;
use crate::error::CreateError;
use crate::options::Settings;
use crate::platform::system;
use crate::schema::StructSpec;

/// What a header says of the process; zero where the system does not tell.
#[derive(Debug, Default)]
pub(crate) struct ProcessFacts {
    /// Clock ticks from boot to the start of the process.
    pub(crate) start_time: u64,
    pub(crate) boot_id: [u8; 16],
    /// Inode.
    pub(crate) pid_namespace: u64,
    /// Nanoseconds since boot.
    pub(crate) boottime_ns: u64,
}

/// A published file, mapped and locked. Dropping it removes the file, unless it is to be kept.
pub(crate) struct Published {
    mapping: MmapRaw,
    /// Where in the mapping the values are.
    values_offset: usize,
    path: PathBuf,
    directory: Identity,
    identity: Identity,
    keep: bool,
    /// The process that published: a fork's child has a copy of this.
    pid: u32,
    /// The descriptor that holds the lock, where the mapping does not.
    _lock: Option<File>,
}

/// Which file or directory it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl Identity {
    fn of(file: &File) -> io::Result<Self> {
        let metadata = file.metadata()?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino() })
    }
}

impl Published {
    /// Publishes values of `values_len` bytes that are described by `spec`. They are zero when
    /// `set_constants` gets to see them, and nobody else does before it returns.
    pub(crate) fn new(
        spec: &'static StructSpec,
        values_len: usize,
        settings: &Settings,
        set_constants: &dyn Fn(NonNull<u8>),
    ) -> Result<Self, CreateError> {
        let mode = mode(settings)?;
        let names = FileNames::new(settings.file_name.as_deref(), spec.name)?;
        let image = Image::new(spec, values_len, settings)?;
        let directory = Directory::choose(settings.dir.as_deref(), mode)?;
        let io = |step| {
            let (directory, len) = (directory.path.clone(), image.file_len());
            move |error: io::Error| io_error(step, directory, len, error)
        };

        check_file_size_limit(image.file_len())?;
        let draft = Draft::create(&directory.file).map_err(io("make a file"))?;
        let file = draft.file();
        let identity = Identity::of(file).map_err(io("look at the new file"))?;
        file.set_len(image.file_len()).map_err(io("set the length of the new file"))?;
        let is_locked = take_lock(file, &directory.path);
        let bytes = image.finish(identity, is_locked);
        file.write_all_at(&bytes, 0).map_err(io("write the new file"))?;
        let mapping =
            MmapOptions::new().len(image.mapping_len()).map_raw(file).map_err(io("map the new file"))?;
        system::allocate(&mapping, file, image.mapping_len()).map_err(io("allocate the new file"))?;
        set_constants(memory::at(&mapping, image.values_offset(), values_len));
        warn_of_disk(file, &directory.path);

        let (draft, holds_lock) = if is_locked {
            draft.leave_lock_to_mapping().map_err(io("lock the new file"))?
        } else {
            (draft, false)
        };
        // Last, so that nobody can take a read lock before the write lock is where it stays.
        let permissions = Permissions::from_mode(mode);
        draft.file().set_permissions(permissions).map_err(io("set the mode of the new file"))?;
        let name = link_to_free_name(&draft, &directory, &names)?;
        Ok(Self {
            values_offset: image.values_offset(),
            mapping,
            path: directory.path.join(name),
            directory: Identity::of(&directory.file).map_err(io("look at the directory"))?,
            identity,
            keep: settings.keep,
            pid: std::process::id(),
            _lock: holds_lock.then(|| draft.into_file()),
        })
    }

    pub(crate) fn values(&self) -> NonNull<u8> {
        memory::at(&self.mapping, self.values_offset, 0)
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn flush(&self) -> io::Result<()> {
        self.mapping.flush()
    }

    pub(crate) fn flush_async(&self) -> io::Result<()> {
        self.mapping.flush_async()
    }
}

impl Drop for Published {
    /// Removes the file by its name, if that still is this file. The lock is held until the
    /// mapping goes, after this, so nobody takes the file for a dead writer's meanwhile.
    fn drop(&mut self) {
        if self.keep || self.pid != std::process::id() {
            return;
        }
        if let Err(error) = self.remove() {
            log::warn!("mmstats: cannot remove {}: {error}", self.path.display());
        }
    }
}

impl Published {
    /// Removes the name, below the directory in which the file was published: another that stands
    /// at its path by now is left alone.
    fn remove(&self) -> io::Result<()> {
        let (Some(parent), Some(name)) = (self.path.parent(), self.path.file_name()) else { return Ok(()) };
        let flags = OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW | OFlag::O_CLOEXEC;
        let directory = match File::options().read(true).custom_flags(flags.bits()).open(parent) {
            Ok(directory) => directory,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error),
        };
        if Identity::of(&directory)? != self.directory {
            return Ok(());
        }
        match open_regular_at(&directory, name) {
            Ok(file) if Identity::of(&file)? == self.identity => {
                Ok(unlinkat(directory.as_fd(), name, UnlinkatFlags::NoRemoveDir)?)
            }
            _ => Ok(()),
        }
    }
}

/// Takes the lock that shows readers that this program lives, where that can be relied on. Elsewhere
/// the file is of unknown liveness, and nobody removes it.
fn take_lock(file: &File, directory: &Path) -> bool {
    let locked = is_local(file).and_then(|is_local| Ok(is_local && lock::try_write_lock(file)?));
    match locked {
        Ok(true) => true,
        Ok(false) => {
            log::warn!(
                "mmstats: {} may be shared with other machines, so readers cannot tell whether this program lives",
                directory.display()
            );
            false
        }
        Err(error) => {
            log::warn!(
                "mmstats: cannot lock files in {}, so readers cannot tell whether this program lives: {error}",
                directory.display()
            );
            false
        }
    }
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

/// A write beyond the limit is SIGXFSZ, which kills.
fn check_file_size_limit(len: u64) -> Result<(), CreateError> {
    match getrlimit(Resource::RLIMIT_FSIZE) {
        Ok((limit, _)) if limit < len => Err(CreateError::FileSizeLimit { limit, len }),
        _ => Ok(()),
    }
}

fn io_error(step: &'static str, directory: PathBuf, len: u64, error: io::Error) -> CreateError {
    match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOSPC | Errno::EDQUOT) => CreateError::NoSpace { directory, len },
        _ => CreateError::Io { step, directory, error },
    }
}

fn warn_of_disk(file: &File, directory: &Path) {
    static ONCE: std::sync::Once = std::sync::Once::new();
    if system::is_on_disk(file) {
        ONCE.call_once(|| {
            log::warn!(
                "mmstats: {} is on a disk: updates wait while pages are written back; \
                 a directory on tmpfs, such as /dev/shm, has no such pauses",
                directory.display()
            );
        });
    }
}

/// Links `draft` to the first name that is free, or whose file's writer is dead, and returns the
/// name.
fn link_to_free_name(draft: &Draft, directory: &Directory, names: &FileNames) -> Result<String, CreateError> {
    const LAST: u32 = 1000;
    let mut may_remove = true;
    for attempt in 1..=LAST {
        let name = names.nth(attempt);
        if try_name(draft, directory, &name, &mut may_remove)? {
            return Ok(name);
        }
    }
    let directory = directory.path.clone();
    Err(CreateError::NoFreeName { directory, name: names.nth(1), tried: LAST })
}

/// Whether `draft` could be linked to `name`, after a dead writer's file of that name was removed if
/// it `may_remove`: not again once somebody was seen to sit on the directory's lock.
fn try_name(
    draft: &Draft,
    directory: &Directory,
    name: &str,
    may_remove: &mut bool,
) -> Result<bool, CreateError> {
    // Each round that others win takes one of their files to this name and away again.
    const ROUNDS: u32 = 16;
    let name = OsStr::new(name);
    for _ in 0..ROUNDS {
        match draft.link(&directory.file, name) {
            Ok(()) => return Ok(true),
            Err(Errno::EEXIST) if *may_remove => {}
            Err(Errno::EEXIST) => return Ok(false),
            Err(errno) => {
                return Err(io_error("link the new file", directory.path.clone(), 0, errno.into()));
            }
        }
        match remove_dead(&directory.file, name, false) {
            Ok(Removal::Removed | Removal::Missing) => {}
            Ok(Removal::Busy) => {
                *may_remove = false;
                return Ok(false);
            }
            // Whatever it is, it is not ours to touch.
            Ok(_) | Err(_) => return Ok(false),
        }
    }
    Ok(false)
}
