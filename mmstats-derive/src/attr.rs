//! Reads attributes. A mistake is reported, and reading goes on.

use proc_macro2::TokenStream;
use quote::quote;
use syn::ext::IdentExt as _;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Ident, Lit, LitStr, Meta, Path, Token};

use crate::ctxt::Ctxt;

/// The attributes that a derive macro knows.
pub(crate) struct Known {
    item: Keys,
    part: Keys,
}

/// Those of them that stand in one place.
struct Keys {
    of: &'static str,
    names: &'static [&'static str],
}

pub(crate) const STATS: Known = Known {
    item: Keys { of: "the struct", names: &["prefix", "crate"] },
    part: Keys { of: "a field", names: &["label", "unit", "aggregate", "value", "flatten", "prefix"] },
};

pub(crate) const RECORD: Known = Known {
    item: Keys { of: "the struct", names: &["crate"] },
    part: Keys { of: "a member", names: &["label", "unit"] },
};

const KEY: Known = Known {
    item: Keys { of: "the enum", names: &["tag", "crate"] },
    part: Keys { of: "a variant", names: &["value"] },
};

/// An attribute that was given: its key, for errors, and what it says.
pub(crate) struct Attr<T> {
    pub(crate) key: Ident,
    pub(crate) value: T,
}

/// How readers combine the values of a process's threads.
#[derive(Clone, Copy)]
pub(crate) enum Aggregate {
    Sum,
    Min,
    Max,
    Mean,
}

impl Aggregate {
    const ALL: [Self; 4] = [Self::Sum, Self::Min, Self::Max, Self::Mean];

    fn word(self) -> &'static str {
        match self {
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Mean => "mean",
        }
    }
}

/// What stands on the struct.
#[derive(Default)]
pub(crate) struct StructAttrs {
    pub(crate) prefix: Option<LitStr>,
    pub(crate) krate: Option<Path>,
    pub(crate) repr: Repr,
}

/// What `#[repr(...)]` says about the layout.
#[derive(Default)]
pub(crate) struct Repr {
    pub(crate) c: bool,
    pub(crate) packed: Option<Meta>,
}

/// What stands on an enum.
#[derive(Default)]
pub(crate) struct EnumAttrs {
    pub(crate) tag: Option<LitStr>,
    pub(crate) krate: Option<Path>,
}

/// What stands on a field, or on the member of a record.
#[derive(Default)]
pub(crate) struct FieldAttrs {
    pub(crate) label: Option<Attr<LitStr>>,
    pub(crate) unit: Option<Attr<LitStr>>,
    pub(crate) aggregate: Option<Attr<Aggregate>>,
    pub(crate) value: Option<Attr<Expr>>,
    pub(crate) flatten: Option<Attr<()>>,
    pub(crate) prefix: Option<Attr<LitStr>>,
    pub(crate) help: Option<LitStr>,
}

impl StructAttrs {
    pub(crate) fn read(cx: &mut Ctxt, attrs: &[Attribute], known: &Known) -> Self {
        let mut read = Self { repr: repr(attrs), ..Self::default() };
        for pair in pairs(cx, attrs, &known.item, &known.part) {
            match pair.key.to_string().as_str() {
                "prefix" => read.prefix = pair.string(cx).map(|prefix| prefix.value),
                _ => read.krate = pair.path(cx),
            }
        }
        read
    }
}

impl EnumAttrs {
    pub(crate) fn read(cx: &mut Ctxt, attrs: &[Attribute]) -> Self {
        let mut read = Self::default();
        for pair in pairs(cx, attrs, &KEY.item, &KEY.part) {
            match pair.key.to_string().as_str() {
                "tag" => read.tag = pair.string(cx).map(|tag| tag.value),
                _ => read.krate = pair.path(cx),
            }
        }
        read
    }
}

/// The `value` that stands on a variant.
pub(crate) fn variant_value(cx: &mut Ctxt, attrs: &[Attribute]) -> Option<LitStr> {
    let value = pairs(cx, attrs, &KEY.part, &KEY.item).pop()?;
    value.string(cx).map(|value| value.value)
}

impl FieldAttrs {
    pub(crate) fn read(cx: &mut Ctxt, attrs: &[Attribute], known: &Known) -> Self {
        let mut read = Self { help: help(attrs), ..Self::default() };
        for pair in pairs(cx, attrs, &known.part, &known.item) {
            match pair.key.to_string().as_str() {
                "label" => read.label = pair.string(cx),
                "unit" => read.unit = pair.string(cx),
                "prefix" => read.prefix = pair.string(cx),
                "aggregate" => read.aggregate = pair.aggregate(cx),
                "value" => read.value = pair.expr(cx),
                _ => read.flatten = Some(pair.alone(cx)),
            }
        }
        read
    }
}

/// `key` or `key = value`, one of the items of `#[mmstats(...)]`.
struct Pair {
    key: Ident,
    value: Option<Expr>,
}

impl Parse for Pair {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let key = input.call(Ident::parse_any)?;
        let value = match input.parse::<Option<Token![=]>>()? {
            Some(_) => Some(input.parse()?),
            None => None,
        };
        Ok(Self { key, value })
    }
}

/// The items of all `#[mmstats(...)]` in `attrs` whose key is one of `known`, each key once.
fn pairs(cx: &mut Ctxt, attrs: &[Attribute], known: &Keys, known_elsewhere: &Keys) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("mmstats")) {
        let parsed = match attr.parse_args_with(Punctuated::<Pair, Token![,]>::parse_terminated) {
            Ok(parsed) => parsed,
            Err(error) => {
                cx.push(error);
                continue;
            }
        };
        for pair in parsed {
            let key = pair.key.to_string();
            if !known.names.contains(&key.as_str()) {
                cx.error(&pair.key, unknown_key(&key, known, known_elsewhere));
            } else if pairs.iter().any(|earlier| earlier.key == pair.key) {
                cx.error(&pair.key, format!("expected `{key}` once, found it twice: remove one"));
            } else {
                pairs.push(pair);
            }
        }
    }
    pairs
}

fn unknown_key(key: &str, known: &Keys, known_elsewhere: &Keys) -> String {
    let hint = if known_elsewhere.names.contains(&key) {
        format!(", which is an attribute of {}", known_elsewhere.of)
    } else {
        did_you_mean(key, known.names, '`')
    };
    format!("expected {}, found `{key}`{hint}", listed(known.names, '`'))
}

/// A hint at the known word most similar to `found`, unless none is.
fn did_you_mean(found: &str, known: &[&str], quote: char) -> String {
    let distance = |word: &str| strsim::damerau_levenshtein(found, word);
    match known.iter().min_by_key(|word| distance(word)) {
        Some(word) if distance(word) <= word.len() / 2 => format!(": did you mean {quote}{word}{quote}?"),
        _ => String::new(),
    }
}

/// `words`, each between two `quote`s: "a, b or c".
fn listed(words: &[&str], quote: char) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("{quote}{word}{quote}")).collect();
    match quoted.as_slice() {
        [first @ .., last] if !first.is_empty() => format!("{} or {last}", first.join(", ")),
        _ => quoted.concat(),
    }
}

impl Pair {
    fn expr(self, cx: &mut Ctxt) -> Option<Attr<Expr>> {
        let Self { key, value } = self;
        if value.is_none() {
            cx.error(&key, format!("expected `{key} = …`, found `{key}` alone"));
        }
        value.map(|value| Attr { key, value: ungroup(value) })
    }

    fn string(self, cx: &mut Ctxt) -> Option<Attr<LitStr>> {
        let Attr { key, value } = self.expr(cx)?;
        if let Expr::Lit(ExprLit { lit: Lit::Str(value), .. }) = value {
            return Some(Attr { key, value });
        }
        let found = if let Expr::Lit(_) = value { "another literal" } else { "an expression" };
        cx.error(&value, format!("expected a string literal, as in `{key} = \"…\"`, found {found}"));
        None
    }

    fn aggregate(self, cx: &mut Ctxt) -> Option<Attr<Aggregate>> {
        let Attr { key, value } = self.string(cx)?;
        let found = value.value();
        if let Some(value) = Aggregate::ALL.into_iter().find(|aggregate| aggregate.word() == found) {
            return Some(Attr { key, value });
        }
        let known = Aggregate::ALL.map(Aggregate::word);
        let hint = did_you_mean(&found, &known, '"');
        cx.error(&value, format!("expected {}, found {found:?}{hint}", listed(&known, '"')));
        None
    }

    fn path(self, cx: &mut Ctxt) -> Option<Path> {
        match self.expr(cx)?.value {
            Expr::Path(path) if path.qself.is_none() => Some(path.path),
            other => {
                cx.error(&other, "expected a path, as in `crate = renamed`, found another expression");
                None
            }
        }
    }

    fn alone(self, cx: &mut Ctxt) -> Attr<()> {
        let Self { key, value } = self;
        if let Some(value) = value {
            cx.error(&value, format!("expected `{key}` alone, found a value"));
        }
        Attr { key, value: () }
    }
}

/// The expression inside the invisible parentheses in which `macro_rules!` passes on a fragment.
fn ungroup(mut expr: Expr) -> Expr {
    while let Expr::Group(group) = expr {
        expr = *group.expr;
    }
    expr
}

/// What `attrs` say about the layout. What does not parse is for rustc to report.
fn repr(attrs: &[Attribute]) -> Repr {
    let mut repr = Repr::default();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("repr")) {
        let words = attr.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
        for word in words.into_iter().flatten() {
            if word.path().is_ident("C") {
                repr.c = true;
            } else if word.path().is_ident("packed") {
                repr.packed = Some(word);
            }
        }
    }
    repr
}

/// The lints that `attrs` keep away, which the expansion does too where it repeats the user's tokens.
/// It allows no others, for a `#![forbid(...)]` would object.
pub(crate) fn allowed_lints(attrs: &[Attribute]) -> impl Iterator<Item = TokenStream> {
    attrs.iter().filter_map(|attr| match &attr.meta {
        Meta::List(lints) if lints.path.is_ident("allow") || lints.path.is_ident("expect") => {
            Some(lints.tokens.clone())
        }
        meta => meta.path().is_ident("deprecated").then(|| quote!(deprecated)),
    })
}

/// The doc comment: the lines of a paragraph joined, each paragraph on a line of its own.
fn help(attrs: &[Attribute]) -> Option<LitStr> {
    let mut span = None;
    let mut help = String::new();
    let mut paragraph_ended = false;
    for doc in attrs.iter().filter_map(doc_comment) {
        span.get_or_insert(doc.span());
        for line in doc.value().split('\n').map(trim_blanks) {
            if line.is_empty() {
                paragraph_ended = true;
                continue;
            }
            if !help.is_empty() {
                help.push(if paragraph_ended { '\n' } else { ' ' });
            }
            paragraph_ended = false;
            help.push_str(line);
        }
    }
    span.filter(|_| !help.is_empty()).map(|span| LitStr::new(&help, span))
}

/// `line` without what indents it. Other control characters stay, to be reported.
fn trim_blanks(line: &str) -> &str {
    line.trim_matches([' ', '\t'])
}

fn doc_comment(attr: &Attribute) -> Option<LitStr> {
    match &attr.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => match ungroup(doc.value.clone()) {
            Expr::Lit(ExprLit { lit: Lit::Str(doc), .. }) => Some(doc),
            _ => None,
        },
        _ => None,
    }
}
