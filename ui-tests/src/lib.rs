//! ui-tests.
