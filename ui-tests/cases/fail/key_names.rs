//! Tags and their values can be shown, are told apart from each other and from those of readers.

use mmstats::StatKey;

#[derive(StatKey)]
#[mmstats(tag = "tid")]
enum Task {
    Read,
    Write,
}

#[derive(StatKey)]
#[mmstats(tag = "")]
enum Method {
    Get,
    #[mmstats(value = "get")]
    Post,
    #[mmstats(value = "\u{1b}[2J")]
    Put,
    #[mmstats(label = "delete")]
    Delete,
}

fn main() {}
