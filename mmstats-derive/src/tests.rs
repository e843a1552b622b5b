//! What the macros make of structs and enums, up to where rustc takes over (that is in `ui-tests`).

use mmstats_format::label::LabelHash;
use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::visit::{self, Visit};
use syn::{DeriveInput, Expr, ExprCall, ExprMethodCall, ItemImpl, ItemMacro, LitStr};

use crate::expand;

mod keys_and_records;

/// What can be told of an expansion.
#[derive(Default)]
struct Expansion {
    errors: Vec<String>,
    implementations: usize,
    /// The calls that make descriptors, without blanks and the path of the crate.
    specs: Vec<String>,
    setters: Vec<String>,
    assertions: usize,
    text: String,
}

impl<'ast> Visit<'ast> for Expansion {
    fn visit_item_macro(&mut self, item: &'ast ItemMacro) {
        assert_eq!(unspaced(&item.mac.path), "::core::compile_error");
        self.errors.push(item.mac.parse_body::<LitStr>().unwrap().value());
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        self.implementations += 1;
        visit::visit_item_impl(self, item);
    }

    fn visit_expr_method_call(&mut self, call: &'ast ExprMethodCall) {
        self.setters.push(unspaced(call));
    }

    fn visit_expr_call(&mut self, call: &'ast ExprCall) {
        let Expr::Path(callee) = &*call.func else { panic!("expected a path") };
        let name = |nth| callee.path.segments.iter().rev().nth(nth).map(|segment| segment.ident.to_string());
        match name(0).as_deref() {
            Some("assert_unique_labels") => self.assertions += 1,
            _ if matches!(name(1).as_deref(), Some("FieldSpec" | "MemberSpec")) => {
                self.specs.push(unspaced(call));
            }
            _ => {}
        }
    }
}

fn unspaced(tokens: impl ToTokens) -> String {
    tokens.to_token_stream().to_string().replace(' ', "").replace("::mmstats::__private::", "")
}

fn expand(input: &str) -> Expansion {
    expand_by(expand::derive, input)
}

/// The expansion of `input` by one of the macros.
fn expand_by(derive: fn(&DeriveInput) -> TokenStream, input: &str) -> Expansion {
    let tokens = derive(&syn::parse_str(input).unwrap());
    let text = tokens.to_string();
    let file: syn::File = syn::parse2(tokens).unwrap();
    let mut expansion = Expansion { text, ..Expansion::default() };
    expansion.visit_file(&file);
    assert_eq!(expansion.implementations, 1, "an implementation, with errors or without");
    expansion
}

/// The expansion of a `#[repr(C)]` struct with these fields, which has no mistakes.
fn expand_fields(fields: &str) -> Expansion {
    let expansion = expand(&format!("#[repr(C)] struct S {{ {fields} }}"));
    assert_eq!(expansion.errors, [""; 0]);
    expansion
}

fn errors(fields: &str) -> Vec<String> {
    expand(&format!("#[repr(C)] struct S {{ {fields} }}")).errors
}

fn label(text: &str) -> String {
    let LabelHash { hash, power } = LabelHash::of(text);
    format!("Label::new(\"{text}\",{hash}u64,{power}u64)")
}

#[test]
fn a_field_is_described_by_its_attributes() {
    let expansion = expand_fields(
        r#"#[mmstats(label = "last.hit", unit = "seconds")] #[mmstats(aggregate = "max")] last_hit: Gauge<f64>"#,
    );
    let expected = format!(
        "FieldSpec::field::<Gauge<f64>>({},\"seconds\",\"\",\
         ::core::option::Option::Some(Aggregate::Max),::core::mem::offset_of!(S,last_hit))",
        label("last.hit")
    );
    assert_eq!(expansion.specs, [expected]);
    assert_eq!(expansion.setters, [""; 0]);
    assert_eq!(expansion.assertions, 0);
}

#[test]
fn a_label_defaults_to_the_fields_name_without_r() {
    let expansion = expand_fields("r#type: Counter");
    let expected = format!(
        "FieldSpec::field::<Counter>({},\"\",\"\",::core::option::Option::None,::core::mem::offset_of!(S,r#type))",
        label("type")
    );
    assert_eq!(expansion.specs, [expected]);
}

#[test]
fn a_value_is_described_and_set() {
    let expansion = expand_fields(r#"#[mmstats(value = if A { f::<B, C>() } else { "x" })] a: Text<8>"#);
    let expected =
        format!("FieldSpec::constant::<Text<8>>({},\"\",\"\",::core::mem::offset_of!(S,a))", label("a"));
    assert_eq!(expansion.specs, [expected]);
    assert_eq!(expansion.setters, ["Setter(&self.a).set_constant(ifA{f::<B,C>()}else{\"x\"})"]);
}

#[test]
fn a_flattened_struct_is_described_set_and_its_labels_are_compared() {
    let expansion =
        expand_fields(r#"#[mmstats(flatten, prefix = "db.")] db: Db, #[mmstats(flatten)] more: More"#);
    let expected = [("Db", "db.", "db"), ("More", "", "more")].map(|(ty, prefix, field)| {
        format!("FieldSpec::flatten::<{ty}>({},::core::mem::offset_of!(S,{field}))", label(prefix))
    });
    assert_eq!(expansion.specs, expected);
    let setters = ["db", "more"].map(|field| format!("Setter(&self.{field}).set_constants()"));
    assert_eq!(expansion.setters, setters);
    assert_eq!(expansion.assertions, 1);
}

#[test]
fn help_has_a_line_for_each_paragraph_of_the_doc_comment() {
    let help = |docs: &str| {
        let spec = expand_fields(&format!("{docs}\na: Counter")).specs.remove(0);
        spec.split('"').nth(5).unwrap_or_default().to_owned()
    };
    // Blanks are lost on the way to `specs`, so none stands where lines are joined.
    assert_eq!(help("/// One.\n///\n///\n///\tTwo.\n///"), r"One.\nTwo.");
    assert_eq!(help("/** One.\n\n    Two. */"), r"One.\nTwo.");
    assert_eq!(help("#[doc(hidden)] #[doc = concat!(\"a\", \"b\")]"), "");
    assert!(expand_fields("/// One\n/// two.\na: Counter").text.contains("\"One two.\""));
}

#[test]
fn all_paths_start_at_the_crate_that_is_named() {
    let input = r#"#[repr(C)] #[mmstats(crate = crate::renamed, prefix = "p.")] struct S {
        #[mmstats(aggregate = "sum")] a: A, #[mmstats(value = 1)] b: B, #[mmstats(flatten)] c: C
    }"#;
    let expansion = expand(input);
    assert_eq!(expansion.errors, [""; 0]);
    assert!(!expansion.text.contains("mmstats"), "{}", expansion.text);
    assert!(expansion.text.contains("unsafe impl crate :: renamed :: MmStats for S"), "{}", expansion.text);
}

#[test]
fn a_struct_may_have_no_fields_and_an_alignment() {
    assert_eq!(expand("#[repr(C, align(64))] struct S {}").errors, [""; 0]);
    assert_eq!(expand("#[repr(align(64))] #[repr(C)] struct S {}").errors, [""; 0]);
}

#[test]
fn only_structs_with_named_fields_and_a_known_layout_are_derived() {
    let first_words = |input: &str, words: &str| {
        let errors = expand(input).errors;
        assert!(errors.len() == 1 && errors[0].starts_with(words), "{input}: {errors:?}");
    };
    first_words("struct S { a: A }", "expected `#[repr(C)]` on the struct, found none");
    first_words("#[repr(transparent)] struct S { a: A }", "expected `#[repr(C)]` on the struct, found none");
    first_words("#[repr(C, packed)] struct S { a: A }", "expected aligned fields, found `packed`");
    first_words("#[repr(C)] #[repr(packed(4))] struct S { a: A }", "expected aligned fields, found `packed`");
    first_words("enum E { A }", "expected a struct with named fields, found an enum");
    first_words("union U { a: A }", "expected a struct with named fields, found a union");
    first_words("#[repr(C)] struct S(A);", "expected a struct with named fields, found a tuple struct");
    first_words("#[repr(C)] struct S;", "expected a struct with named fields, found a unit struct");
    for params in ["'a", "T: Copy", "const N: usize"] {
        let input = format!("#[repr(C)] struct S<{params}> {{ a: A }}");
        first_words(&input, "expected a struct without parameters, found some");
    }
}

#[test]
fn labels_have_1_to_255_bytes_and_no_control_characters() {
    let long = "x".repeat(256);
    assert_eq!(
        errors(r#"#[mmstats(label = "")] a: A"#),
        ["expected a label of 1 to 255 bytes, found an empty one"]
    );
    assert_eq!(
        errors(&format!(r#"#[mmstats(label = "{long}")] a: A"#)),
        ["expected a label of 1 to 255 bytes, found one of 256"]
    );
    assert_eq!(
        errors(r#"#[mmstats(label = "a\u{1b}[m")] a: A"#),
        [r"expected a label without control characters, found \u{1b} at its byte 1"]
    );
    let with_prefix =
        format!(r#"#[repr(C)] #[mmstats(prefix = "{}")] struct S {{ a: A, bc: A }}"#, &long[..254]);
    assert_eq!(
        expand(&with_prefix).errors,
        ["expected a label of 1 to 255 bytes, found one of 256, 254 of them the struct's prefix"]
    );
}

#[test]
fn a_wrong_prefix_is_one_error_whatever_the_number_of_fields() {
    let input = format!(r#"#[repr(C)] #[mmstats(prefix = "{}")] struct S {{ a: A, b: A }}"#, "x".repeat(255));
    assert_eq!(expand(&input).errors, ["expected a prefix of at most 254 bytes, found one of 255"]);
    assert_eq!(
        expand(r#"#[repr(C)] #[mmstats(prefix = "\n")] struct S { a: A, b: A }"#).errors,
        [r"expected a prefix without control characters, found \u{a}"]
    );
}

#[test]
fn units_and_helps_have_no_control_characters() {
    assert_eq!(
        errors("#[doc = \"a\\tb\"] #[mmstats(unit = \"\\n\")] a: A"),
        [
            r"expected a unit without control characters, found \u{a}",
            r"expected a help text (the doc comment) without control characters, found \u{9}",
        ]
    );
}

#[test]
fn labels_are_unique() {
    assert_eq!(
        errors(r#"a: A, #[mmstats(label = "a")] b: A, c: A, #[mmstats(label = "a")] d: A"#),
        ["expected a label of its own, found \"a\", which is that of `a`"; 2]
    );
}

#[test]
fn unknown_attributes_list_the_known_ones() {
    let known = "expected `label`, `unit`, `aggregate`, `value`, `flatten` or `prefix`";
    assert_eq!(
        errors("#[mmstats(lable = 1)] a: A"),
        [format!("{known}, found `lable`: did you mean `label`?")]
    );
    assert_eq!(errors("#[mmstats(type)] a: A"), [format!("{known}, found `type`")]);
    assert_eq!(
        errors("#[mmstats(crate = a)] a: A"),
        [format!("{known}, found `crate`, which is an attribute of the struct")]
    );
    assert_eq!(
        expand("#[repr(C)] #[mmstats(label = \"a\", perfix = \"b\")] struct S {}").errors,
        [
            "expected `prefix` or `crate`, found `label`, which is an attribute of a field",
            "expected `prefix` or `crate`, found `perfix`: did you mean `prefix`?",
        ]
    );
}

#[test]
fn an_attribute_is_given_once() {
    assert_eq!(
        errors(r#"#[mmstats(unit = "a", unit = "b")] #[mmstats(unit = "c")] a: A"#),
        ["expected `unit` once, found it twice: remove one"; 2]
    );
}

#[test]
fn values_of_attributes_are_what_they_should_be() {
    let literal = "expected a string literal, as in `label = \"…\"`";
    assert_eq!(errors("#[mmstats(label = 5)] a: A"), [format!("{literal}, found another literal")]);
    assert_eq!(errors("#[mmstats(label = concat!())] a: A"), [format!("{literal}, found an expression")]);
    assert_eq!(errors("#[mmstats(label)] a: A"), ["expected `label = …`, found `label` alone"]);
    assert_eq!(errors("#[mmstats(flatten = true)] a: A"), ["expected `flatten` alone, found a value"]);
    let words = "expected \"sum\", \"min\", \"max\" or \"mean\"";
    assert_eq!(errors(r#"#[mmstats(aggregate = "avg")] a: A"#), [format!("{words}, found \"avg\"")]);
    assert_eq!(
        errors(r#"#[mmstats(aggregate = "maxi")] a: A"#),
        [format!("{words}, found \"maxi\": did you mean \"max\"?")]
    );
    assert_eq!(
        expand(r#"#[repr(C)] #[mmstats(crate = "renamed")] struct S {}"#).errors,
        ["expected a path, as in `crate = renamed`, found another expression"]
    );
}

#[test]
fn attributes_that_exclude_each_other_are_not_given_together() {
    let beside_flatten =
        errors(r#"#[mmstats(flatten, label = "l", unit = "u", aggregate = "sum", value = 1)] a: A"#);
    assert_eq!(beside_flatten.len(), 4);
    for (error, key) in beside_flatten.iter().zip(["label", "unit", "aggregate", "value"]) {
        let expected = format!("expected at most `prefix` beside `flatten`, found `{key}`");
        assert!(error.starts_with(&expected), "{error}");
    }
    let prefix = errors(r#"#[mmstats(prefix = "p")] a: A"#);
    assert!(prefix.len() == 1 && prefix[0].starts_with("expected `flatten` beside `prefix`"), "{prefix:?}");
    let both = errors(r#"#[mmstats(aggregate = "sum", value = 1)] a: A"#);
    assert!(both.len() == 1 && both[0].starts_with("expected `aggregate` or `value`"), "{both:?}");
}

#[test]
fn a_field_that_was_not_understood_is_left_to_its_own_error() {
    let expansion = expand("struct S { #[mmstats(flaten)] a: A, b: B }");
    assert_eq!(expansion.errors.len(), 2);
    assert_eq!(expansion.specs.len(), 1);
    assert!(expansion.specs[0].contains("<B>"), "{:?}", expansion.specs);
}

#[test]
fn attributes_that_do_not_parse_are_one_error_each() {
    assert_eq!(
        errors(r#"#[mmstats] #[mmstats = 1] #[mmstats(unit "x")] a: A"#),
        [
            "expected attribute arguments in parentheses: #[mmstats(...)]",
            "expected parentheses: #[mmstats(...)]",
            "expected `,`",
        ]
    );
}
