//! Writes the implementation of `MmStats`.

use mmstats_format::label::LabelHash;
use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt as _;
use syn::{DeriveInput, GenericParam, Generics, LitStr, Path, Token, parse_quote};

use crate::attr::{self, Aggregate, Attr};
use crate::check;
use crate::ctxt::Ctxt;
use crate::fallback;
use crate::model::{Field, Model};

/// The implementation for `input`, or all errors and one that keeps others away.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut cx = Ctxt::new();
    let model = Model::read(&mut cx, input, &attr::STATS);
    check::check(&mut cx, &model);
    let errors = cx.finish();
    if errors.is_empty() { expand(&model) } else { fallback::expand(&model, &errors) }
}

fn expand(model: &Model<'_>) -> TokenStream {
    let fields: Vec<&Field<'_>> = model.fields.iter().flatten().collect();
    let implementation = implementation(model, &fields);
    let assertion = unique_labels(model, &fields);
    let comparison = same_fields(model, &fields);
    quote!(#implementation #comparison #assertion)
}

/// Refuses to compile a struct to which another macro adds fields after this one has seen it: the
/// implementation does not know them.
pub(crate) fn same_fields(model: &Model<'_>, fields: &[&Field<'_>]) -> TokenStream {
    let (ident, allowed_lints) = (model.ident, &model.allowed_lints);
    let names = fields.iter().map(|field| field.ident);
    quote! {
        #(#[allow(#allowed_lints)])*
        const _: fn(&#ident) = |#ident { #(#names: _),* }| {};
    }
}

/// `unsafe impl MmStats`, with those of the model's `fields`.
///
/// All tokens but types and values have the macro's own spans: lints, `unsafe_code` among them, take
/// them for foreign code.
pub(crate) fn implementation(model: &Model<'_>, fields: &[&Field<'_>]) -> TokenStream {
    let krate = krate(model, Span::call_site());
    let allowed_lints = &model.allowed_lints;
    let ident = model.ident;
    let name = ident.unraw().to_string();
    let prefix = label(model, model.attrs.prefix.as_ref());
    let specs = fields.iter().map(|field| field_spec(model, field));
    let setters = fields.iter().filter_map(|field| setter(model, field));
    let generics = static_generics(model.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    let this = this();
    quote! {
        #(#[allow(#allowed_lints)])*
        const _: () = {
            #[automatically_derived]
            unsafe impl #impl_generics #krate::MmStats for #ident #ty_generics #where_clause {
                const SPEC: &'static #krate::__private::StructSpec = &#krate::__private::StructSpec {
                    name: #name,
                    prefix: #prefix,
                    fields: &[#(#specs),*],
                };
                fn set_constants(&#this) {
                    use #krate::__private::NoSetter as _;
                    #(#setters)*
                }
            }
        };
    }
}

/// The descriptor of `field`. It mentions the type once: a type that is no field type is one error.
fn field_spec(model: &Model<'_>, field: &Field<'_>) -> TokenStream {
    let (ident, name, ty) = (model.ident, field.ident, field.ty);
    let offset = quote!(::core::mem::offset_of!(#ident, #name));
    if let Some(flatten) = &field.attrs.flatten {
        let span = at(&flatten.key);
        let (krate, prefix) = (krate(model, span), field.attrs.prefix.as_ref());
        let prefix = label(model, prefix.map(|prefix| &prefix.value));
        return quote_spanned!(span=> #krate::__private::FieldSpec::flatten::<#ty>(#prefix, #offset));
    }
    let label = label(model, Some(&field.label));
    let unit = field.attrs.unit.as_ref().map(|unit| unit.value.value()).unwrap_or_default();
    let help = field.attrs.help.as_ref().map(LitStr::value).unwrap_or_default();
    if let Some(value) = &field.attrs.value {
        let span = at(&value.key);
        let krate = krate(model, span);
        return quote_spanned!(span=> #krate::__private::FieldSpec::constant::<#ty>(#label, #unit, #help, #offset));
    }
    let (span, aggregate) = match &field.attrs.aggregate {
        None => (at(name), quote!(::core::option::Option::None)),
        Some(aggregate) => {
            let span = at(&aggregate.key);
            let variant = match aggregate.value {
                Aggregate::Sum => quote!(Sum),
                Aggregate::Min => quote!(Min),
                Aggregate::Max => quote!(Max),
                Aggregate::Mean => quote!(Mean),
            };
            let krate = krate(model, span);
            (span, quote!(::core::option::Option::Some(#krate::__private::Aggregate::#variant)))
        }
    };
    let krate = krate(model, span);
    quote_spanned!(span=> #krate::__private::FieldSpec::field::<#ty>(#label, #unit, #help, #aggregate, #offset))
}

/// The statement that sets the constant or constants of `field`, if it has any.
fn setter(model: &Model<'_>, field: &Field<'_>) -> Option<TokenStream> {
    let (this, name) = (this(), field.ident);
    if let Some(flatten) = &field.attrs.flatten {
        let span = at(&flatten.key);
        let krate = krate(model, span);
        return Some(quote_spanned!(span=> #krate::__private::Setter(&#this.#name).set_constants();));
    }
    let Attr { key, value } = field.attrs.value.as_ref()?;
    let span = at(key);
    let krate = krate(model, span);
    Some(quote_spanned!(span=> #krate::__private::Setter(&#this.#name).set_constant(#value);))
}

/// Compares the labels of this struct with those of its flattened fields, where there are any.
fn unique_labels(model: &Model<'_>, fields: &[&Field<'_>]) -> Option<TokenStream> {
    let flatten = fields.iter().find_map(|field| field.attrs.flatten.as_ref())?;
    let span = at(&flatten.key);
    let (krate, ident) = (krate(model, span), model.ident);
    let spec = quote!(<#ident as #krate::MmStats>::SPEC);
    Some(quote_spanned! {span=>
        const _: () =
            #krate::__private::assert_unique_labels::<{ #krate::__private::field_count(#spec) }>(#spec);
    })
}

/// A label, or a part of one, with its hash.
fn label(model: &Model<'_>, text: Option<&LitStr>) -> TokenStream {
    let krate = krate(model, Span::call_site());
    let text = text.map(LitStr::value).unwrap_or_default();
    let LabelHash { hash, power } = LabelHash::of(&text);
    quote!(#krate::__private::Label::new(#text, #hash, #power))
}

/// The path of the crate mmstats, shown at `span`.
pub(crate) fn krate(model: &Model<'_>, span: Span) -> TokenStream {
    path_of(model.attrs.krate.as_ref(), span)
}

/// The path of the crate mmstats, which the user may have named, shown at `span`.
pub(crate) fn path_of(krate: Option<&Path>, span: Span) -> TokenStream {
    let path = krate.map_or_else(|| quote!(::mmstats), ToTokens::to_token_stream);
    let shown = |mut token: TokenTree| {
        token.set_span(token.span().located_at(span));
        token
    };
    path.into_iter().map(shown).collect()
}

/// A span that errors show at the user's `key`, while lints see the macro's own code.
pub(crate) fn at(key: &Ident) -> Span {
    Span::call_site().located_at(key.span())
}

/// A `self` that the user's expressions cannot see: the struct is not yet filled when they run.
fn this() -> Token![self] {
    Token![self](Span::mixed_site())
}

/// `generics` as `MmStats: 'static` wants them. Generic structs only ever get the fallback.
pub(crate) fn static_generics(generics: &Generics) -> Generics {
    let mut generics = generics.clone();
    for param in &mut generics.params {
        match param {
            GenericParam::Lifetime(param) => param.bounds.push(parse_quote!('static)),
            GenericParam::Type(param) => param.bounds.push(parse_quote!('static)),
            GenericParam::Const(_) => {}
        }
    }
    generics
}
