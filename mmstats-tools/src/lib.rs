//! Command line tools that show what programs count.
