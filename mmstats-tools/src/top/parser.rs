//! Keys, the mouse and pastes, from the bytes that a terminal sends.
//!
//! crossterm's own reader is not used. If more than a KiB arrives at once, it reads the rest only when another key is
//! pressed. It also drops a Ctrl-C that follows an unfinished escape sequence.

use ratatui::crossterm::event::{
    Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};

/// Makes events of bytes, which may come in any pieces.
///
/// As in a terminal, a control character in the middle of a sequence ends the sequence, and is a key by itself. So a
/// Ctrl-C is never lost.
#[derive(Debug, Default)]
pub struct Parser {
    state: State,
}

/// What has come of a sequence.
#[derive(Debug, Default)]
enum State {
    #[default]
    Nothing,
    /// ESC: a key, or the start of a sequence.
    Escape,
    /// ESC O: a letter follows.
    Letter,
    /// ESC [, and these parameters: a letter or a tilde follows.
    Parameters(Vec<u8>),
    /// ESC [ M: three bytes of a mouse follow.
    Mouse(Vec<u8>),
    /// The first bytes of a character in UTF-8.
    Character(Vec<u8>),
    /// A paste, and how much of its end has come.
    Paste { text: Vec<u8>, end: usize },
}

const ESC: u8 = 0x1b;
const CTRL_C: u8 = 0x03;
/// Behind a paste.
const PASTE_END: &[u8] = b"\x1b[201~";
/// Bytes that are kept of a paste. More than this nobody types into a line.
const MAX_PASTE_LEN: usize = 64 * 1024;
/// Bytes of the longest parameters that a terminal sends, with room to spare.
const MAX_PARAMETERS_LEN: usize = 64;

impl Parser {
    /// Adds to `events` what `bytes` are.
    pub fn advance(&mut self, bytes: &[u8], events: &mut Vec<Event>) {
        for byte in bytes {
            self.state = self.next(*byte, events);
        }
    }

    /// Whether the rest of a sequence may be on its way.
    pub fn is_waiting(&self) -> bool {
        !matches!(self.state, State::Nothing | State::Paste { .. })
    }

    /// Takes what is waiting as it is: no more has come.
    pub fn give_up(&mut self, events: &mut Vec<Event>) {
        if self.is_waiting() {
            let state = std::mem::take(&mut self.state);
            if let State::Escape = state {
                events.push(key(KeyCode::Esc, KeyModifiers::NONE));
            }
        }
    }

    /// What is waiting after `byte`.
    fn next(&mut self, byte: u8, events: &mut Vec<Event>) -> State {
        match (std::mem::take(&mut self.state), byte) {
            (State::Paste { text, end }, _) => paste(text, end, byte, events),
            (State::Escape, ESC) => {
                events.push(key(KeyCode::Esc, KeyModifiers::NONE));
                State::Escape
            }
            (_, ESC) => State::Escape,
            // With Alt, terminals send ESC in front of a key.
            (State::Escape, 0..=0x1f | 0x7f) => pressed(control(byte), KeyModifiers::ALT, events),
            (_, 0..=0x1f | 0x7f) => pressed(control(byte), KeyModifiers::NONE, events),
            (State::Escape, b'[') => State::Parameters(Vec::new()),
            (State::Escape, b'O') => State::Letter,
            (State::Letter, _) => {
                events.extend(of_letter(byte).map(|code| key(code, KeyModifiers::NONE)));
                State::Nothing
            }
            (State::Parameters(parameters), _) => parameter(parameters, byte, events),
            (State::Mouse(bytes), _) => mouse_byte(bytes, byte, events),
            (State::Character(bytes), 0x80..) => character(bytes, byte, events),
            (_, 0x80..) => character(Vec::new(), byte, events),
            (State::Escape, _) => pressed(KeyCode::Char(byte.into()), KeyModifiers::ALT, events),
            (State::Nothing | State::Character(_), _) => {
                pressed(KeyCode::Char(byte.into()), KeyModifiers::NONE, events)
            }
        }
    }
}

fn key(code: KeyCode, modifiers: KeyModifiers) -> Event {
    Event::Key(KeyEvent::new(code, modifiers))
}

fn pressed(code: KeyCode, modifiers: KeyModifiers, events: &mut Vec<Event>) -> State {
    let event = match code {
        // Keys with Ctrl are named by their letters.
        KeyCode::Char(letter @ '\0'..='\x1f') => {
            let letter = char::from(letter as u8 | 0x60);
            key(KeyCode::Char(letter), modifiers | KeyModifiers::CONTROL)
        }
        code => key(code, modifiers),
    };
    events.push(event);
    State::Nothing
}

/// The key that sends a control character.
fn control(byte: u8) -> KeyCode {
    match byte {
        b'\r' => KeyCode::Enter,
        b'\t' => KeyCode::Tab,
        0x08 | 0x7f => KeyCode::Backspace,
        byte => KeyCode::Char(byte.into()),
    }
}

/// The key that ends a sequence with `letter`.
fn of_letter(letter: u8) -> Option<KeyCode> {
    Some(match letter {
        b'A' => KeyCode::Up,
        b'B' => KeyCode::Down,
        b'C' => KeyCode::Right,
        b'D' => KeyCode::Left,
        b'F' => KeyCode::End,
        b'H' => KeyCode::Home,
        b'P'..=b'S' => KeyCode::F(letter - b'P' + 1),
        _ => return None,
    })
}

/// The key that ends a sequence with this number and a tilde.
fn of_number(number: u16) -> Option<KeyCode> {
    Some(match number {
        1 | 7 => KeyCode::Home,
        2 => KeyCode::Insert,
        3 => KeyCode::Delete,
        4 | 8 => KeyCode::End,
        5 => KeyCode::PageUp,
        6 => KeyCode::PageDown,
        11..=15 => KeyCode::F(u8::try_from(number).ok()? - 10),
        _ => return None,
    })
}

/// Shift, Alt and Ctrl are bits of a number that starts at 1.
fn modifiers(number: u16) -> KeyModifiers {
    let bits = number.saturating_sub(1);
    let all = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
    all.into_iter().filter(|(bit, _)| bits & bit != 0).map(|(_, modifier)| modifier).collect()
}

fn parameter(mut parameters: Vec<u8>, byte: u8, events: &mut Vec<Event>) -> State {
    match byte {
        // The console of Linux has ESC [ [ A for F1.
        b'[' if parameters.is_empty() => {
            parameters.push(byte);
            State::Parameters(parameters)
        }
        b' '..=b'?' => {
            // Of one that is too long the rest is passed over. It is none that is known.
            if parameters.len() < MAX_PARAMETERS_LEN {
                parameters.push(byte);
            }
            State::Parameters(parameters)
        }
        b'M' if parameters.is_empty() => State::Mouse(Vec::new()),
        b'@'..=b'~' => finish(&parameters, byte, events),
        _ => character(Vec::new(), byte, events),
    }
}

/// A sequence that ends in `last`.
fn finish(parameters: &[u8], last: u8, events: &mut Vec<Event>) -> State {
    let text = str::from_utf8(parameters).unwrap_or_default();
    if let Some(text) = text.strip_prefix('<') {
        let numbers: Vec<u16> = text.split(';').filter_map(|number| number.parse().ok()).collect();
        if let ([buttons, column, row], b'M' | b'm') = (&numbers[..], last) {
            events.extend(mouse(*buttons, *column, *row, last == b'M'));
        }
        return State::Nothing;
    }
    let mut numbers = text.split(';').map(|number| number.parse::<u16>().ok());
    let (first, second) = (numbers.next().flatten(), numbers.next().flatten());
    let code = match (parameters, last, first) {
        (_, b'~', Some(200)) => return State::Paste { text: Vec::new(), end: 0 },
        (_, b'~', Some(number)) => of_number(number),
        (b"[", b'A'..=b'E', _) => Some(KeyCode::F(last - b'A' + 1)),
        _ => of_letter(last),
    };
    events.extend(code.map(|code| key(code, modifiers(second.unwrap_or(1)))));
    State::Nothing
}

/// A byte of a mouse that does not know of SGR: each is 32 more than its number.
fn mouse_byte(mut bytes: Vec<u8>, byte: u8, events: &mut Vec<Event>) -> State {
    bytes.push(byte);
    let [buttons, column, row] = bytes[..] else { return State::Mouse(bytes) };
    let [buttons, column, row] = [buttons, column, row].map(|byte| u16::from(byte.saturating_sub(32)));
    // A release does not say of which button.
    events.extend(mouse(buttons, column, row, buttons & 3 != 3 || buttons & 64 != 0));
    State::Nothing
}

/// What a mouse did at a column and a row, from 1.
fn mouse(buttons: u16, column: u16, row: u16, is_down: bool) -> Option<Event> {
    let button = match buttons & 3 {
        0 => MouseButton::Left,
        1 => MouseButton::Middle,
        _ => MouseButton::Right,
    };
    let kind = match (buttons & 0b1110_0000, buttons & 3) {
        (64, 0) => MouseEventKind::ScrollUp,
        (64, 1) => MouseEventKind::ScrollDown,
        (0, _) if is_down => MouseEventKind::Down(button),
        (0, _) => MouseEventKind::Up(button),
        // Moves, and the buttons of large mice.
        _ => return None,
    };
    let (column, row) = (column.checked_sub(1)?, row.checked_sub(1)?);
    Some(Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE }))
}

/// The next byte of a character. Bytes that are none are passed over.
fn character(mut bytes: Vec<u8>, byte: u8, events: &mut Vec<Event>) -> State {
    bytes.push(byte);
    match str::from_utf8(&bytes) {
        Ok(text) => {
            events.extend(text.chars().map(|character| key(KeyCode::Char(character), KeyModifiers::NONE)));
            State::Nothing
        }
        Err(error) if error.error_len().is_none() => State::Character(bytes),
        // It may start another.
        Err(_) if bytes.len() > 1 => character(Vec::new(), byte, events),
        Err(_) => State::Nothing,
    }
}

/// The next byte of a paste.
fn paste(mut text: Vec<u8>, end: usize, byte: u8, events: &mut Vec<Event>) -> State {
    if PASTE_END.get(end) == Some(&byte) {
        let end = end + 1;
        if end < PASTE_END.len() {
            return State::Paste { text, end };
        }
        events.push(Event::Paste(String::from_utf8_lossy(&text).into_owned()));
        return State::Nothing;
    }
    // Terminals take control characters out of what they paste. So this is the key, and the paste's end is lost.
    if byte == CTRL_C {
        return pressed(control(byte), KeyModifiers::NONE, events);
    }
    let kept = PASTE_END.iter().take(end).chain(Some(&byte).filter(|byte| **byte != ESC));
    let room = MAX_PASTE_LEN.saturating_sub(text.len());
    text.extend(kept.take(room));
    State::Paste { text, end: usize::from(byte == ESC) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `bytes` are, in pieces of this length.
    fn events(bytes: &[u8], len: usize) -> Vec<Event> {
        let (mut parser, mut events) = (Parser::default(), Vec::new());
        for piece in bytes.chunks(len) {
            parser.advance(piece, &mut events);
        }
        parser.give_up(&mut events);
        events
    }

    fn plain(code: KeyCode) -> Event {
        key(code, KeyModifiers::NONE)
    }

    fn letter(letter: char) -> Event {
        plain(KeyCode::Char(letter))
    }

    fn ctrl(letter: char) -> Event {
        key(KeyCode::Char(letter), KeyModifiers::CONTROL)
    }

    fn clicked(kind: MouseEventKind, column: u16, row: u16) -> Event {
        Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
    }

    #[test]
    fn bytes_are_keys_in_whatever_pieces_they_come() {
        let down = MouseEventKind::Down(MouseButton::Left);
        let cases: [(&[u8], Vec<Event>); 22] = [
            (b"aZ ~", vec![letter('a'), letter('Z'), letter(' '), letter('~')]),
            ("ö尺".as_bytes(), vec![letter('ö'), letter('尺')]),
            (
                b"\r\t\x7f\x08",
                [KeyCode::Enter, KeyCode::Tab, KeyCode::Backspace, KeyCode::Backspace].map(plain).into(),
            ),
            (b"\x03\x0c\x15\x1a", ['c', 'l', 'u', 'z'].map(ctrl).into()),
            (b"\x1b", vec![plain(KeyCode::Esc)]),
            (b"\x1b\x1b", vec![plain(KeyCode::Esc); 2]),
            (b"\x1bx", vec![key(KeyCode::Char('x'), KeyModifiers::ALT)]),
            (b"\x1b[A\x1bOB", vec![plain(KeyCode::Up), plain(KeyCode::Down)]),
            (b"\x1b[5~\x1b[6~", vec![plain(KeyCode::PageUp), plain(KeyCode::PageDown)]),
            (
                b"\x1b[1~\x1b[H\x1b[4~\x1bOF",
                [KeyCode::Home, KeyCode::Home, KeyCode::End, KeyCode::End].map(plain).into(),
            ),
            (b"\x1b[[A\x1bOP\x1b[11~", vec![plain(KeyCode::F(1)); 3]),
            (b"\x1b[1;5A", vec![key(KeyCode::Up, KeyModifiers::CONTROL)]),
            (b"\x1b[<0;27;2M", vec![clicked(down, 26, 1)]),
            (b"\x1b[<0;27;2m", vec![clicked(MouseEventKind::Up(MouseButton::Left), 26, 1)]),
            (
                b"\x1b[<64;1;1M\x1b[<65;1;1M",
                vec![clicked(MouseEventKind::ScrollUp, 0, 0), clicked(MouseEventKind::ScrollDown, 0, 0)],
            ),
            (b"\x1b[M !!", vec![clicked(down, 0, 0)]),
            // What no terminal sends.
            (b"\x1b[<0;0;1M\x1b[<1M\x1b[<9999999;1;1Mx", vec![letter('x')]),
            (b"\x1b[99~\x1b[?1;2cx", vec![letter('x')]),
            (b"\xff\xc3\xc3\xb6\x80x", vec![letter('ö'), letter('x')]),
            (b"\xc3x", vec![letter('x')]),
            (b"\x1b[1\xc3\xb6", vec![letter('ö')]),
            (b"\x1bO", vec![]),
        ];
        for (bytes, expected) in cases {
            for len in [1, 2, 3, 100] {
                assert_eq!(events(bytes, len), expected, "{:?} by {len}", bytes.escape_ascii().to_string());
            }
        }
    }

    #[test]
    fn a_ctrl_c_is_never_lost() {
        let paste = [b"\x1b[200~", "x".repeat(100_000).as_bytes()].concat();
        for before in [
            &b""[..],
            b"\x1b[",
            b"\x1b[1",
            b"\x1b[1;",
            b"\x1b[<0;1",
            b"\x1b[M",
            b"\x1b[M!",
            b"\x1bO",
            b"\x1b[[",
            b"\xe5\xb0",
            b"\x1b\x1b[",
            b"\x1b[200~abc",
            b"\x1b[200~abc\x1b[20",
            &paste,
        ] {
            let last = events(&[before, b"\x03"].concat(), 7).pop();
            assert_eq!(last, Some(ctrl('c')), "{:?}", before.escape_ascii().to_string());
        }
        let last = events(b"\x1b\x03", 7).pop();
        assert_eq!(last, Some(key(KeyCode::Char('c'), KeyModifiers::CONTROL | KeyModifiers::ALT)));
    }

    #[test]
    fn a_paste_is_one_event_of_at_most_64_kib() {
        let pasted = |text: &str, len| events(format!("\x1b[200~{text}\x1b[201~q").as_bytes(), len);
        for text in ["", "größe", "a\x1bb", "\x1b[20", "\x1b\x1b[201", "a\nb\r"] {
            for len in [1, 5, 100] {
                assert_eq!(pasted(text, len), [Event::Paste(text.into()), letter('q')], "{text:?}");
            }
        }
        let long = "x".repeat(MAX_PASTE_LEN);
        assert_eq!(pasted(&format!("{long}yz"), 1000), [Event::Paste(long), letter('q')]);
    }

    #[test]
    fn parameters_without_an_end_take_no_room() {
        let mut parser = Parser::default();
        parser.advance(&[b"\x1b[", "1;".repeat(100_000).as_bytes()].concat(), &mut Vec::new());
        let State::Parameters(parameters) = &parser.state else { panic!("{parser:?}") };
        assert_eq!(parameters.len(), MAX_PARAMETERS_LEN);
    }
}
