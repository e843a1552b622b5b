//! A descriptor: where a field's value is, and what it means (FORMAT.md, "Descriptors").

use bytemuck::{Pod, Zeroable};

use crate::buckets::Buckets;
use crate::check::record_check;
use crate::error::{self, ErrorKind, ParseError};
use crate::le::Le32;
use crate::slot::SlotHeader;
use crate::strings::StrRef;
use crate::tagged;

macro_rules! codes {
    ($(#[$doc:meta])* $enum:ident { $($(#[$variant_doc:meta])* $variant:ident = $code:literal $name:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(u8)]
        pub enum $enum { $($(#[$variant_doc])* $variant = $code,)* }

        impl $enum {
            /// The meaning of `code`, if this version knows it.
            pub const fn from_code(code: u8) -> Option<Self> {
                match code {
                    $($code => Some(Self::$variant),)*
                    _ => None,
                }
            }

            /// The name under which people meet it.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)*
                }
            }
        }
    };
}

codes! {
    /// What a field counts or holds.
    Kind {
        /// A u64 that only grows.
        Counter = 1 "counter",
        /// An i64 that goes up and down.
        UpDown = 2 "updown",
        /// A number or a truth value that is set.
        Gauge = 3 "gauge",
        /// UTF-8 in two tagged copies.
        Text = 4 "text",
        /// A count and a sum of numbers.
        Average = 5 "average",
        /// The mean of the last so many numbers.
        MovingAverage = 6 "moving_average",
        /// How often values of each size came.
        Histogram = 7 "histogram",
        /// A histogram of durations, and the last one.
        Timer = 8 "timer",
        /// Several numbers that are seen together or not at all. The members behind it say which.
        Record = 9 "record",
        /// A member of the record before it.
        Member = 10 "member",
    }
}

codes! {
    /// How a value is laid out.
    Type {
        /// 8-bit unsigned.
        U8 = 1 "u8",
        /// 16-bit unsigned.
        U16 = 2 "u16",
        /// 32-bit unsigned.
        U32 = 3 "u32",
        /// 64-bit unsigned.
        U64 = 4 "u64",
        /// 8-bit two's complement.
        I8 = 5 "i8",
        /// 16-bit two's complement.
        I16 = 6 "i16",
        /// 32-bit two's complement.
        I32 = 7 "i32",
        /// 64-bit two's complement.
        I64 = 8 "i64",
        /// IEEE 754 binary32.
        F32 = 9 "f32",
        /// IEEE 754 binary64.
        F64 = 10 "f64",
        /// One byte, false where it is zero.
        Bool = 11 "bool",
        /// Two tagged copies of a length and UTF-8.
        Text = 12 "text",
        /// A u64 count and an f64 sum.
        Average = 13 "average",
        /// An f64 mean, a u64 count, and behind them what only the writer understands.
        MovingAverage = 14 "moving_average",
        /// A u64 sum and u64 buckets.
        Histogram = 15 "histogram",
        /// The last u64, then as a histogram.
        Timer = 16 "timer",
        /// Two tagged copies of the members' bytes.
        Record = 17 "record",
    }
}

codes! {
    /// How readers combine the values of a process's threads.
    Aggregate {
        /// Not: one value per slot.
        None = 0 "none",
        /// Added up.
        Sum = 1 "sum",
        /// The smallest.
        Min = 2 "min",
        /// The largest.
        Max = 3 "max",
        /// The arithmetic mean.
        Mean = 4 "mean",
        /// Set once, when the file was made, to the same value in every slot.
        Constant = 5 "constant",
    }
}

impl Type {
    /// Bytes of a value of this type, unless that differs from field to field.
    pub const fn size(self) -> Option<u32> {
        match self {
            Self::U8 | Self::I8 | Self::Bool => Some(1),
            Self::U16 | Self::I16 => Some(2),
            Self::U32 | Self::I32 | Self::F32 => Some(4),
            Self::U64 | Self::I64 | Self::F64 => Some(8),
            Self::Average => Some(16),
            Self::Text | Self::MovingAverage | Self::Histogram | Self::Timer | Self::Record => None,
        }
    }

    /// Whether a value of this type is a number or a truth value, which is one word.
    pub const fn is_number(self) -> bool {
        matches!(self.size(), Some(1..=8))
    }
}

/// Bytes of the shortest moving average: its mean and its count.
const MIN_MOVING_AVERAGE_LEN: usize = 16;

/// What the descriptor of a record says of the members behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Members {
    /// How many they are.
    pub count: u32,
    /// Bytes of their data.
    pub data_len: u32,
}

/// The record of a field.
#[derive(Clone, Copy, Debug, Pod, Zeroable)]
#[repr(C)]
pub struct Descriptor {
    /// Bytes from the start of the slot to the first element.
    pub offset: Le32,
    /// Bytes of one element, and from one element to the next.
    pub size: Le32,
    /// Elements. More than one is an array: each element is a metric with the further tag
    /// `index`.
    pub count: Le32,
    /// A [`Kind`].
    pub kind: u8,
    /// A [`Type`].
    pub type_: u8,
    /// An [`Aggregate`].
    pub aggregate: u8,
    /// The value times ten to this power is in `unit`.
    pub scale: i8,
    /// The field's label, prefixes included.
    pub label: StrRef,
    /// What the field means, in words.
    pub help: StrRef,
    /// The unit, e.g. `seconds`; empty is none.
    pub unit: StrRef,
    /// Keys and values, each followed by a NUL: `method\0get\0`.
    pub tags: StrRef,
    /// Parameters of the kind; zero where it has none.
    pub parameters: [Le32; 3],
    /// CRC-32 of this record with `check` as zero, then of label, help, unit and tags.
    pub check: Le32,
}

const _: () = {
    use core::mem::offset_of;
    assert!(size_of::<Descriptor>() == Descriptor::LEN);
    assert!(align_of::<Descriptor>() == 4);
    assert!(offset_of!(Descriptor, size) == 4);
    assert!(offset_of!(Descriptor, count) == 8);
    assert!(offset_of!(Descriptor, kind) == 12);
    assert!(offset_of!(Descriptor, type_) == 13);
    assert!(offset_of!(Descriptor, aggregate) == 14);
    assert!(offset_of!(Descriptor, scale) == 15);
    assert!(offset_of!(Descriptor, label) == 16);
    assert!(offset_of!(Descriptor, help) == 24);
    assert!(offset_of!(Descriptor, unit) == 32);
    assert!(offset_of!(Descriptor, tags) == 40);
    assert!(offset_of!(Descriptor, parameters) == 48);
    assert!(offset_of!(Descriptor, check) == 60);
};

/// The strings of a descriptor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DescriptorStrings<'a> {
    /// The field's label, prefixes included.
    pub label: &'a str,
    /// What the field means, in words.
    pub help: &'a str,
    /// The unit; empty is none.
    pub unit: &'a str,
    /// Keys and values, each followed by a NUL.
    pub tags: &'a str,
}

impl Descriptor {
    /// Bytes of the record as of minor version 0.
    pub const LEN: usize = 64;

    /// This record with the check for its `strings`.
    #[must_use]
    pub fn with_check(mut self, strings: &DescriptorStrings<'_>) -> Self {
        self.check = Le32::new(self.compute_check(strings));
        self
    }

    /// This record with the check for its strings, which stand one behind the other in `strings`.
    #[must_use]
    pub fn with_check_of(mut self, strings: &str) -> Self {
        self.check = Le32::new(self.check_of(&[strings.as_bytes()]));
        self
    }

    fn compute_check(&self, strings: &DescriptorStrings<'_>) -> u32 {
        let DescriptorStrings { label, help, unit, tags } = *strings;
        self.check_of(&[label.as_bytes(), help.as_bytes(), unit.as_bytes(), tags.as_bytes()])
    }

    fn check_of(&self, strings: &[&[u8]]) -> u32 {
        record_check(&Self { check: Le32::new(0), ..*self }, strings)
    }

    /// The strings of this descriptor in one piece, if they stand one behind the other in `strings`, as
    /// writers usually put them: the check of one piece is computed sooner.
    fn adjoining_strings<'a>(&self, strings: &'a str) -> Option<&'a str> {
        let mut end = self.label.offset.get();
        for string in [self.label, self.help, self.unit, self.tags] {
            if string.offset.get() != end {
                return None;
            }
            end = end.checked_add(string.len.get())?;
        }
        strings.get(self.label.offset.get() as usize..end as usize)
    }

    /// Decodes and checks the record at the start of `bytes`, which stands at byte `at` of the
    /// file, against the published `strings` and the slots' `stride` in bytes.
    ///
    /// A record of a kind, type or layout that this version does not know is returned as it is:
    /// [`Descriptor::field`] says so.
    ///
    /// # Errors
    /// If a string or a value leaves its region, or the check does not fit.
    pub fn parse(bytes: &[u8], strings: &str, stride: u32, at: u64) -> Result<Self, ParseError> {
        let descriptor: Self = error::record(bytes, "a descriptor record", at)?;
        let found = descriptor.check.get();
        let resolved = descriptor.resolve(strings, at)?;
        let expected = match descriptor.adjoining_strings(strings) {
            Some(strings) => descriptor.check_of(&[strings.as_bytes()]),
            None => descriptor.compute_check(&resolved),
        };
        if found != expected {
            return Err(ErrorKind::Check { what: "a descriptor", expected, found }.at(at));
        }
        // Readers are more lenient than writers, who check more of a label: they escape what they show.
        if resolved.label.is_empty() {
            let kind = ErrorKind::AtLeast { what: "the length of a label", bound: 1, found: 0 };
            return Err(kind.at(at.saturating_add(16)));
        }
        descriptor.in_slot(stride, at)
    }

    /// This descriptor, if its values lie between the header and the end of a slot.
    fn in_slot(self, stride: u32, at: u64) -> Result<Self, ParseError> {
        let (what, bound, found) =
            ("the offset of a value", SlotHeader::LEN as u64, u64::from(self.offset.get()));
        if found < bound {
            return Err(ErrorKind::AtLeast { what, bound, found }.at(at));
        }
        let found = found.saturating_add(self.values_len());
        if found > u64::from(stride) {
            let (what, bound) = ("the end of a value in its slot", u64::from(stride));
            return Err(ErrorKind::AtMost { what, bound, found }.at(at));
        }
        Ok(self)
    }

    /// Bytes of all elements.
    pub const fn values_len(&self) -> u64 {
        (self.size.get() as u64).saturating_mul(self.count.get() as u64)
    }

    /// The strings of this descriptor, which stands at byte `at` of the file.
    ///
    /// # Errors
    /// If one leaves `strings` or cuts a character.
    pub fn resolve<'a>(&self, strings: &'a str, at: u64) -> Result<DescriptorStrings<'a>, ParseError> {
        Ok(DescriptorStrings {
            label: self.label.resolve(strings, "the end of a label", at.saturating_add(16))?,
            help: self.help.resolve(strings, "the end of a help text", at.saturating_add(24))?,
            unit: self.unit.resolve(strings, "the end of a unit", at.saturating_add(32))?,
            tags: self.tags.resolve(strings, "the end of a field's tags", at.saturating_add(40))?,
        })
    }

    /// What this field is, if this version knows its kind, type and layout.
    pub const fn field(&self) -> Option<(Kind, Type)> {
        let (Some(kind), Some(type_)) = (Kind::from_code(self.kind), Type::from_code(self.type_)) else {
            return None;
        };
        let size = self.size.get() as usize;
        let fits = match (kind, type_) {
            (Kind::Counter, Type::U64) | (Kind::UpDown, Type::I64) | (Kind::Average, Type::Average) => true,
            (Kind::Gauge, type_) => type_.is_number(),
            (Kind::Text, Type::Text) => {
                size >= tagged::text_len(0) && size.is_multiple_of(tagged::copies_len(1))
            }
            (Kind::MovingAverage, Type::MovingAverage) => {
                size >= MIN_MOVING_AVERAGE_LEN && size.is_multiple_of(align_of::<u64>())
            }
            (Kind::Histogram, Type::Histogram) | (Kind::Timer, Type::Timer) => self.buckets().is_some(),
            (Kind::Record, Type::Record) => self.members().is_some(),
            (Kind::Member, type_) => type_.is_number() && self.count.get() == 0,
            _ => false,
        };
        let aligned = match type_.size() {
            Some(size @ 0..8) => self.size.get() == size && self.offset.get().is_multiple_of(size),
            Some(size) => self.size.get() == size && self.offset.get().is_multiple_of(8),
            None => self.offset.get().is_multiple_of(8),
        };
        if fits && aligned { Some((kind, type_)) } else { None }
    }

    /// How a histogram or a timer divides values; nothing if this is neither, or its parameters do not
    /// fit its size.
    pub const fn buckets(&self) -> Option<Buckets> {
        let [precision, powers, _] = self.parameters;
        let Some(buckets) = Buckets::new(precision.get(), powers.get()) else { return None };
        let len = match Type::from_code(self.type_) {
            Some(Type::Histogram) => buckets.histogram_len(),
            Some(Type::Timer) => buckets.timer_len(),
            _ => return None,
        };
        if self.size.get() as usize == len { Some(buckets) } else { None }
    }

    /// The members of a record; nothing if this is none, or its parameters do not fit its size.
    pub const fn members(&self) -> Option<Members> {
        let [count, data_len, _] = self.parameters;
        let members = Members { count: count.get(), data_len: data_len.get() };
        let is_record = matches!(Type::from_code(self.type_), Some(Type::Record));
        let len = tagged::record_len(members.data_len as usize);
        let fits = members.count > 0 && members.data_len > 0 && self.size.get() as usize == len;
        if is_record && fits { Some(members) } else { None }
    }

    /// How the values of several slots are combined. What this version does not know is not.
    pub const fn aggregate(&self) -> Aggregate {
        match Aggregate::from_code(self.aggregate) {
            Some(aggregate) => aggregate,
            None => Aggregate::None,
        }
    }

    /// Takes in what makes this field the same in two files (FORMAT.md, "Schema hash").
    #[must_use]
    pub fn hash_schema(
        &self,
        strings: &DescriptorStrings<'_>,
        hasher: crate::SchemaHasher,
    ) -> crate::SchemaHasher {
        let (start, parameters) =
            (core::mem::offset_of!(Self, label), core::mem::offset_of!(Self, parameters));
        let bytes = bytemuck::bytes_of(self);
        hasher
            .bytes(bytes.get(..start).unwrap_or_default())
            .bytes(bytes.get(parameters..parameters.saturating_add(12)).unwrap_or_default())
            .string(strings.label)
            .string(strings.unit)
            .string(strings.tags)
    }
}

/// The key and value pairs in the `tags` of a field. What is not a pair is passed over.
pub fn tags(tags: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut parts = tags.split_terminator('\0');
    core::iter::from_fn(move || Some((parts.next()?, parts.next()?)))
}
