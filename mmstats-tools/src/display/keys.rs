//! Keys of an object, of which each is there once.

use std::borrow::Cow;
use std::collections::BTreeMap;

/// The `pairs`, of which each has a key of its own: the second of a key is called `key_2`, the third `key_3`.
///
/// Nothing keeps a writer from giving a key twice, or one that readers add, such as `index`. Of two equal keys
/// in an object of JSON most programs see only one.
pub fn unique_keys<'a, V>(
    pairs: impl Iterator<Item = (&'a str, V)>,
) -> impl Iterator<Item = (Cow<'a, str>, V)> {
    // Each key, and the number of the last one that was named after it.
    let mut known: BTreeMap<Cow<'a, str>, u64> = BTreeMap::new();
    pairs.map(move |(key, value)| {
        let Some(mut number) = known.get(key).copied() else {
            known.insert(Cow::Borrowed(key), 1);
            return (Cow::Borrowed(key), value);
        };
        let unique: Cow<'a, str> = loop {
            number += 1;
            let unique = format!("{key}_{number}");
            if !known.contains_key(unique.as_str()) {
                break Cow::Owned(unique);
            }
        };
        known.insert(Cow::Borrowed(key), number);
        known.insert(unique.clone(), 1);
        (unique, value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(given: &[&'static str]) -> Vec<Cow<'static, str>> {
        unique_keys(given.iter().map(|key| (*key, ()))).map(|(key, ())| key).collect()
    }

    #[test]
    fn keys_that_differ_stay_as_they_are() {
        assert_eq!(keys(&["a", "b", "A", "", "a_2"]), ["a", "b", "A", "", "a_2"]);
    }

    #[test]
    fn no_two_keys_are_equal_also_if_one_looks_like_a_name_that_was_made() {
        assert_eq!(keys(&["a", "a", "a"]), ["a", "a_2", "a_3"]);
        assert_eq!(keys(&["a", "a_2", "a", "a_2"]), ["a", "a_2", "a_3", "a_2_2"]);
        assert_eq!(keys(&["a", "a", "a_2"]), ["a", "a_2", "a_2_2"]);
        assert_eq!(keys(&["", ""]), ["", "_2"]);
        let all = keys(&vec!["a"; 50_000]);
        assert_eq!(all.last().map(Cow::as_ref), Some("a_50000"));
    }
}
