//! Files that are small, and whose text could be large.

use crate::fixture::{Field, Fixture, NONE, SUM};

/// A file of a shape.
pub(crate) struct Shape {
    pub(crate) name: &'static str,
    pub(crate) bytes: fn() -> Vec<u8>,
}

/// Elements of arrays of bytes: the smallest metrics that there are.
const ELEMENTS: usize = 1000;
const U8: u8 = 1;
const I8: u8 = 5;

pub(crate) const SHAPES: &[Shape] = &[
    Shape { name: "one long label among many", bytes: one_long_label },
    Shape { name: "elements of a long label and help", bytes: long_elements },
    Shape { name: "elements of control characters", bytes: control_characters },
    Shape { name: "elements of many tags", bytes: many_tags },
    Shape { name: "elements of a program of a long name", bytes: long_command },
    Shape { name: "numbers of many digits", bytes: long_numbers },
    Shape { name: "a record of a long help", bytes: long_record },
    Shape { name: "averages of a long help", bytes: long_averages },
    Shape { name: "many threads of a long label", bytes: long_threads },
    Shape { name: "many threads of a long text field", bytes: long_thread_texts },
    Shape { name: "labels of many dots", bytes: many_dots },
];

fn built(fields: impl IntoIterator<Item = Field>) -> Vec<u8> {
    Fixture { flags: 0, ..Fixture::with_fields(fields) }.build().bytes
}

fn elements(label: &str) -> Field {
    Field::gauge(label, U8, SUM, &[&[1; ELEMENTS]]).array(ELEMENTS)
}

fn one_long_label() -> Vec<u8> {
    let short = (0..2500).map(|index| Field::counter(&format!("m{index}"), &[1]));
    built(short.chain([Field::counter(&"x".repeat(65_535), &[1])]))
}

fn long_elements() -> Vec<u8> {
    let long = |char: &str| char.repeat(1000);
    let short =
        elements("many").described("Help of sixty characters, as many labels have, or so it is.", "", "");
    built([short, elements("m").described(&long("h"), &long("u"), ""), elements(&long("l"))])
}

fn control_characters() -> Vec<u8> {
    built([elements(&"\x1b\u{202e}".repeat(15))])
}

fn many_tags() -> Vec<u8> {
    let tags: Vec<String> = (0..10).map(|index| format!("{index}\0")).collect();
    built([elements("many").described("", "", &format!("{}\0\"", tags.join("\0")))])
}

fn long_command() -> Vec<u8> {
    let fixture = Fixture::with_fields([elements("many")]).attribute("sys.cmd", &"\x1b".repeat(100_000));
    Fixture { flags: 0, ..fixture }.build().bytes
}

fn long_numbers() -> Vec<u8> {
    let scaled = Field { scale: 127, ..Field::gauge("many", I8, SUM, &[&[1; ELEMENTS]]).array(ELEMENTS) };
    let averages: Vec<u8> =
        (0..500).flat_map(|_| [1_u64.to_le_bytes(), f64::MAX.to_le_bytes()].concat()).collect();
    let averages = Field::new("averages", (5, 13), SUM, vec![averages]).array(500);
    built([scaled, averages])
}

fn long_record() -> Vec<u8> {
    const MEMBERS: u32 = 500;
    let labels: Vec<String> = (0..MEMBERS).map(|index| format!("m{index}")).collect();
    let members: Vec<(&str, u8, u32)> =
        (0..).zip(&labels).map(|(at, label)| (label.as_str(), U8, at)).collect();
    // Two copies of words of four bytes of data, each with its version.
    let values = vec![0; 16 * (MEMBERS as usize).div_ceil(4)];
    let mut fields = Field::record("many", MEMBERS, &members, vec![values]);
    fields[0].help = "h".repeat(150_000).into_bytes();
    built(fields)
}

fn long_averages() -> Vec<u8> {
    let averages: Vec<u8> =
        (0..1000).flat_map(|_| [1_u64.to_le_bytes(), 1.0_f64.to_le_bytes()].concat()).collect();
    let averages = Field::new("many", (5, 13), SUM, vec![averages]).array(1000);
    built([averages.described(&"h".repeat(250), "", "")])
}

/// Slots of so many threads.
const THREADS: u32 = 400;

fn threads(field: Field) -> Vec<u8> {
    let tids: Vec<u32> = (1..=THREADS).collect();
    Fixture { flags: 0, ..Fixture::with_fields([field]) }.slots(&tids).build().bytes
}

fn long_threads() -> Vec<u8> {
    let label = format!("many{}", "x".repeat(1 << 18));
    threads(Field::counter(&label, &[1; THREADS as usize]))
}

fn long_thread_texts() -> Vec<u8> {
    let label = format!("many{}", "x".repeat(1 << 18));
    let values = vec![1_u64.to_le_bytes(); THREADS as usize];
    let values: Vec<&[u8]> = values.iter().map(<[u8; 8]>::as_slice).collect();
    threads(Field::gauge(&label, 4, NONE, &values))
}

fn many_dots() -> Vec<u8> {
    built((0..200).map(|index| Field::counter(&format!("{index}{}", ".a".repeat(1000)), &[1])))
}
