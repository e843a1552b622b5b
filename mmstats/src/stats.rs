//! [`Stats`]: a published struct.
#![expect(unsafe_code, reason = "refers to values in memory that the file shares")]

use std::fmt;
use std::io;
use std::ops::Deref;
use std::path::PathBuf;
use std::ptr::NonNull;

use crate::error::CreateError;
use crate::options::Settings;
use crate::platform::Published;
use crate::schema::MmStats;
use crate::struct_layout::StructLayout;

/// A published struct: its fields can be updated through it, and read by other programs.
///
/// Dropping it removes the file, unless [`keep`](crate::Options::keep) was asked for. If the
/// program is killed the file stays, for whoever asks why, until the next program of its name or
/// `cleanstats` takes it away.
///
/// In a child of `fork` it is the child's own: zero but for the constants, and seen by nobody until the
/// child calls [`publish_after_fork`](crate::publish_after_fork). The parent's file is left alone.
#[must_use = "dropping it removes the file: keep it for as long as the program counts"]
pub struct Stats<T: MmStats> {
    values: NonNull<T>,
    published: Published,
}

// SAFETY: a Stats owns its values, as a box does; the memory is freed with `published`, which may
// be sent, and may happen on any thread.
unsafe impl<T: MmStats + Send> Send for Stats<T> {}
// SAFETY: a shared Stats gives out nothing but `&T` and what `&Published` allows, which is Sync.
unsafe impl<T: MmStats + Sync> Sync for Stats<T> {}

impl<T: MmStats> Stats<T> {
    pub(crate) fn publish(settings: &Settings) -> Result<Self, CreateError> {
        let published = Published::new(const { StructLayout::of::<T>() }, settings)?;
        Ok(Self { values: published.values().cast(), published })
    }

    /// The file. Empty if there is none: in a child of `fork` that has not published its own, and on a
    /// platform that mmstats does not support.
    pub fn path(&self) -> PathBuf {
        self.published.path()
    }

    /// Returns true if the file still exists under its name, in the directory in which it was published; false in a
    /// forked child before [`publish_after_fork`](crate::publish_after_fork).
    /// If the system refuses to tell, such as after `setuid`, the file counts as existing.
    ///
    /// Others can remove the file of a running program, or its whole directory: an operator, a cleaner of
    /// temporary files, or systemd at the end of a user's last session (`RemoveIPC=`). The program continues to
    /// count, but readers no longer see its values. mmstats notices only in this function,
    /// [`republish`](Self::republish), [`flush`](Self::flush) and [`flush_async`](Self::flush_async), and then
    /// logs one warning per removal.
    pub fn is_published(&self) -> bool {
        self.published.is_published()
    }

    /// Publishes the file again if it was removed: with its current values, the same options and the same
    /// instance id, so that for readers the run continues. Does nothing if the file exists, or in a forked child
    /// before [`publish_after_fork`](crate::publish_after_fork).
    ///
    /// What other threads count in the few microseconds in which the new file replaces the old one may be
    /// lost. [`flush`](Self::flush) and [`flush_async`](Self::flush_async) also publish the file again; a program
    /// that calls none of these three stays invisible after a removal.
    ///
    /// # Errors
    /// As [`create`](crate::MmStats::create).
    pub fn republish(&self) -> Result<(), CreateError> {
        self.published.republish()
    }

    /// Writes the values to the disk, if the file is on one, and waits for it. Publishes the file again
    /// if it was removed: see [`republish`](Self::republish).
    ///
    /// Other programs see every update at once; this is for values that shall outlive a crash of
    /// the whole machine.
    ///
    /// # Errors
    /// If the disk cannot be written to, or the file cannot be published again.
    pub fn flush(&self) -> io::Result<()> {
        self.published.flush()
    }

    /// Starts to write the values to the disk and does not wait for it. Publishes the file again if it was
    /// removed, as [`flush`](Self::flush) does.
    ///
    /// # Errors
    /// If the disk cannot be written to, or the file cannot be published again.
    pub fn flush_async(&self) -> io::Result<()> {
        self.published.flush_async()
    }
}

impl<T: MmStats> Deref for Stats<T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: `values` points to a T, aligned to 128 bytes, that nobody else in this process has
        // (`Published::new`) and that lives as long as `published`, which is not moved out of self. The
        // MmStats contract makes T valid for every value of these bytes and all access to it
        // atomic, so that neither this process's nor another's updates are data races.
        unsafe { self.values.as_ref() }
    }
}

impl<T: MmStats + fmt::Debug> fmt::Debug for Stats<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stats").field("path", &self.path()).field("values", &**self).finish()
    }
}
