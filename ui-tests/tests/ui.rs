//! Compiles each case: those in `cases/fail` end with the errors beside them, those in
//! `cases/pass` compile and run. `README.md` says how to change one.

#[test]
fn wrong_uses_are_explained() {
    trybuild::TestCases::new().compile_fail("cases/fail/*.rs");
}

#[test]
fn right_uses_compile() {
    trybuild::TestCases::new().pass("cases/pass/*.rs");
}

/// A package cannot depend on a crate under two names, so that the derive under another name is a
/// package of its own; that this compiles is the test.
#[test]
fn a_renamed_dependency_is_found_by_its_path() {
    let _ = mmstats_ui_tests_renamed::create;
}
