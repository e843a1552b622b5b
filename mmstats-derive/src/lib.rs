//! The derive macros of mmstats.
