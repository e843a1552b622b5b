//! The derive macros of mmstats: `#[derive(MmStats)]` makes a struct the value block of a
//! memory-mapped file, `#[derive(StatKey)]` an enum the key of a family of fields,
//! `#[derive(StatRecord)]` a struct a value that is published as a whole.
//!
//! The crate `mmstats` exports the macros together with what their expansions need; depend on that
//! one.
//!
//! | module | what it does |
//! |---|---|
//! | `attr` | reads `#[mmstats(...)]`, `#[repr(...)]` and doc comments |
//! | `model` | holds what was read, with the spans of the user's tokens |
//! | `check` | one function for each rule that a struct keeps |
//! | `expand` | writes the implementation of `MmStats` |
//! | `fallback` | writes the errors, and an implementation that keeps others away |
//! | `record` | the same for `StatRecord`, with the model and the rules of a struct |
//! | `key` | the same for `StatKey`, with a model and rules of an enum |
//! | `ctxt` | collects the errors |
#![forbid(unsafe_code)]

mod attr;
mod check;
mod ctxt;
mod expand;
mod fallback;
mod key;
mod model;
mod record;
#[cfg(test)]
mod tests;

/// Implements `mmstats::MmStats` for a `#[repr(C)]` struct with named fields, each of a field type
/// of mmstats.
///
/// A field's doc comment is its help text: the lines of a paragraph joined, each paragraph on a line of
/// its own. Only literal doc comments count: `#[doc = include_str!(…)]` is passed over.
///
/// # Attributes of the struct
///
/// | `#[mmstats(…)]` | meaning |
/// |---|---|
/// | `prefix = "web."` | what every label starts with |
/// | `crate = path` | where the crate mmstats is, if not at `::mmstats`: renamed, or re-exported |
///
/// # Attributes of a field
///
/// | `#[mmstats(…)]` | meaning |
/// |---|---|
/// | `label = "status.2XX"` | the name under which readers find the field, instead of the field's own |
/// | `unit = "seconds"` | the unit of the value |
/// | `aggregate = "max"` | how readers combine the values of a process's threads: `sum`, `min`, `max` or `mean` |
/// | `value = env!("CARGO_PKG_VERSION")` | an expression; the field is set to it once, at creation |
/// | `flatten` | the field is a struct that derives `MmStats`: its fields are taken in as if they stood here |
/// | `prefix = "db."` | with `flatten`: what the labels taken in start with |
#[proc_macro_derive(MmStats, attributes(mmstats))]
pub fn derive_mmstats(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    expand::derive(&input).into()
}

/// Implements `mmstats::StatKey` for an enum whose variants hold nothing: the key of a
/// `mmstats::Family`, which has a field for each variant.
///
/// # Attributes of the enum
///
/// | `#[mmstats(…)]` | meaning |
/// |---|---|
/// | `tag = "method"` | the tag that tells the fields apart, instead of the enum's name in snake case |
/// | `crate = path` | where the crate mmstats is, if not at `::mmstats` |
///
/// # Attributes of a variant
///
/// | `#[mmstats(…)]` | meaning |
/// |---|---|
/// | `value = "GET"` | the tag's value, instead of the variant's name in snake case |
#[proc_macro_derive(StatKey, attributes(mmstats))]
pub fn derive_stat_key(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    key::derive(&input).into()
}

/// Implements `mmstats::StatRecord` for a `#[repr(C)]` struct of numbers that is `Copy`: what a
/// `mmstats::Record` publishes as a whole.
///
/// The members are of `u8` to `u64`, `i8` to `i64`, `f32` and `f64`, without padding between or behind
/// them, and fill a multiple of four bytes. A member's doc comment is its help text.
///
/// # Attributes of the struct
///
/// | `#[mmstats(…)]` | meaning |
/// |---|---|
/// | `crate = path` | where the crate mmstats is, if not at `::mmstats` |
///
/// # Attributes of a member
///
/// | `#[mmstats(…)]` | meaning |
/// |---|---|
/// | `label = "bytes.sent"` | the name under which readers find the member, instead of its own |
/// | `unit = "bytes"` | the unit of its value |
#[proc_macro_derive(StatRecord, attributes(mmstats))]
pub fn derive_stat_record(input: proc_macro::TokenStream) -> proc_macro::TokenStream {
    let input = syn::parse_macro_input!(input as syn::DeriveInput);
    record::derive(&input).into()
}
