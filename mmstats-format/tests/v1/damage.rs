//! A cut or a flipped bit is no panic, and what stands before it is read.

use std::fs;

use mmstats_format::v1::StructFormat;
use mmstats_format::value::Value;

use crate::support::{exact, field, golden, read};

/// Files with all kinds of fields, without the zeros behind them.
fn files() -> impl Iterator<Item = Vec<u8>> {
    let names = ["fields/counter", "fields/string", "models/prefix", "structs/buffered", "structs/texts"];
    names.into_iter().map(|name| {
        let mut file = fs::read(golden().join(name).with_extension("mmstats")).unwrap();
        let end = read(&file).0.last().unwrap().0.place.range().end;
        file.truncate(usize::try_from(end).unwrap());
        file
    })
}

/// Asserts that `damaged`, in which all from byte `from` on may be wrong, is read up to there, and
/// what is behind takes no more than the file has.
fn assert_read_up_to(whole: &[u8], damaged: &[u8], from: usize) {
    let (expected, _) = read(whole);
    let (found, error) = read(damaged);
    let sound = expected.iter().take_while(|(record, _)| record.place.range().end <= from as u64);
    for (index, (record, value)) in sound.enumerate() {
        assert_eq!((found[index].0.label, exact(&found[index].1)), (record.label, exact(value)));
    }
    let mut end = 1;
    for (record, value) in &found {
        assert_eq!(record.offset, end);
        end += (5 + record.label.len() + record.type_.len() - 1 + record.values.len()) as u64;
        if let Value::Text(text) = value {
            // A byte that is no UTF-8 by itself can be no more than a character of three.
            assert!(text.len() <= record.values.len());
        }
    }
    assert!(end <= damaged.len() as u64);
    assert!(error.is_none_or(|error| error.offset <= damaged.len() as u64), "{error:?}");
}

#[test]
fn a_cut_file_is_read_up_to_the_cut() {
    for file in files() {
        for len in 1..file.len() {
            assert_read_up_to(&file, &file[..len], len);
        }
    }
}

#[test]
fn a_file_with_a_flipped_bit_is_read_up_to_it() {
    for file in files() {
        let mut damaged = file.clone();
        for byte in 1..file.len() {
            for bit in 0..8 {
                damaged[byte] ^= 1 << bit;
                assert_read_up_to(&file, &damaged, byte);
                damaged[byte] ^= 1 << bit;
            }
        }
    }
}

/// Numbers that look random and are the same in every run (a linear congruence's upper bits).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        usize::try_from(self.0 >> 33).unwrap() % bound
    }

    fn pick(&mut self, bytes: &[u8], max_len: usize) -> Vec<u8> {
        (0..self.below(max_len + 1)).map(|_| bytes[self.below(bytes.len())]).collect()
    }
}

#[test]
fn any_type_is_parsed_or_refused() {
    let mut numbers = Numbers(1);
    for _ in 0..100_000 {
        let format = numbers.pick(b"@=<>!xcbB?hHiIlLqQfdspP0123999999 \t\0z", 24);
        if let Ok(parsed) = StructFormat::parse(&format, 1) {
            assert!(i64::try_from(parsed.size()).is_ok());
            let data = vec![0xff; usize::try_from(parsed.size()).unwrap().min(4096)];
            let decoded = parsed.decode(&data);
            assert_eq!(decoded.is_some(), data.len() as u64 == parsed.size(), "{}", format.escape_ascii());
        }
    }
}

#[test]
fn any_fields_are_read_or_refused() {
    let mut numbers = Numbers(2);
    for _ in 0..20_000 {
        let mut file = vec![1];
        for _ in 0..numbers.below(4) {
            let label = numbers.pick(b"a\0\xff\xc3\xa9\xed\xa0\x80", 8);
            let type_ = numbers.pick(b"=>xcH?fdsp0139", 4);
            let index = [0, 1, 2, 255][numbers.below(4)];
            let values = numbers.pick(b"\0\x01\x02\x7f\xff", 40);
            file.extend(field(&label, &type_, index, &values));
        }
        assert_read_up_to(&[1], &file, 1);
    }
}

#[test]
fn a_type_that_claims_more_than_the_file_has_costs_nothing() {
    for type_ in [&b"9223372036854775807s"[..], b"1152921504606846975Q", b"4611686018427387904sQ"] {
        for index in [0, 1, 255] {
            let file = [&[1][..], &field(b"l", type_, index, &[1; 16])].concat();
            let (found, error) = read(&file);
            assert!(found.is_empty() && error.is_some());
        }
    }
}
