//! The page: files that are part of this program; and the one that asks for a token.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::Request;
use axum::http::header::{self, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::response::{IntoResponse, Redirect};

use super::answer::Refusal;
use super::paths::{decoded, with_slash};

/// A file of the page.
struct Asset {
    /// The path under which it is asked for.
    path: &'static str,
    bytes: &'static [u8],
}

/// The files below `page/`, as `/page/NAME`.
macro_rules! assets {
    ($($name:literal)*) => {
        &[$(Asset { path: concat!("/page/", $name), bytes: include_bytes!(concat!("page/", $name)) }),*]
    };
}

const PAGE: Asset = Asset { path: "/", bytes: include_bytes!("page/index.html") };

const ASSETS: &[Asset] = assets! {
    "style.css"
    "icon.svg"
    "theme.js"
    "main.js"
    "api.js"
    "asking.js"
    "application.js"
    "applications.js"
    "chart.js"
    "charts.js"
    "colours.js"
    "dom.js"
    "field.js"
    "heat.js"
    "link.js"
    "moving.js"
    "plot.js"
    "range.js"
    "samples.js"
    "search.js"
    "status.js"
    "stream.js"
    "table.js"
    "units.js"
    "uplot/uPlot.esm.js"
    "uplot/uPlot.min.css"
    "uplot/LICENSE"
};

/// What asks for a token. In it stands what else was asked for, and what is wrong.
const TOKEN_PAGE: &str = include_str!("page/token.html");

/// Whether the file at `path` is for everybody: what the page that asks for a token looks like.
pub(super) fn is_for_all(path: &str) -> bool {
    ["/page/style.css", "/page/icon.svg"].contains(&path)
}

/// The way from `path` to `/`. It is relative, since a proxy may serve mmash below a path.
fn root(path: &str) -> String {
    match path.matches('/').count() {
        0 | 1 => "./".to_owned(),
        count => "../".repeat(count - 1),
    }
}

/// A page at `path` that asks for the token, and then for the same with these `parameters` of a query.
pub(super) fn ask_for_token(is_wrong: bool, path: &str, parameters: &[&str]) -> Response<Body> {
    let mut inputs = String::new();
    for parameter in parameters {
        let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
        // Writing to a string does not fail.
        let _ = write!(
            inputs,
            "<input type=\"hidden\" name=\"{}\" value=\"{}\">",
            attribute(name),
            attribute(value)
        );
    }
    let wrong = if is_wrong { "<p role=\"alert\" class=\"problem\">That is not the token.</p>" } else { "" };
    // Not after the inputs, in which anything may stand.
    let page = TOKEN_PAGE.replace("<!-- root -->", &root(path));
    let page = page.replacen("<!-- inputs -->", &inputs, 1).replacen("<!-- wrong -->", wrong, 1);
    let headers = [(header::CONTENT_TYPE, "text/html; charset=utf-8"), (header::CACHE_CONTROL, "no-store")];
    (StatusCode::UNAUTHORIZED, headers, page).into_response()
}

/// A part of a query as the value of an attribute in HTML, which nothing in it ends.
fn attribute(part: &str) -> String {
    let mut text = String::new();
    for character in decoded(&part.replace('+', " ")).chars() {
        match character {
            '&' | '<' | '>' | '"' | '\'' => {
                let _ = write!(text, "&#{};", u32::from(character));
            }
            character => text.push(character),
        }
    }
    text
}

/// The file that is asked for. A browser that has it already is told so.
pub(super) async fn answer(request: Request) -> Response<Body> {
    let path = request.uri().path();
    if path == "/graph" {
        return with_slash(request.uri().clone()).await.into_response();
    }
    if path == "/graph/" {
        // The original had a page of graphs of its own.
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        return Redirect::permanent(&format!("{}{query}", root(path))).into_response();
    }
    let asset = [PAGE].iter().chain(ASSETS).find(|asset| asset.path == path);
    let Some(asset) = asset else {
        let reason = format!(
            "expected /, /stats/, /files/, /graph/ or a path in /api/v1/openapi.json, found {path:?}"
        );
        return Refusal::not_found(reason).into_response();
    };
    let tag = asset.tag();
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|known| known.to_str().ok());
    let is_known = known.is_some_and(|known| known.split(',').any(|known| known.trim() == tag));
    let mut response = if is_known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let content_type = HeaderValue::from_static(asset.content_type());
        ([(header::CONTENT_TYPE, content_type)], asset.bytes).into_response()
    };
    let headers = response.headers_mut();
    // Asked for again each time, and answered in a line as long as it is the same.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    response
}

impl Asset {
    fn content_type(&self) -> &'static str {
        match self.path.rsplit_once('.').map(|(_, ending)| ending) {
            None if self.path == PAGE.path => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            Some("svg") => "image/svg+xml",
            _ => "text/plain; charset=utf-8",
        }
    }

    /// What tells it from other versions of it: FNV-1a of its bytes.
    fn tag(&self) -> String {
        let hash = self.bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        });
        format!("\"{hash:016x}\"")
    }
}
