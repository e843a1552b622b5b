//! Which users this process's user namespace knows (`user_namespaces(7)`).
//!
//! In a container or sandbox only some users have an id. All others have the same one, the overflow
//! user's: their files cannot be told apart by their owner.

use std::sync::LazyLock;

use mmstats_host::file_descriptor::above_standard;
use nix::unistd::geteuid;

/// Whom files of users without an id seem to belong to.
static OVERFLOW_USER: LazyLock<Option<u32>> =
    LazyLock::new(|| read("/proc/sys/kernel/overflowuid")?.trim().parse().ok());

/// Whether this process's own user has no id here: then the directories of many users seem to be its own.
pub(super) fn is_this_user_unmapped() -> bool {
    let uid = geteuid().as_raw();
    is_overflow(uid) && user_map().is_some_and(|map| !has(&map, uid))
}

/// Whether `owner`, of a file, may be the user who is root outside of this namespace and has no id here.
pub(super) fn may_be_unmapped_root(owner: u32) -> bool {
    is_overflow(owner) && user_map().is_some_and(|map| map.iter().all(|range| range.outside != 0))
}

fn is_overflow(uid: u32) -> bool {
    *OVERFLOW_USER == Some(uid)
}

/// Users with an id here.
#[derive(Debug, PartialEq, Eq)]
struct Range {
    /// The first id.
    inside: u32,
    /// The id of the same user in the namespace around this one.
    outside: u32,
    count: u32,
}

/// The users with an id here; `None` where the system does not tell, and knows no user namespaces.
/// A process can get another map while it runs, so this is read each time.
fn user_map() -> Option<Vec<Range>> {
    parse(&read("/proc/self/uid_map")?)
}

fn parse(map: &str) -> Option<Vec<Range>> {
    map.lines()
        .map(|line| {
            let mut numbers = line.split_ascii_whitespace().map(str::parse);
            let mut number = || numbers.next()?.ok();
            Some(Range { inside: number()?, outside: number()?, count: number()? })
        })
        .collect()
}

fn has(map: &[Range], uid: u32) -> bool {
    map.iter().any(|range| uid.checked_sub(range.inside).is_some_and(|offset| offset < range.count))
}

fn read(path: &str) -> Option<String> {
    above_standard(|| std::fs::read_to_string(path)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_has_an_id_if_a_range_of_the_map_has_it() {
        let map = parse("         0       1000          1\n      1000     100000      65536\n").unwrap();
        let users = [0, 1, 999, 1000, 66_535, 66_536, u32::MAX];
        assert_eq!(users.map(|uid| has(&map, uid)), [true, false, false, true, true, false, false]);
        let all = parse("         0          0 4294967295\n").unwrap();
        assert!(has(&all, 0) && has(&all, 65534));
    }

    #[test]
    fn a_map_of_nobody_is_a_map_and_rubbish_is_none() {
        assert_eq!(parse(""), Some(Vec::new()));
        for rubbish in ["0 0\n", "a b c\n", "0 0 -1\n", "\n", "0 0 4294967296\n"] {
            assert_eq!(parse(rubbish), None, "{rubbish:?}");
        }
    }
}
