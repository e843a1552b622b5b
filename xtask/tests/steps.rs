//! `cargo xtask test` says what is wrong with the steps and tests that it is asked for, before it runs anything.

use std::process::Command;

/// The status and standard error of `cargo xtask test` with these arguments.
fn test(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_xtask")).arg("test").args(arguments).output().unwrap();
    assert!(output.stdout.is_empty(), "{output:?}");
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

#[test]
fn a_step_that_there_is_not_is_an_error_that_lists_the_steps() {
    for step in ["test", "Tests", "platform unix", ""] {
        let (status, stderr) = test(&["clippy", step]);
        assert_eq!(status, Some(1), "{stderr}");
        assert!(stderr.starts_with(&format!("xtask: there is no step {step}; choose from ")), "{stderr}");
        for known in ["tests", "doctests", "memcheck", "platform-unix"] {
            assert!(stderr.contains(known), "{stderr}");
        }
    }
}

#[test]
fn a_filter_for_a_step_without_tests_of_cargo_nextest_is_an_error() {
    for step in ["format", "clippy", "doctests", "demo"] {
        let (status, stderr) = test(&["tests", step, "--filter", "all()"]);
        assert_eq!(status, Some(1), "{stderr}");
        assert_eq!(stderr, format!("xtask: the step {step} has no tests that a filter can select\n"));
    }
}

#[test]
fn a_filter_without_an_expression_is_wrong_usage() {
    let (status, stderr) = test(&["tests", "--filter"]);
    assert_eq!(status, Some(2), "{stderr}");
    assert!(stderr.contains("missing argument for option '--filter'"), "{stderr}");
}
