//! The types of a struct's fields.
//!
//! A field type is one file below `field/`. It holds only atomics (or memory that is written by
//! atomic stores only), is valid whatever its bytes are, and zero is its value before the first
//! update. Values are little-endian on every machine.
#![expect(unsafe_code, reason = "declares the trait whose implementors promise a layout, and the marker")]

mod counter;
mod gauge;
mod text;
mod up_down;

use std::cell::Cell;
use std::marker::PhantomData;

use mmstats_format::descriptor::{Aggregate, Kind, Type};

pub use counter::Counter;
pub use gauge::{Gauge, GaugeValue};
pub use text::Text;
pub use up_down::UpDown;

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
    note = "for a text use `mmstats::Text<N>`, for a struct that derives `MmStats` `#[mmstats(flatten)]`"
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

/// What a descriptor says of a field type.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct FieldLayout {
    pub(crate) kind: Kind,
    pub(crate) type_: Type,
    /// How readers combine it, unless the struct says otherwise.
    pub(crate) aggregate: Aggregate,
    /// Whether the struct may say otherwise.
    pub(crate) aggregate_is_chosen: bool,
    /// What a writer that resumes takes over of it.
    pub(crate) resumed: Resumed,
}

/// What a writer that resumes takes over of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resumed {
    /// Nothing: it is of the process that ended.
    Nothing,
    /// Its only word, a u64, added up over all slots.
    Sum,
}

/// A field type that `#[mmstats(value = …)]` can set once.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a field type of mmstats that can have a `value`",
    label = "not a field type with a value",
    note = "use `mmstats::Gauge<{Self}>` for a number or a truth value, or `mmstats::Text<N>` for a text"
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

/// Keeps a field type `F` from being shared between threads, and lets the compiler say why.
///
/// An update is a load, an add and a store: of two threads that did so at once, one would lose its
/// update. `Cell` is `Send`, so the whole struct may move to another thread.
pub(crate) struct SingleWriter<F>(PhantomData<Cell<()>>, PhantomData<fn() -> F>);

/// Has no implementors.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has one writer: it cannot be shared between threads",
    label = "two threads could update this `{Self}` at once and lose one of the updates",
    note = "give each thread values of its own: declare it in `mmstats::thread_local!` and use it by `with`; or let one thread own the struct and send it what happened"
)]
pub(crate) trait SharedBetweenThreads {}

// SAFETY: never applies, since the trait has no implementors; it only words the compiler's message.
unsafe impl<F: SharedBetweenThreads> Sync for SingleWriter<F> {}
