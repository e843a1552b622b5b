//! A file has one layout, known when the enum is compiled.

use mmstats::StatKey;

#[derive(StatKey)]
enum Method<const N: usize> {
    Get,
}

fn main() {}
