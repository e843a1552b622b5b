//! Decodes the paths of requests, and redirects clients to relative ones.

use axum::http::Uri;
use axum::response::Redirect;

/// The way from `path` to itself, without a slash at the end of it. It is relative, and leads to no other host.
pub(super) fn beside(path: &str) -> String {
    format!("./{}", path.rsplit('/').next().unwrap_or_default())
}

/// Sends a visitor on to the same path with the slash at its end.
pub(super) async fn with_slash(uri: Uri) -> Redirect {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("{}/{query}", beside(uri.path())))
}

/// `text` without its percent escapes, of which what is none stays; what is not UTF-8 is replaced.
pub(super) fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((byte, behind)) = rest.split_first() {
        let escape = behind.split_at_checked(2).filter(|_| *byte == b'%').and_then(|(digits, behind)| {
            let digits = str::from_utf8(digits).ok()?;
            Some((u8::from_str_radix(digits, 16).ok()?, behind))
        });
        let (byte, behind) = escape.unwrap_or((*byte, behind));
        bytes.push(byte);
        rest = behind;
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
