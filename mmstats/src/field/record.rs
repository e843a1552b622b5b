//! [`Record`], and what it holds.
#![expect(unsafe_code, reason = "promises its layout, and takes structs for their bytes and back")]

use std::cell::UnsafeCell;
use std::fmt;
use std::mem::MaybeUninit;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;

use mmstats_format::descriptor::{Kind, Type};
use mmstats_format::tagged;

use super::{Field, FieldLayout, MemberSpec, SingleWriter};
use crate::tagged_cell::{Copies, copies_at};

/// Several numbers that are published together: a reader finds all as they were in one
/// [`publish`](Record::publish), never some of one and some of another.
///
/// One thread publishes; readers are other programs, which show the records of a process's threads one
/// by one. It takes four bytes of the file for each byte of the struct. Do not publish in a signal
/// handler that may interrupt the same thread's `publish`.
///
/// ```
/// use mmstats::{MmStats, Record, StatRecord};
///
/// /// What the last request was.
/// #[derive(Clone, Copy, StatRecord)]
/// #[repr(C)]
/// struct LastRequest {
///     /// When it came in.
///     #[mmstats(unit = "seconds")]
///     time: f64,
///     #[mmstats(unit = "bytes")]
///     size: u64,
/// }
///
/// #[derive(MmStats)]
/// #[repr(C)]
/// struct WebStats {
///     last_request: Record<LastRequest>,
/// }
///
/// let stats = WebStats::create()?;
/// stats.last_request.publish(LastRequest { time: 1_795_375_214.6, size: 4096 });
/// assert_eq!(stats.last_request.get().size, 4096);
/// # Ok::<(), mmstats::CreateError>(())
/// ```
#[repr(transparent)]
pub struct Record<R: StatRecord> {
    memory: UnsafeCell<Memory<R>>,
    single_writer: SingleWriter<Self>,
}

/// Two copies of the bytes of an `R`, each byte of which takes two in a copy: half of a word is the
/// version.
#[repr(C, align(8))]
struct Memory<R>([MaybeUninit<R>; 4]);

impl<R: StatRecord> Record<R> {
    /// Words in a copy.
    const WORDS: usize = size_of::<R>() / tagged::DATA_LEN;

    /// Replaces the record.
    #[inline]
    pub fn publish(&self, mut record: R) {
        let bytes = bytes_of(&mut record);
        swap_to_or_from_file::<R>(bytes);
        let (version, words) = self.copies().next();
        let (chunks, _) = bytes.as_chunks::<{ tagged::DATA_LEN }>();
        for (word, chunk) in words.iter().zip(chunks) {
            word.store(tagged::word(version, u32::from_le_bytes(*chunk)).to_le(), Relaxed);
        }
    }

    /// The record that was published last; all zero before.
    pub fn get(&self) -> R {
        let mut record = zero();
        let bytes = bytes_of(&mut record);
        let (chunks, _) = bytes.as_chunks_mut::<{ tagged::DATA_LEN }>();
        for (chunk, data) in chunks.iter_mut().zip(self.copies().get()) {
            *chunk = data.to_le_bytes();
        }
        swap_to_or_from_file::<R>(bytes);
        record
    }

    #[inline]
    fn copies(&self) -> Copies<'_, AtomicU64> {
        // SAFETY: `Memory` is at least 2 * WORDS words of 8 bytes, aligned to 8, that live as long as
        // self, are valid for every value of their bytes, lie in an UnsafeCell, and are accessed by
        // atomics only.
        unsafe { copies_at(self.memory.get().cast(), Self::WORDS) }
    }
}

/// A struct that is published as a whole in a [`Record`].
///
/// Derive it; the derive macro of the same name documents the attributes.
///
/// # Safety
/// For implementors, which is only the derive macro: the struct is `repr(C)`, its members are
/// [`RecordMember`]s, [`MEMBERS`](Self::MEMBERS) names each at its offset, and there are no bytes
/// between or behind them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be published as a record",
    label = "does not derive `mmstats::StatRecord`",
    note = "put `#[derive(Clone, Copy, StatRecord)]` and `#[repr(C)]` on the definition of a struct of numbers; for a single one use `mmstats::Gauge<T>`"
)]
pub unsafe trait StatRecord: Copy + 'static {
    /// The members, in the order of declaration.
    #[doc(hidden)]
    const MEMBERS: &'static [MemberSpec];
}

/// A type that a member of a [`StatRecord`] can have: `u8` to `u64`, `i8` to `i64`, `f32`, `f64`.
///
/// Not `bool`: a byte of the file could be neither true nor false.
#[diagnostic::on_unimplemented(
    message = "a record cannot hold `{Self}`",
    label = "not a type that a member of a record can have",
    note = "a member is one of `u8` to `u64`, `i8` to `i64`, `f32` or `f64`; for a truth value use a `u8` that is 0 or 1"
)]
pub trait RecordMember: sealed::Number {}

mod sealed {
    use super::Type;

    /// A number that is valid for every value of its bytes.
    pub trait Number: Copy {
        /// Its type in a descriptor.
        const TYPE: Type;
    }
}

macro_rules! record_members {
    ($($number:ty, $type_:ident;)*) => {$(
        #[diagnostic::do_not_recommend]
        impl RecordMember for $number {}

        #[diagnostic::do_not_recommend]
        impl sealed::Number for $number {
            const TYPE: Type = Type::$type_;
        }
    )*};
}

record_members! {
    u8, U8; u16, U16; u32, U32; u64, U64;
    i8, I8; i16, I16; i32, I32; i64, I64;
    f32, F32; f64, F64;
}

/// Refuses to compile a record that is more than its members, or no whole number of words.
///
/// # Panics
/// At compile time.
#[doc(hidden)]
#[track_caller]
pub const fn assert_publishable<R: StatRecord>() {
    let mut len = 0;
    let mut rest = R::MEMBERS;
    while let [member, tail @ ..] = rest {
        len += member.size;
        rest = tail;
    }
    assert!(
        len == size_of::<R>(),
        "a record has no padding: put its members in order of their sizes, the largest first, and fill up the end with members such as `reserved: u32`"
    );
    assert!(
        len.is_multiple_of(tagged::DATA_LEN),
        "the length of a record is a multiple of 4 bytes: fill it up with members such as `reserved: u8`"
    );
    assert!(len <= 1 << 20, "a record holds at most 1 MiB");
}

fn zero<R: StatRecord>() -> R {
    // SAFETY: the StatRecord contract makes R nothing but numbers, for which zero is a value.
    unsafe { MaybeUninit::zeroed().assume_init() }
}

#[inline]
fn bytes_of<R: StatRecord>(record: &mut R) -> &mut [u8] {
    // SAFETY: the StatRecord contract makes R nothing but numbers, without padding: each byte has a
    // value, and each value that it may be given is valid.
    unsafe { std::slice::from_raw_parts_mut((&raw mut *record).cast(), size_of::<R>()) }
}

/// Turns the members in `bytes` from this machine's byte order to the file's, or back.
#[inline]
fn swap_to_or_from_file<R: StatRecord>(bytes: &mut [u8]) {
    if cfg!(target_endian = "big") {
        for member in R::MEMBERS {
            bytes[member.offset..][..member.size].reverse();
        }
    }
}

// SAFETY: nothing but two copies, which are accessed by atomics only, are valid for every value of their
// bytes, and are laid out as tagged copies.
#[diagnostic::do_not_recommend]
unsafe impl<R: StatRecord> Field for Record<R> {
    const LAYOUT: FieldLayout = {
        assert!(size_of::<Self>() == tagged::copies_len(Self::WORDS));
        #[expect(clippy::cast_possible_truncation, reason = "at most 1 MiB, of at least a byte each")]
        let parameters = [R::MEMBERS.len() as u32, size_of::<R>() as u32, 0];
        let layout = FieldLayout::of::<Self>(Kind::Record, Type::Record);
        FieldLayout { parameters, members: R::MEMBERS, ..layout }
    };

    fn reset(&self) {
        if self.copies().is_written() {
            self.publish(zero());
        }
    }
}

impl<R: StatRecord + fmt::Debug> fmt::Debug for Record<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}
