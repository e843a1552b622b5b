//! What a struct with mistakes expands to.

use proc_macro2::TokenStream;
use quote::quote;

use crate::ctxt::Errors;
use crate::expand;
use crate::model::{Field, Model};

/// All `errors`, and an implementation that keeps others away.
///
/// Without it every use of the struct would be one more error. It has the fields whose attributes
/// could be read, so that a wrong type is reported together with the other mistakes.
pub(crate) fn expand(model: &Model<'_>, errors: &Errors) -> TokenStream {
    let errors = errors.to_compile_errors();
    let understood: Vec<&Field<'_>> =
        model.fields.iter().flatten().filter(|field| field.understood).collect();
    let implementation = expand::implementation(model, &understood);
    quote!(#errors #implementation)
}
