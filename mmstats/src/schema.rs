//! What the derive macro says about a struct: a constant table of its fields.
#![expect(unsafe_code, reason = "declares the trait whose implementors promise a layout, and relies on it")]

use std::ptr::NonNull;

use mmstats_format::descriptor::Aggregate;
use mmstats_format::label::{LabelHash, MAX_LABEL_LEN};

use crate::error::CreateError;
use crate::field::{Constant, Counter, Field, FieldLayout, TagSpec};
use crate::options::Options;
use crate::stats::Stats;

/// A struct whose fields other programs can read.
///
/// Derive it; the derive macro of the same name documents the attributes.
///
/// # Safety
/// For implementors, which is only the derive macro: the struct is `repr(C)`, all its fields are
/// [`Field`]s or `MmStats` structs, and [`MmStats::SPEC`] names each of them at its offset.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a statistics struct",
    label = "does not derive `mmstats::MmStats`",
    note = "put `#[derive(MmStats)]` and `#[repr(C)]` on the definition of `{Self}`; if it is a field type of mmstats, remove `flatten`"
)]
pub unsafe trait MmStats: Sized + 'static {
    /// What the struct declares.
    #[doc(hidden)]
    const SPEC: &'static StructSpec;

    /// Stores the values of the fields with `#[mmstats(value = …)]`.
    #[doc(hidden)]
    fn set_constants(&self);

    /// Publishes the struct, all zero but for its constants, as a new file in the default place.
    ///
    /// # Errors
    /// If there is no place for the file, or no space in it: see [`CreateError`].
    fn create() -> Result<Stats<Self>, CreateError> {
        Self::options().create()
    }

    /// Starts to say how the struct is published; [`Options::create`] publishes it.
    fn options() -> Options<Self> {
        Options::new()
    }
}

/// A part of a label, with its hash, computed by the macro.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Label {
    pub(crate) text: &'static str,
    hash: LabelHash,
}

impl Label {
    /// `text`, whose [`LabelHash`] is `hash` and `power`.
    pub const fn new(text: &'static str, hash: u64, power: u64) -> Self {
        Self { text, hash: LabelHash { hash, power } }
    }
}

/// What a struct declares.
#[doc(hidden)]
#[derive(Debug)]
pub struct StructSpec {
    /// The struct's name.
    pub name: &'static str,
    /// Stands before the labels of all fields.
    pub prefix: Label,
    /// In the order of declaration.
    pub fields: &'static [FieldSpec],
}

/// What a field of a struct declares.
#[doc(hidden)]
#[derive(Debug)]
pub struct FieldSpec {
    label: Label,
    offset: usize,
    what: What,
}

#[derive(Debug)]
enum What {
    Value(ValueSpec),
    Flatten(&'static StructSpec),
}

/// What a field with a value declares.
#[derive(Debug)]
pub(crate) struct ValueSpec {
    pub(crate) unit: &'static str,
    pub(crate) help: &'static str,
    pub(crate) aggregate: Aggregate,
    pub(crate) layout: FieldLayout,
    begin_lease: BeginLease,
}

/// Makes the field at the first address ready for another thread: takes its constant from the field at
/// the second, or sets it back to zero if it does not count on. Both are of the type that it was made
/// for. It runs none of the user's code, and neither allocates nor blocks.
type BeginLease = unsafe fn(NonNull<u8>, NonNull<u8>);

/// # Safety
/// `field` points to an `F`.
unsafe fn reset<F: Field>(field: NonNull<u8>, _constant: NonNull<u8>) {
    // SAFETY: as promised by the caller. The Field contract makes an F valid for every value of its
    // bytes and all access to it atomic, whoever else accesses it.
    unsafe { field.cast::<F>().as_ref() }.reset();
}

/// # Safety
/// Both point to an `F`.
unsafe fn copy_constant<F: Constant>(field: NonNull<u8>, constant: NonNull<u8>) {
    // SAFETY: as in `reset`.
    let constant: &F = unsafe { constant.cast().as_ref() };
    // SAFETY: as above.
    unsafe { field.cast::<F>().as_ref() }.copy_constant(constant);
}

impl FieldSpec {
    /// A field of type `F` at `offset` bytes of its struct.
    ///
    /// # Panics
    /// At compile time, if `aggregate` is said of a field that readers combine in one way only, another
    /// `unit` of one that has its own, or two keys of a family have one tag.
    #[track_caller]
    pub const fn field<F: Field>(
        label: Label,
        unit: &'static str,
        help: &'static str,
        aggregate: Option<Aggregate>,
        offset: usize,
    ) -> Self {
        let layout = F::LAYOUT;
        assert_tags_differ(layout.tags);
        let aggregate = match aggregate {
            None => layout.aggregate,
            Some(aggregate) => {
                assert!(
                    layout.aggregate_is_chosen,
                    "`aggregate` is for gauges: what is counted is added up, texts and records are shown thread by thread"
                );
                aggregate
            }
        };
        assert!(
            unit.is_empty() || layout.unit.is_empty() || is_same(unit, layout.unit),
            "durations are shown in seconds, whatever they are recorded in: leave `unit` out"
        );
        let unit = if unit.is_empty() { layout.unit } else { unit };
        let begin_lease: BeginLease = reset::<F>;
        let what = What::Value(ValueSpec { unit, help, aggregate, layout, begin_lease });
        Self { label, offset, what }
    }

    /// A field of type `F` whose value is set once.
    pub const fn constant<F: Constant>(
        label: Label,
        unit: &'static str,
        help: &'static str,
        offset: usize,
    ) -> Self {
        let (aggregate, layout) = (Aggregate::Constant, F::LAYOUT);
        let begin_lease: BeginLease = copy_constant::<F>;
        let value = ValueSpec { unit, help, aggregate, layout, begin_lease };
        Self { label, offset, what: What::Value(value) }
    }

    /// The fields of `S`, with `prefix` before their labels.
    pub const fn flatten<S: MmStats>(prefix: Label, offset: usize) -> Self {
        Self { label: prefix, offset, what: What::Flatten(S::SPEC) }
    }
}

impl ValueSpec {
    /// Whether its value is set once.
    pub(crate) const fn is_constant(&self) -> bool {
        matches!(self.aggregate, Aggregate::Constant)
    }

    /// A counter that mmstats adds to a struct.
    pub(crate) const fn own_counter(unit: &'static str, help: &'static str) -> Self {
        let layout = <Counter as Field>::LAYOUT;
        Self { unit, help, aggregate: Aggregate::Sum, layout, begin_lease: reset::<Counter> }
    }
}

impl StructSpec {
    /// Makes the struct at `values` ready for another thread, with the constants of the one at
    /// `constants`. It runs none of the user's code, and neither allocates nor blocks.
    ///
    /// # Safety
    /// Both point to a struct that declares this.
    pub(crate) unsafe fn begin_lease(&self, values: NonNull<u8>, constants: NonNull<u8>) {
        for field in self.fields {
            // SAFETY: a field's offset is within its struct, as the MmStats contract says.
            let value = unsafe { values.add(field.offset) };
            // SAFETY: as above.
            let constant = unsafe { constants.add(field.offset) };
            match &field.what {
                // SAFETY: the field there is of the type that the specification was made for.
                What::Value(spec) => unsafe { (spec.begin_lease)(value, constant) },
                // SAFETY: likewise, of the flattened struct.
                What::Flatten(inner) => unsafe { inner.begin_lease(value, constant) },
            }
        }
    }

    /// Calls `visit` with the label, the tags as a descriptor has them, the offset in bytes and the
    /// declaration of every value, in the order of declaration, flattened structs in their place. The
    /// elements of a family are visited one by one, those of an array together.
    pub(crate) fn visit(
        &self,
        prefix: &str,
        offset: usize,
        visit: &mut impl FnMut(&str, &str, usize, &ValueSpec),
    ) {
        self.visit_below(&mut prefix.to_owned(), offset, visit);
    }

    /// As `visit`, with the prefix in `label`, which is as before when it is done.
    fn visit_below(
        &self,
        label: &mut String,
        offset: usize,
        visit: &mut impl FnMut(&str, &str, usize, &ValueSpec),
    ) {
        let without_prefix = label.len();
        label.push_str(self.prefix.text);
        let prefix_len = label.len();
        for field in self.fields {
            label.push_str(field.label.text);
            let offset = offset + field.offset;
            match &field.what {
                What::Value(value) => {
                    let mut offset = offset;
                    value.layout.visit_tags(&mut |tags| {
                        visit(label, tags, offset, value);
                        offset += value.layout.size * value.layout.count;
                    });
                }
                What::Flatten(inner) => inner.visit_below(label, offset, visit),
            }
            label.truncate(prefix_len);
        }
        label.truncate(without_prefix);
    }
}

/// How many values `spec` declares, those of flattened structs included.
#[doc(hidden)]
pub const fn field_count(spec: &StructSpec) -> usize {
    let mut count = 0;
    let mut rest = spec.fields;
    while let [field, tail @ ..] = rest {
        count += match field.what {
            What::Value(_) => 1,
            What::Flatten(inner) => field_count(inner),
        };
        rest = tail;
    }
    count
}

/// Refuses to compile a family whose fields could not be told apart.
///
/// # Panics
/// At compile time, with the tag.
#[track_caller]
const fn assert_tags_differ(tags: &[TagSpec]) {
    let mut rest = tags;
    while let [tag, tail @ ..] = rest {
        let mut others = tail;
        while let [other, tail @ ..] = others {
            if is_same(tag.key, other.key) {
                let mut message = Message::new("two keys of a family have the tag `");
                message.push(tag.key);
                message.push("`: give one of the enums another by `#[mmstats(tag = \"…\")]`");
                panic!("{}", message.as_str());
            }
            others = tail;
        }
        rest = tail;
    }
}

/// Whether both texts are the same; constants cannot use `==` on them.
const fn is_same(a: &str, b: &str) -> bool {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    while let ([first, a_rest @ ..], [second, b_rest @ ..]) = (a, b)
        && *first == *second
    {
        (a, b) = (a_rest, b_rest);
    }
    a.is_empty() && b.is_empty()
}

/// Refuses to compile a struct of which each thread has one if readers are not told how to combine a
/// gauge of it.
///
/// # Panics
/// At compile time, with the label.
#[track_caller]
pub(crate) const fn assert_combinable(spec: &StructSpec) {
    let mut rest = spec.fields;
    while let [field, tail @ ..] = rest {
        match &field.what {
            What::Value(value) => {
                let is_combined =
                    !value.layout.aggregate_is_chosen || !matches!(value.aggregate, Aggregate::None);
                if !is_combined {
                    let mut message = Message::new("the gauge `");
                    message.push(spec.prefix.text);
                    message.push(field.label.text);
                    message.push("` of a `thread_local!` struct needs `#[mmstats(aggregate = \"…\")]`: sum, min, max or mean");
                    panic!("{}", message.as_str());
                }
            }
            What::Flatten(inner) => assert_combinable(inner),
        }
        rest = tail;
    }
}

/// Refuses to compile a struct in which two of its `N` values have one label.
///
/// # Panics
/// At compile time, with the label.
#[doc(hidden)]
#[track_caller]
pub const fn assert_unique_labels<const N: usize>(spec: &'static StructSpec) {
    let mut seen = SeenLabels { hashes: [0; N] };
    if let Some(hash) = seen.find_duplicate(LabelHash::EMPTY, spec) {
        let mut message = Message::new("two fields have the label `");
        message.push_label_of(spec, LabelHash::EMPTY, hash);
        message.push("`: rename one, or give `flatten` a prefix");
        panic!("{}", message.as_str());
    }
}

/// Hashes of labels at their places in a table of linear probing; 0 is a free place.
struct SeenLabels<const N: usize> {
    hashes: [u64; N],
}

impl<const N: usize> SeenLabels<N> {
    /// The hash of the first label in `spec` that is not new.
    const fn find_duplicate(&mut self, prefix: LabelHash, spec: &StructSpec) -> Option<u64> {
        let prefix = prefix.then(spec.prefix.hash);
        let mut rest = spec.fields;
        while let [field, tail @ ..] = rest {
            let label = prefix.then(field.label.hash);
            let duplicate = match field.what {
                What::Value(_) if self.insert(label.hash) => None,
                What::Value(_) => Some(label.hash),
                What::Flatten(inner) => self.find_duplicate(label, inner),
            };
            if duplicate.is_some() {
                return duplicate;
            }
            rest = tail;
        }
        None
    }

    /// Whether `hash` is new.
    const fn insert(&mut self, hash: u64) -> bool {
        #[expect(clippy::cast_possible_truncation, reason = "any place will do to begin with")]
        let mut place = hash as usize % N;
        while self.hashes[place] != 0 {
            if self.hashes[place] == hash {
                return false;
            }
            place = (place + 1) % N;
        }
        self.hashes[place] = hash;
        true
    }
}

/// A text put together at compile time.
struct Message {
    bytes: [u8; 2 * MAX_LABEL_LEN],
    len: usize,
}

impl Message {
    const fn new(text: &str) -> Self {
        let mut message = Self { bytes: [0; 2 * MAX_LABEL_LEN], len: 0 };
        message.push(text);
        message
    }

    const fn push(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        while let [byte, tail @ ..] = rest
            && self.len < self.bytes.len()
        {
            self.bytes[self.len] = *byte;
            self.len += 1;
            rest = tail;
        }
    }

    /// Appends the first label of `spec` that has the hash `wanted`, and says whether there is one.
    const fn push_label_of(&mut self, spec: &StructSpec, prefix: LabelHash, wanted: u64) -> bool {
        let start = self.len;
        let prefix = prefix.then(spec.prefix.hash);
        let mut rest = spec.fields;
        while let [field, tail @ ..] = rest {
            self.len = start;
            self.push(spec.prefix.text);
            self.push(field.label.text);
            let label = prefix.then(field.label.hash);
            let found = match field.what {
                What::Value(_) => label.hash == wanted,
                What::Flatten(inner) => self.push_label_of(inner, label, wanted),
            };
            if found {
                return true;
            }
            rest = tail;
        }
        self.len = start;
        false
    }

    const fn as_str(&self) -> &str {
        let (text, _) = self.bytes.split_at(self.len);
        match str::from_utf8(text) {
            Ok(text) => text,
            Err(_) => "two fields have one label",
        }
    }
}
