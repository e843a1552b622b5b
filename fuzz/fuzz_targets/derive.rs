//! Source of a struct or an enum, as the derive macros get it.
#![no_main]

#[path = "../../mmstats-derive/src/attr.rs"]
mod attr;
#[path = "../../mmstats-derive/src/check.rs"]
mod check;
#[path = "../../mmstats-derive/src/ctxt.rs"]
mod ctxt;
#[path = "../../mmstats-derive/src/expand.rs"]
mod expand;
#[path = "../../mmstats-derive/src/fallback.rs"]
mod fallback;
#[path = "../../mmstats-derive/src/key.rs"]
mod key;
#[path = "../../mmstats-derive/src/model.rs"]
mod model;
#[path = "../../mmstats-derive/src/record.rs"]
mod record;

use libfuzzer_sys::fuzz_target;
use mmstats_fuzz::budget::timed;

/// How deep brackets and the like may be nested: the compiler has such a limit, syn's parser has
/// not, and would use up the stack.
const MAX_DEPTH: usize = 32;

fuzz_target!(|source: &str| {
    let nesting = source.matches(['(', '[', '{', '<', '&', '*', '!', '-', '|']).count();
    if nesting > MAX_DEPTH {
        return;
    }
    let Ok(input) = syn::parse_str::<syn::DeriveInput>(source) else { return };
    for derive in [expand::derive, key::derive, record::derive] {
        let expansion = timed(|| derive(&input));
        // An implementation, with errors or without, that the compiler can go on with.
        let file = syn::parse2::<syn::File>(expansion).expect("Rust");
        assert!(!file.items.is_empty(), "expected an implementation");
    }
});
