//! Labels that may have been meant.

/// Longer ones are no names that somebody mistyped, and comparing them would take long.
const MAX_LEN: usize = 200;
/// What is shorter is a part of too many.
const MIN_PART: usize = 3;
/// As many are named.
const MOST: usize = 3;
/// As similar a label has to be, from 0 to 1.
const SIMILAR: f64 = 0.65;
/// Pairs of characters that are compared, some tens of milliseconds: of more labels than that only those are
/// found that the wanted one is a part of.
const MAX_PAIRS: usize = 1 << 22;

/// Those of `labels` that are the most like `wanted`, the nearest first: those that it is a part of, and
/// then those that are spelt alike.
pub fn nearest<'a>(wanted: &str, labels: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    // What stands before a colon or tags may be the label.
    let end = wanted.find(['{', ':']).filter(|end| *end > 0).unwrap_or(wanted.len());
    let wanted = wanted.get(..end).unwrap_or(wanted).trim_matches('*');
    if wanted.is_empty() || wanted.len() > MAX_LEN {
        return Vec::new();
    }
    let mut pairs = 0;
    let mut likeness = |label: &str| {
        if wanted.len() >= MIN_PART && label.contains(wanted) {
            return 1.0;
        }
        // Each character that the longer one has more is a difference.
        let [own, other] =
            [wanted, label].map(|text| u32::try_from(text.chars().count()).unwrap_or(u32::MAX));
        let (shorter, longer) = (own.min(other), own.max(other));
        if pairs >= MAX_PAIRS || f64::from(shorter) < SIMILAR * f64::from(longer) {
            return 0.0;
        }
        pairs += wanted.len() * label.len();
        strsim::normalized_damerau_levenshtein(wanted, label)
    };
    let mut found: Vec<(f64, &str)> = labels
        .filter(|label| label.len() <= MAX_LEN)
        .map(|label| (likeness(label), label))
        .filter(|(likeness, _)| *likeness >= SIMILAR)
        .collect();
    found.sort_by(|(one, a), (other, b)| other.total_cmp(one).then(a.len().cmp(&b.len())).then(a.cmp(b)));
    found.into_iter().take(MOST).map(|(_, label)| label).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_labels_and_misspelt_ones_find_them() {
        let labels = ["web.stats.hits", "web.stats.misses", "db.hits.total", "sys.pid", "latency"];
        for (wanted, found) in [
            ("hits", vec!["db.hits.total", "web.stats.hits"]),
            ("web.stats.hit", vec!["web.stats.hits", "web.stats.misses"]),
            ("latnecy:p99", vec!["latency"]),
            ("latencies{a=\"b\"}", vec!["latency"]),
            ("", vec![]),
            ("s", vec![]),
            ("zzz", vec![]),
        ] {
            assert_eq!(nearest(wanted, labels.into_iter()), found, "{wanted}");
        }
        let long = "a".repeat(MAX_LEN + 1);
        assert_eq!(nearest("a", [long.as_str()].into_iter()), Vec::<&str>::new());
    }
}
