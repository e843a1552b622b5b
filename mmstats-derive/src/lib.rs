//! The derive macro of mmstats: `#[derive(MmStats)]` makes a struct the value block of a
//! memory-mapped file.
//!
//! The crate `mmstats` exports the macro together with what its expansion needs; depend on that
//! one.
//!
//! | module | what it does |
//! |---|---|
//! | `attr` | reads `#[mmstats(...)]`, `#[repr(...)]` and doc comments |
//! | `model` | holds what was read, with the spans of the user's tokens |
//! | `check` | one function for each rule that a struct keeps |
//! | `expand` | writes the implementation |
//! | `fallback` | writes the errors, and an implementation that keeps others away |
//! | `ctxt` | collects the errors |
#![forbid(unsafe_code)]

mod attr;
mod check;
mod ctxt;
mod expand;
mod fallback;
mod model;
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
