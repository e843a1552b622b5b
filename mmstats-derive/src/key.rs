//! Derives `StatKey`.

use std::collections::HashMap;

use mmstats_format::label::MAX_LABEL_LEN;
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Fields, Generics, Ident, LitStr, Path};

use crate::attr::{self, EnumAttrs};
use crate::check::is_printable;
use crate::ctxt::{Ctxt, Errors};
use crate::expand::{path_of, static_generics};
use crate::model;

/// Tags that readers add.
const READERS_TAGS: [&str; 3] = ["index", "tid", "thread"];

/// The implementation for `input`, or all errors and one that keeps others away.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut cx = Ctxt::new();
    let key = Key::read(&mut cx, input);
    check(&mut cx, &key);
    let errors = cx.finish();
    if errors.is_empty() { expand(&key) } else { fallback(&key, &errors) }
}

/// The enum.
struct Key<'a> {
    ident: &'a Ident,
    generics: &'a Generics,
    krate: Option<Path>,
    /// What each `#[allow(...)]` of the enum and its variants has in its parentheses.
    allowed_lints: Vec<TokenStream>,
    tag: LitStr,
    /// None if it is no enum, which was reported.
    variants: Option<Vec<Variant<'a>>>,
}

/// One of its variants.
struct Variant<'a> {
    ident: &'a Ident,
    fields: &'a Fields,
    /// Of the tag.
    value: LitStr,
}

impl<'a> Key<'a> {
    fn read(cx: &mut Ctxt, input: &'a DeriveInput) -> Self {
        let ident = &input.ident;
        let EnumAttrs { tag, krate } = EnumAttrs::read(cx, &input.attrs);
        Self {
            ident,
            generics: &input.generics,
            krate,
            allowed_lints: model::allowed_lints(input),
            tag: tag.unwrap_or_else(|| in_snake_case(ident)),
            variants: variants(cx, input),
        }
    }
}

fn variants<'a>(cx: &mut Ctxt, input: &'a DeriveInput) -> Option<Vec<Variant<'a>>> {
    let variant = |variant: &'a syn::Variant| {
        let syn::Variant { attrs, ident, fields, .. } = variant;
        let value = attr::variant_value(cx, attrs).unwrap_or_else(|| in_snake_case(ident));
        Variant { ident, fields, value }
    };
    match &input.data {
        Data::Enum(data) => return Some(data.variants.iter().map(variant).collect()),
        Data::Struct(data) => cx.error(data.struct_token, "expected an enum, found a struct"),
        Data::Union(data) => cx.error(data.union_token, "expected an enum, found a union"),
    }
    None
}

/// Reports every rule that `key` breaks.
fn check(cx: &mut Ctxt, key: &Key<'_>) {
    let Some(variants) = &key.variants else { return };
    keys_are_known(cx, key, variants);
    variants_hold_nothing(cx, variants);
    tag_is_valid(cx, key);
    values_are_printable_and_unique(cx, variants);
}

fn keys_are_known(cx: &mut Ctxt, key: &Key<'_>, variants: &[Variant<'_>]) {
    if !key.generics.params.is_empty() {
        let message = "expected an enum without parameters, found some: \
                       a file has one layout, known when the enum is compiled";
        cx.error(&key.generics.params, message);
    }
    if variants.is_empty() {
        cx.error(key.ident, "expected at least one variant, found none: a family has a field for each");
    }
}

fn variants_hold_nothing(cx: &mut Ctxt, variants: &[Variant<'_>]) {
    for variant in variants.iter().filter(|variant| !matches!(variant.fields, Fields::Unit)) {
        let message = "expected a variant that holds nothing, found fields: \
                       a family has a field for each variant, not for each value that one could hold; \
                       remove them, or use a pair of enums as the key";
        cx.error(variant.fields, message);
    }
}

fn tag_is_valid(cx: &mut Ctxt, key: &Key<'_>) {
    let tag = key.tag.value();
    if tag.is_empty() || tag.len() > MAX_LABEL_LEN {
        let (bound, found) = (MAX_LABEL_LEN, tag.len());
        cx.error(&key.tag, format!("expected a tag of 1 to {bound} bytes, found one of {found}"));
    } else if READERS_TAGS.contains(&tag.as_str()) {
        let message = format!("expected another tag, found {tag:?}, which readers add to arrays or threads");
        cx.error(&key.tag, message);
    }
    is_printable(cx, "a tag", &key.tag);
}

fn values_are_printable_and_unique(cx: &mut Ctxt, variants: &[Variant<'_>]) {
    let mut first_by_value: HashMap<String, &Ident> = HashMap::new();
    for Variant { ident, value, .. } in variants {
        is_printable(cx, "a tag's value", value);
        if let Some(first) = first_by_value.get(&value.value()) {
            let found = value.value();
            let message = format!("expected a value of its own, found {found:?}, which is that of `{first}`");
            cx.error(value, message);
        } else {
            first_by_value.insert(value.value(), ident);
        }
    }
}

fn expand(key: &Key<'_>) -> TokenStream {
    let variants = || key.variants.iter().flatten();
    let (count, indices) = (variants().count(), 0..variants().count());
    let names = variants().map(|variant| variant.ident);
    let to_index = indices.clone().zip(names.clone()).map(|(index, name)| quote!(Self::#name => #index,));
    let from_index =
        indices.zip(names).map(|(index, name)| quote!(#index => ::core::option::Option::Some(Self::#name),));
    let values: Vec<String> = variants().map(|variant| variant.value.value()).collect();
    let methods = quote! {
        #[inline]
        fn index(self) -> ::core::primitive::usize {
            match self { #(#to_index)* }
        }
        fn from_index(index: ::core::primitive::usize) -> ::core::option::Option<Self> {
            match index {
                #(#from_index)*
                _ => ::core::option::Option::None,
            }
        }
    };
    implementation(key, count, &values, &methods)
}

/// All `errors`, and an implementation that keeps others away: that of a key with one value.
fn fallback(key: &Key<'_>, errors: &Errors) -> TokenStream {
    let errors = errors.to_compile_errors();
    let methods = quote! {
        fn index(self) -> ::core::primitive::usize {
            0
        }
        fn from_index(_: ::core::primitive::usize) -> ::core::option::Option<Self> {
            ::core::option::Option::None
        }
    };
    let implementation = implementation(key, 1, &[String::new()], &methods);
    quote!(#errors #implementation)
}

/// `unsafe impl StatKey`. All tokens but the variants' names have the macro's own spans, as in `expand`.
fn implementation(key: &Key<'_>, count: usize, values: &[String], methods: &TokenStream) -> TokenStream {
    let krate = path_of(key.krate.as_ref(), Span::call_site());
    let Key { ident, allowed_lints, .. } = key;
    let tag = key.tag.value();
    let generics = static_generics(key.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #(#[allow(#allowed_lints)])*
        const _: () = {
            #[automatically_derived]
            unsafe impl #impl_generics #krate::StatKey for #ident #ty_generics #where_clause {
                const TAGS: &'static [#krate::__private::TagSpec] =
                    &[#krate::__private::TagSpec { key: #tag, values: &[#(#values),*] }];
                type Elements<__Field: 'static> = [__Field; #count];
                #methods
            }
        };
    }
}

/// A name of Rust as names of tags and their values are by custom: `NotFound` is `not_found`.
fn in_snake_case(ident: &Ident) -> LitStr {
    LitStr::new(&snake_case(&ident.unraw().to_string()), ident.span())
}

/// Words begin at an upper-case letter behind one that is none, and at the last of several if a
/// lower-case one follows.
pub(crate) fn snake_case(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    let mut snake = String::new();
    for (index, letter) in letters.iter().enumerate() {
        let before = index.checked_sub(1).and_then(|index| letters.get(index));
        let is_lowercase = |letter: Option<&char>| letter.is_some_and(|letter| letter.is_lowercase());
        let starts_word = match before {
            None | Some('_') => false,
            Some(before) => !before.is_uppercase() || is_lowercase(letters.get(index + 1)),
        };
        if letter.is_uppercase() && starts_word {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
