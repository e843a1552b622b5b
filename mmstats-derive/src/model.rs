//! What the user wrote, read but not yet judged.

use proc_macro2::TokenStream;
use syn::ext::IdentExt as _;
use syn::{Data, DeriveInput, Fields, Generics, Ident, LitStr, Type};

use crate::attr::{self, FieldAttrs, Known, StructAttrs};
use crate::ctxt::Ctxt;

/// The struct.
pub(crate) struct Model<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) generics: &'a Generics,
    pub(crate) attrs: StructAttrs,
    /// What each `#[allow(...)]` of the struct and its fields has in its parentheses.
    pub(crate) allowed_lints: Vec<TokenStream>,
    /// None if this is not the kind of item that can be derived, which was reported.
    pub(crate) fields: Option<Vec<Field<'a>>>,
}

/// One of its fields.
pub(crate) struct Field<'a> {
    pub(crate) ident: &'a Ident,
    pub(crate) ty: &'a Type,
    /// Without prefixes, as given or from the field's name; of no use if the field is flattened.
    pub(crate) label: LitStr,
    pub(crate) attrs: FieldAttrs,
    /// Whether the attributes could be read, so that it is known what the user wants.
    pub(crate) understood: bool,
}

impl<'a> Model<'a> {
    /// Reads `input`, whose attributes are those `known`, and reports what cannot be read.
    pub(crate) fn read(cx: &mut Ctxt, input: &'a DeriveInput, known: &Known) -> Self {
        let attrs = StructAttrs::read(cx, &input.attrs, known);
        let allowed_lints = allowed_lints(input);
        Self {
            ident: &input.ident,
            generics: &input.generics,
            attrs,
            allowed_lints,
            fields: fields(cx, input, known),
        }
    }
}

/// What each `#[allow(...)]` of `input` and its fields or variants has in its parentheses.
pub(crate) fn allowed_lints(input: &DeriveInput) -> Vec<TokenStream> {
    let mut lints: Vec<TokenStream> = attr::allowed_lints(&input.attrs).collect();
    match &input.data {
        Data::Struct(data) => {
            lints.extend(data.fields.iter().flat_map(|field| attr::allowed_lints(&field.attrs)));
        }
        Data::Enum(data) => {
            lints.extend(data.variants.iter().flat_map(|variant| attr::allowed_lints(&variant.attrs)));
        }
        Data::Union(_) => {}
    }
    lints
}

fn fields<'a>(cx: &mut Ctxt, input: &'a DeriveInput, known: &Known) -> Option<Vec<Field<'a>>> {
    let data = match &input.data {
        Data::Struct(data) => data,
        Data::Enum(data) => {
            cx.error(data.enum_token, "expected a struct with named fields, found an enum");
            return None;
        }
        Data::Union(data) => {
            cx.error(data.union_token, "expected a struct with named fields, found a union");
            return None;
        }
    };
    match &data.fields {
        Fields::Named(fields) if input.generics.params.is_empty() => {
            Some(fields.named.iter().filter_map(|field| Field::read(cx, field, known)).collect())
        }
        Fields::Named(_) => {
            let message = "expected a struct without parameters, found some: \
                           a file has one layout, known when the struct is compiled";
            cx.error(&input.generics.params, message);
            None
        }
        Fields::Unnamed(fields) => {
            let message = "expected a struct with named fields, found a tuple struct: \
                           readers find a field by its name";
            cx.error(fields, message);
            None
        }
        Fields::Unit => {
            let message = "expected a struct with named fields, found a unit struct: \
                           write `{}` after its name if it has none";
            cx.error(&input.ident, message);
            None
        }
    }
}

impl<'a> Field<'a> {
    fn read(cx: &mut Ctxt, field: &'a syn::Field, known: &Known) -> Option<Self> {
        let ident = field.ident.as_ref()?;
        let errors_before = cx.count();
        let attrs = FieldAttrs::read(cx, &field.attrs, known);
        let understood = cx.count() == errors_before;
        let label = match &attrs.label {
            Some(label) => label.value.clone(),
            None => LitStr::new(&ident.unraw().to_string(), ident.span()),
        };
        Some(Self { ident, ty: &field.ty, label, attrs, understood })
    }
}
