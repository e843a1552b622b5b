//! A value of several words is never seen half written.
//!
//! The writer below stores word by word, in every order; the reader sees each word as it was at
//! any moment of its own, which is more than any machine can do to it.

use mmstats_format::tagged::{self, Torn, is_later, next_version, read_record, read_text, word};

/// What is written.
#[derive(Clone, Copy)]
enum What {
    Text,
    Record,
}

impl What {
    /// The data of the words that carry `value`.
    fn data(self, value: &[u8]) -> Vec<u8> {
        match self {
            Self::Text => [&u32::try_from(value.len()).unwrap().to_le_bytes(), value].concat(),
            Self::Record => value.into(),
        }
    }

    /// The value of `words` words that were never written.
    fn zero(self, words: usize) -> Vec<u8> {
        match self {
            Self::Text => Vec::new(),
            Self::Record => vec![0; words * tagged::DATA_LEN],
        }
    }

    fn read(self, words: &[u64]) -> Result<Vec<u8>, Torn> {
        let mut value = Vec::new();
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        match self {
            Self::Text => read_text(&bytes, &mut value),
            Self::Record => read_record(&bytes, &mut value),
        }
        .map(|()| value)
    }
}

/// Both copies as a writer leaves them, and every word it stored on the way.
struct Writer {
    what: What,
    words: usize,
    /// The memory after each store; the first is before all of them.
    moments: Vec<Vec<u64>>,
    /// How many values were whole at each moment.
    published: Vec<usize>,
    values: Vec<Vec<u8>>,
}

impl Writer {
    /// A value of two copies of `words` words that was never written.
    fn new(what: What, words: usize) -> Self {
        let (moments, values) = (vec![vec![0; words * 2]], vec![what.zero(words)]);
        Self { what, words, moments, published: vec![0], values }
    }

    /// Writes `value` into the older copy; `order` says which of its words comes first, and so on.
    fn write(&mut self, value: &[u8], order: &[usize]) {
        let mut memory = self.moments.last().unwrap().clone();
        let (first, second) = (tagged::version(memory[0]), tagged::version(memory[self.words]));
        let (start, version) = if is_later(first, second) {
            (self.words, next_version(first))
        } else {
            (0, next_version(second))
        };
        let mut padded = self.what.data(value);
        let needed = padded.len().div_ceil(tagged::DATA_LEN);
        assert!(needed <= self.words);
        padded.resize(needed * tagged::DATA_LEN, 0);
        for index in order.iter().copied().filter(|index| *index < needed) {
            let data = padded[index * 4..].first_chunk().unwrap();
            memory[start + index] = word(version, u32::from_le_bytes(*data));
            self.moments.push(memory.clone());
            self.published.push(self.values.len() - 1);
        }
        *self.published.last_mut().unwrap() += 1;
        self.values.push(value.into());
    }

    /// The moments at which a reader may see each word. Of those at which a word looks the same, only
    /// the last: the later a reader begins, the less may what it gets be out of date.
    fn sights(&self) -> Vec<Vec<usize>> {
        let last = self.moments.len() - 1;
        let changes = |index: usize, moment: usize| {
            moment == last || self.moments[moment][index] != self.moments[moment + 1][index]
        };
        (0..self.words * 2)
            .map(|index| (0..=last).filter(|moment| changes(index, *moment)).collect())
            .collect()
    }

    /// What a reader gets who sees each word as it was at the moment that `when` says.
    fn read(&self, when: &[usize]) -> Result<Vec<u8>, Torn> {
        let seen = when.iter().enumerate().map(|(index, moment)| self.moments[*moment][index]);
        self.what.read(&seen.collect::<Vec<_>>())
    }
}

/// The text in `words`.
fn read(words: &[u64]) -> Result<Vec<u8>, Torn> {
    What::Text.read(words)
}

/// Every way to choose one item of each list.
fn each_choice(lists: &[Vec<usize>], mut visit: impl FnMut(&[usize])) {
    let mut chosen = vec![0; lists.len()];
    loop {
        visit(&chosen.iter().zip(lists).map(|(choice, list)| list[*choice]).collect::<Vec<_>>());
        let Some(place) = (0..lists.len()).find(|place| chosen[*place] + 1 < lists[*place].len()) else {
            return;
        };
        chosen[place] += 1;
        chosen[..place].fill(0);
    }
}

const ORDERS: [[usize; 3]; 6] = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];

/// Texts of all lengths that two and three words hold, each of other characters.
const TWO_WORDS: [&[u8]; 5] = [b"aaaa", b"b", b"cccc", b"", b"eee"];
const THREE_WORDS: [&[u8]; 5] = [b"aaaaaaaa", b"bb", b"cccccc", b"", b"eeeeeee"];

/// Records of two and three words.
const RECORDS_OF_TWO: [&[u8]; 4] = [b"aaaaaaaa", b"bbbbbbbb", b"cccccccc", b"dddddddd"];
const RECORDS_OF_THREE: [&[u8]; 3] = [b"aaaaaaaaaaaa", b"bbbbbbbbbbbb", b"cccccccccccc"];

/// A writer that has written `values`, in `order`, after others up to `version`.
fn written(what: What, words: usize, version: u32, values: &[&[u8]], order: &[usize]) -> Writer {
    let mut writer = Writer::new(what, words);
    if version != 0 {
        let before = if version == 1 { 0 } else { version - 1 };
        writer.moments[0].splice(
            ..,
            (0..words * 2).map(|index| {
                // Empty texts, of which only the first words were used, on top of longer ones; records
                // of zeros.
                word(if index < words { before } else { version }, 0)
            }),
        );
    }
    for value in values {
        writer.write(value, order);
    }
    writer
}

fn assert_never_mixed(what: What, words: usize, values: &[&[u8]]) {
    // From the zero value, and across the end of the versions.
    for version in [0, u32::MAX - 2, u32::MAX - 1, u32::MAX] {
        for order in ORDERS {
            let writer = written(what, words, version, values, &order);
            each_choice(&writer.sights(), |when| {
                let Ok(value) = writer.read(when) else { return };
                let began = writer.published[*when.iter().min().unwrap()];
                let ended = writer.published[*when.iter().max().unwrap()];
                // At most one older than what was published when the reader began.
                let possible = &writer.values[began.saturating_sub(1)..=ended];
                assert!(
                    possible.contains(&value),
                    "read {value:?} at {when:?}, one of {possible:?} was written"
                );
            });
        }
    }
}

#[test]
fn no_reader_gets_a_mixed_text_of_two_words() {
    assert_never_mixed(What::Text, 2, &TWO_WORDS);
}

#[test]
fn no_reader_gets_a_mixed_text_of_three_words() {
    assert_never_mixed(What::Text, 3, &THREE_WORDS);
}

#[test]
fn no_reader_gets_a_mixed_record_of_two_words() {
    assert_never_mixed(What::Record, 2, &RECORDS_OF_TWO);
}

#[test]
fn no_reader_gets_a_mixed_record_of_three_words() {
    assert_never_mixed(What::Record, 3, &RECORDS_OF_THREE);
}

#[test]
fn a_writer_killed_at_any_store_leaves_the_last_whole_value() {
    for order in ORDERS {
        for version in [0, u32::MAX - 1, u32::MAX] {
            for (what, words, values) in [
                (What::Text, 2, &TWO_WORDS[..]),
                (What::Text, 3, &THREE_WORDS),
                (What::Record, 2, &RECORDS_OF_TWO),
                (What::Record, 3, &RECORDS_OF_THREE),
            ] {
                let writer = written(what, words, version, values, &order);
                for (memory, published) in writer.moments.iter().zip(&writer.published) {
                    assert_eq!(what.read(memory).as_ref(), Ok(&writer.values[*published]));
                }
            }
        }
    }
}

#[test]
fn versions_pass_over_0_when_they_wrap() {
    assert_eq!([0, 1, u32::MAX - 1, u32::MAX].map(next_version), [1, 2, u32::MAX, 1]);
}

#[test]
fn later_is_later_across_the_wrap_and_never_written_is_earliest() {
    assert!(is_later(2, 1) && !is_later(1, 2));
    assert!(is_later(1, u32::MAX) && !is_later(u32::MAX, 1));
    assert!(is_later(1 << 31, (1 << 31) - 1) && !is_later((1 << 31) - 1, 1 << 31));
    for version in [1, 1 << 31, u32::MAX] {
        assert!(is_later(version, 0) && !is_later(0, version) && !is_later(version, version));
    }
    assert!(!is_later(0, 0));
}

#[test]
fn words_behind_the_text_are_left_as_they_are_and_ignored() {
    let (old, new) = (7, 9);
    let both = [word(new, 2), word(new, 0x6968), word(old, 0x2121_2121), word(8, 0), word(6, 0), word(6, 0)];
    assert_eq!(read(&both), Ok(b"hi".to_vec()));
}

#[test]
fn a_length_beyond_its_copy_is_torn() {
    let too_long = [word(2, 5), word(2, 0), word(1, 5), word(1, 0)];
    assert_eq!(read(&too_long), Err(Torn));
    assert_eq!(read(&[word(2, u32::MAX), word(2, 0), word(1, u32::MAX), word(1, 0)]), Err(Torn));
    assert_eq!(read(&[word(2, 5), word(2, 0), word(1, 4), word(1, 0x7878_7878)]), Ok(b"xxxx".to_vec()));
}

#[test]
fn all_words_of_a_record_are_needed() {
    let read = |words: &[u64]| What::Record.read(words);
    let (old, new) = ([word(6, 1), word(6, 2), word(6, 3)], [word(7, 4), word(7, 5), word(6, 3)]);
    let expected: Vec<u8> = [1_u32, 2, 3].into_iter().flat_map(u32::to_le_bytes).collect();
    assert_eq!(read(&[old, new].concat()), Ok(expected));
    assert_eq!(read(&[new, new].concat()), Err(Torn));
}

#[test]
fn a_record_that_was_never_written_is_zero_whatever_its_other_words_hold() {
    assert_eq!(What::Record.read(&[word(0, 9), word(1, 9), word(0, 9), word(1, 9)]), Ok(vec![0; 8]));
}

#[test]
fn too_few_bytes_are_torn() {
    for len in 0..16 {
        assert_eq!(read_text(&vec![0; len], &mut Vec::new()), Err(Torn));
        assert_eq!(read_record(&vec![0; len], &mut Vec::new()), Err(Torn));
    }
    assert_eq!(read_text(&[0; 16], &mut Vec::new()), Ok(()));
    assert_eq!(read_record(&[0; 16], &mut Vec::new()), Ok(()));
}

#[test]
fn lengths_count_a_word_for_the_length_and_one_for_four_bytes() {
    assert_eq!([0, 1, 4, 5, 24].map(tagged::text_len), [16, 32, 32, 48, 112]);
    assert_eq!([0, 1, 7].map(tagged::copies_len), [0, 16, 112]);
    assert_eq!([1, 4, 5, 16].map(tagged::record_len), [16, 16, 32, 64]);
    let data: Vec<u32> = tagged::text_data("abcdef").collect();
    assert_eq!(data, [6, u32::from_le_bytes(*b"abcd"), u32::from_le_bytes(*b"ef\0\0")]);
    assert_eq!(tagged::text_data("").collect::<Vec<_>>(), [0]);
    assert_eq!((tagged::version(word(3, 4)), tagged::data(word(3, 4))), (3, 4));
    assert_eq!(word(0x0807_0605, 0x0403_0201).to_le_bytes(), [1, 2, 3, 4, 5, 6, 7, 8]);
}
