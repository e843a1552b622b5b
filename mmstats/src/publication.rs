//! Publishes a file (FORMAT.md, "Publication"): a file without a name is locked, filled and
//! allocated, then linked to its name, so that readers never see half a file.
//!
//! | module | what it does |
//! |---|---|
//! | [`target`] | where the file goes, how it is called, who may read it |
//! | [`directory`], [`file_name`] | the parts of that |
//! | [`user_map`] | which users a container or sandbox knows |
//! | [`location`] | where a published file is |
//! | [`kept_file`] | what stays open for as long as the file is there |
//! | [`image`] | the bytes up to the first slot |
//! | [`draft`], [`new_file`] | the file before it has its name: empty, then filled |
//! | [`naming`] | finds it a name, or puts it in a dead one's place |
//! | [`memory`] | the mapping |
//! | [`slots`] | leases slots to threads |
//! | [`old_files`] | removes what a crash loop leaves |

mod directory;
mod draft;
mod file_name;
mod image;
mod kept_file;
mod location;
pub(crate) mod memory;
mod naming;
mod new_file;
mod old_files;
mod slots;
mod target;
mod user_map;

use std::fs::{File, Metadata, Permissions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::Relaxed;

use memmap2::MmapRaw;
use mmstats_format::header::Header;
use mmstats_host::file_descriptor::above_standard;
use nix::errno::Errno;

use self::directory::Directory;
use self::draft::Draft;
use self::image::Image;
use self::kept_file::KeptFile;
use self::location::Location;
use self::memory::Memory;
use self::naming::link_to_free_name;
use self::new_file::NewFile;
use self::old_files::remove_old_files;
pub(crate) use self::slots::{LeaseError, Slots};
pub(crate) use self::target::Target;
use crate::error::CreateError;
use crate::leases::wait_for_others;
use crate::options::Settings;
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
    /// Whether it was logged that the file was removed.
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
    location: Arc<Location>,
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
            Err(CreateError::Busy)
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
            warnings.push(format!("the statistics are in {} from now on", file.location.path().display()));
        }
        match slots.memory().replace(memory, file.lock.as_ref().and_then(KeptFile::file)) {
            Ok(()) => {
                if let Some(old) = self.file.replace(file) {
                    // Where its directory was moved it is still there, and nobody writes it any more.
                    let _ = old.location.remove();
                }
                self.has_reported_removal = false;
                Ok(warnings)
            }
            Err(error) => {
                let _ = file.location.remove();
                Err(io_error("map the new file", &target.directory, 0)(error))
            }
        }
    }

    /// Whether `renewal` is what it needs.
    pub(crate) fn needs(&self, renewal: Renewal) -> bool {
        match (renewal, &self.file) {
            (Renewal::Child, file) => file.is_none(),
            (Renewal::Removed, Some(file)) => file.location.is_lost(),
            (Renewal::Removed, None) => false,
        }
    }

    /// Whether other programs find the file.
    pub(crate) fn is_published(&self) -> bool {
        self.file.as_ref().is_some_and(|file| !file.location.is_lost())
    }

    /// The warning that the file was removed, unless it was logged already.
    pub(crate) fn report_removal(&mut self) -> Option<String> {
        if !self.needs(Renewal::Removed) || std::mem::replace(&mut self.has_reported_removal, true) {
            return None;
        }
        Some(format!(
            "{} was removed; readers no longer see this program's values until it is published again \
             (republish(), flush()). A cleaner of temporary files or the end of a login session may have \
             removed it: see README.md",
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
        let len = self.image.file_len();
        let io = |step| io_error(step, directory, len);
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
        let name = link_to_free_name(&draft, target, take_over)?;
        let identity = Identity::new(metadata);
        let location = Location::new(directory, &name, identity).map_err(io("find the new file"))?;
        let location = Arc::new(location);
        self.slots.set_location(&location);
        Ok(PublishedFile {
            location,
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
        self.file.as_ref().map(|file| file.location.path().to_owned()).unwrap_or_default()
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
        let error = file.location.remove().err()?;
        Some(format!("cannot remove {}: {error}{}", file.location.path().display(), removal_advice(&error)?))
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
            // Its lock is closed: this is the parent's. Its location is not freed, so the directory stays
            // open for what this process publishes there.
            let PublishedFile { location, lock, .. } = file;
            drop(lock);
            std::mem::forget(location);
        }
    }
}

/// What to do about an `error` of a removal; `None` if this was logged before, since a program that lost its
/// rights may have many files.
fn removal_advice(error: &io::Error) -> Option<&'static str> {
    /// Whether the user was told.
    static HAS_WARNED: AtomicBool = AtomicBool::new(false);
    match error.kind() {
        io::ErrorKind::PermissionDenied => (!HAS_WARNED.swap(true, Relaxed)).then_some(
            "; publish after setuid, so that the program can remove its files; \
             run cleanstats as the owner to remove this one",
        ),
        _ => Some(""),
    }
}

/// Random bytes. Where the system has no call for them they come from a device that stays open.
fn random<const LEN: usize>() -> io::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    above_standard(|| getrandom::fill(&mut bytes))?;
    Ok(bytes)
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
