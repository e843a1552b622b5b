//! Parses names.

use std::borrow::Cow;

/// The largest number of digits in an escape.
const MAX_DIGITS: usize = 6;

/// A label and tags, without escapes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The label.
    pub label: String,
    /// The tags, sorted: their order does not matter.
    pub tags: Vec<(String, String)>,
}

/// Parses `text` as a name with tags. `None` if it is not one; it can still be a label.
pub fn parse(text: &str) -> Option<Parsed> {
    let (label, tags) = parts(text)?;
    let unescaped = |(key, value)| (unescape(key).into_owned(), unescape(value).into_owned());
    let mut tags: Vec<_> = tags.into_iter().map(unescaped).collect();
    tags.sort_unstable();
    Some(Parsed { label: unescape(label).into_owned(), tags })
}

/// The label and the tags of `text`, still escaped, if `text` ends with tags in braces.
pub(super) fn parts(text: &str) -> Option<(&str, Vec<(&str, &str)>)> {
    let (label, tags) = text.split_at_checked(brace(text)?)?;
    Some((label, tags_of(tags.strip_prefix('{')?.strip_suffix('}')?)?))
}

/// The position of the first `{` in `text` that is not part of an escape.
pub(super) fn brace(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find('{')?;
        let escape =
            text.get(..at)?.strip_suffix("\\u").and_then(|before| escaped(text.get(before.len()..)?));
        match escape {
            Some((_, len)) => from = at - "\\u".len() + len,
            None => return Some(at),
        }
    }
}

/// The keys and values in `key="value",key="value"`. The quotation marks may be left out, because a shell removes
/// them. Blanks around the commas are ignored.
fn tags_of(mut text: &str) -> Option<Vec<(&str, &str)>> {
    let mut tags = Vec::new();
    if text.is_empty() {
        return Some(tags);
    }
    loop {
        let (key, rest) = text.trim_start_matches(' ').split_once('=')?;
        let (value, rest) = match rest.strip_prefix('"') {
            Some(rest) => rest.split_once('"').map(|(value, rest)| (value, rest.trim_start_matches(' ')))?,
            None => rest.split_at(rest.find(',').unwrap_or(rest.len())),
        };
        tags.push((key, value));
        match rest.strip_prefix(',') {
            Some(rest) => text = rest,
            None => return rest.is_empty().then_some(tags),
        }
    }
}

/// `text` with its escapes, such as `\u{1b}`, replaced by the characters that they stand for.
pub fn unescape(text: &str) -> Cow<'_, str> {
    unescape_with(text, String::push)
}

/// As [`unescape`]; `push` appends each character that was escaped.
pub(super) fn unescape_with(text: &str, push: impl Fn(&mut String, char)) -> Cow<'_, str> {
    if !text.contains("\\u{") {
        return Cow::Borrowed(text);
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.find("\\u{").and_then(|at| rest.split_at_checked(at)) {
        plain.push_str(before);
        let len = if let Some((character, len)) = escaped(behind) {
            push(&mut plain, character);
            len
        } else {
            plain.push('\\');
            1
        };
        rest = behind.get(len..).unwrap_or_default();
    }
    plain.push_str(rest);
    Cow::Owned(plain)
}

/// The character of the escape at the start of `text`, and the length of the escape; `None` if there is no escape.
fn escaped(text: &str) -> Option<(char, usize)> {
    let behind = text.strip_prefix("\\u{")?;
    let digits = behind.get(..behind.bytes().take(MAX_DIGITS + 1).position(|byte| byte == b'}')?)?;
    let is_hexadecimal = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    let code = is_hexadecimal.then(|| u32::from_str_radix(digits, 16).ok())??;
    Some((char::from_u32(code)?, "\\u{}".len() + digits.len()))
}

/// Splits `list` at its commas, except those in braces.
pub fn split(list: &str) -> Vec<&str> {
    let mut items = Vec::new();
    let mut rest = list;
    while let Some((item, behind)) =
        rest.split_at_checked(item_len(rest)).filter(|(_, behind)| !behind.is_empty())
    {
        items.push(item);
        rest = behind.strip_prefix(',').unwrap_or_default();
    }
    items.push(rest);
    items
}

/// The length of the first item of `list`.
fn item_len(list: &str) -> usize {
    let last_end = list.rfind('}').unwrap_or_default();
    let mut len = 0;
    while let Some(rest) = list.get(len..)
        && let Some(found) = rest.find([',', '{'])
    {
        len += found;
        let rest = rest.get(found..).unwrap_or_default();
        if rest.starts_with(',') {
            return len;
        }
        // A brace that is never closed is an ordinary character.
        len += if len < last_end { braces_len(rest).unwrap_or(1) } else { 1 };
    }
    list.len()
}

/// The length of the tags in braces at the start of `text`, braces included; `None` if they are not closed.
fn braces_len(text: &str) -> Option<usize> {
    let mut is_quoted = false;
    let mut len = 0;
    loop {
        let rest = text.get(len..)?;
        let character = rest.chars().next()?;
        // The `}` of an escape does not end the tags.
        len += escaped(rest).map_or(character.len_utf8(), |(_, len)| len);
        is_quoted ^= character == '"';
        if character == '}' && !is_quoted {
            return Some(len);
        }
    }
}
