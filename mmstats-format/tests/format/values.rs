//! Values are decoded as their types say.

use mmstats_format::descriptor::Type;
use mmstats_format::tagged::{self, Torn, word};
use mmstats_format::value::{Value, decode_text};

use crate::support::Numbers;

/// Both copies of a text, the second written with version 3.
fn copies(bytes: &[u8]) -> Vec<u8> {
    let words = tagged::text_words(bytes.len());
    let data = bytes.chunks(tagged::DATA_LEN).map(|chunk| {
        let mut data = [0; tagged::DATA_LEN];
        data[..chunk.len()].copy_from_slice(chunk);
        u32::from_le_bytes(data)
    });
    let len = u32::try_from(bytes.len()).unwrap();
    let copy = core::iter::once(len).chain(data).map(|data| word(3, data));
    core::iter::repeat_n(word(2, 0), words).chain(copy).flat_map(u64::to_le_bytes).collect()
}

#[test]
fn numbers_are_little_endian_of_their_own_width() {
    let bytes = [0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88];
    let cases = [
        (Type::U8, Value::U64(0x81)),
        (Type::U16, Value::U64(0x8281)),
        (Type::U32, Value::U64(0x8483_8281)),
        (Type::U64, Value::U64(0x8887_8685_8483_8281)),
        (Type::I8, Value::I64(0x81 - 0x100)),
        (Type::I16, Value::I64(0x8281 - 0x1_0000)),
        (Type::I32, Value::I64(0x8483_8281 - 0x1_0000_0000)),
        (Type::I64, Value::I64(0x8887_8685_8483_8281_u64.cast_signed())),
        (Type::F32, Value::F32(f32::from_bits(0x8483_8281))),
        (Type::F64, Value::F64(f64::from_bits(0x8887_8685_8483_8281))),
    ];
    for (type_, value) in cases {
        assert_eq!(Value::decode(type_, &bytes), Ok(value), "{}", type_.name());
    }
}

#[test]
fn any_number_survives_the_round_trip() {
    let mut numbers = Numbers(3);
    for _ in 0..1000 {
        let number = numbers.any();
        assert_eq!(Value::decode(Type::U64, &number.to_le_bytes()), Ok(Value::U64(number)));
        let signed = number.cast_signed();
        assert_eq!(Value::decode(Type::I64, &signed.to_le_bytes()), Ok(Value::I64(signed)));
        let Ok(Value::F64(float)) = Value::decode(Type::F64, &number.to_le_bytes()) else { panic!() };
        assert_eq!(float.to_bits(), number, "also of not-a-number");
    }
}

#[test]
fn true_is_whatever_is_not_zero() {
    for byte in 0..=u8::MAX {
        assert_eq!(Value::decode(Type::Bool, &[byte]), Ok(Value::Bool(byte != 0)));
    }
}

#[test]
fn too_few_bytes_are_read_again() {
    for code in 1..=14 {
        let type_ = Type::from_code(code).unwrap();
        for len in 0..type_.size().unwrap_or(16) as usize {
            assert_eq!(Value::decode(type_, &vec![0; len]), Err(Torn), "{len} bytes of {}", type_.name());
        }
    }
}

#[test]
fn what_a_type_does_not_say_all_of_is_not_guessed() {
    for type_ in [Type::Histogram, Type::Timer, Type::Record] {
        assert_eq!(Value::decode(type_, &[1; 64]), Err(Torn));
    }
}

#[test]
fn texts_of_any_length_survive_the_round_trip() {
    let mut numbers = Numbers(4);
    for _ in 0..1000 {
        let text = numbers.text(30);
        assert_eq!(Value::decode(Type::Text, &copies(text.as_bytes())), Ok(Value::Text(text)));
    }
}

#[test]
fn text_that_was_never_written_is_empty() {
    assert_eq!(decode_text(&[0; 16]), Ok(String::new()));
    assert_eq!(decode_text(&[0; 112]), Ok(String::new()));
}

#[test]
fn text_ends_at_its_first_nul() {
    assert_eq!(decode_text(&copies(b"abc\0def\0")), Ok("abc".into()));
    assert_eq!(decode_text(&copies(b"\0abc")), Ok(String::new()));
    assert_eq!(decode_text(&copies(b"abc\0\xff")), Ok("abc".into()), "what is not shown need not be UTF-8");
}

#[test]
fn what_is_not_utf_8_in_text_is_replaced() {
    assert_eq!(decode_text(&copies(b"a\xffb")), Ok("a\u{fffd}b".into()));
    assert_eq!(decode_text(&copies(b"abc\xe2\x82")), Ok("abc\u{fffd}".into()), "a cut character");
    assert_eq!(decode_text(&copies(b"\xed\xa0\x80")), Ok("\u{fffd}\u{fffd}\u{fffd}".into()), "a surrogate");
}
