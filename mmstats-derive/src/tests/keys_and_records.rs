//! What the macros make of keys and records.

use super::{Expansion, expand_by};
use crate::{key, record};

fn expand_key(input: &str) -> Expansion {
    expand_by(key::derive, input)
}

fn expand_record(input: &str) -> Expansion {
    expand_by(record::derive, input)
}

#[test]
fn a_key_has_a_tag_and_values_by_its_names_or_attributes() {
    let expansion = expand_key("#[repr(u8)] pub enum HttpMethod { Get = 7, r#Put, NotFound }");
    assert_eq!(expansion.errors, [""; 0]);
    let text = expansion.text.replace(' ', "");
    assert!(text.contains(r#"TagSpec{key:"http_method",values:&["get","put","not_found"]}"#), "{text}");
    assert!(text.contains("=[__Field;3usize];"), "{text}");
    assert!(text.contains("Self::Get=>0usize,Self::r#Put=>1usize,Self::NotFound=>2usize,"), "{text}");

    let named =
        r#"#[mmstats(tag = "method")] enum M { #[mmstats(value = "GET")] A, #[mmstats(value = "")] B }"#;
    let text = expand_key(named).text.replace(' ', "");
    assert!(text.contains(r#"TagSpec{key:"method",values:&["GET",""]}"#), "{text}");
}

#[test]
fn words_of_names_are_told_apart() {
    for (name, expected) in [
        ("Get", "get"),
        ("NotFound", "not_found"),
        ("HTTPServer", "http_server"),
        ("GET", "get"),
        ("NOT_FOUND", "not_found"),
        ("Http2Server", "http2_server"),
        ("S2xx", "s2xx"),
        ("A", "a"),
        ("ABTest", "ab_test"),
        ("ÄrgerÜber", "ärger_über"),
        ("_Hidden", "_hidden"),
        ("get", "get"),
    ] {
        assert_eq!(key::snake_case(name), expected);
    }
}

#[test]
fn a_key_is_an_enum_whose_variants_hold_nothing() {
    let first_words = |input: &str, words: &str| {
        let errors = expand_key(input).errors;
        assert!(errors.len() == 1 && errors[0].starts_with(words), "{input}: {errors:?}");
    };
    first_words("struct S;", "expected an enum, found a struct");
    first_words("union U { a: u8 }", "expected an enum, found a union");
    first_words("enum E {}", "expected at least one variant, found none");
    first_words("enum E { A(u8) }", "expected a variant that holds nothing, found fields");
    first_words("enum E { A {} }", "expected a variant that holds nothing, found fields");
    first_words("enum E<'a, T> where T: Copy { A }", "expected an enum without parameters, found some");
}

#[test]
fn tags_and_values_are_printable_and_unique() {
    let errors = |input: &str| expand_key(input).errors;
    for tag in ["index", "tid", "thread"] {
        let expected = format!("expected another tag, found {tag:?}, which readers add to arrays or threads");
        assert_eq!(errors(&format!("#[mmstats(tag = {tag:?})] enum E {{ A }}")), [expected]);
    }
    assert_eq!(
        errors("enum Thread { A }"),
        ["expected another tag, found \"thread\", which readers add to arrays or threads"]
    );
    assert_eq!(
        errors(r#"#[mmstats(tag = "")] enum E { A }"#),
        ["expected a tag of 1 to 255 bytes, found one of 0"]
    );
    assert_eq!(
        errors(r#"#[mmstats(tag = "a\0")] enum E { #[mmstats(value = "\n")] A }"#),
        [
            r"expected a tag without control characters, found \u{0}",
            r"expected a tag's value without control characters, found \u{a}",
        ]
    );
    assert_eq!(
        errors(r#"enum E { Get, GET, #[mmstats(value = "get")] Put }"#),
        ["expected a value of its own, found \"get\", which is that of `Get`"; 2]
    );
}

#[test]
fn attributes_of_keys_and_records_are_those_that_they_have() {
    assert_eq!(
        expand_key(
            r#"#[mmstats(value = "a")] enum E { #[mmstats(tag = "b")] A, #[mmstats(valeu = "c")] B }"#
        )
        .errors,
        [
            "expected `tag` or `crate`, found `value`, which is an attribute of a variant",
            "expected `value`, found `tag`, which is an attribute of the enum",
            "expected `value`, found `valeu`: did you mean `value`?",
        ]
    );
    assert_eq!(
        expand_record(
            r#"#[mmstats(unit = "a")] #[repr(C)] struct S { #[mmstats(crate = b, aggregate = "max")] c: u64 }"#
        )
        .errors,
        [
            "expected `crate`, found `unit`, which is an attribute of a member",
            "expected `label` or `unit`, found `crate`, which is an attribute of the struct",
            "expected `label` or `unit`, found `aggregate`",
        ]
    );
}

#[test]
fn a_member_of_a_record_is_described_by_its_attributes() {
    let expansion = expand_record(
        r#"#[repr(C)] struct S { /// What.
            #[mmstats(label = "bytes.sent", unit = "bytes")] sent: u64, r#type: i64 }"#,
    );
    assert_eq!(expansion.errors, [""; 0]);
    assert_eq!(
        expansion.specs,
        [
            r#"MemberSpec::of::<u64>("bytes.sent","bytes","What.",::core::mem::offset_of!(S,sent))"#,
            r#"MemberSpec::of::<i64>("type","","",::core::mem::offset_of!(S,r#type))"#,
        ]
    );
    assert!(expansion.text.contains("assert_publishable :: < S >"), "{}", expansion.text);
}

#[test]
fn a_record_is_a_struct_with_members_of_a_known_layout() {
    let first_words = |input: &str, words: &str| {
        let errors = expand_record(input).errors;
        assert!(errors.len() == 1 && errors[0].starts_with(words), "{input}: {errors:?}");
    };
    first_words("struct S { a: u64 }", "expected `#[repr(C)]` on the struct, found none");
    first_words("#[repr(C, packed)] struct S { a: u64 }", "expected aligned fields, found `packed`");
    first_words("#[repr(C)] struct S {}", "expected at least one member, found none");
    first_words("#[repr(C)] struct S(u64);", "expected a struct with named fields, found a tuple struct");
    first_words("enum E { A }", "expected a struct with named fields, found an enum");
    first_words("#[repr(C)] struct S<T> { a: T }", "expected a struct without parameters, found some");
    first_words(
        r#"#[repr(C)] struct S { a: u64, #[mmstats(label = "a")] b: u64 }"#,
        "expected a label of its own, found \"a\", which is that of `a`",
    );
}

#[test]
fn paths_of_keys_and_records_start_at_the_crate_that_is_named() {
    let key = expand_key("#[mmstats(crate = crate::renamed)] enum E { A }");
    let record = expand_record("#[mmstats(crate = crate::renamed)] #[repr(C)] struct S { a: u64 }");
    for Expansion { errors, text, .. } in [key, record] {
        assert_eq!(errors, [""; 0]);
        assert!(!text.contains("mmstats") && text.contains("unsafe impl crate :: renamed ::"), "{text}");
    }
}
