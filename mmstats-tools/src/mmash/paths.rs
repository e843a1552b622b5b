//! Decodes the paths of requests, and redirects clients to relative ones.

use axum::http::Uri;
use axum::response::Redirect;

/// A relative link from `path` to `path` without the slash at its end. It leads to no other host.
pub(super) fn beside(path: &str) -> String {
    format!("./{}", path.rsplit('/').next().unwrap_or_default())
}

/// Redirects a client to the same path with a slash at its end.
pub(super) async fn with_slash(uri: Uri) -> Redirect {
    let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    Redirect::permanent(&format!("{}/{query}", beside(uri.path())))
}

/// Decodes the percent escapes of `text`. Invalid escapes stay as they are; bytes that are not UTF-8 are replaced.
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
