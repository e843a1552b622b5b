//! Publishes a file (FORMAT.md, "Publication"): a file without a name is locked, filled and
//! allocated, then linked to its name, so that readers never see half a file.
//!
//! | module | what it does |
//! |---|---|
//! | [`target`] | where the file goes, how it is called, who may read it |
//! | [`directory`], [`file_name`] | the parts of that |
//! | [`user_map`] | which users a container or sandbox knows |
//! | [`kept_file`] | what stays open for as long as the file is there |
//! | [`image`] | the bytes up to the first slot |
//! | [`draft`] | the file before it has its name |
//! | [`naming`] | finds it a name, or puts it in a dead one's place |
//! | [`memory`] | the mapping |
//! | [`slots`] | leases slots to threads |
//! | [`reopening`] | opens the file again, where a slot needs that |
//! | [`old_files`] | removes what a crash loop leaves |

mod directory;
mod draft;
mod file_name;
mod image;
mod kept_file;
pub(crate) mod memory;
mod naming;
mod old_files;
mod reopening;
mod slots;
mod target;
mod user_map;

use std::ffi::OsStr;
use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use memmap2::MmapRaw;
use mmstats_reader::file_descriptor::{above_standard, open_at};
use mmstats_reader::liveness::is_local;
use mmstats_reader::{Header, lock};
use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, AtFlags, OFlag};
use nix::sys::resource::{Resource, getrlimit};
use nix::sys::stat::{Mode, fstatat};
use nix::unistd::{UnlinkatFlags, unlinkat};

use self::directory::Directory;
use self::draft::Draft;
use self::image::Image;
use self::kept_file::{KeptFile, keep_directory};
use self::memory::Memory;
use self::naming::link_to_free_name;
use self::old_files::remove_old_files;
use self::reopening::FilePlace;
pub(crate) use self::slots::{LeaseError, Slots};
pub(crate) use self::target::Target;
use crate::error::CreateError;
use crate::leases::wait_for_others;
use crate::options::Settings;
use crate::platform::system;
use crate::private_memory::PrivateMemory;
use crate::struct_layout::StructLayout;

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

/// Which file or directory it is, whatever its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) device: u64,
    pub(crate) inode: u64,
}

impl Identity {
    fn new(metadata: &Metadata) -> Self {
        Self { device: metadata.dev(), inode: metadata.ino() }
    }

    fn of(file: &File) -> io::Result<Self> {
        Ok(Self::new(&file.metadata()?))
    }
}

/// What is to be published. Made without the lock of all publications: the user's expressions and
/// logger may run here, and take their time.
pub(crate) struct Plan {
    layout: StructLayout,
    constants: PrivateMemory,
    settings: Settings,
    target: Target,
    image: Image,
}

impl Plan {
    /// A file with room for `capacity` structs of `layout`.
    pub(crate) fn new(layout: StructLayout, capacity: u32, settings: &Settings) -> Result<Self, CreateError> {
        let target = Target::choose(settings, layout.spec.name)?;
        let image = Image::new(&layout, capacity, settings)?;
        Ok(Self { layout, constants: layout.with_constants(), settings: settings.clone(), target, image })
    }
}

/// Who leases the slots of a publication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tenant {
    /// A `Stats` has the only one, on whatever thread it is.
    Handle,
    /// Threads lease them later.
    Threads,
}

/// A struct that is published, or, in a child of fork, only this process's own.
pub(crate) struct Publication {
    settings: Settings,
    image: Image,
    slots: Arc<Slots>,
    /// The file, once it has a name; none in a child until it publishes, too.
    file: Option<PublishedFile>,
    /// Whether the log has it that the file was removed.
    has_reported_removal: bool,
}

/// Why a struct is published again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Renewal {
    /// This is the child of a fork, which has no file yet.
    Child,
    /// The file was removed.
    Removed,
}

/// A file that has its name. Readers see it.
struct PublishedFile {
    path: PathBuf,
    directory: Identity,
    /// The directory, unless the process could keep no more descriptors.
    kept_directory: Option<Arc<KeptFile>>,
    identity: Identity,
    keep: bool,
    /// The process that published.
    pid: u32,
    /// The descriptor that holds the lock, where the mapping does not.
    lock: Option<KeptFile>,
}

/// What to tell the user once the lock of all publications is free again: a logger is the user's
/// code.
pub(crate) type Warnings = Vec<String>;

impl Publication {
    /// Publishes what is planned.
    pub(crate) fn create(plan: Plan, tenant: Tenant) -> Result<(Self, Warnings), CreateError> {
        let Plan { layout, constants, settings, target, mut image } = plan;
        let NewFile { draft, metadata, memory, warnings } = NewFile::make(&target, &mut image)?;
        let io = io_error("map the list of slots", &target.directory, 0);
        let slots = Arc::new(Slots::new(layout, constants, memory, &image).map_err(io)?);
        if tenant == Tenant::Handle {
            slots.lease_to_handle();
        }
        let resume = settings.resume;
        let mut publication =
            Self { settings, image, slots: Arc::clone(&slots), file: None, has_reported_removal: false };
        publication.file = Some(publication.publish(draft, &metadata, &target, slots.memory(), resume)?);
        remove_old_files(&target);
        Ok((publication, warnings))
    }

    /// Publishes a file with the values that are there now, at the same addresses.
    ///
    /// New leases are refused meanwhile, and those in progress are waited for, so that each slot that has a
    /// tenant has its space in the new file.
    pub(crate) fn renew(&mut self, renewal: Renewal, target: &Target) -> Result<Warnings, CreateError> {
        let slots = Arc::clone(&self.slots);
        slots.freeze();
        let renewed = if wait_for_others() {
            self.replace_file(renewal, &slots, target)
        } else {
            Err(CreateError::Reentrant)
        };
        // Again: a thread may have ended while the memory was replaced.
        if renewed.is_ok() && wait_for_others() {
            slots.give_back_again();
        }
        slots.thaw();
        renewed
    }

    fn replace_file(
        &mut self,
        renewal: Renewal,
        slots: &Slots,
        target: &Target,
    ) -> Result<Warnings, CreateError> {
        if renewal == Renewal::Child {
            self.image.renew(&self.settings)?;
        }
        let NewFile { draft, metadata, memory, mut warnings } = NewFile::make(target, &mut self.image)?;
        let io = io_error("allocate the new file", &target.directory, self.image.file_len());
        slots.copy_to(&memory, || draft.file().try_clone()).map_err(io)?;
        // What a removed file held is still here. Another one's counters are not added to it.
        let may_resume = self.settings.resume && renewal == Renewal::Child;
        let file = self.publish(draft, &metadata, target, &memory, may_resume)?;
        if renewal == Renewal::Removed {
            // Other threads have counted while the file was made, and may at this moment.
            slots.copy_words_to(&memory);
            warnings.extend(self.report_removal());
            warnings.push(format!("the statistics are in {} from now on", file.path.display()));
        }
        match slots.memory().replace(memory, file.lock.as_ref().and_then(KeptFile::file)) {
            Ok(()) => {
                self.file = Some(file);
                self.has_reported_removal = false;
                Ok(warnings)
            }
            Err(error) => {
                let _ = file.remove();
                Err(io_error("map the new file", &target.directory, 0)(error))
            }
        }
    }

    /// Whether `renewal` is what it needs.
    pub(crate) fn needs(&self, renewal: Renewal) -> bool {
        match (renewal, &self.file) {
            (Renewal::Child, file) => file.is_none(),
            (Renewal::Removed, Some(file)) => !file.has_its_name(),
            (Renewal::Removed, None) => false,
        }
    }

    /// Whether other programs find the file.
    pub(crate) fn is_published(&self) -> bool {
        self.file.as_ref().is_some_and(PublishedFile::has_its_name)
    }

    /// What to warn of, if the file was removed under the program and that was not said yet.
    pub(crate) fn report_removal(&mut self) -> Option<String> {
        if !self.needs(Renewal::Removed) || std::mem::replace(&mut self.has_reported_removal, true) {
            return None;
        }
        Some(format!(
            "{} was removed while this program runs, so that nobody sees what it counts; \
             a cleaner of temporary files or the end of a login session may have done it, see README.md",
            self.path().display()
        ))
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Leaves the lock of `draft`, of which `metadata` was read when it was new, to its mapping, `memory`,
    /// then lets readers see it.
    fn publish(
        &mut self,
        draft: Draft<'_>,
        metadata: &Metadata,
        target: &Target,
        memory: &Memory,
        may_resume: bool,
    ) -> Result<PublishedFile, CreateError> {
        let directory = &target.directory;
        let io = |step| io_error(step, directory, self.image.file_len());
        let (draft, holds_lock) = if self.image.is_locked() {
            draft.leave_lock_to_mapping().map_err(io("lock the new file"))?
        } else {
            (draft, false)
        };
        // Last, so that nobody can take a read lock before the write lock is where it stays.
        if metadata.mode() & 0o7777 != target.mode {
            let permissions = Permissions::from_mode(target.mode);
            draft.file().set_permissions(permissions).map_err(io("set the mode of the new file"))?;
        }
        let (slots, image) = (&self.slots, &mut self.image);
        let mut take_over = |old: &File, header: &Header| {
            if !image.has_fields_of(header) {
                return Ok(false);
            }
            slots.take_over(old, header, memory)?;
            image.resume(header.instance_id);
            draft.file().write_all_at(&image.header_start(), 0)?;
            Ok(true)
        };
        let take_over: Option<naming::TakeOver<'_>> = if may_resume { Some(&mut take_over) } else { None };
        let path = directory.path.join(link_to_free_name(&draft, target, take_over)?);
        let (identity, kept_directory) = (Identity::new(metadata), keep_directory(directory));
        self.slots.set_place(FilePlace::new(kept_directory.clone(), &path, identity));
        Ok(PublishedFile {
            path,
            directory: directory.identity,
            kept_directory,
            identity,
            keep: self.settings.keep,
            pid: std::process::id(),
            lock: holds_lock.then(|| KeptFile::new(draft.into_file(), identity)),
        })
    }

    pub(crate) fn slots(&self) -> &Arc<Slots> {
        &self.slots
    }

    /// The file; empty if there is none.
    pub(crate) fn path(&self) -> PathBuf {
        self.file.as_ref().map(|file| file.path.clone()).unwrap_or_default()
    }

    /// What a flush has to write.
    pub(crate) fn mapping(&self) -> Arc<MmapRaw> {
        Arc::clone(self.slots.memory().mapping())
    }

    /// Removes the file, if it is this process's and not to be kept.
    pub(crate) fn remove_file(&self) -> Option<String> {
        let file = self.file.as_ref()?;
        // A child that was made behind the back of `fork` has a copy of this.
        if file.keep || file.pid != std::process::id() {
            return None;
        }
        let error = file.remove().err()?;
        Some(format!("cannot remove {}: {error}{}", file.path.display(), removal_advice(&error)?))
    }

    /// Before fork: lets the child have the memory.
    pub(crate) fn prepare_fork(&self) {
        self.slots.memory().let_inherit(true);
    }

    /// After fork, in the parent.
    pub(crate) fn end_fork(&self) {
        self.slots.memory().let_inherit(false);
    }

    /// After fork, in the child: from now on the memory is its own, and zero but for the constants.
    /// Only the slots of the thread that forked, which was `old_tid` and is `tid` now, are still leased, and
    /// those of a `Stats`.
    ///
    /// The other threads are gone, perhaps in the middle of an allocation: this makes none.
    pub(crate) fn detach(&mut self, old_tid: u32, tid: u32) {
        self.slots.memory().make_private();
        self.slots.detach(old_tid, tid);
        if let Some(file) = self.file.take() {
            // Its lock is closed: this is the parent's. Its path and what holds its directory are not
            // freed. The directory stays open for what this process publishes there.
            let PublishedFile { path, kept_directory, lock, .. } = file;
            drop(lock);
            std::mem::forget((path, kept_directory));
        }
    }
}

/// A file that is mapped, locked and filled up to its slots.
struct NewFile<'a> {
    draft: Draft<'a>,
    metadata: Metadata,
    memory: Memory,
    warnings: Warnings,
}

impl<'a> NewFile<'a> {
    fn make(target: &'a Target, image: &mut Image) -> Result<Self, CreateError> {
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

impl PublishedFile {
    /// Whether its name still is this file, as far as this process can tell: one that has changed its user
    /// may not be allowed to look, which does not make the file go away.
    fn has_its_name(&self) -> bool {
        self.below_directory(|directory, name| self.is_named(directory, name))
            .map_or(true, Option::unwrap_or_default)
    }

    fn is_named(&self, directory: &File, name: &OsStr) -> io::Result<bool> {
        match fstatat(directory, name, AtFlags::AT_SYMLINK_NOFOLLOW) {
            Ok(found) => Ok((found.st_dev, found.st_ino) == (self.identity.device, self.identity.inode)),
            Err(Errno::ENOENT) => Ok(false),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Does something with the directory of the file and the file's name in it. Nothing if the directory
    /// is to be found no more.
    fn below_directory<T>(&self, act: impl FnOnce(&File, &OsStr) -> io::Result<T>) -> io::Result<Option<T>> {
        let (Some(parent), Some(name)) = (self.path.parent(), self.path.file_name()) else { return Ok(None) };
        if let Some(directory) = self.kept_directory.as_ref().and_then(|kept| kept.file()) {
            return act(directory, name).map(Some);
        }
        let flags = OFlag::O_RDONLY | OFlag::O_DIRECTORY | OFlag::O_NOFOLLOW;
        match open_at(AT_FDCWD, parent, flags, Mode::empty()) {
            Ok(directory) if Identity::of(&directory)? == self.directory => act(&directory, name).map(Some),
            Ok(_) | Err(Errno::ENOENT) => Ok(None),
            Err(errno) => Err(errno.into()),
        }
    }

    /// Removes the name, below the directory in which the file was published: another that stands
    /// at its path by now is left alone.
    ///
    /// The lock is held meanwhile, so nobody takes the file for a dead writer's.
    fn remove(&self) -> io::Result<()> {
        let removed = self.below_directory(|directory, name| {
            if self.is_named(directory, name)? {
                unlinkat(directory, name, UnlinkatFlags::NoRemoveDir)?;
            }
            Ok(())
        });
        removed.map(Option::unwrap_or_default)
    }
}

/// What to do about an `error` of a removal. Nothing if the user was told before what to do: a program
/// that lost its rights may have many files.
fn removal_advice(error: &io::Error) -> Option<&'static str> {
    /// Whether the user was told.
    static HAS_WARNED: AtomicBool = AtomicBool::new(false);
    match error.kind() {
        io::ErrorKind::PermissionDenied => (!HAS_WARNED.swap(true, Relaxed)).then_some(
            "; a program that changes its user has to publish after that to be able to remove its files; \
             cleanstats, run by the files' owner, removes them",
        ),
        _ => Some(""),
    }
}

/// The mode of a file that nobody shall see yet.
const DRAFT_MODE: u32 = 0o600;

/// Random bytes. Where the system has no call for them they come from a device that stays open.
fn random<const LEN: usize>() -> io::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    above_standard(|| getrandom::fill(&mut bytes))?;
    Ok(bytes)
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

fn io_error(
    step: &'static str,
    directory: &Directory,
    len: u64,
) -> impl Fn(io::Error) -> CreateError + use<> {
    let directory = directory.path.clone();
    move |error| match error.raw_os_error().map(Errno::from_raw) {
        Some(Errno::ENOSPC | Errno::EDQUOT) => CreateError::NoSpace { directory: directory.clone(), len },
        _ => CreateError::Io { step, directory: directory.clone(), error },
    }
}
