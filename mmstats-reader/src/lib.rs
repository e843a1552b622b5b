//! Reads mmstats files while their writers run, hang, or after they died.
