//! The rules that a struct keeps, one function each; those of an enum are in `key`.

use std::collections::HashMap;

use mmstats_format::label::{LabelError, MAX_LABEL_LEN, check_label};
use syn::{Ident, LitStr};

use crate::attr::Attr;
use crate::ctxt::Ctxt;
use crate::model::{Field, Model};

/// Reports every rule of a statistics struct that `model` breaks.
pub(crate) fn check(cx: &mut Ctxt, model: &Model<'_>) {
    let Some(fields) = &model.fields else { return };
    layout_is_stable(cx, model, "values are updated atomically");
    prefixes_can_start_labels(cx, model, fields);
    labels_are_valid(cx, model, fields);
    labels_are_unique(cx, fields);
    units_and_helps_are_printable(cx, fields);
    flatten_stands_alone(cx, fields);
    prefix_goes_with_flatten(cx, fields);
    constants_are_not_combined(cx, fields);
}

/// Reports every rule of a record that `model` breaks.
pub(crate) fn check_record(cx: &mut Ctxt, model: &Model<'_>) {
    let Some(members) = &model.fields else { return };
    layout_is_stable(cx, model, "and put members in order of their sizes, the largest first");
    if members.is_empty() {
        cx.error(model.ident, "expected at least one member, found none: a record is what they hold");
    }
    labels_are_valid(cx, model, members);
    labels_are_unique(cx, members);
    units_and_helps_are_printable(cx, members);
}

/// Readers find a value by its offset, which only `repr(C)` fixes; atomics must be aligned, and members
/// of records can do without gaps as they are.
fn layout_is_stable(cx: &mut Ctxt, model: &Model<'_>, instead_of_packed: &str) {
    let repr = &model.attrs.repr;
    if let Some(packed) = &repr.packed {
        cx.error(packed, format!("expected aligned fields, found `packed`: remove it, {instead_of_packed}"));
    } else if !repr.c {
        let message = "expected `#[repr(C)]` on the struct, found none: \
                       add it below the derive, so that the layout of the file is that of the fields in order";
        cx.error(model.ident, message);
    }
}

fn prefixes_can_start_labels(cx: &mut Ctxt, model: &Model<'_>, fields: &[Field<'_>]) {
    let of_fields = fields.iter().filter_map(|field| field.attrs.prefix.as_ref()).map(|prefix| &prefix.value);
    for prefix in model.attrs.prefix.iter().chain(of_fields) {
        let text = prefix.value();
        if is_printable(cx, "a prefix", prefix) && text.len() >= MAX_LABEL_LEN {
            let (bound, found) = (MAX_LABEL_LEN - 1, text.len());
            cx.error(prefix, format!("expected a prefix of at most {bound} bytes, found one of {found}"));
        }
    }
}

fn labels_are_valid(cx: &mut Ctxt, model: &Model<'_>, fields: &[Field<'_>]) {
    // A prefix with which no label can be right was reported once, where it stands.
    let can_start_a_label = |prefix: &String| check_label(&format!("{prefix}x")).is_ok();
    let prefix = model.attrs.prefix.as_ref().map(LitStr::value).filter(can_start_a_label).unwrap_or_default();
    for field in fields.iter().filter(|field| field.has_label()) {
        let label = field.label.value();
        match check_label(&label).and_then(|()| check_label(&format!("{prefix}{label}"))) {
            Ok(()) => {}
            Err(error @ LabelError::TooLong { .. }) if !prefix.is_empty() => {
                let prefix_len = prefix.len();
                cx.error(&field.label, format!("{error}, {prefix_len} of them the struct's prefix"));
            }
            Err(error) => cx.error(&field.label, error),
        }
    }
}

/// All labels here bear the struct's prefix, so that they are equal with it if they are without.
/// Labels that come in by `flatten` are compared in const evaluation, where all are known.
fn labels_are_unique(cx: &mut Ctxt, fields: &[Field<'_>]) {
    let mut first_by_label: HashMap<String, &Ident> = HashMap::new();
    for field in fields.iter().filter(|field| field.has_label()) {
        let label = field.label.value();
        if let Some(first) = first_by_label.get(&label) {
            let message = format!("expected a label of its own, found {label:?}, which is that of `{first}`");
            cx.error(&field.label, message);
        } else {
            first_by_label.insert(label, field.ident);
        }
    }
}

fn units_and_helps_are_printable(cx: &mut Ctxt, fields: &[Field<'_>]) {
    for field in fields.iter().filter(|field| field.has_label()) {
        if let Some(unit) = &field.attrs.unit {
            is_printable(cx, "a unit", &unit.value);
        }
        if let Some(help) = &field.attrs.help {
            is_printable(cx, "a help text (the doc comment)", help);
        }
    }
}

fn flatten_stands_alone(cx: &mut Ctxt, fields: &[Field<'_>]) {
    for attrs in fields.iter().map(|field| &field.attrs).filter(|attrs| attrs.flatten.is_some()) {
        let others = [
            attrs.label.as_ref().map(key),
            attrs.unit.as_ref().map(key),
            attrs.aggregate.as_ref().map(key),
            attrs.value.as_ref().map(key),
        ];
        for other in others.into_iter().flatten() {
            let message = format!(
                "expected at most `prefix` beside `flatten`, found `{other}`: the fields of a flattened struct have their own"
            );
            cx.error(other, message);
        }
    }
}

fn prefix_goes_with_flatten(cx: &mut Ctxt, fields: &[Field<'_>]) {
    for attrs in fields.iter().map(|field| &field.attrs).filter(|attrs| attrs.flatten.is_none()) {
        if let Some(prefix) = &attrs.prefix {
            let message = "expected `flatten` beside `prefix`, found none: \
                           to rename one field use `label`, to prefix all put it on the struct";
            cx.error(&prefix.key, message);
        }
    }
}

fn constants_are_not_combined(cx: &mut Ctxt, fields: &[Field<'_>]) {
    for attrs in fields.iter().map(|field| &field.attrs) {
        if let (Some(aggregate), Some(_), None) = (&attrs.aggregate, &attrs.value, &attrs.flatten) {
            let message = "expected `aggregate` or `value`, found both: \
                           a field with a `value` has the same one in all threads";
            cx.error(&aggregate.key, message);
        }
    }
}

/// Reports the first control character of `text` that is not a newline of a help text.
pub(crate) fn is_printable(cx: &mut Ctxt, what: &str, text: &LitStr) -> bool {
    let value = text.value();
    let is_allowed = |character: char| character == '\n' && what.starts_with("a help text");
    match value.chars().find(|character| character.is_control() && !is_allowed(*character)) {
        None => true,
        Some(character) => {
            let found = character.escape_unicode();
            cx.error(text, format!("expected {what} without control characters, found {found}"));
            false
        }
    }
}

fn key<T>(attr: &Attr<T>) -> &Ident {
    &attr.key
}

impl Field<'_> {
    fn has_label(&self) -> bool {
        self.attrs.flatten.is_none()
    }
}
