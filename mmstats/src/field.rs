//! The types of a struct's fields.
//!
//! A field type is one file below `field/`. It holds only atomics (or memory that is written by
//! atomic stores only), is valid whatever its bytes are, and zero is its value before the first
//! update. Values are little-endian on every machine.
#![expect(unsafe_code, reason = "declares the trait whose implementors promise a layout, and the marker")]

mod array;
mod average;
mod counter;
mod distribution;
mod family;
mod gauge;
mod histogram;
mod moving_average;
mod record;
mod text;
mod timer;
mod up_down;
mod word;

use std::cell::Cell;
use std::marker::PhantomData;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

pub use average::Average;
pub use counter::Counter;
pub use distribution::Division;
pub use family::Family;
pub(crate) use gauge::sealed::Stored;
pub use gauge::{Gauge, GaugeValue};
pub use histogram::{CoarseHistogram, FineHistogram, Histogram};
pub use moving_average::MovingAverage;
pub use record::{Record, RecordMember, StatRecord, assert_publishable};
pub use text::Text;
pub use timer::Timer;
pub use up_down::UpDown;
pub use word::{ManyWriters, OneWriter, Writers};

use crate::schema::MmStats;

/// A type that a field of an [`MmStats`](crate::MmStats) struct can have.
///
/// # Safety
/// For implementors: the type is `repr(C)` or `repr(transparent)`, has no destructor, holds
/// nothing but memory that is only accessed by atomics, is valid for every value of its bytes,
/// and is laid out as [`Field::LAYOUT`] says.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a field type of mmstats",
    label = "not a field type",
    note = "for what is counted use `mmstats::Counter`; for a number or a truth value that is set `mmstats::Gauge<T>`, here `mmstats::Gauge<{Self}>` if `{Self}` is one of `u8` to `u64`, `i8` to `i64`, `f32`, `f64`, `bool`",
    note = "for a text use `mmstats::Text<N>`, for a struct that derives `MmStats` `#[mmstats(flatten)]`; an array or a `mmstats::Family` holds field types, too"
)]
pub unsafe trait Field: Sized + 'static {
    /// What the descriptor of such a field says.
    #[doc(hidden)]
    const LAYOUT: FieldLayout;

    /// Makes it ready for another thread: back to zero, unless it is one of those that count on
    /// from where the thread before stopped. Neither allocates nor blocks.
    #[doc(hidden)]
    fn reset(&self);
}

/// What descriptors say of a field type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct FieldLayout {
    pub(crate) kind: Kind,
    pub(crate) type_: Type,
    /// Bytes of an element.
    pub(crate) size: usize,
    /// Elements that follow each other: more than one is an array.
    pub(crate) count: usize,
    /// What tells the elements of a family apart; none if it is not one. Each combination of values
    /// has `count` elements, in the order of the values, the last tag's changing first.
    pub(crate) tags: &'static [TagSpec],
    /// How readers combine it, unless the struct says otherwise.
    pub(crate) aggregate: Aggregate,
    /// Whether the struct may say otherwise.
    pub(crate) aggregate_is_chosen: bool,
    /// The unit, unless the struct says otherwise.
    pub(crate) unit: &'static str,
    /// The value times ten to this power is in `unit`.
    pub(crate) scale: i8,
    /// Those of the kind.
    pub(crate) parameters: [u32; 3],
    /// The members of a record.
    pub(crate) members: &'static [MemberSpec],
    /// What a writer that resumes takes over of an element.
    pub(crate) resumed: Resumed,
}

impl FieldLayout {
    /// A single value of `F`, all of it, that is neither combined nor resumed.
    pub(crate) const fn of<F>(kind: Kind, type_: Type) -> Self {
        Self {
            kind,
            type_,
            size: size_of::<F>(),
            count: 1,
            tags: &[],
            aggregate: Aggregate::None,
            aggregate_is_chosen: false,
            unit: "",
            scale: 0,
            parameters: [0; 3],
            members: &[],
            resumed: Resumed::Nothing,
        }
    }

    /// An array of such elements.
    #[track_caller]
    pub(crate) const fn array(self, count: usize) -> Self {
        assert!(count > 0, "an array of fields has at least one");
        let is_single = self.count == 1 && self.tags.is_empty();
        assert!(
            is_single,
            "an array holds neither arrays nor families: use a family of arrays, `Family<K, [F; N]>`"
        );
        Self { count, ..self }
    }

    /// A family of such elements, which `tags` tell apart.
    #[track_caller]
    pub(crate) const fn family(self, tags: &'static [TagSpec]) -> Self {
        assert!(
            self.tags.is_empty(),
            "a family holds no families: give it a pair of keys, `Family<(A, B), F>`"
        );
        Self { tags, ..self }
    }

    /// Calls `visit` with the tags of each element of a family, as a descriptor has them; once, with
    /// none, if it is not one.
    pub(crate) fn visit_tags(&self, visit: &mut impl FnMut(&str)) {
        fn combine(rest: &[TagSpec], tags: &str, visit: &mut impl FnMut(&str)) {
            match rest.split_first() {
                None => visit(tags),
                Some((TagSpec { key, values }, rest)) => {
                    for value in *values {
                        combine(rest, &format!("{tags}{key}\0{value}\0"), visit);
                    }
                }
            }
        }
        combine(self.tags, "", visit);
    }
}

/// A tag of the elements of a family: its key and its values.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct TagSpec {
    /// The key.
    pub key: &'static str,
    /// All values, in order.
    pub values: &'static [&'static str],
}

/// A member of a record.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct MemberSpec {
    pub(crate) label: &'static str,
    pub(crate) unit: &'static str,
    pub(crate) help: &'static str,
    pub(crate) type_: Type,
    /// Bytes from the start of the record's data.
    pub(crate) offset: usize,
    pub(crate) size: usize,
}

impl MemberSpec {
    /// A member of type `M` at `offset` bytes of its record.
    pub const fn of<M: RecordMember>(
        label: &'static str,
        unit: &'static str,
        help: &'static str,
        offset: usize,
    ) -> Self {
        Self { label, unit, help, type_: M::TYPE, offset, size: size_of::<M>() }
    }
}

/// What a writer that resumes takes over of an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resumed {
    /// Nothing: it is of the process that ended.
    Nothing,
    /// So many u64 words, from this one on, each added up over all slots.
    Words {
        /// The first one.
        first: usize,
        /// How many.
        count: usize,
    },
    /// A u64 word, and an f64 word behind it, added up over all slots.
    Average,
}

/// A field type that `#[mmstats(value = …)]` can set once.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a field type of mmstats that can have a `value`",
    label = "not a field type with a value",
    note = "use `mmstats::Gauge<{Self}>` for a number or a truth value, or `mmstats::Text<N>` for a text; families, arrays, records and what is averaged or timed have no `value`"
)]
pub trait Constant: Field {
    /// What the attribute's expression has to be.
    type Value<'a>;

    /// Stores the value.
    fn set_constant(&self, value: Self::Value<'_>);

    /// Stores the value that `from` has. Neither allocates nor blocks.
    fn copy_constant(&self, from: &Self);
}

/// What the derive macro calls for `#[mmstats(value = …)]` and `#[mmstats(flatten)]`.
#[doc(hidden)]
#[derive(Debug)]
pub struct Setter<'a, F>(pub &'a F);

impl<F: Constant> Setter<'_, F> {
    /// Stores the value of a field.
    pub fn set_constant(self, value: F::Value<'_>) {
        self.0.set_constant(value);
    }
}

impl<S: MmStats> Setter<'_, S> {
    /// Stores the values of a flattened struct's fields.
    pub fn set_constants(self) {
        self.0.set_constants();
    }
}

/// What these calls find where the type is a wrong one. `FieldSpec` reports that, where the type
/// stands; without this trait the call would report it once more.
#[doc(hidden)]
pub trait NoSetter: Sized {
    /// Never runs.
    fn set_constant<V>(self, _value: V) {}
    /// Never runs.
    fn set_constants(self) {}
}

impl<F> NoSetter for Setter<'_, F> {}

/// Prevents threads from sharing a field of type `F`, and makes the compiler say why. It has no size.
///
/// An update is a load, an add and a store: of two threads that did so at once, one would lose its
/// update. `Cell` is `Send`, so the whole struct may move to another thread.
pub struct SingleWriter<F>(PhantomData<Cell<()>>, PhantomData<fn() -> F>);

/// Has no implementors.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has one writer: it cannot be shared between threads",
    label = "two threads could update this `{Self}` at once and lose one of the updates",
    note = "give each thread values of its own, which readers combine: declare the struct in `mmstats::thread_local!` and use it by `with`",
    note = "or let the threads share it: the types of `mmstats::sync` can be, and cost an atomic instruction an update"
)]
pub trait SharedBetweenThreads {}

// SAFETY: never applies, since the trait has no implementors; it only words the compiler's message.
unsafe impl<F: SharedBetweenThreads> Sync for SingleWriter<F> {}
