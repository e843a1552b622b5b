//! Derives `StatRecord`.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{DeriveInput, LitStr};

use crate::attr;
use crate::check;
use crate::ctxt::Ctxt;
use crate::expand::{at, krate, same_fields, static_generics};
use crate::model::{Field, Model};

/// The implementation for `input`, or all errors and one that keeps others away.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut cx = Ctxt::new();
    let model = Model::read(&mut cx, input, &attr::RECORD);
    check::check_record(&mut cx, &model);
    let errors = cx.finish();
    let understood = model.fields.iter().flatten().filter(|member| member.understood);
    let members: Vec<&Field<'_>> = understood.collect();
    let implementation = implementation(&model, &members);
    if errors.is_empty() {
        let comparison = same_fields(&model, &members);
        let assertion = publishable(&model);
        quote!(#implementation #comparison #assertion)
    } else {
        let errors = errors.to_compile_errors();
        quote!(#errors #implementation)
    }
}

/// `unsafe impl StatRecord`, with these `members`.
fn implementation(model: &Model<'_>, members: &[&Field<'_>]) -> TokenStream {
    let krate = krate(model, Span::call_site());
    let (ident, allowed_lints) = (model.ident, &model.allowed_lints);
    let specs = members.iter().map(|member| member_spec(model, member));
    let generics = static_generics(model.generics);
    let (impl_generics, ty_generics, where_clause) = generics.split_for_impl();
    quote! {
        #(#[allow(#allowed_lints)])*
        const _: () = {
            #[automatically_derived]
            unsafe impl #impl_generics #krate::StatRecord for #ident #ty_generics #where_clause {
                const MEMBERS: &'static [#krate::__private::MemberSpec] = &[#(#specs),*];
            }
        };
    }
}

fn member_spec(model: &Model<'_>, member: &Field<'_>) -> TokenStream {
    let krate = krate(model, Span::call_site());
    let (ident, name, ty, label) = (model.ident, member.ident, member.ty, &member.label.value());
    let unit = member.attrs.unit.as_ref().map(|unit| unit.value.value()).unwrap_or_default();
    let help = member.attrs.help.as_ref().map(LitStr::value).unwrap_or_default();
    quote! {
        #krate::__private::MemberSpec::of::<#ty>(#label, #unit, #help, ::core::mem::offset_of!(#ident, #name))
    }
}

/// Looks at what only the compiler knows: the sizes of the members.
fn publishable(model: &Model<'_>) -> TokenStream {
    let (ident, span) = (model.ident, at(model.ident));
    let (krate, allowed_lints) = (krate(model, span), &model.allowed_lints);
    quote_spanned! {span=>
        #(#[allow(#allowed_lints)])*
        const _: () = #krate::__private::assert_publishable::<#ident>();
    }
}
