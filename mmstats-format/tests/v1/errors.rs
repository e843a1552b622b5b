//! What the original crashes at is an error that says what and where.

use mmstats_format::error::ParseError;
use mmstats_format::v1;
use mmstats_format::value::Value;

use crate::support::{field, read};

/// A good field of 7 bytes in a file, so that what follows stands at byte 9.
fn behind_a_field(bytes: &[u8]) -> Vec<u8> {
    [&[1][..], &field(b"a", b"b", 255, b"\x2a"), bytes].concat()
}

/// The error behind the good field.
fn error_in(bytes: &[u8]) -> String {
    let file = behind_a_field(bytes);
    let (found, error) = read(&file);
    assert_eq!(found[0].1, Value::I64(42));
    assert_eq!(found.len(), 1, "read {found:?}");
    error.expect("expected an error").to_string()
}

#[test]
fn a_cut_says_what_is_cut() {
    let whole = field(b"label", b"=QH", 255, &[2; 10]);
    for (len, message) in [
        (1, "expected the length of a label of 2 bytes, found only 1 at byte 9"),
        (6, "expected a label of 5 bytes, found only 4 at byte 11"),
        (7, "expected the length of a type of 2 bytes, found only 0 at byte 16"),
        (8, "expected the length of a type of 2 bytes, found only 1 at byte 16"),
        (11, "expected a type of 3 bytes, found only 2 at byte 18"),
        (12, "expected an index of 1 bytes, found only 0 at byte 21"),
        (13, "expected a value of 10 bytes, found only 0 at byte 22"),
        (22, "expected a value of 10 bytes, found only 9 at byte 22"),
    ] {
        assert_eq!(error_in(&whole[..len]), message);
    }
    assert_eq!(
        error_in(&field(b"two", b"H", 0, &[1, 0, 2])),
        "expected two values of 4 bytes, found only 3 at byte 18"
    );
}

#[test]
fn a_type_says_which_byte_of_it_is_wrong() {
    for (type_, message) in [
        (&b"=3xn"[..], "expected an item of Python's struct formats, found 6e at byte 17"),
        (b"=P", "expected an item of Python's struct formats, found 50 at byte 15"),
        (b"z", "expected an item of Python's struct formats, found 7a at byte 14"),
        (b"3 Q", "expected an item of Python's struct formats, found 20 at byte 15"),
        (b"Q99999999999999999999", "expected a type of less than 2^63 bytes, found a larger one at byte 33"),
        (b"9223372036854775807xQ", "expected a type of less than 2^63 bytes, found a larger one at byte 34"),
        (b"", "expected a type with a value, found one without at byte 14"),
        (b"=3x0Q", "expected a type with a value, found one without at byte 14"),
        (b"Q0p", "expected a count before 'p' of at least 1, found 0 at byte 16"),
    ] {
        assert_eq!(error_in(&field(b"l", type_, 255, &[1; 16])), message);
    }
}

#[test]
fn an_index_is_0_1_or_255() {
    for index in 2..=254 {
        let found = error_in(&field(b"l", b"H", index, &[1; 1000]));
        assert_eq!(found, format!("expected an index of 0 or 1, found {index} at byte 15"));
    }
}

#[test]
fn a_place_notices_that_a_field_has_become_another() {
    for (first, then, message) in [
        (1, 255, "expected an index of 0 or 1, found 255 at byte 15"),
        (0, 7, "expected an index of 0 or 1, found 7 at byte 15"),
        (255, 0, "expected an index of 255, found 0 at byte 15"),
    ] {
        let mut file = behind_a_field(&field(b"l", b"H", first, &[1, 0, 2, 0]));
        let place = read(&file).0[1].0.place;
        let index = usize::try_from(place.range().start).unwrap();
        file[index] = then;
        assert_eq!(place.decode(place.bytes(&file)).unwrap_err().to_string(), message);
        file[index] = first;
        assert!(place.decode(place.bytes(&file)).is_ok());
        file.truncate(index + 2);
        assert!(place.decode(place.bytes(&file)).is_err());
        assert!(place.decode(place.bytes(&[])).is_err());
    }
}

#[test]
fn a_place_follows_the_index() {
    let mut file = behind_a_field(&field(b"l", b"H", 1, &[5, 0, 6, 0]));
    let place = read(&file).0[1].0.place;
    assert_eq!(place.decode(place.bytes(&file)), Ok(Value::U64(5)));
    file[usize::try_from(place.range().start).unwrap()] = 0;
    assert_eq!(place.decode(place.bytes(&file)), Ok(Value::U64(6)));
}

#[test]
fn another_file_is_refused_by_its_first_byte() {
    let message = |file: &[u8]| -> String { v1::records(file).map(drop).unwrap_err().to_string() };
    assert_eq!(message(b""), "expected a file of at least 1 bytes, found 0 at byte 0");
    assert_eq!(message(b"\x02mmstats"), "expected a first byte of 1, found 2 at byte 0");
    assert_eq!(message(&[0; 4096]), "expected a first byte of 1, found 0 at byte 0");
}

#[test]
fn an_error_is_the_last_item() {
    let file = behind_a_field(b"\x01");
    let mut records = v1::records(&file).unwrap();
    assert!(matches!(records.next(), Some(Ok(_))));
    assert!(matches!(records.next(), Some(Err(ParseError { offset: 9, .. }))));
    assert!(records.next().is_none());
    assert!(records.next().is_none());
}
