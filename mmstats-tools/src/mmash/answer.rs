//! What all answers have in common.

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::json as object;

use crate::display::{not_finite, unique_keys};
use crate::output::json::Harmless;
use crate::output::{Part, Shown, bounds};
use mmstats_reader::Value;

/// Why a request is not answered.
#[derive(Debug)]
pub(crate) struct Refusal {
    status: StatusCode,
    reason: String,
}

impl Refusal {
    /// `reason` says what was expected, what was found, and what to do.
    pub(crate) fn new(status: StatusCode, reason: impl Into<String>) -> Self {
        Self { status, reason: reason.into() }
    }

    /// The request makes no sense.
    pub(crate) fn bad_request(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, reason)
    }

    /// There is no such thing.
    pub(crate) fn not_found(reason: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, reason)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response<Body> {
        let mut response = data(&object!({ "error": self.reason }));
        *response.status_mut() = self.status;
        response
    }
}

/// `data` as JSON, which is out of date at once.
pub(crate) fn data(data: &impl Serialize) -> Response<Body> {
    match json(data) {
        Ok(json) => {
            let mut response = Response::new(Body::from(json));
            let headers = response.headers_mut();
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
            response
        }
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

/// `data` as JSON that does no harm to a terminal either.
pub(crate) fn json(data: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    let mut json = Vec::new();
    data.serialize(&mut serde_json::Serializer::with_formatter(&mut json, Harmless))?;
    // It may have to wait until it is taken.
    json.shrink_to_fit();
    Ok(json)
}

/// A number, which JSON may have none for: then it is `"NaN"`, `"+Inf"` or `"-Inf"`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Number(pub(crate) f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let Some(name) = not_finite(self.0) {
            return serializer.serialize_str(name);
        }
        match self.0 {
            // Whole numbers are written as such.
            #[expect(clippy::cast_possible_truncation, reason = "it is whole, and less than 2^53")]
            number if number.fract() == 0.0 && number.abs() < 9e15 => serializer.serialize_i64(number as i64),
            number => serializer.serialize_f64(number),
        }
    }
}

/// A value as slurpstats' JSON has it.
#[derive(Debug)]
pub(crate) struct Json<'a>(pub(crate) Shown<'a>);

impl Serialize for Json<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Shown::Whole(value) => Whole(value).serialize(serializer),
            Shown::Parts(parts) => {
                let mut map = serializer.serialize_map(None)?;
                let numbers = parts.iter().map(|Part { name, number, .. }| (*name, number));
                for (name, number) in unique_keys(numbers) {
                    map.serialize_entry(&name, &number.as_ref().map(Whole))?;
                }
                for (name, parts) in bounds(parts) {
                    map.serialize_entry(name, &parts)?;
                }
                map.end()
            }
        }
    }
}

struct Whole<'a>(&'a Value);

impl Serialize for Whole<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Value::U64(value) => serializer.serialize_u64(*value),
            Value::I64(value) => serializer.serialize_i64(*value),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Text(text) => serializer.serialize_str(text),
            Value::F32(value) if value.is_finite() => serializer.serialize_f32(*value),
            Value::F64(value) if value.is_finite() => serializer.serialize_f64(*value),
            Value::F32(value) => Number((*value).into()).serialize(serializer),
            Value::F64(value) => Number(*value).serialize(serializer),
            // What has parts is shown part by part.
            _ => serializer.serialize_none(),
        }
    }
}
