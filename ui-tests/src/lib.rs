//! Holds no code: `tests/ui.rs` compiles what is in `cases/`, and `README.md` says why.
